#include <algorithm>
#include <charconv>
#include <utility>

#include "channelbridge/model/code_sets.hpp"
#include "channelbridge/model/rounding.hpp"
#include "fund_accounting_internal.hpp"

/// What of a claim may be paid: its record, its request and the books are what evaluation asks for.
namespace channelbridge::hub {

namespace {

using model::ClaimedLine;
using model::Decimal;
using model::Fields;
using model::get;
using model::Percent;

constexpr std::string_view kWithoutReason = "other";

Error not_evaluated(const LedgerRecord& claim, const std::string& why) {
  return Error(ErrorCode::Invalid, "claim " + get(claim.fields, "number").value_or(claim.id) +
                                       " cannot be evaluated: " + why)
      .with_key(claim.id);
}

std::string number_of(const LedgerRecord* record) {
  if (record == nullptr) return "";
  return get(record->fields, "number").value_or(record->id);
}

/// Lines of a claim, in the order of their numbers.
Result<std::vector<ClaimedLine>> lines_of(const LedgerRecord& claim) {
  std::vector<ClaimedLine> out;
  for (const std::string& id : elements_of(claim.fields, "lines")) {
    const auto path = [&id](std::string_view field) {
      return model::element_path("lines", id, field);
    };
    const std::string no = get(claim.fields, path("no")).value_or("");
    const auto net = amount_at(claim.fields, path("net"));
    const auto claimed = amount_at(claim.fields, path("claimed"));
    const std::string name = "line " + (no.empty() ? id : no);
    if (!net) return not_evaluated(claim, name + " states no net amount");
    if (!claimed) return not_evaluated(claim, name + " does not say what is claimed");
    ClaimedLine line{.net = *net,
                     .tax = amount_at(claim.fields, path("tax")).value_or(Decimal()),
                     .claimed = *claimed};
    std::from_chars(no.data(), no.data() + no.size(), line.no);
    const model::Value decision = get(claim.fields, path("decision"));
    if (decision == "denied" || decision == "returned") {
      line.ineligible = get(claim.fields, path("reason")).value_or("");
      if (!model::code_sets::kClaimAdjustReason.contains(line.ineligible))
        line.ineligible = kWithoutReason;
    }
    out.push_back(std::move(line));
  }
  if (out.empty()) return not_evaluated(claim, "it states no lines");
  std::stable_sort(out.begin(), out.end(), [](const ClaimedLine& one, const ClaimedLine& other) {
    return one.no < other.no;
  });
  return out;
}

/// As the request was granted, else as it was asked for, else as all lines say.
Result<Percent> share_of(const LedgerRecord& claim, const LedgerRecord* request,
                         std::vector<std::string>& assumed) {
  for (const char* path : {"approved.share_pct", "vendor_share_pct"}) {
    const auto share = request == nullptr ? std::nullopt : amount_at(request->fields, path);
    if (share) return Percent{*share};
  }
  std::optional<Decimal> common;
  for (const std::string& text : model::values_at(claim.fields, "lines[].share_pct")) {
    const auto share = Decimal::parse(text);
    if (share && common && *share != *common)
      return not_evaluated(claim, "its lines are for shares of " + to_string(*common) + " % and " +
                                      to_string(*share) + " %, and no request says which");
    if (share) common = share;
  }
  if (common) return Percent{*common};
  assumed.emplace_back("nobody states the vendor's share: taken as 100 %");
  return Percent{Decimal(100)};
}

/// By the rate that the claim states; nothing where it is in the fund's currency.
Result<std::optional<model::ClaimConversion>> conversion_of(const LedgerRecord& claim,
                                                            const model::Currency& own,
                                                            const model::Currency& to) {
  using Conversion = std::optional<model::ClaimConversion>;
  if (own == to) return Conversion();
  const auto rate = amount_at(claim.fields, "fx.rate");
  const auto date = model::Date::parse(get(claim.fields, "fx.date").value_or(""));
  const model::Value source = get(claim.fields, "fx.source");
  if (!rate || !date || !source || get(claim.fields, "fx.currency") != to.text())
    return not_evaluated(claim, "it is in " + own.text() + " and its fund in " + to.text() +
                                    ", and it states no rate with date and source (fx)");
  return Conversion(
      model::ClaimConversion{.to = to, .rate = *rate, .date = *date, .source = *source});
}

/// What its request has for a claim that holds so much of it.
Decimal left_of(const LedgerRecord& request, const model::FundLedger& ledger, const Decimal& held) {
  const RequestHolding there = holding_of_request(ledger, request.id);
  const RequestWord word = word_of_request(request.fields);
  if (!word.ended || !word.granted) return plus(there.reserved, held);
  // What it has given back is granted still.
  return plus(minus(plus(*word.granted, there.over_consumption), there.consumed), held);
}

}  // namespace

Result<model::ClaimFacts> FundAccounting::facts_of(const LedgerRecord& claim,
                                                   LedgerEvaluation& out) {
  auto request = refer(claim, "request", "fund_request");
  if (!request) return std::move(request).error();
  auto fund = fund_of(claim, *request);
  if (!fund) return std::move(fund).error();
  for (const Reference* each : {&*request, &*fund}) {
    if (each->state == Reference::State::Pending) return not_evaluated(claim, each->words);
  }
  if (fund->record == nullptr)
    return not_evaluated(claim, "neither it nor its request names a fund");
  auto book = books_.open(fund->record->id);
  if (!book) return std::move(book).error();
  if (*book == nullptr) return not_evaluated(claim, "its fund states no currency");
  if ((*book)->broken()) return not_evaluated(claim, "its fund " + (*book)->broken()->detail);
  const model::FundLedger& ledger = (*book)->ledger();
  const model::Currency& books = (*book)->currency();
  out = {.claim = claim.id,
         .number = get(claim.fields, "number").value_or(""),
         .status = get(claim.fields, "status").value_or(""),
         .request = number_of(request->record),
         .fund = number_of(fund->record),
         .approved = amount_at(claim.fields, "approved_amount")};
  const auto own = currency_of(claim.fields);
  if (!own) out.assumed.push_back("it states no currency: taken as " + books.text());
  model::ClaimFacts facts{.currency = own.value_or(books)};
  auto lines = lines_of(claim);
  if (!lines) return std::move(lines).error();
  facts.lines = *std::move(lines);
  auto share = share_of(claim, request->record, out.assumed);
  if (!share) return std::move(share).error();
  facts.share = *share;
  auto conversion = conversion_of(claim, facts.currency, books);
  if (!conversion) return std::move(conversion).error();
  facts.conversion = *std::move(conversion);
  const model::Value treatment = get(claim.fields, "tax_treatment");
  facts.tax_reimbursable = treatment == "reimbursable";
  const bool taxed = std::any_of(facts.lines.begin(), facts.lines.end(),
                                 [](const ClaimedLine& line) { return !line.tax.is_zero(); });
  if (taxed && !treatment)
    out.assumed.emplace_back("nobody says whether its tax is reimbursable: taken as not");

  const ClaimHolding holding = holding_of_claim(ledger, claim.id);
  const Decimal held = plus(holding.unpaid(), holding.settled);
  facts.fund_left = plus(ledger.key_figures().available_to_reserve, held);
  if (request->record != nullptr) {
    const bool of_it = holding.request == request->record->id;
    facts.request_left = left_of(*request->record, ledger, of_it ? held : Decimal());
    facts.fund_left =
        plus(facts.fund_left, holding_of_request(ledger, request->record->id).reserved);
    auto funds = books_.funds_of(claim.id);
    if (!funds) return std::move(funds).error();
    auto deadline = deadline_of(claim, *request->record);
    if (!deadline) return std::move(deadline).error();
    // What has stood in the books before was in time.
    if (*deadline && funds->empty()) {
      const bool there = asks_for_money(word_of_claim(claim.fields));
      const auto came = seen_handed_in(claim, (*deadline)->day, request->record->created);
      if (came || !there) {
        facts.deadline = (*deadline)->day;
        facts.submitted_on = there ? day_of(came->earliest) : today_;
      }
    }
  }
  return facts;
}

model::ClaimOptions FundAccounting::evaluation_options() const {
  model::ClaimOptions out{.grace_days = config_.ledger.claim_grace};
  for (const Spoke& spoke : config_.spokes) {
    if (spoke.mapping->entity().name() == "claim")
      out.rounding = model::rounding_of(spoke.mapping->entity());
  }
  return out;
}

Result<LedgerEvaluation> FundAccounting::evaluate(const LedgerRecord& claim) {
  LedgerEvaluation out;
  auto facts = facts_of(claim, out);
  if (!facts) return std::move(facts).error();
  auto evaluation = model::evaluate(*facts, evaluation_options());
  if (!evaluation) return evaluation.error().with_key(claim.id);
  out.currency = facts->currency.text();
  out.share = facts->share;
  out.tax_reimbursable = facts->tax_reimbursable;
  out.request_left = facts->request_left;
  out.fund_left = facts->fund_left;
  out.submitted_on = facts->submitted_on;
  out.deadline = facts->deadline;
  out.evaluation = *std::move(evaluation);
  return out;
}

/// What is left of request and fund, and when it came, the books judge themselves. Where nobody
/// says whether tax is reimbursable, it may be.
Result<std::optional<Finding>> FundAccounting::judge_amount(const LedgerRecord& claim) {
  using Found = std::optional<Finding>;
  LedgerEvaluation of;
  auto facts = facts_of(claim, of);
  if (!facts && facts.error().code() == ErrorCode::Invalid) return Found();
  if (!facts) return std::move(facts).error();
  if (!of.approved) return Found();
  facts->request_left.reset();
  facts->deadline.reset();
  Decimal claimed;
  for (const ClaimedLine& line : facts->lines) claimed = plus(claimed, line.claimed);
  const auto enough =
      multiply(claimed, facts->conversion ? facts->conversion->rate : Decimal(1))
          .and_then([](const Decimal& charged) { return add(charged, Decimal(1)); });
  if (!enough) return Found();
  facts->fund_left = *enough;
  if (!get(claim.fields, "tax_treatment")) facts->tax_reimbursable = true;
  const auto evaluated = model::evaluate(*facts, evaluation_options());
  if (!evaluated || *of.approved <= evaluated->approved) return Found();
  const auto text = [&facts](const Decimal& amount) { return shown(amount, facts->currency); };
  return Found(Finding{.what = {"above_evaluation",
                                "is granted " + text(*of.approved) + ", and evaluation computes " +
                                    text(evaluated->approved) + ": " + text(evaluated->claimed) +
                                    " are claimed, " + text(evaluated->eligible) +
                                    " eligible, by " + to_string(facts->share.value) + " %"},
                       .does = LedgerRules::Judgement::Tell});
}

}  // namespace channelbridge::hub
