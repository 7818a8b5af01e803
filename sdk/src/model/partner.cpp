#include "channelbridge/model/partner.hpp"

#include <algorithm>

#include "channelbridge/model/code_sets.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace partner_entity {
namespace {

constexpr auto kRole = rows<Partner::Role>(
    field<&Partner::Role::code>("code", {.required = true, .codes = &code_sets::kPartnerRole}));

constexpr auto kSupply = rows<Partner::Supply>(
    field<&Partner::Supply::partner>("partner", {.required = true, .refers_to = "partner"}),
    field<&Partner::Supply::priority>("priority"),
    field<&Partner::Supply::region>("region", {.max_length = 80}),
    field<&Partner::Supply::product_family>("product_family", {.max_length = 80}));

constexpr auto kIdentifier = rows<Partner::Identifier>(
    field<&Partner::Identifier::scheme>("scheme", {.required = true, .max_length = 20}),
    field<&Partner::Identifier::value>("value", {.required = true, .max_length = 60}));

constexpr auto kAddress = rows<Partner::PartnerAddress>(
    base<Partner::PartnerAddress>(kAddressRows),
    field<&Partner::PartnerAddress::kind>("kind",
                                          {.required = true, .codes = &code_sets::kAddressKind}));

constexpr auto kPhone = rows<Partner::PhoneEntry>(
    field<&Partner::PhoneEntry::kind>("kind", {.required = true, .codes = &code_sets::kPhoneKind}),
    field<&Partner::PhoneEntry::number>("number", {.required = true}));

constexpr auto kEmail = rows<Partner::EmailEntry>(
    field<&Partner::EmailEntry::kind>("kind", {.required = true, .codes = &code_sets::kEmailKind}),
    field<&Partner::EmailEntry::address>("address", {.required = true}));

constexpr auto kIndustry = rows<Partner::Industry>(
    field<&Partner::Industry::scheme>("scheme", {.max_length = 20}),
    field<&Partner::Industry::code>("code", {.required = true, .max_length = 40}));

constexpr auto kSegment = rows<Partner::Segment>(
    field<&Partner::Segment::code>("code", {.required = true, .max_length = 40}));

constexpr auto kTerritory =
    rows<Partner::TerritoryEntry>(field<&Partner::TerritoryEntry::territory>(
        "territory", {.required = true, .refers_to = "territory"}));

constexpr auto kName =
    rows<Partner::Name>(field<&Partner::Name::name>("name", {.required = true, .max_length = 255}));

constexpr auto kChecklistItem = rows<Partner::ChecklistItem>(
    field<&Partner::ChecklistItem::code>("code", {.required = true, .max_length = 40}),
    field<&Partner::ChecklistItem::due>("due"), field<&Partner::ChecklistItem::done>("done"),
    field<&Partner::ChecklistItem::by>("by", {.max_length = 120}));

constexpr auto kOnboarding = rows<Partner::Onboarding>(
    field<&Partner::Onboarding::started>("started"),
    field<&Partner::Onboarding::completed>("completed"),
    list<&Partner::Onboarding::checklist>("checklist", kChecklistItem, {.keys = "code"}));

constexpr auto kMembership = rows<Partner::Membership>(
    field<&Partner::Membership::program>("program",
                                         {.required = true, .refers_to = "partner_program"}),
    field<&Partner::Membership::tier>("tier", {.required = true, .refers_to = "program_tier"}),
    group<&Partner::Membership::valid>("valid", kPeriodRows),
    field<&Partner::Membership::status>("status",
                                        {.required = true, .codes = &code_sets::kMembershipStatus}),
    field<&Partner::Membership::next_review>("next_review"));

constexpr auto kRows = rows<Partner>(
    field<&Partner::partner_number>("partner_number", {.required = true, .max_length = 40}),
    field<&Partner::name>("name", {.required = true, .max_length = 255}),
    field<&Partner::legal_name>("legal_name", {.max_length = 255}),
    list<&Partner::roles>("roles", kRole, {.keys = "code", .required = true}),
    field<&Partner::partner_type>("partner_type", {.codes = &code_sets::kPartnerType}),
    field<&Partner::tier_role>("tier_role", {.codes = &code_sets::kTierRole}),
    field<&Partner::parent>("parent", {.refers_to = "partner"}),
    list<&Partner::distributors>("distributors", kSupply,
                                 {.keys = "partner region product_family"}),
    list<&Partner::identifiers>("identifiers", kIdentifier, {.keys = "scheme"}),
    list<&Partner::addresses>("addresses", kAddress, {.keys = "kind", .required = true}),
    list<&Partner::phones>("phones", kPhone, {.keys = "kind"}),
    list<&Partner::emails>("emails", kEmail, {.keys = "kind"}),
    field<&Partner::website>("website", {.max_length = 255}), field<&Partner::currency>("currency"),
    field<&Partner::language>("language"), field<&Partner::time_zone>("time_zone"),
    list<&Partner::industries>("industries", kIndustry, {.keys = "scheme code"}),
    list<&Partner::segments>("segments", kSegment, {.keys = "code"}),
    list<&Partner::territories>("territories", kTerritory, {.keys = "territory"}),
    field<&Partner::channel_manager>("channel_manager", {.refers_to = "user"}),
    list<&Partner::complementary_products>("complementary_products", kName, {.keys = "name"}),
    list<&Partner::own_brands>("own_brands", kName, {.keys = "name"}),
    list<&Partner::competing_brands>("competing_brands", kName, {.keys = "name"}),
    field<&Partner::weight>("weight", {.precision = 6, .scale = 2}),
    group<&Partner::credit_limit>("credit_limit", kMoneyRows),
    field<&Partner::payment_terms>("payment_terms", {.max_length = 40}),
    field<&Partner::price_group>("price_group", {.max_length = 40}),
    field<&Partner::status>("status", {.required = true, .codes = &code_sets::kPartnerStatus}),
    nested<&Partner::onboarding>("onboarding", kOnboarding),
    list<&Partner::programs>("programs", kMembership, {.keys = "program valid.start"}),
    list<&Partner::state_history>("state_history", kStateChangeRows,
                                  {.keys = "at", .read_only = true}),
    custom<&Partner::custom>());

constexpr std::string_view kReason = "state_history[].reason";
constexpr Transition kTransitions[] = {
    {"prospect", "onboarding", Actor::ChannelManager},
    {"prospect", "disqualified", Actor::ChannelManager},
    {"onboarding", "active", Actor::ChannelManager},
    {"active", "suspended", Actor::ChannelManager, kReason},
    {"suspended", "active", Actor::ChannelManager, kReason},
    {"active", "terminated", Actor::VendorAdmin},
    {"suspended", "terminated", Actor::VendorAdmin},
};
constexpr StateMachine kStates{"status", "prospect", kTransitions};

void check_identifiers(const Fields& fields, std::vector<Problem>& problems) {
  for (const auto& [path, value] : fields) {
    const auto element = split_element(path);
    if (!element || element->list != "identifiers" || element->field != "value") continue;
    const Value scheme = get(fields, element_path("identifiers", element->element, "scheme"));
    if (!scheme) continue;
    std::string message = identifier_problem(*scheme, value);
    if (!message.empty())
      problems.push_back({.path = path, .rule = "identifier", .message = std::move(message)});
  }
}

void check_periods(const Fields& fields, std::vector<Problem>& problems) {
  check_order(fields, "valid.start", "valid.end", problems);
  check_order(fields, "onboarding.started", "onboarding.completed", problems);
}

/// Two active memberships of one programme must not share a day.
void check_memberships(const Fields& fields, std::vector<Problem>& problems) {
  struct Active {
    std::string program{}, start{}, end{};
  };
  std::vector<Active> earlier;
  for (const auto& [path, status] : fields) {
    const auto element = split_element(path);
    if (!element || element->list != "programs" || element->field != "status" || status != "active")
      continue;
    const auto value = [&fields, id = element->element](std::string_view field) {
      return get(fields, element_path("programs", id, field));
    };
    // Canonical dates sort as text; an open end is before or after them all.
    const Active active{value("program").value_or(""), value("valid.start").value_or(""),
                        value("valid.end").value_or("9999-12-31")};
    for (const Active& other : earlier) {
      if (!active.program.empty() && other.program == active.program && other.start <= active.end &&
          active.start <= other.end)
        problems.push_back({.path = element_path("programs", element->element, "valid.start"),
                            .rule = "membership_overlap",
                            .message = "overlaps another active membership of the programme"});
    }
    earlier.push_back(active);
  }
}

constexpr ValueRule kValues[] = {{"identifier", check_identifiers},
                                 {"period", check_periods},
                                 {"membership_overlap", check_memberships}};

bool is_in_partner_role(const Fields& fields) {
  const auto roles = values_at(fields, "roles[].code");
  return std::find(roles.begin(), roles.end(), "partner") != roles.end();
}

constexpr std::string_view kPartnerType[] = {"partner_type"};
constexpr Requirement kRequirements[] = {{"partner_type", kPartnerType, is_in_partner_role}};

/// Values of the identifiers whose scheme passes, each with its scheme: "0007:5560360793".
template <typename F>
std::vector<std::string> identifier_keys(const Fields& fields, F&& wanted) {
  std::vector<std::string> keys;
  for (const auto& [path, value] : fields) {
    const auto element = split_element(path);
    if (!element || element->list != "identifiers" || element->field != "value") continue;
    const Value scheme = get(fields, element_path("identifiers", element->element, "scheme"));
    if (scheme && wanted(*scheme)) keys.push_back(*scheme + ":" + identifier_key(value));
  }
  return keys;
}

/// Schemes that name a company for taxes: the EAS block of VAT numbers (99xx) and national
/// registers.
bool is_tax_scheme(std::string_view scheme) {
  return scheme != "0060" && scheme != "0088" && scheme != "0199";
}

constexpr NetworkKey kKeys[] = {
    {"partner_number", true,
     [](const Fields& fields) { return values_at(fields, "partner_number"); }},
    {"tax_id", true, [](const Fields& fields) { return identifier_keys(fields, is_tax_scheme); }},
    {"duns", true,
     [](const Fields& fields) {
       return identifier_keys(fields, [](std::string_view scheme) { return scheme == "0060"; });
     }},
    {"gln", true,
     [](const Fields& fields) {
       return identifier_keys(fields, [](std::string_view scheme) { return scheme == "0088"; });
     }},
    {"lei", true,
     [](const Fields& fields) {
       return identifier_keys(fields, [](std::string_view scheme) { return scheme == "0199"; });
     }},
    {"web_domain", false,
     [](const Fields& fields) {
       const Value website = get(fields, "website");
       return website ? std::vector{web_domain(*website)} : std::vector<std::string>{};
     }},
    {"email_domain", false, [](const Fields& fields) {
       std::vector<std::string> domains;
       for (const std::string& email : values_at(fields, "emails[].address")) {
         std::string domain = email.substr(email.rfind('@') + 1);
         if (!is_public_mail_domain(domain)) domains.push_back(std::move(domain));
       }
       return domains;
     }}};

constexpr std::string_view kAcyclic[] = {"parent"};

constexpr EntityDescription kPartner = entity<Partner>("partner", kRows,
                                                       {.states = &kStates,
                                                        .requirements = kRequirements,
                                                        .values = kValues,
                                                        .keys = kKeys,
                                                        .acyclic = kAcyclic});

}  // namespace
}  // namespace partner_entity

const EntityDescription& description(std::type_identity<Partner>) {
  return partner_entity::kPartner;
}

}  // namespace channelbridge::model
