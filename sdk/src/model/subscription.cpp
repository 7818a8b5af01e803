#include "channelbridge/model/contract.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace subscription_entity {
namespace {

constexpr auto kRows = rows<Subscription>(
    field<&Subscription::contract>("contract", {.required = true, .refers_to = "contract"}),
    field<&Subscription::line>("line"),
    field<&Subscription::product>("product", {.required = true, .refers_to = "product"}),
    group<&Subscription::quantity>("quantity", kQuantityRows),
    field<&Subscription::start>("start", {.required = true, .group = "period"}),
    field<&Subscription::end>("end", {.required = true, .group = "period"}),
    field<&Subscription::net_price>("net_price",
                                    {.precision = 19, .scale = 6, .group = "net_price"}),
    field<&Subscription::currency>("currency", {.group = "net_price"}),
    field<&Subscription::uplift_pct>("uplift_pct"),
    field<&Subscription::status>("status", {.required = true, .max_length = 40}),
    field<&Subscription::serial>("serial", {.max_length = 80}),
    field<&Subscription::licence>("licence", {.max_length = 255}), custom<&Subscription::custom>());

constexpr std::string_view kQuantity[] = {"quantity.value"};
constexpr std::string_view kNetPrice[] = {"net_price"};
constexpr Requirement kRequirements[] = {{"quantity", kQuantity}, {"net_price", kNetPrice}};

constexpr ValueRule kValues[] = {
    {"period", [](const Fields& fields, std::vector<Problem>& problems) {
       check_order(fields, "start", "end", problems);
     }}};

constexpr NetworkKey kKeys[] = {
    // Two of one line that begin on the same day overlap for certain.
    {"line_start", true, [](const Fields& fields) {
       const Value contract = get(fields, "contract");
       const Value line = get(fields, "line");
       const Value start = get(fields, "start");
       return contract && line && start ? std::vector{*contract + "/" + *line + "/" + *start}
                                        : std::vector<std::string>{};
     }}};

constexpr EntityDescription kSubscription = entity<Subscription>(
    "subscription", kRows, {.requirements = kRequirements, .values = kValues, .keys = kKeys});

}  // namespace
}  // namespace subscription_entity

const EntityDescription& description(std::type_identity<Subscription>) {
  return subscription_entity::kSubscription;
}

}  // namespace channelbridge::model
