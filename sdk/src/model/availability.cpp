#include "channelbridge/model/price_book.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace availability_entity {
namespace {

constexpr auto kPartnerScope = rows<Availability::PartnerScope>(
    field<&Availability::PartnerScope::partner>("partner", {.refers_to = "partner"}),
    field<&Availability::PartnerScope::tier>("tier", {.refers_to = "program_tier"}),
    field<&Availability::PartnerScope::program>("program", {.refers_to = "partner_program"}),
    field<&Availability::PartnerScope::territory>("territory", {.refers_to = "territory"}));

constexpr auto kRows = rows<Availability>(
    field<&Availability::product>("product", {.required = true, .refers_to = "product"}),
    field<&Availability::market>("market"),
    field<&Availability::sellable>("sellable", {.required = true}),
    field<&Availability::from>("from", {.group = "period"}),
    field<&Availability::to>("to", {.group = "period"}),
    nested<&Availability::partner_scope>("partner_scope", kPartnerScope),
    field<&Availability::reason>("reason", {.max_length = 40}), custom<&Availability::custom>());

constexpr ValueRule kValues[] = {
    {"period", [](const Fields& fields, std::vector<Problem>& problems) {
       check_order(fields, "from", "to", problems);
     }}};

constexpr NetworkKey kKeys[] = {
    // Two statements about one product, market and scope from one day on contradict each other.
    {"statement", true, [](const Fields& fields) {
       const Value product = get(fields, "product");
       if (!product) return std::vector<std::string>{};
       std::string key = *product;
       for (const std::string_view path :
            {"market", "partner_scope.partner", "partner_scope.tier", "partner_scope.program",
             "partner_scope.territory", "from"})
         key += "\x1f" + get(fields, path).value_or("");
       return std::vector{key};
     }}};

constexpr EntityDescription kAvailability =
    entity<Availability>("availability", kRows, {.values = kValues, .keys = kKeys});

}  // namespace
}  // namespace availability_entity

const EntityDescription& description(std::type_identity<Availability>) {
  return availability_entity::kAvailability;
}

}  // namespace channelbridge::model
