#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "channelbridge/adapter/adapter.hpp"
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

  const Field* find(std::string_view name) const;
};

/// Reads the answer of `model.<name>.fields_get`. Errors: Protocol.
Result<Model> parse_model(std::string_view name, const document::Tree& fields);
/// Metadata recorded from a server: `<folder>/[tryton/]<name>.json`. Errors: NotFound, Invalid.
Result<adapter::ObjectMetadata> published_metadata(std::string_view name,
                                                   const std::string& folder);

/// The models of one database, each asked for once.
///
/// Threads: any.
class Models {
 public:
  explicit Models(Rpc& rpc) : rpc_(rpc) {}
  /// NotFound: the database has no such model.
  Result<std::shared_ptr<const Model>> get(std::string_view name, const Context& context);

 private:
  Rpc& rpc_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Model>, std::less<>> known_;
};

}  // namespace channelbridge::tryton
