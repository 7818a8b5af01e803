#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "answer_internal.hpp"
#include "caller_internal.hpp"
#include "channelbridge/adapter/adapter.hpp"
#include "manifest_internal.hpp"
#include "read_cursor_internal.hpp"

namespace channelbridge::soap {

/// What a selection asks of a manifest.
struct Wanted {
  const ObjectRules* rules{};
  std::optional<document::Path> correlation{};  ///< where a document carries our record id
};

/// One service, as its manifest describes it.
///
/// Threads: any.
class SoapAdapter final : public adapter::Adapter {
 public:
  SoapAdapter(Options options, std::shared_ptr<const Manifest> manifest,
              std::shared_ptr<http::Pipeline> pipeline, Caller caller)
      : options_(std::move(options)),
        manifest_(std::move(manifest)),
        pipeline_(std::move(pipeline)),
        caller_(std::move(caller)) {}

  adapter::Capabilities capabilities(const adapter::Selection& selection) const override;
  Result<void> check(const adapter::Selection& selection) const override;
  Result<adapter::ObjectMetadata> describe(std::string_view object, const Context&) override;
  Result<std::string> probe(const Context& context) override;
  Result<adapter::Page> read(const adapter::Selection& selection, const adapter::Cursor& cursor,
                             std::size_t page_size, const Context& context) override;
  Result<adapter::Change> read_by_key(const adapter::Selection& selection, std::string_view key,
                                      const Context& context) override;
  Result<adapter::Page> read_by_keys(const adapter::Selection& selection,
                                     const std::vector<std::string>& keys,
                                     const Context& context) override;
  Result<std::vector<adapter::Change>> find(const adapter::Selection& selection,
                                            std::string_view correlation,
                                            const Context& context) override;
  Result<std::vector<adapter::WriteOutcome>> write(
      const adapter::Selection& selection, const std::vector<adapter::WriteRequest>& requests,
      const Context& context) override;
  adapter::Halfway halfway(const adapter::Selection& selection, const document::Document& before,
                           const adapter::WriteRequest& request, const document::Document& shown,
                           const Context& context) const override;
  adapter::Usage usage() const override { return {.requests = pipeline_->requests_sent()}; }

 private:
  /// A document of a write, ready to go.
  struct Item {
    std::size_t at{};  ///< in the requests
    const adapter::WriteRequest* request{};
    document::Tree tree{};  ///< what stands at `each`, else the whole message
    Values values{};
  };
  using Outcomes = std::vector<adapter::WriteOutcome>;
  /// One step on the way, and the status that it leads to.
  struct Leg {
    const StatusStep* step{};
    std::string to{};
  };

  Error located(const Error& error, const std::string& operation) const {
    return caller_.located(error, operation);
  }
  Result<Wanted> wanted(const adapter::Selection& selection) const;
  bool findable(const adapter::Selection& selection) const;
  std::chrono::milliseconds settle_of(const ObjectRules& rules) const;

  // Reading: adapter_read.cpp
  Result<adapter::Change> change_of(const Wanted& wanted, const ReadCall& read,
                                    const Node& row) const;
  adapter::UnreadableDocument unreadable(const ObjectRules& rules, const Node& row,
                                         const std::string& place, const Error& error) const;
  void take_row(const Wanted& wanted, const Node& row, ReadCursor& cursor,
                adapter::Page& page) const;
  /// The answer to a call that changes nothing; one that refuses is an error, too.
  Exchange ask(const Call& call, const Values& values, const std::string& operation,
               const Context& context) const;
  Result<Exchange> ask_page(const ReadCall& read, ReadCursor& cursor, std::size_t page_size,
                            const std::string& operation, const Context& context) const;
  Result<void> end_round(const ReadCall& read, const ObjectRules& rules, const Node& payload,
                         ReadCursor& cursor, adapter::Page& page, Timestamp now) const;
  std::optional<Timestamp> time_of(const std::string& text) const;
  Result<Values> key_values(const ObjectRules& rules, std::string_view key,
                            const Context& context) const;
  adapter::Change key_only(const ObjectRules& rules, std::string_view key) const;
  /// The object as the service shows it now. NotFound: it does not, or it is none of these.
  Result<Node> row_of(const ObjectRules& rules, std::string_view key, const std::string& operation,
                      const Context& context) const;

