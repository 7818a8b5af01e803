#include "channelbridge/model/claim.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "channelbridge/model/code_sets.hpp"
#include "channelbridge/model/code_sets_funds.hpp"
#include "document_rules_internal.hpp"
#include "fund_rules_internal.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace claim_entity {
namespace {

constexpr auto kSellThroughLine = rows<Claim::SellThroughLine>(
    field<&Claim::SellThroughLine::report>("report",
                                           {.required = true, .refers_to = "sell_through_report"}),
    field<&Claim::SellThroughLine::line>("line"));

constexpr auto kFx = rows<Claim::Fx>(
    field<&Claim::Fx::currency>("currency"),
    field<&Claim::Fx::rate>("rate", {.precision = 19, .scale = 9}), field<&Claim::Fx::date>("date"),
    field<&Claim::Fx::source>("source", {.max_length = 80}),
    field<&Claim::Fx::approved_amount>("approved_amount", kAmount));

constexpr auto kSupplierInvoice =
    rows<Claim::SupplierInvoice>(field<&Claim::SupplierInvoice::no>("no", {.max_length = 40}),
                                 field<&Claim::SupplierInvoice::date>("date"));

constexpr auto kLine = rows<Claim::Line>(
    field<&Claim::Line::no>("no", {.required = true}),
    field<&Claim::Line::expense_type>("expense_type", {.max_length = 40}),
    field<&Claim::Line::description>("description", {.max_length = 1000}),
    nested<&Claim::Line::invoice>("invoice", kSupplierInvoice),
    field<&Claim::Line::vendor_name>("vendor_name", {.max_length = 255}),
    field<&Claim::Line::net>("net", kAmount), field<&Claim::Line::tax>("tax", kAmount),
    field<&Claim::Line::claimed>("claimed", kNeededSum),
    field<&Claim::Line::share_pct>("share_pct"), field<&Claim::Line::approved>("approved", kAmount),
    field<&Claim::Line::decision>("decision", {.codes = &code_sets::kFundLineDecision}),
    field<&Claim::Line::reason>("reason", {.codes = &code_sets::kClaimAdjustReason}));

constexpr auto kEvidence = rows<Claim::Evidence>(
    field<&Claim::Evidence::evidence_type>("evidence_type",
                                           {.required = true, .codes = &code_sets::kEvidenceType}),
    field<&Claim::Evidence::file>("file", {.required = true, .max_length = 1000}),
    field<&Claim::Evidence::hash>("hash", {.required = true, .max_length = 128}),
    field<&Claim::Evidence::uploaded_by>("uploaded_by", {.max_length = 120}),
    field<&Claim::Evidence::at>("at"),
    field<&Claim::Evidence::verdict>("verdict", {.codes = &code_sets::kEvidenceVerdict}));

constexpr auto kDecision =
    rows<Claim::Decision>(field<&Claim::Decision::by>("by", {.required = true, .max_length = 120}),
                          field<&Claim::Decision::at>("at", {.required = true}),
                          field<&Claim::Decision::decision>(
                              "decision", {.required = true, .codes = &code_sets::kClaimDecision}),
                          field<&Claim::Decision::amount>("amount", kAmount),
                          field<&Claim::Decision::comment>("comment", {.max_length = 4000}));

constexpr auto kRows = rows<Claim>(
    field<&Claim::number>("number", {.required = true, .max_length = 40}),
    field<&Claim::kind>("kind", {.required = true, .codes = &code_sets::kClaimKind}),
    field<&Claim::request>("request", {.refers_to = "fund_request"}),
    field<&Claim::fund>("fund", {.refers_to = "fund"}),
    field<&Claim::partner>("partner", {.required = true, .refers_to = "partner"}),
    field<&Claim::budget>("budget", {.refers_to = "budget"}),
    field<&Claim::agreement>("agreement", {.refers_to = "discount_agreement"}),
    list<&Claim::sell_through_lines>("sell_through_lines", kSellThroughLine,
                                     {.keys = "report line"}),
    field<&Claim::currency>("currency", {.required = true}),
    field<&Claim::claimed_amount>("claimed_amount", kNeededSum),
    field<&Claim::eligible_amount>("eligible_amount", kAmount),
    field<&Claim::approved_amount>("approved_amount", kAmount), group<&Claim::fx>("fx", kFx),
    group<&Claim::activity_period>("activity_period", kPeriodRows),
    group<&Claim::performed_on>("performed_on", kPeriodRows),
    list<&Claim::lines>("lines", kLine, {.keys = "no", .required = true}),
    list<&Claim::required_evidence>("required_evidence", kRequiredEvidenceRows,
                                    {.keys = "evidence_type"}),
    list<&Claim::evidence>("evidence", kEvidence, {.keys = "hash"}),
    field<&Claim::tax_treatment>("tax_treatment", {.codes = &code_sets::kTaxTreatment}),
    field<&Claim::settlement_preference>("settlement_preference",
                                         {.codes = &code_sets::kPaymentMethod}),
    list<&Claim::decisions>("decisions", kDecision, {.keys = "at by"}),
    field<&Claim::status>("status", {.required = true, .codes = &code_sets::kClaimStatus}),
    list<&Claim::state_history>("state_history", kStateChangeRows,
                                {.keys = "at", .read_only = true}),
    custom<&Claim::custom>());

// What is above the limit of marketing is decided by finance.
constexpr Actors kReviewer = Actor::ChannelMarketing | Actor::Finance;
constexpr Actors kLedger = Actor::Finance | Actor::System;
constexpr std::string_view kReason = "state_history[].reason";

constexpr Transition kTransitions[] = {
    {"draft", "submitted", Actor::PartnerManager},
    {"submitted", "pre_validated", Actor::System},
    {"pre_validated", "under_review", Actor::ChannelMarketing | Actor::System},
    {"under_review", "approved", kReviewer},
    {"under_review", "partially_approved", kReviewer},
    {"under_review", "rejected", kReviewer, kReason},
    {"under_review", "returned", kReviewer, kReason},
    {"returned", "submitted", Actor::PartnerManager},
    {"submitted", "withdrawn", Actor::PartnerManager},
    {"approved", "released_to_settle", Actor::Finance},
    {"partially_approved", "released_to_settle", Actor::Finance},
    {"released_to_settle", "settled", kLedger},
    {"settled", "paid", kLedger},
    // Taken back, and claimed anew.
    {"approved", "corrected", Actor::Finance, kReason},
    {"partially_approved", "corrected", Actor::Finance, kReason},
    {"settled", "corrected", Actor::Finance, kReason},
    {"paid", "corrected", kLedger, kReason},
    // The fund ran out before it was paid: finance pays it all the same, or does not.
    {"approved", "expired_approved", Actor::System},
    {"partially_approved", "expired_approved", Actor::System},
    {"expired_approved", "released_to_settle", Actor::Finance},
    {"expired_approved", "rejected", Actor::Finance, kReason},
};
constexpr StateMachine kStates{"status", "draft", kTransitions};

bool is_approved(const Fields& fields) {
  const Value status = get(fields, "status");
  return status == "approved" || status == "partially_approved";
}
bool is_granted(const Fields& fields) {
  const Value status = get(fields, "status");
  return is_approved(fields) || status == "expired_approved" || status == "released_to_settle" ||
         status == "settled" || status == "paid";
}
/// A claim that asks for nothing any more.
bool is_off(const Fields& fields) {
  const Value status = get(fields, "status");
  return status == "rejected" || status == "withdrawn" || status == "corrected";
}
/// For a price that was lowered; the others are for what a partner did.
bool is_of_agreement(const Fields& fields) {
  const Value kind = get(fields, "kind");
  return kind == "special_bid" || kind == "price_protection";
}
bool is_of_activity(const Fields& fields) {
  const Value kind = get(fields, "kind");
  return kind && !is_of_agreement(fields) && kind != "rebate";
}
bool has_fx(const Fields& fields) {
  const auto fx = fields.lower_bound("fx.");
  return fx != fields.end() && fx->first.starts_with("fx.");
}

/// The fields of one line.
class ClaimLine {
 public:
  ClaimLine(const Fields& fields, std::string_view id) : fields_(fields), id_(id) {}

