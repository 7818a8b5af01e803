#pragma once

#include <map>
#include <string>
#include <vector>

#include "composer_internal.hpp"
#include "query_internal.hpp"

namespace channelbridge::tryton {

/// Writes one batch, one call per record and then its steps.
///
/// An update looks first: is the object there, has its version moved? The look's time stamps go
/// with the call, so that what changes in between is refused, too. A step is a call of its own; the
/// state that the server shows afterwards says what it did, whatever became of the answer. No call
/// returns what it has written, so there is a look behind it; what it shows is the server's answer
/// only where nobody else has written since the look before.
///
/// Threads: one at a time.
class Writer {
 public:
  Writer(Rpc& rpc, Models& models, const Options& options, const adapter::Selection& selection)
      : rpc_(rpc),
        models_(models),
        options_(options),
        selection_(selection),
        composer_(rpc, models, options) {}

  /// Error: nothing has been sent.
  Result<std::vector<adapter::WriteOutcome>> write(
      const std::vector<adapter::WriteRequest>& requests, const Context& context);

 private:
  struct Shown {
    document::Tree document{};  ///< plain
    document::Tree row{};       ///< as it came
  };
  Result<std::map<std::string, Shown>> look(const std::vector<std::string>& ids,
                                            const Context& context);
  adapter::WriteOutcome write_one(const adapter::WriteRequest& request, const Shown* shown,
                                  const Context& context);
  adapter::WriteOutcome create(const adapter::WriteRequest& request, const RootValues& values,
                               const Context& context);
  adapter::WriteOutcome update(const adapter::WriteRequest& request, const RootValues& values,
                               const Shown& shown, const Context& context);
  adapter::WriteOutcome remove(const adapter::WriteRequest& request, const Shown& shown,
                               const Context& context);
  /// Null when the wanted state is reached, else why not. `last` = the object as seen last.
  std::optional<Error> move(const adapter::WriteRequest& request, const std::string& wanted,
                            Shown last, const Context& context);
  Result<Shown> look_at(const std::string& id, const Context& context);
  bool touched(const adapter::WriteRequest& request, const document::Tree* before,
               const document::Tree& now) const;
  /// Landed: keys, version and document from the object as it is now; where somebody else has
  /// written meanwhile, too, keys alone: the next look finds his change.
  adapter::WriteOutcome landed(const adapter::WriteRequest& request, const std::string& id,
                               const document::Tree* before, const Context& context);
  adapter::WriteOutcome failed(const adapter::WriteRequest& request, const Error& error) const;
  /// `_timestamp` of every row that the look shows.
  std::string timestamps(const Shown& shown) const;

  Rpc& rpc_;
  Models& models_;
  const Options& options_;
  const adapter::Selection& selection_;
  std::vector<RowList> lists_{};  // of the selection
  Composer composer_;
};

}  // namespace channelbridge::tryton
