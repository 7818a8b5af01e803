#include "channelbridge/model/invoice.hpp"

#include "channelbridge/model/code_sets_documents.hpp"
#include "document_rules_internal.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace invoice_entity {
namespace {

constexpr FieldOptions kNeededAmount{.required = true, .precision = 19, .scale = 4};

constexpr auto kOrderEntry = rows<Invoice::OrderEntry>(
    field<&Invoice::OrderEntry::order>("order", {.required = true, .refers_to = "order"}));

constexpr auto kLine = rows<Invoice::Line>(
    field<&Invoice::Line::no>("no", {.required = true}),
    field<&Invoice::Line::order>("order", {.refers_to = "order"}),
    field<&Invoice::Line::order_line>("order_line"),
    field<&Invoice::Line::product>("product", {.refers_to = "product"}),
    field<&Invoice::Line::description>("description", {.max_length = 1000}),
    group<&Invoice::Line::qty>("qty", kLineQuantityRows),
    field<&Invoice::Line::price>("price", {.required = true, .precision = 19, .scale = 6}),
    field<&Invoice::Line::net>("net", kNeededAmount), field<&Invoice::Line::tax>("tax", kAmount),
    field<&Invoice::Line::tax_category>("tax_category", {.codes = &code_sets::kTaxCategory}));

constexpr auto kTax = rows<Invoice::Tax>(
    field<&Invoice::Tax::category>("category",
                                   {.required = true, .codes = &code_sets::kTaxCategory}),
    field<&Invoice::Tax::rate>("rate"), field<&Invoice::Tax::base>("base", kNeededAmount),
    field<&Invoice::Tax::amount>("amount", kNeededAmount));

constexpr auto kTotals =
    rows<Invoice::Totals>(field<&Invoice::Totals::net>("net", kNeededAmount),
                          field<&Invoice::Totals::allowances>("allowances", kAmount),
                          field<&Invoice::Totals::charges>("charges", kAmount),
                          list<&Invoice::Totals::taxes>("taxes", kTax, {.keys = "category rate"}),
                          field<&Invoice::Totals::tax>("tax", kNeededAmount),
                          field<&Invoice::Totals::gross>("gross", kNeededAmount),
                          field<&Invoice::Totals::prepaid>("prepaid", kAmount),
                          field<&Invoice::Totals::payable>("payable", kNeededAmount),
                          field<&Invoice::Totals::rounding>("rounding", kAmount));

constexpr auto kFx = rows<Invoice::Fx>(
    field<&Invoice::Fx::currency>("currency"),
    field<&Invoice::Fx::rate>("rate", {.precision = 19, .scale = 9}),
    field<&Invoice::Fx::date>("date"), field<&Invoice::Fx::source>("source", {.max_length = 80}));

constexpr auto kRows = rows<Invoice>(
    field<&Invoice::number>("number", {.required = true, .max_length = 40}),
    field<&Invoice::kind>("kind", {.required = true, .codes = &code_sets::kInvoiceKind}),
    nested<&Invoice::seller>("seller", kPartyRows), nested<&Invoice::buyer>("buyer", kPartyRows),
    nested<&Invoice::payer>("payer", kPartyRows),
    list<&Invoice::orders>("orders", kOrderEntry, {.keys = "order"}),
    field<&Invoice::reference_invoice>("reference_invoice", {.refers_to = "invoice"}),
    field<&Invoice::issue_date>("issue_date", {.required = true}),
    field<&Invoice::due_date>("due_date", {.required = true}),
    group<&Invoice::period>("period", kPeriodRows),
    field<&Invoice::currency>("currency", {.required = true}), group<&Invoice::fx>("fx", kFx),
    list<&Invoice::lines>("lines", kLine, {.keys = "no", .required = true}),
    nested<&Invoice::totals>("totals", kTotals),
    field<&Invoice::paid_amount>("paid_amount", kAmount),
    field<&Invoice::status>("status", {.required = true, .codes = &code_sets::kInvoiceStatus}),
    field<&Invoice::overdue>("overdue"),
    list<&Invoice::state_history>("state_history", kStateChangeRows,
                                  {.keys = "at", .read_only = true}),
    custom<&Invoice::custom>());

constexpr Actors kIssuer = Actor::Finance | Actor::DistributorUser | Actor::System;
constexpr Actors kLedger = Actor::Finance | Actor::System;

constexpr Transition kTransitions[] = {
    {"draft", "issued", kIssuer},
    {"issued", "sent", kIssuer},
    {"sent", "partially_paid", kLedger},
    {"partially_paid", "paid", kLedger},
    // Paid at once.
    {"sent", "paid", kLedger},
    // By a credit note.
    {"issued", "cancelled", kIssuer},
};
constexpr StateMachine kStates{"status", "draft", kTransitions};

constexpr std::string_view kAmounts[] = {"totals.net",
                                         "totals.allowances",
                                         "totals.charges",
                                         "totals.taxes[].base",
                                         "totals.taxes[].amount",
                                         "totals.tax",
                                         "totals.gross",
                                         "totals.prepaid",
                                         "totals.payable",
                                         "totals.rounding",
                                         "paid_amount",
                                         "lines[].price",
                                         "lines[].net",
                                         "lines[].tax"};

/// Source of the sums of lines and taxes and of the gross amount: EN 16931-1, rules BR-CO-10,
/// BR-CO-14 and BR-CO-15.
template <Rounding kRounding>
void check_totals(const Fields& fields, std::vector<Problem>& problems) {
  using Term = DocumentFigures::Term;
  constexpr Term kGross[] = {
      {"totals.net"}, {"totals.allowances", true}, {"totals.charges"}, {"totals.tax"}};
  constexpr Term kPayable[] = {{"totals.net"}, {"totals.allowances", true}, {"totals.charges"},
                               {"totals.tax"}, {"totals.prepaid", true},    {"totals.rounding"}};
  const DocumentFigures figures(fields, problems, kRounding);
  figures.check_sum("net_total", "totals.net", "lines", "net");
  figures.check_tax_amounts("totals.taxes");
  figures.check_sum("tax_total", "totals.tax", "totals.taxes", "amount");
  figures.check_total("gross_total", "totals.gross", kGross);
  figures.check_total("payable", "totals.payable", kPayable);
}

void check_fx(const Fields& fields, std::vector<Problem>& problems) {
  const auto rate = number_at(fields, "fx.rate");
  if (rate && rate->sign() <= 0)
    problems.push_back(
        {.path = "fx.rate", .rule = "fx", .message = "is " + to_string(*rate) + ", not above 0"});
  const Value currency = get(fields, "fx.currency");
  if (currency && currency == get(fields, "currency"))
    problems.push_back({.path = "fx.currency",
                        .rule = "fx",
                        .message = "is " + *currency + ", the invoice's own currency"});
}

template <Rounding kRounding>
constexpr ValueRule kValues[] = {
    {"currency_missing",
     [](const Fields& fields, std::vector<Problem>& problems) {
       check_currency(fields, kAmounts, problems);
     }},
    {"line_amount",
     [](const Fields& fields, std::vector<Problem>& problems) {
       DocumentFigures(fields, problems, kRounding).check_line_amounts("price", "net");
     }},
    {"totals", check_totals<kRounding>},
    {"fx", check_fx},
    {"period", [](const Fields& fields, std::vector<Problem>& problems) {
       check_order(fields, "period.start", "period.end", problems);
     }}};

constexpr std::string_view kSeller[] = {"seller.partner"};
constexpr std::string_view kBuyer[] = {"buyer.partner"};
constexpr std::string_view kReferenceInvoice[] = {"reference_invoice"};
constexpr Requirement kRequirements[] = {
    {"seller", kSeller},
    {"buyer", kBuyer},
    {"reference_invoice", kReferenceInvoice,
     [](const Fields& fields) { return get(fields, "kind") == "credit_note"; }}};

constexpr NetworkKey kKeys[] = {{"document_key", true, [](const Fields& fields) {
                                   // A self-billed invoice has a number of the buyer.
                                   return issued_number(fields, get(fields, "kind") == "self_billed"
                                                                    ? "buyer.partner"
                                                                    : "seller.partner");
                                 }}};

constexpr std::string_view kAcyclic[] = {"reference_invoice"};

constexpr EntityDescription kInvoice =
    entity<Invoice>("invoice", kRows,
                    {.states = &kStates,
                     .requirements = kRequirements,
                     .values = kValues<Rounding::HalfAwayFromZero>,
                     .keys = kKeys,
                     .acyclic = kAcyclic});

}  // namespace
}  // namespace invoice_entity

const EntityDescription& description(std::type_identity<Invoice>) {
  return invoice_entity::kInvoice;
}

std::span<const ValueRule> half_even_rules(std::type_identity<Invoice>) {
  return invoice_entity::kValues<Rounding::HalfEven>;
}

}  // namespace channelbridge::model
