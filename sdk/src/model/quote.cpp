#include "channelbridge/model/quote.hpp"

#include "channelbridge/model/code_sets.hpp"
#include "channelbridge/model/code_sets_documents.hpp"
#include "document_rules_internal.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace quote_entity {
namespace {

constexpr auto kPreparedBy = rows<Quote::PreparedBy>(
    field<&Quote::PreparedBy::user>("user", {.required = true, .refers_to = "user"}),
    field<&Quote::PreparedBy::side>("side", {.required = true, .codes = &code_sets::kQuoteSide}));

constexpr auto kIncoterms = rows<Quote::Incoterms>(
    field<&Quote::Incoterms::code>("code", {.codes = &code_sets::kIncoterms}),
    field<&Quote::Incoterms::place>("place", {.max_length = 80}));

constexpr auto kAdditionalDiscount = rows<Quote::AdditionalDiscount>(
    field<&Quote::AdditionalDiscount::pct>("pct"),
    field<&Quote::AdditionalDiscount::amount>("amount", kUnitPrice));

constexpr FieldOptions kNeededUnitPrice{.required = true, .precision = 19, .scale = 6};
constexpr FieldOptions kNeededAmount{.required = true, .precision = 19, .scale = 4};

constexpr auto kLine = rows<Quote::Line>(
    field<&Quote::Line::no>("no", {.required = true}),
    field<&Quote::Line::product>("product", {.required = true, .refers_to = "product"}),
    field<&Quote::Line::description>("description", {.max_length = 1000}),
    group<&Quote::Line::qty>("qty", kLineQuantityRows),
    field<&Quote::Line::list_price>("list_price", kNeededUnitPrice),
    field<&Quote::Line::special_price>("special_price", kUnitPrice),
    field<&Quote::Line::regular_price>("regular_price", kUnitPrice),
    field<&Quote::Line::customer_price>("customer_price", kUnitPrice),
    field<&Quote::Line::partner_price>("partner_price", kUnitPrice),
    field<&Quote::Line::net_price>("net_price", kNeededUnitPrice),
    nested<&Quote::Line::additional_discount>("additional_discount", kAdditionalDiscount),
    field<&Quote::Line::net_amount>("net_amount", kNeededAmount),
    field<&Quote::Line::tax>("tax", kAmount),
    field<&Quote::Line::tax_category>("tax_category", {.codes = &code_sets::kTaxCategory}),
    field<&Quote::Line::start>("start"), field<&Quote::Line::end>("end"),
    field<&Quote::Line::term>("term"), field<&Quote::Line::prorate>("prorate", kProrate),
    field<&Quote::Line::optional>("optional"), field<&Quote::Line::bundle_parent>("bundle_parent"));

constexpr auto kAdjustment = rows<Quote::Adjustment>(
    field<&Quote::Adjustment::line>("line", {.required = true}),
    field<&Quote::Adjustment::no>("no"),
    field<&Quote::Adjustment::level>("level", {.required = true, .codes = &code_sets::kPriceLevel}),
    field<&Quote::Adjustment::agreement>("agreement", {.refers_to = "discount_agreement"}),
    field<&Quote::Adjustment::pct>("pct"), field<&Quote::Adjustment::amount>("amount", kUnitPrice),
    field<&Quote::Adjustment::before>("before", kUnitPrice),
    field<&Quote::Adjustment::after>("after", kUnitPrice));

constexpr auto kRows = rows<Quote>(
    field<&Quote::number>("number", {.required = true, .max_length = 40}),
    field<&Quote::version>("version", {.required = true}),
    field<&Quote::opportunity>("opportunity", {.refers_to = "opportunity"}),
    field<&Quote::deal_registration>("deal_registration", {.refers_to = "deal_registration"}),
    field<&Quote::contract>("contract", {.refers_to = "contract"}),
    field<&Quote::kind>("kind", {.required = true, .codes = &code_sets::kQuoteKind}),
    nested<&Quote::seller>("seller", kPartyRows), nested<&Quote::buyer>("buyer", kPartyRows),
    nested<&Quote::end_customer>("end_customer", kPartyRows, {.personal = true}),
    nested<&Quote::prepared_by>("prepared_by", kPreparedBy),
    field<&Quote::currency>("currency", {.required = true}),
    field<&Quote::price_book>("price_book", {.required = true, .refers_to = "price_book"}),
    field<&Quote::pricing_date>("pricing_date", {.required = true}),
    group<&Quote::valid>("valid", kPeriodRows), field<&Quote::start_date>("start_date"),
    field<&Quote::term>("term"), field<&Quote::customer_discount_pct>("customer_discount_pct"),
    field<&Quote::partner_discount_pct>("partner_discount_pct"),
    field<&Quote::distributor_discount_pct>("distributor_discount_pct"),
    nested<&Quote::totals>("totals", kDocumentTotalsRows),
    field<&Quote::payment_terms>("payment_terms", {.max_length = 40}),
    group<&Quote::incoterms>("incoterms", kIncoterms),
    group<&Quote::delivery_address>("delivery_address", kAddressRows, {.personal = true}),
    field<&Quote::notes>("notes", {.max_length = 4000}),
    field<&Quote::status>("status", {.required = true, .codes = &code_sets::kQuoteStatus}),
    field<&Quote::lost_reason>("lost_reason", {.codes = &code_sets::kLostReason}),
    list<&Quote::lines>("lines", kLine, {.keys = "no", .required = true}),
    list<&Quote::adjustments>("adjustments", kAdjustment, {.keys = "line no"}),
    list<&Quote::state_history>("state_history", kStateChangeRows,
                                {.keys = "at", .read_only = true}),
    custom<&Quote::custom>());

constexpr Actors kAuthor =
    Actor::PartnerManager | Actor::PartnerEmployee | Actor::DistributorUser | Actor::VendorSales;
// By the margin matrix: a discount within the author's authority is approved by the system.
constexpr Actors kApprover = Actor::ChannelManager | Actor::Finance | Actor::System;
constexpr Actors kBuyer =
    Actor::Customer | Actor::PartnerManager | Actor::PartnerEmployee | Actor::DistributorUser;
constexpr Actors kSeller = Actor::VendorSales | Actor::DistributorUser | Actor::System;

constexpr Transition kTransitions[] = {
    {"draft", "in_review", kAuthor | Actor::System},
    {"in_review", "approved", kApprover},
    {"in_review", "draft", kApprover},
    {"approved", "presented", kAuthor | Actor::System},
    {"presented", "accepted", kBuyer},
    {"presented", "rejected", kBuyer, "lost_reason"},
    {"presented", "expired", Actor::System},
    {"accepted", "ordered", kSeller},
    {"draft", "superseded", kAuthor | Actor::System},
    {"approved", "superseded", kAuthor | Actor::System},
    {"presented", "superseded", kAuthor | Actor::System},
    {"draft", "cancelled", kAuthor},
    {"in_review", "cancelled", kAuthor},
    {"approved", "cancelled", kAuthor},
    {"presented", "cancelled", kAuthor},
};
constexpr StateMachine kStates{"status", "draft", kTransitions};

constexpr std::string_view kAmounts[] = {"totals.",
                                         "lines[].list_price",
                                         "lines[].special_price",
                                         "lines[].regular_price",
                                         "lines[].customer_price",
                                         "lines[].partner_price",
                                         "lines[].net_price",
                                         "lines[].additional_discount.amount",
                                         "lines[].net_amount",
                                         "lines[].tax",
                                         "adjustments[].amount",
                                         "adjustments[].before",
                                         "adjustments[].after"};

void check_periods(const Fields& fields, std::vector<Problem>& problems) {
  check_order(fields, "valid.start", "valid.end", problems);
  for (const std::string_view line : element_ids(fields, "lines")) {
    const Value start = get(fields, element_path("lines", line, "start"));
    const Value end = get(fields, element_path("lines", line, "end"));
    // Canonical dates sort as text.
    if (start && end && *end < *start)
      problems.push_back({.path = element_path("lines", line, "end"),
                          .rule = "order",
                          .message = "is " + *end + ", before its start " + *start});
  }
}

/// The vendor's net of a line is its net amount. Judged where every line that counts has gone
/// through the channel's prices; who bears a discount on the whole quote is not said.
template <Rounding kRounding>
void check_vendor_net(const Fields& fields, std::vector<Problem>& problems) {
  const auto discount = number_at(fields, "totals.header_discount");
  if (discount && !discount->is_zero()) return;
  for (const std::string_view line : element_ids(fields, "lines")) {
    if (get(fields, element_path("lines", line, "optional")) == "true") continue;
    if (!fields.contains(element_path("lines", line, "partner_price"))) return;
  }
  DocumentFigures(fields, problems, kRounding)
      .check_sum("vendor_net", "totals.vendor_net", "lines", "net_amount");
}

template <Rounding kRounding>
constexpr ValueRule kValues[] = {{"price_waterfall",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    DocumentFigures(fields, problems).check_waterfall();
                                  }},
                                 {"adjustment_pct",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    DocumentFigures(fields, problems).check_adjustment_percents();
                                  }},
                                 {"currency_missing",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_currency(fields, kAmounts, problems);
                                  }},
                                 {"line_amount", check_net_amounts<kRounding>},
                                 {"totals", check_document_totals<kRounding>},
                                 {"vendor_net", check_vendor_net<kRounding>},
                                 {"period", check_periods}};

