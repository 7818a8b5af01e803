#pragma once

#include <map>
#include <string>
#include <string_view>

#include "channelbridge/adapter/adapter.hpp"
#include "models_internal.hpp"

namespace channelbridge::tryton {

/// What a create or write of a root carries, its children included.
struct RootValues {
  std::string json{};   ///< "{}" = nothing but a step
  std::string state{};  ///< the workflow's field, "" = not written
};

/// Makes the values of one call from a request's nodes.
///
///     children     "lines": [["create",[{…}]],["write",[5],{…}],["delete",[6]]]
///     many2one     an id; or an object whose fields name exactly one record of the other model:
///                  {"currency":{"code":"EUR"}} becomes the id of that currency
/// Source: Tryton 6.0, trytond/model/fields/one2many.py, trytond/model/modelview.py (on_change).
///
/// Threads: one at a time; made for one batch, so that a record looked up once is not asked for
/// again.
class Composer {
 public:
  Composer(Rpc& rpc, Models& models, const Options& options)
      : rpc_(rpc), models_(models), options_(options) {}

  /// Errors: Rejected with Sent::No, what the content is refused for; others when a look-up fails.
  Result<RootValues> root(const adapter::WriteRequest& request, const Context& context);

 private:
  using Members = std::map<std::string, std::string>;  // field -> wire JSON
  Result<Members> node(const adapter::WriteRequest& request, std::size_t at, const Members& parent,
                       std::string* state, const Context& context);
  Result<void> add_children(const adapter::WriteRequest& request, std::size_t at,
                            const Model& model, Members& members, const Context& context);
  Result<Members> object(const Model& model, const document::Tree& body, bool create,
                         const Context& context);
  Result<std::string> list(const Model::Field& field, const document::Tree& value, bool create,
                           const Context& context);
  Result<void> add_clauses(const std::string& relation, const document::Tree& object,
                           const std::string& prefix, std::string& clauses, const Context& context);
  Result<std::string> look_up(const Model::Field& field, std::string_view name,
                              const document::Tree& value, const Context& context);
  Result<void> fill_in(const Model& model, const Members& parent, Members& members,
                       const Context& context);

  Rpc& rpc_;
  Models& models_;
  const Options& options_;
  std::map<std::string, std::string> found_;  // model and domain -> id
};

}  // namespace channelbridge::tryton
