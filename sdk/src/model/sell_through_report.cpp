#include "channelbridge/model/sell_through_report.hpp"

#include "channelbridge/model/code_sets_catalog.hpp"
#include "document_rules_internal.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace sell_through_report_entity {
namespace {

using Report = SellThroughReport;

constexpr auto kTotals = rows<Report::Totals>(
    field<&Report::Totals::lines>("lines"),
    field<&Report::Totals::quantity>("quantity", {.precision = 15, .scale = 3}),
    field<&Report::Totals::amount>("amount", kAmount));

// A GTIN of a report is not checked: a wrong one is an error of its line, the report stays.
constexpr auto kProduct = rows<Report::ReportedProduct>(
    field<&Report::ReportedProduct::sku>("sku", {.max_length = 80}),
    field<&Report::ReportedProduct::gtin>("gtin", {.max_length = 40}),
    field<&Report::ReportedProduct::reporter_code>("reporter_code", {.max_length = 80}));

constexpr auto kMatch =
    rows<Report::Match>(field<&Report::Match::product>("product", {.refers_to = "product"}),
                        field<&Report::Match::customer>("customer", {.refers_to = "partner"}),
                        field<&Report::Match::deal>("deal", {.refers_to = "deal_registration"}),
                        field<&Report::Match::score>("score"));

constexpr auto kSold = rows<Quantity>(
    field<&Quantity::value>("value", {.required = true, .precision = 15, .scale = 3}),
    field<&Quantity::unit>("unit"));

constexpr auto kLine = rows<Report::Line>(
    field<&Report::Line::no>("no", {.required = true}), field<&Report::Line::date>("date"),
    nested<&Report::Line::product>("product", kProduct),
    group<&Report::Line::quantity>("quantity", kSold),
    field<&Report::Line::unit_price>("unit_price", kUnitPrice),
    field<&Report::Line::amount>("amount", kAmount),
    nested<&Report::Line::end_customer>("end_customer", kPartyRows, {.personal = true}),
    nested<&Report::Line::ship_from>("ship_from", kPartyRows),
    field<&Report::Line::invoice_no>("invoice_no", {.max_length = 40}),
    field<&Report::Line::order_ref>("order_ref", {.max_length = 40}),
    field<&Report::Line::authorisation_number>("authorisation_number", {.max_length = 40}),
    field<&Report::Line::return_flag>("return_flag"),
    nested<&Report::Line::match>("match", kMatch));

constexpr auto kSerial = rows<Report::Serial>(
    field<&Report::Serial::line>("line", {.required = true}),
    field<&Report::Serial::value>("value", {.required = true, .max_length = 120}));

constexpr auto kError = rows<Report::LineError>(
    field<&Report::LineError::line>("line"),
    field<&Report::LineError::code>("code", {.required = true, .max_length = 40}),
    field<&Report::LineError::message>("message", {.max_length = 1000}));

constexpr auto kStock =
    rows<Report::Stock>(nested<&Report::Stock::product>("product", kProduct),
                        group<&Report::Stock::opening>("opening", kQuantityRows),
                        group<&Report::Stock::purchases>("purchases", kQuantityRows),
                        group<&Report::Stock::sales>("sales", kQuantityRows),
                        group<&Report::Stock::returns>("returns", kQuantityRows),
                        group<&Report::Stock::adjustments>("adjustments", kQuantityRows),
                        group<&Report::Stock::closing>("closing", kQuantityRows),
                        nested<&Report::Stock::match>("match", kMatch));

constexpr auto kRows = rows<Report>(
    field<&Report::number>("number", {.max_length = 40}),
    field<&Report::reporter>("reporter", {.required = true, .refers_to = "partner"}),
    group<&Report::period>("period", kPeriodRows),
    field<&Report::kind>("kind", {.required = true, .codes = &code_sets::kSellThroughKind}),
    field<&Report::submitted_at>("submitted_at"),
    field<&Report::status>("status", {.required = true, .codes = &code_sets::kSellThroughStatus}),
    field<&Report::currency>("currency"), field<&Report::file_ref>("file_ref", {.max_length = 255}),
    nested<&Report::totals>("totals", kTotals),
    list<&Report::lines>("lines", kLine, {.keys = "no"}),
    list<&Report::serials>("serials", kSerial, {.keys = "line value"}),
    list<&Report::errors>("errors", kError, {.keys = "line code"}),
    list<&Report::stock>("stock", kStock,
                         {.keys = "product.sku product.gtin product.reporter_code"}),
    list<&Report::state_history>("state_history", kStateChangeRows,
                                 {.keys = "at", .read_only = true}),
    custom<&Report::custom>());

constexpr Actors kReporter =
    Actor::DistributorUser | Actor::PartnerManager | Actor::PartnerEmployee | Actor::System;
constexpr Actors kReviewer = Actor::ChannelManager | Actor::System;

constexpr Transition kTransitions[] = {
    // A report that is due waits as expected; so one that never comes can be missing.
    {"expected", "received", kReporter},
    {"expected", "missing", Actor::System},
    {"missing", "received", kReporter},
    {"received", "parsed", Actor::System},
    {"parsed", "matched", kReviewer},
    {"matched", "accepted", kReviewer},
    {"matched", "accepted_with_errors", kReviewer},
    {"matched", "rejected", kReviewer},
    // Another report of the same period takes its place.
    {"accepted", "corrected", kReviewer},
    {"accepted_with_errors", "corrected", kReviewer},
};
constexpr StateMachine kStates{"status", "expected", kTransitions};

/// opening + purchases - sales + returns + adjustments = closing, where all six are known in one
/// unit.
void check_stock(const Fields& fields, std::vector<Problem>& problems) {
  struct Term {
    std::string_view name{};
    std::string_view sign{};
  };
  constexpr Term kTerms[] = {
      {"purchases", " + "}, {"sales", " - "}, {"returns", " + "}, {"adjustments", " + "}};
  for (const auto& [path, closing] : fields) {
    const auto element = split_element(path);
    if (!element || element->list != "stock" || element->field != "closing.value") continue;
    const auto value = [&fields, id = element->element](std::string_view name,
                                                        std::string_view part) {
      return get(fields, element_path("stock", id, std::string(name) + std::string(part)));
    };
    const Value unit = value("closing", ".unit");
    const Value opening = value("opening", ".value");
    const auto stated = Decimal::parse(closing);
    auto sum = Decimal::parse(opening.value_or(""));
    if (!stated || !sum || value("opening", ".unit") != unit) continue;
    std::string terms = "opening " + *opening;
    bool known = true;
    for (const auto& [name, sign] : kTerms) {
      const Value text = value(name, ".value");
      const auto number = Decimal::parse(text.value_or(""));
      known = known && number && value(name, ".unit") == unit;
      if (!known) break;
      const auto next = add(*sum, sign == " - " ? -*number : *number);
      known = next.has_value();
      if (!known) break;
      sum = *next;
      terms += std::string(sign) + std::string(name) + " " + *text;
    }
    if (known && *sum != *stated)
      problems.push_back({.path = path,
                          .rule = "stock_balance",
                          .message = "is " + closing + ", not " + terms + " = " + to_string(*sum)});
  }
}

/// How many lines there are, where there are any.
void check_line_count(const Fields& fields, std::vector<Problem>& problems) {
  const auto stated = number_at(fields, "totals.lines");
  const std::size_t count = element_ids(fields, "lines").size();
  if (!stated || count == 0 || *stated == Decimal(static_cast<std::int64_t>(count))) return;
  problems.push_back({.path = "totals.lines",
                      .rule = "line_count",
                      .message = "is " + to_string(*stated) + ", and the report has " +
                                 std::to_string(count) + (count == 1 ? " line" : " lines")});
}

/// What was sold less what came back, where every line says how much, and all in one unit.
void check_total_quantity(const Fields& fields, std::vector<Problem>& problems) {
  const auto stated = number_at(fields, "totals.quantity");
  const auto ids = element_ids(fields, "lines");
  if (!stated || ids.empty()) return;
  const Value unit = get(fields, element_path("lines", ids.front(), "quantity.unit"));
  Decimal sum;
  for (const std::string_view id : ids) {
    const auto quantity = number_at(fields, element_path("lines", id, "quantity.value"));
    if (!quantity || get(fields, element_path("lines", id, "quantity.unit")) != unit) return;
    // Whether such a total adds goods that came back, or takes them off, is not known.
    if (quantity->sign() > 0 && get(fields, element_path("lines", id, "return_flag")) == "true")
      return;
    const auto more = add(sum, *quantity);
    if (!more) return;
    sum = *more;
  }
  if (sum == *stated) return;
  std::string message = "is " + to_string(*stated) + ", but the sum of lines[].quantity of " +
                        std::to_string(ids.size()) + (ids.size() == 1 ? " line" : " lines") +
                        " is " + to_string(sum) + (unit ? " " + *unit : "");
  if (const auto difference = subtract(*stated, sum))
    message += ", a difference of " + to_string(*difference);
  problems.push_back(
      {.path = "totals.quantity", .rule = "total_quantity", .message = std::move(message)});
}

void check_returns(const Fields& fields, std::vector<Problem>& problems) {
  if (get(fields, "kind") != "sell_out") return;
  for (const auto& [path, quantity] : fields) {
    const auto element = split_element(path);
    if (!element || element->list != "lines" || element->field != "quantity.value" ||
        !quantity.starts_with('-'))
      continue;
    if (get(fields, element_path("lines", element->element, "return_flag")) != "true")
      problems.push_back({.path = path,
                          .rule = "negative_sale",
                          .message = "is " + quantity + " without return_flag"});
  }
}

constexpr std::string_view kAmounts[] = {"totals.amount", "lines[].unit_price", "lines[].amount"};

template <Rounding kRounding>
constexpr ValueRule kValues[] = {{"currency_missing",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_currency(fields, kAmounts, problems);
                                  }},
                                 {"totals",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    DocumentFigures(fields, problems, kRounding)
                                        .check_sum("totals", "totals.amount", "lines", "amount");
                                  }},
                                 {"period",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_order(fields, "period.start", "period.end", problems);
                                  }},
                                 {"line_count", check_line_count},
                                 {"total_quantity", check_total_quantity},
                                 {"stock_balance", check_stock},
                                 {"negative_sale", check_returns}};

