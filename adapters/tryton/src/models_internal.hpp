#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"
#include "channelbridge/tryton/tryton.hpp"
#include "rpc_internal.hpp"

namespace channelbridge::tryton {

/// A model as `fields_get` describes it.
struct Model {
  struct Field {
    std::string type{};      ///< "many2one", "numeric", "selection", …
    std::string relation{};  ///< model that it points to
    std::string inverse{};   ///< of a one2many: the other model's field that points back
    bool list() const { return type.ends_with("2many"); }
  };
  std::map<std::string, Field, std::less<>> fields{};
  adapter::ObjectMetadata metadata{};
  std::string state_field{};
  std::vector<Conclusion> conclusions{};

  const Field* find(std::string_view name) const;
};

/// Reads the answer of `model.<name>.fields_get`. Errors: Protocol.
Result<Model> parse_model(std::string_view name, const document::Tree& fields,
                          const Workflows& workflows);
/// The state that a record shows, conclusions included; "" = none.
std::string shown_state(const Model& model, const document::Tree& record);
/// Metadata recorded from a server: `<folder>/[tryton/]<name>.json`. Errors: NotFound, Invalid.
Result<adapter::ObjectMetadata> published_metadata(std::string_view name,
                                                   const std::string& folder);

/// The models of one database, each asked for once.
///
/// Threads: any.
class Models {
 public:
  Models(Rpc& rpc, const Workflows& workflows) : rpc_(rpc), workflows_(workflows) {}
  /// NotFound: the database has no such model.
  Result<std::shared_ptr<const Model>> get(std::string_view name, const Context& context);

 private:
  Rpc& rpc_;
  const Workflows& workflows_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Model>, std::less<>> known_;
};

}  // namespace channelbridge::tryton