constexpr std::string_view kSellerPath[] = {"seller.partner"};
constexpr std::string_view kBuyerPath[] = {"buyer.partner"};
constexpr std::string_view kEndCustomerPath[] = {"end_customer.partner"};
constexpr std::string_view kValidEnd[] = {"valid.end"};
constexpr std::string_view kLostReason[] = {"lost_reason"};
constexpr Requirement kRequirements[] = {{"seller", kSellerPath},
                                         {"buyer", kBuyerPath},
                                         {"end_customer", kEndCustomerPath},
                                         {"valid", kValidEnd},
                                         {"lost_reason", kLostReason, [](const Fields& fields) {
                                            return get(fields, "status") == "rejected";
                                          }}};

bool is_accepted(const Fields& fields) {
  const Value status = get(fields, "status");
  return status == "accepted" || status == "ordered";
}

constexpr NetworkKey kKeys[] = {
    {"document_key", true,
     [](const Fields& fields) {
       std::vector<std::string> keys = issued_number(fields, "seller.partner");
       const Value version = get(fields, "version");
       if (!version) return std::vector<std::string>{};
       for (std::string& key : keys) key += "/" + *version;
       return keys;
     }},
    // Only one accepted version of a number.
    {"accepted_version", true, [](const Fields& fields) {
       return is_accepted(fields) ? issued_number(fields, "seller.partner")
                                  : std::vector<std::string>{};
     }}};

constexpr EntityDescription kQuote = entity<Quote>("quote", kRows,
                                                   {.states = &kStates,
                                                    .requirements = kRequirements,
                                                    .values = kValues<Rounding::HalfAwayFromZero>,
                                                    .keys = kKeys,
                                                    .locked = changes_of_accepted});

}  // namespace
}  // namespace quote_entity

const EntityDescription& description(std::type_identity<Quote>) { return quote_entity::kQuote; }

std::span<const ValueRule> half_even_rules(std::type_identity<Quote>) {
  return quote_entity::kValues<Rounding::HalfEven>;
}

std::vector<Problem> changes_of_accepted(const Fields& before, const Fields& after) {
  std::vector<Problem> problems;
  if (!quote_entity::is_accepted(before)) return problems;
  const auto goes_on = [](std::string_view path) {
    return path == "status" || path.starts_with("state_history[") || path.starts_with("custom.");
  };
  lock_fields(before, after, goes_on, "the quote is " + *get(before, "status"), problems);
  return problems;
}

}  // namespace channelbridge::model