  std::string path(std::string_view field) const { return element_path("lines", id_, field); }
  Value text(std::string_view field) const { return get(fields_, path(field)); }
  std::optional<Decimal> amount(std::string_view field) const {
    return number_at(fields_, path(field));
  }
  std::string name() const { return "line " + text("no").value_or(std::string(id_)); }
  bool is_reduced() const {
    const auto claimed = amount("claimed");
    const auto approved = amount("approved");
    return claimed && approved && *approved < *claimed;
  }
  /// The invoice that it is for, as invoices are compared; "" while it is not known.
  std::string invoice_key() const {
    const Value vendor = text("vendor_name");
    const Value no = text("invoice.no");
    if (!vendor || !no || text("decision") == "denied") return {};
    return company_key(*vendor) + "/" + identifier_key(*no);
  }

 private:
  const Fields& fields_;
  std::string_view id_;
};

template <typename Lacking>
bool some_line(const Fields& fields, Lacking&& lacking) {
  const auto ids = element_ids(fields, "lines");
  return std::any_of(ids.begin(), ids.end(),
                     [&](std::string_view id) { return lacking(ClaimLine(fields, id)); });
}

bool lacks_evidence(const Fields& fields) {
  return is_granted(fields) && !lacking_evidence(fields).empty();
}
bool lacks_approved(const Fields& fields) {
  return is_granted(fields) &&
         some_line(fields, [](const ClaimLine& line) { return !line.amount("approved"); });
}
bool lacks_reason(const Fields& fields) {
  return is_granted(fields) && some_line(fields, [](const ClaimLine& line) {
           return line.is_reduced() && !line.text("reason");
         });
}
bool lacks_invoice(const Fields& fields) {
  return is_of_activity(fields) && some_line(fields, [](const ClaimLine& line) {
           return !line.text("invoice.no") || !line.text("vendor_name");
         });
}
bool has_tax(const Fields& fields) {
  return some_line(fields, [](const ClaimLine& line) {
    const auto tax = line.amount("tax");
    return tax && !tax->is_zero();
  });
}
bool lacks_report(const Fields& fields) {
  return is_of_agreement(fields) && element_ids(fields, "sell_through_lines").empty();
}

constexpr std::string_view kSource[] = {"request", "fund"};
constexpr std::string_view kAgreement[] = {"agreement"};
constexpr std::string_view kActivityStart[] = {"activity_period.start"};
constexpr std::string_view kActivityEnd[] = {"activity_period.end"};
constexpr std::string_view kPerformedStart[] = {"performed_on.start"};
constexpr std::string_view kPerformedEnd[] = {"performed_on.end"};
constexpr std::string_view kEligible[] = {"eligible_amount"};
constexpr std::string_view kApproved[] = {"approved_amount"};
constexpr std::string_view kTaxTreatment[] = {"tax_treatment"};
constexpr std::string_view kFxCurrency[] = {"fx.currency"};
constexpr std::string_view kFxRate[] = {"fx.rate"};
constexpr std::string_view kFxDate[] = {"fx.date"};
constexpr std::string_view kFxSource[] = {"fx.source"};
// A path of all elements is never filled: these are missed exactly while one of them lacks it.
constexpr std::string_view kReport[] = {"sell_through_lines[].report"};
constexpr std::string_view kInvoice[] = {"lines[].invoice.no", "lines[].vendor_name"};
constexpr std::string_view kLineApproved[] = {"lines[].approved"};
constexpr std::string_view kLineReason[] = {"lines[].reason"};
constexpr std::string_view kProof[] = {"evidence[].hash"};
constexpr Requirement kRequirements[] = {{"request_or_fund", kSource, is_of_activity},
                                         {"agreement", kAgreement, is_of_agreement},
                                         {"sell_through_lines", kReport, lacks_report},
                                         {"activity_period", kActivityStart, is_of_activity},
                                         {"activity_period", kActivityEnd, is_of_activity},
                                         {"performed_on", kPerformedStart, is_of_activity},
                                         {"performed_on", kPerformedEnd, is_of_activity},
                                         {"supplier_invoice", kInvoice, lacks_invoice},
                                         {"eligible_amount", kEligible, is_granted},
                                         {"approved_amount", kApproved, is_granted},
                                         {"line_approved", kLineApproved, lacks_approved},
                                         {"adjust_reason", kLineReason, lacks_reason},
                                         {"evidence", kProof, lacks_evidence},
                                         {"tax_treatment", kTaxTreatment, has_tax},
                                         {"fx_currency", kFxCurrency, has_fx},
                                         {"fx_rate", kFxRate, has_fx},
                                         {"fx_date", kFxDate, has_fx},
                                         {"fx_source", kFxSource, has_fx}};

/// The vendor bears its share of what is eligible: of the net amount, and of the tax where it is
/// reimbursable. Where nobody says whether it is, it may be.
void check_share_of_line(const ClaimLine& line, const Value& treatment,
                         const DocumentFigures& figures) {
  const auto net = line.amount("net");
  const auto tax = line.amount("tax");
  const auto share = line.amount("share_pct");
  if (!net || !share || (treatment == "reimbursable" && !tax)) return;
  const bool with_tax = tax && treatment != "not_reimbursable";
  std::string formula = "net " + figures.shown(*net);
  if (with_tax) formula = "(" + formula + " + tax " + figures.shown(*tax) + ")";
  formula += " x share_pct " + to_string(*share) + " %";
  const auto limit = add(*net, with_tax ? *tax : Decimal()).and_then([&](const Decimal& base) {
    return part(Percent{*share}, base);
  });
  figures.check_at_most("claimed_beyond_share", line.path("claimed"), limit, formula);
}

template <Rounding kRounding>
void check_amounts(const Fields& fields, std::vector<Problem>& problems) {
  const DocumentFigures figures(fields, problems, kRounding);
  figures.check_sum("claimed_total", "claimed_amount", "lines", "claimed");
  figures.check_sum("approved_total", "approved_amount", "lines", "approved");
  const Value treatment = get(fields, "tax_treatment");
  for (const std::string_view id : element_ids(fields, "lines")) {
    const ClaimLine line(fields, id);
    check_share_of_line(line, treatment, figures);
    figures.check_at_most("approved_beyond_claimed", line.path("approved"), line.path("claimed"));
  }
  check_denied(fields, "lines", "approved", problems);
}

/// approved_amount x rate = fx.approved_amount, in another currency than the claim's.
template <Rounding kRounding>
void check_fx(const Fields& fields, std::vector<Problem>& problems) {
  const auto report = [&problems](std::string path, std::string message) {
    problems.push_back({.path = std::move(path), .rule = "fx", .message = std::move(message)});
  };
  const auto rate = number_at(fields, "fx.rate");
  if (rate && rate->sign() <= 0)
    return report("fx.rate", "is " + to_string(*rate) + ", not above 0");
  const auto currency = Currency::parse(get(fields, "fx.currency").value_or(""));
  if (!currency) return;
  if (get(fields, "currency") == currency->text())
    return report("fx.currency", "is " + currency->text() + ", the claim's own currency");
  const auto approved = number_at(fields, "approved_amount");
  const auto converted = number_at(fields, "fx.approved_amount");
  if (!rate || !approved || !converted) return;
  const auto product = multiply(*approved, *rate);
  const int decimals = minor_unit(*currency);
  if (!product || *converted == round(*product, decimals, kRounding)) return;
  const Decimal expected = round(*product, decimals, kRounding);
  const auto difference = subtract(*converted, expected);
  report(
      "fx.approved_amount",
      "is " + to_string(*converted, decimals) + " " + currency->text() + ", but approved_amount " +
          to_string(*approved) + " x rate " + to_string(*rate) + " = " +
          to_string(expected, decimals) +
          (difference ? ", a difference of " + to_string(*difference, decimals) : std::string()));
}

void check_periods(const Fields& fields, std::vector<Problem>& problems) {
  check_order(fields, "activity_period.start", "activity_period.end", problems);
  check_order(fields, "performed_on.start", "performed_on.end", problems);
  const Value first = get(fields, "activity_period.start");
  const Value last = get(fields, "activity_period.end");
  for (const std::string_view path : {"performed_on.start", "performed_on.end"}) {
    const Value day = get(fields, path);
    // Canonical dates sort as text.
    const bool before = day && first && *day < *first;
    const bool after = day && last && *last < *day;
    if (before || after)
      problems.push_back({.path = std::string(path),
                          .rule = "outside_period",
                          .message = "is " + *day +
                                     (before ? ", before the activity begins on " + *first
                                             : ", after the activity ended on " + *last)});
  }
}

/// An invoice of a supplier is claimed by one line.
void check_invoices(const Fields& fields, std::vector<Problem>& problems) {
  if (is_off(fields)) return;
  std::map<std::string, std::string_view> line_of;
  for (const std::string_view id : element_ids(fields, "lines")) {
    const ClaimLine line(fields, id);
    const std::string key = line.invoice_key();
    if (key.empty()) continue;
    const auto [known, first] = line_of.emplace(key, id);
    if (first) continue;
    const ClaimLine other(fields, known->second);
    const auto claims = [](const ClaimLine& each) {
      return each.name() + " claims " + each.text("claimed").value_or("something");
    };
    problems.push_back({.path = line.path("invoice.no"),
                        .rule = "duplicate_invoice",
                        .message = "is " + *line.text("invoice.no") + " of " +
                                   *line.text("vendor_name") + ", claimed twice: " + claims(other) +
                                   ", " + claims(line)});
  }
}

/// Who approves a claim has all the proof that is asked for, and says why a line is reduced.
void check_approval(const Fields& fields, std::vector<Problem>& problems) {
  const auto last = last_step(fields, "status");
  if (!is_approved(fields) || !last || last->foreign) return;
  for (const std::string_view id : element_ids(fields, "lines")) {
    const ClaimLine line(fields, id);
    if (line.is_reduced() && !line.text("reason"))
      problems.push_back({.path = line.path("reason"),
                          .rule = "adjust_reason",
                          .message = "is empty, and " + *line.text("approved") + " of " +
                                     *line.text("claimed") + " claimed are approved"});
  }
  for (const LackingEvidence& each : lacking_evidence(fields))
    problems.push_back({.path = "evidence",
                        .rule = "evidence",
                        .message = "has " + std::to_string(each.there) + " of " +
                                   to_string(each.required) + " required of type " + each.type});
}

/// Who reviews does not release.
void check_release(const Fields& fields, std::vector<Problem>& problems) {
  constexpr std::string_view kReview[] = {"approved", "partially_approved"};
  constexpr std::string_view kRelease[] = {"released_to_settle"};
  check_two_people(fields, kReview, kRelease, problems);
}

constexpr std::string_view kAmounts[] = {"claimed_amount",   "eligible_amount",   "approved_amount",
                                         "lines[].net",      "lines[].tax",       "lines[].claimed",
                                         "lines[].approved", "decisions[].amount"};

template <Rounding kRounding>
constexpr ValueRule kValues[] = {{"currency_missing",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_currency(fields, kAmounts, problems);
                                  }},
                                 {"amounts", check_amounts<kRounding>},
                                 {"share",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_share(fields, "lines[].share_pct", problems);
                                  }},
                                 {"fx", check_fx<kRounding>},
                                 {"period", check_periods},
                                 {"duplicate_invoice", check_invoices},
                                 {"approval", check_approval},
                                 {"two_people", check_release}};

