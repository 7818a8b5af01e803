#include "channelbridge/model/deal_registration.hpp"

#include <set>

#include "channelbridge/model/code_sets.hpp"
#include "channelbridge/model/code_sets_deals.hpp"
#include "rules_internal.hpp"
#include "text_internal.hpp"

namespace channelbridge::model {
namespace deal_registration_entity {
namespace {

using Deal = DealRegistration;

constexpr auto kSubmitted = rows<Deal::Submitted>(
    field<&Deal::Submitted::by>("by", {.required = true, .refers_to = "partner_contact"}),
    field<&Deal::Submitted::at>("at"));

constexpr auto kTaxId = rows<Deal::TaxId>(field<&Deal::TaxId::scheme>("scheme", {.max_length = 20}),
                                          field<&Deal::TaxId::value>("value", {.max_length = 60}));

constexpr auto kEndCustomer =
    rows<Deal::EndCustomer>(base<Deal::EndCustomer>(kPartyRows),
                            field<&Deal::EndCustomer::website>("website", {.max_length = 255}),
                            group<&Deal::EndCustomer::tax_id>("tax_id", kTaxId));

constexpr auto kLine = rows<Deal::Line>(
    field<&Deal::Line::product>("product", {.required = true, .refers_to = "product"}),
    field<&Deal::Line::product_family>("product_family", {.max_length = 80}),
    group<&Deal::Line::quantity>("quantity", kQuantityRows),
    field<&Deal::Line::unit_price>("unit_price", kUnitPrice),
    field<&Deal::Line::amount>("amount", kAmount), field<&Deal::Line::currency>("currency"));

constexpr auto kAttachment = rows<Deal::Attachment>(
    field<&Deal::Attachment::name>("name", {.max_length = 255}),
    field<&Deal::Attachment::file>("file", {.required = true, .max_length = 1000}),
    field<&Deal::Attachment::hash>("hash", {.max_length = 128}),
    field<&Deal::Attachment::uploaded_by>("uploaded_by", {.max_length = 120}),
    field<&Deal::Attachment::at>("at"));

constexpr auto kBenefit = rows<Deal::Benefit>(
    field<&Deal::Benefit::extra_discount>("extra_discount"),
    field<&Deal::Benefit::special_price_list>("special_price_list", {.refers_to = "price_book"}));

constexpr auto kDecision = rows<Deal::Decision>(
    field<&Deal::Decision::by>("by", {.max_length = 120}), field<&Deal::Decision::at>("at"),
    field<&Deal::Decision::reason>("reason", {.codes = &code_sets::kDealRejectReason}),
    field<&Deal::Decision::comment>("comment", {.max_length = 1000}),
    nested<&Deal::Decision::benefit>("benefit", kBenefit),
    field<&Deal::Decision::authorisation_number>("authorisation_number", {.max_length = 40}));

constexpr auto kExtension = rows<Deal::Extension>(
    field<&Deal::Extension::requested_at>("requested_at", {.required = true}),
    field<&Deal::Extension::days>("days", {.required = true}),
    field<&Deal::Extension::decision>("decision", {.codes = &code_sets::kDealExtensionDecision}));

constexpr auto kDuplicate = rows<Deal::Duplicate>(
    field<&Deal::Duplicate::deal_registration>("deal_registration",
                                               {.refers_to = "deal_registration"}),
    field<&Deal::Duplicate::opportunity>("opportunity", {.refers_to = "opportunity"}),
    field<&Deal::Duplicate::score>("score"),
    field<&Deal::Duplicate::rule>("rule", {.max_length = 120}));

constexpr auto kRows = rows<Deal>(
    field<&Deal::number>("number", {.required = true, .max_length = 40}),
    field<&Deal::partner>("partner", {.required = true, .refers_to = "partner"}),
    field<&Deal::distributor>("distributor", {.refers_to = "partner"}),
    nested<&Deal::submitted>("submitted", kSubmitted),
    nested<&Deal::end_customer>("end_customer", kEndCustomer),
    field<&Deal::project_name>("project_name", {.required = true, .max_length = 255}),
    field<&Deal::description>("description", {.required = true, .max_length = 4000}),
    field<&Deal::kind>("kind", {.required = true, .codes = &code_sets::kDealKind}),
    list<&Deal::lines>("lines", kLine, {.keys = "product", .required = true}),
    group<&Deal::estimated_value>("estimated_value", kMoneyRows),
    field<&Deal::expected_close>("expected_close", {.required = true}),
    list<&Deal::evidence>("evidence", kAttachment, {.keys = "file"}),
    field<&Deal::requested_benefit>("requested_benefit", {.codes = &code_sets::kDealBenefit}),
    field<&Deal::status>("status", {.required = true, .codes = &code_sets::kDealStatus}),
    field<&Deal::status_reason>("status_reason", {.max_length = 80}),
    nested<&Deal::decision>("decision", kDecision),
    group<&Deal::protection>("protection", kPeriodRows),
    list<&Deal::extensions>("extensions", kExtension, {.keys = "requested_at"}),
    list<&Deal::duplicates>("duplicates", kDuplicate, {.keys = "deal_registration opportunity"}),
    field<&Deal::shared>("shared"),
    field<&Deal::opportunity>("opportunity", {.refers_to = "opportunity"}),
    field<&Deal::first_valid_at>("first_valid_at"),
    list<&Deal::state_history>("state_history", kStateChangeRows,
                               {.keys = "at", .read_only = true}),
    custom<&Deal::custom>());

constexpr Actors kManager = Actor::ChannelManager;
constexpr Actors kPartner = Actor::PartnerManager | Actor::PartnerEmployee;
constexpr Actors kSystem = Actor::System;

constexpr Transition kTransitions[] = {
    {"draft", "submitted", kPartner},
    {"submitted", "under_review", kManager},
    {"under_review", "approved", kManager},
    {"under_review", "rejected", kManager, "decision.reason"},
    {"under_review", "returned", kManager},
    {"returned", "submitted", kPartner},
    {"draft", "withdrawn", kPartner},
    {"submitted", "withdrawn", kPartner},
    {"under_review", "withdrawn", kPartner},
    {"returned", "withdrawn", kPartner},
    // Extended: a new period, the state stays.
    {"approved", "approved", kManager},
    {"approved", "expired", kSystem},
    {"approved", "converted_won", kManager | kSystem},
    {"approved", "converted_lost", kManager | kSystem},
    {"approved", "revoked", kManager, "status_reason"},
    {"expired", "submitted", kPartner},
    {"rejected", "submitted", kPartner},
};
constexpr StateMachine kStates{"status", "draft", kTransitions};

bool is_approved(const Fields& fields) { return get(fields, "status") == "approved"; }
bool is_rejected(const Fields& fields) { return get(fields, "status") == "rejected"; }
bool is_revoked(const Fields& fields) { return get(fields, "status") == "revoked"; }
bool is_decided(const Fields& fields) { return is_approved(fields) || is_rejected(fields); }
bool is_converted(const Fields& fields) {
  const Value status = get(fields, "status");
  return status == "converted_won" || status == "converted_lost";
}
bool is_with_the_vendor(const Fields& fields) {
  const Value status = get(fields, "status");
  return status && status != "draft" && status != "withdrawn";
}

constexpr std::string_view kCustomer[] = {"end_customer.partner", "end_customer.name"};
constexpr std::string_view kCustomerCountry[] = {"end_customer.partner",
                                                 "end_customer.address.country"};
constexpr std::string_view kEstimatedValue[] = {"estimated_value.amount"};
constexpr std::string_view kSubmittedAt[] = {"submitted.at"};
constexpr std::string_view kFirstValidAt[] = {"first_valid_at"};
constexpr std::string_view kDecidedBy[] = {"decision.by"};
constexpr std::string_view kDecidedAt[] = {"decision.at"};
constexpr std::string_view kRejectReason[] = {"decision.reason"};
constexpr std::string_view kStatusReason[] = {"status_reason"};
constexpr std::string_view kProtection[] = {"protection.end"};
constexpr std::string_view kOpportunity[] = {"opportunity"};
constexpr Requirement kRequirements[] = {{"end_customer", kCustomer},
                                         {"end_customer_country", kCustomerCountry},
                                         {"estimated_value", kEstimatedValue},
                                         {"submitted_at", kSubmittedAt, is_with_the_vendor},
                                         {"first_valid_at", kFirstValidAt, is_decided},
                                         {"decided_by", kDecidedBy, is_decided},
                                         {"decided_at", kDecidedAt, is_decided},
                                         {"reject_reason", kRejectReason, is_rejected},
                                         {"status_reason", kStatusReason, is_revoked},
                                         {"protection", kProtection, is_approved},
                                         {"opportunity", kOpportunity, is_converted}};

void check_tax_id(const Fields& fields, std::vector<Problem>& problems) {
  const Value scheme = get(fields, "end_customer.tax_id.scheme");
  const Value value = get(fields, "end_customer.tax_id.value");
  if (!scheme || !value) return;
  std::string message = identifier_problem(*scheme, *value);
  if (!message.empty())
    problems.push_back(
        {.path = "end_customer.tax_id.value", .rule = "identifier", .message = std::move(message)});
}

void check_protection(const Fields& fields, std::vector<Problem>& problems) {
  check_order(fields, "protection.start", "protection.end", problems);
}

/// A rejected registration that is submitted again is an appeal.
void check_appeals(const Fields& fields, std::vector<Problem>& problems) {
  constexpr int kMost = 2;
  int appeals = 0;
  for (const auto& [path, value] : fields) {
    const auto element = split_element(path);
    if (element && element->list == "state_history" && element->field == "from" &&
        value == "rejected" &&
        get(fields, element_path("state_history", element->element, "to")) == "submitted")
      ++appeals;
  }
  if (appeals > kMost)
    problems.push_back({.path = "status",
                        .rule = "appeals",
                        .message = "was appealed against " + std::to_string(appeals) +
                                   " times, at most " + std::to_string(kMost) + " are heard"});
}

/// Only what was granted counts; what was refused or is still open leaves the protection as it is.
void check_extensions(const Fields& fields, std::vector<Problem>& problems) {
  constexpr int kMost = 2;
  int granted = 0;
  std::string latest;
  std::string of;
  for (const auto& [path, value] : fields) {
    const auto element = split_element(path);
    if (!element || element->list != "extensions" || element->field != "decision" ||
        value != "approved")
      continue;
    ++granted;
    // Canonical times of four-digit years sort as text.
    std::string at =
        get(fields, element_path("extensions", element->element, "requested_at")).value_or("");
    if (!latest.empty() && at < of) continue;
    latest = path;
    of = std::move(at);
  }
  if (granted > kMost)
    problems.push_back({.path = latest,
                        .rule = "extensions",
                        .message = "is the approval of " + std::to_string(granted) +
                                   " extensions, at most " + std::to_string(kMost) +
                                   " are granted"});
}

constexpr ValueRule kValues[] = {{"identifier", check_tax_id},
                                 {"sum_of_lines",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_sum_of_lines(fields, "estimated_value", problems);
                                  }},
                                 {"period", check_protection},
                                 {"appeals", check_appeals},
                                 {"extensions", check_extensions}};

/// What tells one end customer from another: its record, tax number, web domain, and its name in
/// its country.
std::vector<std::string> customer_keys(const Fields& fields) {
  std::vector<std::string> keys;
  if (const Value partner = get(fields, "end_customer.partner"))
    keys.push_back("partner:" + *partner);
  const Value scheme = get(fields, "end_customer.tax_id.scheme");
  const Value value = get(fields, "end_customer.tax_id.value");
  if (scheme && value) keys.push_back(*scheme + ":" + identifier_key(*value));
  if (const Value website = get(fields, "end_customer.website"))
    keys.push_back("web:" + web_domain(*website));
  const Value name = get(fields, "end_customer.name");
  const Value country = get(fields, "end_customer.address.country");
  if (name && country) keys.push_back("name:" + lower(*name) + "/" + *country);
  return keys;
}

/// What the lines protect: their product families, for a line without one the product.
std::set<std::string> protected_goods(const Fields& fields) {
  std::set<std::string> goods;
  for (const auto& [path, value] : fields) {
    const auto element = split_element(path);
    if (!element || element->list != "lines") continue;
    if (element->field == "product_family") goods.insert(value);
    if (element->field == "product" &&
        !fields.contains(element_path("lines", element->element, "product_family")))
      goods.insert(value);
  }
  return goods;
}

/// At most one approved registration of a customer's product family at a time. Periods need no
/// comparison: an approved registration is one that has not run out.
std::vector<std::string> approved_keys(const Fields& fields) {
  std::vector<std::string> keys;
  if (!is_approved(fields) || get(fields, "shared") == "true") return keys;
  const std::set<std::string> goods = protected_goods(fields);
  for (const std::string& customer : customer_keys(fields)) {
    for (const std::string& good : goods) keys.push_back(customer + "/" + good);
  }
  return keys;
}

constexpr NetworkKey kKeys[] = {
    {"number", true, [](const Fields& fields) { return values_at(fields, "number"); }},
    {"approved_deal", true, approved_keys}};

constexpr EntityDescription kDealRegistration = entity<Deal>(
    "deal_registration", kRows,
    {.states = &kStates, .requirements = kRequirements, .values = kValues, .keys = kKeys});

}  // namespace
}  // namespace deal_registration_entity

const EntityDescription& description(std::type_identity<DealRegistration>) {
  return deal_registration_entity::kDealRegistration;
}

}  // namespace channelbridge::model
