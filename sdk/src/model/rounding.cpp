#include "channelbridge/model/rounding.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "document_rules_internal.hpp"

namespace channelbridge::model {
namespace {

struct RoundedRules {
  std::span<const ValueRule> away_from_zero{};
  std::span<const ValueRule> to_even{};
};

template <typename Entity>
RoundedRules rules_of() {
  return {description(std::type_identity<Entity>()).rules.values,
          half_even_rules(std::type_identity<Entity>())};
}

std::array<RoundedRules, 5> all_rules() {
  return {rules_of<Quote>(), rules_of<Order>(), rules_of<Invoice>(), rules_of<SellThroughReport>(),
          rules_of<Claim>()};
}

}  // namespace

Result<std::shared_ptr<const EntityType>> rounded_half_to_even(const EntityType& type) {
  EntityRules rules = type.rules();
  for (const RoundedRules& each : all_rules()) {
    const bool even = rules.values.data() == each.to_even.data();
    if (!even && rules.values.data() != each.away_from_zero.data()) continue;
    rules.values = each.to_even;
    return std::make_shared<const EntityType>(
        type.name(), std::vector<FieldInfo>(type.fields().begin(), type.fields().end()),
        std::vector<ListInfo>(type.lists().begin(), type.lists().end()), rules);
  }
  return Error(ErrorCode::Unsupported,
               "no rule of the entity " + type.name() + " rounds an amount");
}

Rounding rounding_of(const EntityType& type) {
  const auto all = all_rules();
  const bool even = std::any_of(all.begin(), all.end(), [&type](const RoundedRules& each) {
    return each.to_even.data() == type.rules().values.data();
  });
  return even ? Rounding::HalfEven : Rounding::HalfAwayFromZero;
}

}  // namespace channelbridge::model