/// No claim asks for money for an invoice that another one is paid for.
std::vector<std::string> invoice_keys(const Fields& fields) {
  std::set<std::string> keys;
  for (ClaimedInvoice& invoice : claimed_invoices(fields)) keys.insert(std::move(invoice.key));
  return {keys.begin(), keys.end()};
}

constexpr NetworkKey kKeys[] = {
    {"number", true, [](const Fields& fields) { return values_at(fields, "number"); }},
    {kInvoiceKey, true, invoice_keys}};

constexpr EntityDescription kClaim = entity<Claim>("claim", kRows,
                                                   {.states = &kStates,
                                                    .requirements = kRequirements,
                                                    .values = kValues<Rounding::HalfAwayFromZero>,
                                                    .keys = kKeys,
                                                    .locked = changes_of_decided});

}  // namespace
}  // namespace claim_entity

const EntityDescription& description(std::type_identity<Claim>) { return claim_entity::kClaim; }

std::vector<ClaimedInvoice> claimed_invoices(const Fields& claim) {
  std::vector<ClaimedInvoice> out;
  if (claim_entity::is_off(claim)) return out;
  for (const std::string_view id : element_ids(claim, "lines")) {
    const claim_entity::ClaimLine line(claim, id);
    std::string key = line.invoice_key();
    if (key.empty()) continue;
    out.push_back({.key = std::move(key),
                   .supplier = line.text("vendor_name").value_or(""),
                   .number = line.text("invoice.no").value_or(""),
                   .claimed = line.amount("claimed")});
  }
  return out;
}

