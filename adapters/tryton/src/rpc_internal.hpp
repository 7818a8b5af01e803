#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "channelbridge/document/tree.hpp"
#include "session_internal.hpp"

namespace channelbridge::tryton {

std::string json_text(std::string_view text);

http::Request rpc_request(const std::string& target, std::string_view method,
                          const std::string& params, std::string operation);
/// The member `result` of an answer, or the Error that the table makes of anything else.
///
/// Errors come as a list: ["UserError", [message, description, domain]], ["UserWarning", [name,
/// message, description]], ["ConcurrencyException", message], ["LoginException", [name, message,
/// type]], or [text, traceback] of a defect; the traceback is dropped. Error::remote_code() is the
/// first word, for a warning "UserWarning/" and its name, for a defect "Exception".
/// Source: Tryton 6.0, trytond/exceptions.py and trytond/protocols/jsonrpc.py.
Result<document::Tree> rpc_result(const http::Response& response, const std::string& operation);

/// May a write that was answered so have had an effect? An answer of the server says no; a gateway
/// in between knows nothing.
bool may_have_landed(const Error& error);

/// Calls methods of one database: `params` are the arguments without the last one, the context.
///
/// Threads: any.
class Rpc {
 public:
  Rpc(std::shared_ptr<http::Transport> transport, http::PipelineOptions pipeline,
      const std::string& base_path, const Options& options);

  /// "model.party.party.search_read", "[[],0,1,null,[\"name\"]"; the closing bracket comes with the
  /// context. A reading call is repeated as the pipeline does.
  Result<document::Tree> read(std::string_view method, const std::string& params,
                              const std::string& operation, const Context& context);
  /// On the wire at most once. `timestamps` = the JSON object of "_timestamp", "" = none.
  Result<document::Tree> write(std::string_view method, const std::string& params,
                               const std::string& timestamps, const std::string& operation,
                               const Context& context);
  struct Preferences {
    document::Tree values{};
    Timestamp now{};  ///< the server's clock
  };
  Result<Preferences> preferences(const Context& context);

  std::int64_t user_id() const { return session_->user_id(); }
  /// The company that calls work in; 0 before the first call where the user's own is used.
  std::int64_t company() const { return company_; }
  adapter::Usage usage() const { return {.requests = pipeline_.requests_sent()}; }
  Error located(const Error& error, const std::string& operation) const;

 private:
  Result<http::Response> send(std::string_view method, const std::string& params,
                              const std::string& timestamps, http::Repeatable repeatable,
                              const std::string& operation, const Context& context);
  std::string context_json(const std::string& timestamps) const;
  bool accepted(const Error& error) const;

  const Options& options_;
  const std::string system_;
  const std::string target_;
  const std::shared_ptr<Session> session_;
  std::atomic<std::int64_t> company_;
  std::atomic<std::int64_t> employee_{};  ///< whose work it is: 0 = nobody's
  std::atomic<bool> asked_{};             ///< for the user's own company and employee
  http::Pipeline pipeline_;
};

}  // namespace channelbridge::tryton