constexpr std::string_view kStart[] = {"period.start"};
constexpr std::string_view kEnd[] = {"period.end"};
constexpr Requirement kRequirements[] = {{"period", kStart}, {"period", kEnd}};

constexpr NetworkKey kKeys[] = {
    {"number", true,
     [](const Fields& fields) {
       const Value reporter = get(fields, "reporter");
       const Value number = get(fields, "number");
       return reporter && number ? std::vector{*reporter + "\x1f" + *number}
                                 : std::vector<std::string>{};
     }},
    {"accepted", true, [](const Fields& fields) {
       const Value status = get(fields, "status");
       const Value reporter = get(fields, "reporter");
       const Value kind = get(fields, "kind");
       const Value start = get(fields, "period.start");
       const Value end = get(fields, "period.end");
       if ((status != "accepted" && status != "accepted_with_errors") || !reporter || !kind ||
           !start || !end)
         return std::vector<std::string>{};
       return std::vector{*reporter + "\x1f" + *kind + "\x1f" + *start + "\x1f" + *end};
     }}};

constexpr EntityDescription kReport = entity<Report>("sell_through_report", kRows,
                                                     {.states = &kStates,
                                                      .requirements = kRequirements,
                                                      .values = kValues<Rounding::HalfAwayFromZero>,
                                                      .keys = kKeys});

}  // namespace
}  // namespace sell_through_report_entity

const EntityDescription& description(std::type_identity<SellThroughReport>) {
  return sell_through_report_entity::kReport;
}

std::span<const ValueRule> half_even_rules(std::type_identity<SellThroughReport>) {
  return sell_through_report_entity::kValues<Rounding::HalfEven>;
}

}  // namespace channelbridge::model