std::vector<LackingEvidence> lacking_evidence(const Fields& claim, const Fields& request) {
  std::map<std::string, std::set<std::string>> proofs;
  for (const std::string_view id : element_ids(claim, "evidence")) {
    const auto value = [&](std::string_view field) {
      return get(claim, element_path("evidence", id, field));
    };
    if (value("verdict") == "rejected") continue;
    const Value file = value("hash") ? value("hash") : value("file");
    proofs[value("evidence_type").value_or("")].insert(file.value_or(std::string(id)));
  }
  std::vector<LackingEvidence> out;
  for (const Fields* asking : {&claim, &request}) {
    for (const std::string_view id : element_ids(*asking, "required_evidence")) {
      const Value type = get(*asking, element_path("required_evidence", id, "evidence_type"));
      if (!type) continue;
      const Decimal required =
          number_at(*asking, element_path("required_evidence", id, "min_count"))
              .value_or(Decimal(1));
      const auto known = std::find_if(out.begin(), out.end(), [&type](const LackingEvidence& each) {
        return each.type == *type;
      });
      if (known == out.end())
        out.push_back({.type = *type, .required = required, .there = proofs[*type].size()});
      else
        known->required = std::max(known->required, required);
    }
  }
  std::erase_if(out, [](const LackingEvidence& each) {
    return each.required <= Decimal(static_cast<std::int64_t>(each.there));
  });
  return out;
}

