#include "describes_internal.hpp"

#include "channelbridge/http/encoding.hpp"

namespace channelbridge::salesforce {

Result<std::shared_ptr<const ObjectDescribe>> Describes::get(std::string_view object,
                                                             const Context& context) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(object); found != known_.end()) return found->second;
  }
  const std::string operation = "describe " + std::string(object);
  auto response = session_.call(
      {.method = "GET",
       .target = session_.path("/sobjects/" + http::encode_component(object) + "/describe"),
       .operation = operation},
      context);
  if (!response) return std::move(response).error();
  auto parsed = parse_describe(response->body);
  if (!parsed) return session_.located(parsed.error(), operation);
  if (!options_.overlay.empty()) {
    if (auto applied = apply_overlay(options_.overlay, *parsed); !applied)
      return session_.located(applied.error(), operation);
  }
  auto described = std::make_shared<const ObjectDescribe>(std::move(*parsed));
  const std::lock_guard lock(mutex_);
  return known_.insert_or_assign(std::string(object), std::move(described)).first->second;
}

}  // namespace channelbridge::salesforce
