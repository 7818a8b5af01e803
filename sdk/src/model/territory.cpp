#include "channelbridge/model/territory.hpp"

#include "channelbridge/model/code_sets_deals.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace territory_entity {
namespace {

constexpr auto kPostalRange =
    rows<Territory::PostalRange>(field<&Territory::PostalRange::from>("from", {.max_length = 20}),
                                 field<&Territory::PostalRange::to>("to", {.max_length = 20}));

constexpr auto kArea = rows<Territory::Area>(
    field<&Territory::Area::country>("country", {.required = true}),
    field<&Territory::Area::region>("region", {.max_length = 80}),
    nested<&Territory::Area::postal_range>("postal_range", kPostalRange),
    field<&Territory::Area::industry>("industry", {.max_length = 40}),
    field<&Territory::Area::account>("account", {.refers_to = "partner"}),
    field<&Territory::Area::product_family>("product_family", {.max_length = 80}));

constexpr std::string_view kAreaKeys =
    "country region postal_range.from industry account product_family";

constexpr auto kRows = rows<Territory>(
    field<&Territory::code>("code", {.required = true, .max_length = 40}),
    field<&Territory::name>("name", {.required = true, .max_length = 255}),
    field<&Territory::parent>("parent", {.refers_to = "territory"}),
    list<&Territory::include>("include", kArea, {.keys = kAreaKeys, .required = true}),
    list<&Territory::exclude>("exclude", kArea, {.keys = kAreaKeys}),
    field<&Territory::exclusivity>("exclusivity", {.codes = &code_sets::kTerritoryExclusivity}),
    field<&Territory::max_partners>("max_partners"),
    field<&Territory::default_distributor>("default_distributor", {.refers_to = "partner"}),
    field<&Territory::manager>("manager", {.refers_to = "user"}),
    group<&Territory::valid>("valid", kPeriodRows),
    field<&Territory::status>("status", {.required = true, .codes = &code_sets::kTerritoryStatus}),
    list<&Territory::state_history>("state_history", kStateChangeRows,
                                    {.keys = "at", .read_only = true}),
    custom<&Territory::custom>());

constexpr Actors kManager = Actor::ChannelManager | Actor::VendorAdmin;
constexpr Transition kTransitions[] = {
    {"draft", "active", kManager},
    {"active", "retired", kManager},
};
constexpr StateMachine kStates{"status", "draft", kTransitions};

constexpr std::string_view kMaxPartners[] = {"max_partners"};
constexpr Requirement kRequirements[] = {{"max_partners", kMaxPartners, [](const Fields& fields) {
                                            return get(fields, "exclusivity") == "limited";
                                          }}};

void check_period(const Fields& fields, std::vector<Problem>& problems) {
  check_order(fields, "valid.start", "valid.end", problems);
}

void check_max_partners(const Fields& fields, std::vector<Problem>& problems) {
  const Value text = get(fields, "max_partners");
  const auto most = text ? Decimal::parse(*text) : std::nullopt;
  if (!most) return;
  const auto report = [&problems](std::string message) {
    problems.push_back(
        {.path = "max_partners", .rule = "max_partners", .message = std::move(message)});
  };
  if (most->sign() <= 0) {
    report("is " + *text + ", a territory has room for one partner at least");
  } else if (get(fields, "exclusivity") == "exclusive" && *most > Decimal(1)) {
    report("is " + *text + ", an exclusive territory has one partner");
  }
}

constexpr ValueRule kValues[] = {{"period", check_period}, {"max_partners", check_max_partners}};

constexpr NetworkKey kKeys[] = {
    {"code", true, [](const Fields& fields) { return values_at(fields, "code"); }}};

constexpr std::string_view kAcyclic[] = {"parent"};

constexpr EntityDescription kTerritory = entity<Territory>("territory", kRows,
                                                           {.states = &kStates,
                                                            .requirements = kRequirements,
                                                            .values = kValues,
                                                            .keys = kKeys,
                                                            .acyclic = kAcyclic});

}  // namespace
}  // namespace territory_entity

const EntityDescription& description(std::type_identity<Territory>) {
  return territory_entity::kTerritory;
}

}  // namespace channelbridge::model
