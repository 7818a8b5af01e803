#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "channelbridge/core/random.hpp"
#include "sandbox/soap/fi_books.hpp"
#include "sandbox/soap/port.hpp"

namespace channelbridge::sandbox::fi {

/// The function modules behind SOAP RFC. What they make is in the books when
/// BAPI_TRANSACTION_COMMIT comes in the same session; a session is the cookie sap-contextid, which
/// the first call gets (or, by setting, only the one with sap-sessioncmd=open).
///
/// Threads: one at a time.
class Rfc {
 public:
  using Saved = std::function<void(const soap::Call&, const Document&)>;

  /// `saved` hears of each document that a commit saves.
  Rfc(Books& books, std::shared_ptr<const Clock> clock, std::shared_ptr<Random> random, Saved saved)
      : books_(books),
        clock_(std::move(clock)),
        random_(std::move(random)),
        saved_(std::move(saved)) {}

  /// `suffix`: of the answer's element, ".Response" or "Response".
  std::string call(const soap::Call& call, const std::string& suffix);
  /// Every session ends, with what it has not committed.
  void expire_sessions() { sessions_.clear(); }

 private:
  struct Session {
    Timestamp used{};
    std::vector<Document> pending{};
  };
  struct Outcome {
    std::string exports{};  ///< elements before the tables' RETURN, in the order of the schema
    std::vector<Finding> findings{};
    bool structure{};  ///< RETURN is one, no table
  };

  std::string open_session(const soap::Call& call);
  Outcome run(const soap::Call& call, Session* session);
  Outcome post(Draft draft, Session* session, bool only_check);
  Outcome commit(const soap::Call& call, Session* session);

  Books& books_;
  std::shared_ptr<const Clock> clock_;
  std::shared_ptr<Random> random_;
  Saved saved_;
  std::map<std::string, Session> sessions_{};
};

}  // namespace channelbridge::sandbox::fi