std::span<const ValueRule> half_even_rules(std::type_identity<Claim>) {
  return claim_entity::kValues<Rounding::HalfEven>;
}

namespace {

/// One system tells of a decision by its sum, another one line by line: what was said first is
/// completed by the other, where both grant the same.
bool completes_decision(const Fields& before, const Fields& after, std::string_view path) {
  if (!claim_entity::is_granted(before) || before.contains(path)) return false;
  const Value granted = get(before, "approved_amount");
  if (granted && granted != get(after, "approved_amount")) return false;
  if (path == "approved_amount" || path == "eligible_amount") return true;
  const auto inside = split_element(path);
  return inside && inside->list == "lines" &&
         (inside->field == "approved" || inside->field == "decision" || inside->field == "reason");
}

/// Proof may come late as long as nobody is paid for it. What is known by its hash stays.
bool adds_proof(const Fields& before, const Fields& after, std::string_view path) {
  const Value status = get(before, "status");
  const auto inside = split_element(path);
  if (!claim_entity::is_granted(before) || status == "settled" || status == "paid" || !inside ||
      inside->list != "evidence" || before.contains(path))
    return false;
  const std::string own = element_path("evidence", inside->element, "hash");
  if (before.contains(own)) return false;
  const Value hash = get(after, own);
  const std::vector<std::string> known = values_at(before, "evidence[].hash");
  return !hash || std::find(known.begin(), known.end(), *hash) == known.end();
}

}  // namespace

std::vector<Problem> changes_of_decided(const Fields& before, const Fields& after) {
  std::vector<Problem> problems;
  if (!claim_entity::is_granted(before) && !claim_entity::is_off(before)) return problems;
  const auto goes_on = [](std::string_view path) {
    return goes_on_for_ever(path) || path.starts_with("decisions[");
  };
  std::string reason = "the claim is " + *get(before, "status");
  if (const Value amount = get(before, "approved_amount");
      amount && claim_entity::is_granted(before))
    reason += ", " + *amount + " " + get(before, "currency").value_or("") + " are approved";
  lock_fields(before, after, goes_on, reason, problems);
  std::erase_if(problems, [&](const Problem& problem) {
    return completes_decision(before, after, problem.path) ||
           adds_proof(before, after, problem.path);
  });
  return problems;
}

}  // namespace channelbridge::model