  // Writing: adapter_write.cpp
  /// One document, as it stands in its message. Errors: Invalid, the request is none of this
  /// system; Rejected, Unsupported: this document cannot be written.
  Result<Item> prepare(const Wanted& wanted, const WriteCall& write,
                       const adapter::WriteRequest& request, const Context& context) const;
  /// What the texts of a write may name.
  Result<Values> write_values(const ObjectRules& rules, const adapter::WriteRequest& request,
                              const Context& context) const;
  /// Sends these documents as one call. An Error: nothing was done, and they have no outcomes.
  Result<void> send(const ObjectRules& rules, const WriteCall& write, std::span<const Item> items,
                    const std::string& operation, Outcomes& out, const Context& context);
  /// Each of them alone, after a call with all of them was refused. `in_doubt`: by this fault,
  /// which some of them may have come before; a create goes again only when it is not found, and
  /// stays Unknown where nothing finds it. Null = nothing was done.
  void send_each(const ObjectRules& rules, const WriteCall& write, std::span<const Item> items,
                 const std::string& operation, Outcomes& out, const Context& context,
                 const Error* in_doubt);
  /// Created with the key when find() finds it, Retry when it is not there.
  Result<adapter::NodeOutcome> stands_there(const ObjectRules& rules, const Item& item,
                                            const Context& context);
  adapter::NodeOutcome outcome_of(const WriteCall& write, const Item& item, const Node& payload,
                                  std::size_t writes) const;
  /// What was done in a session stands only after its commit; what was refused is rolled back.
  void end_session(const ObjectRules& rules, const WriteCall& write, const Item& item,
                   Cookies& cookies, adapter::NodeOutcome& outcome, const std::string& operation,
                   const Context& context);
  /// Ends a session that did what was wanted. nullopt = it stands, as far as anybody can tell;
  /// else why nobody knows.
  std::optional<Error> commit(const WriteCall& write, const Item& item, Cookies& cookies,
                              const std::string& operation, const Context& context);
  /// After a commit: the service shows no such object, or not in the status that the step leads to,
  /// not even after a while.
  bool is_missing(const ObjectRules& rules, const Item& item, const std::string& key,
                  const std::string& operation, const Context& context) const;
  Exchange step(const Call& call, const Item& item, std::string_view name, Cookies& cookies,
                const std::string& operation, const Context& context) const;

  // From status to status: adapter_steps.cpp
  /// What an update says of the status; "" = nothing, or the object has no steps.
  static std::string status_of(const ObjectRules& rules, const adapter::WriteRequest& request);
  /// Is it an update whose message takes the whole object?
  static bool takes_whole(const ObjectRules& rules, const adapter::WriteRequest& request);
  /// Brings an object to the status that the update names; where it names none or the one that the
  /// object has, changes it as a whole. An Error: nothing was done.
  Result<adapter::NodeOutcome> walk(const ObjectRules& rules, const adapter::WriteRequest& request,
                                    const std::string& operation, const Context& context);
  /// The steps from one status to another, in order; empty = there is no way.
  std::vector<Leg> way(const ObjectRules& rules, const std::string& from, const std::string& to,
                       const Context& context) const;
  /// Writes what no step carries by the object's own update.
  Result<adapter::NodeOutcome> change(const ObjectRules& rules, const document::Tree& fields,
                                      const adapter::WriteRequest& request,
                                      const std::string& operation, const Context& context);
  /// What of a write these steps would lose, or turn into another total; nullopt = nothing.
  static std::optional<Error> why_lost(const ObjectRules& rules, const std::vector<Leg>& legs,
                                       const Node& row, const document::Tree& written,
                                       const adapter::WriteNode& node);
  /// One step of the way, from what the object shows now.
  Result<adapter::NodeOutcome> take(const ObjectRules& rules, const Leg& leg, const Node& row,
                                    const document::Tree& written,
                                    const adapter::WriteRequest& request,
                                    const std::string& operation, const Context& context);
  Result<Item> prepare_step(const ObjectRules& rules, const Leg& leg, const Node& row,
                            const document::Tree& written, const adapter::WriteRequest& request,
                            const Context& context) const;

  const Options options_;
  const std::shared_ptr<const Manifest> manifest_;
  const std::shared_ptr<http::Pipeline> pipeline_;
  const Caller caller_;
  std::atomic<bool> strange_answer_{};  ///< a write was answered by something that is no SOAP
};

adapter::NodeOutcome outcome(adapter::WriteStatus status, const adapter::WriteRequest& request,
                             const Error& error);
/// What a clear refusal means for the document: nothing of it was done. `key`: of the object that
/// the service names in its refusal.
adapter::NodeOutcome refused_outcome(const adapter::WriteRequest& request, const Error& error,
                                     const std::string& key = {});

/// One object, or an element of it ("JournalEntry/Item"), from its messages.
Result<adapter::ObjectMetadata> describe(const Manifest& manifest, std::string_view object);

}  // namespace channelbridge::soap
