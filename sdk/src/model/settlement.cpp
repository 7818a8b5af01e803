#include "channelbridge/model/settlement.hpp"

#include <algorithm>

#include "channelbridge/model/code_sets.hpp"
#include "channelbridge/model/code_sets_funds.hpp"
#include "document_rules_internal.hpp"
#include "fund_rules_internal.hpp"

namespace channelbridge::model {
namespace settlement_entity {
namespace {

constexpr auto kMember = rows<Settlement::Member>(
    field<&Settlement::Member::claim>("claim", {.refers_to = "claim"}),
    field<&Settlement::Member::commission>("commission", {.refers_to = "commission"}),
    field<&Settlement::Member::amount>("amount", kNeededSum));

constexpr auto kGlPosting = rows<Settlement::GlPosting>(
    field<&Settlement::GlPosting::account>("account", {.required = true, .max_length = 40}),
    field<&Settlement::GlPosting::cost_centre>("cost_centre", {.max_length = 40}),
    field<&Settlement::GlPosting::debit>("debit", kAmount),
    field<&Settlement::GlPosting::credit>("credit", kAmount),
    field<&Settlement::GlPosting::doc_no>("doc_no", {.max_length = 40}));

constexpr auto kRows = rows<Settlement>(
    field<&Settlement::number>("number", {.required = true, .max_length = 40}),
    field<&Settlement::partner>("partner", {.required = true, .refers_to = "partner"}),
    field<&Settlement::method>("method", {.required = true, .codes = &code_sets::kPaymentMethod}),
    field<&Settlement::fund_number>("fund_number", {.max_length = 40}),
    list<&Settlement::members>("members", kMember, {.keys = "claim commission", .required = true}),
    field<&Settlement::currency>("currency", {.required = true}),
    field<&Settlement::net>("net", kNeededSum), field<&Settlement::tax>("tax", kNeededSum),
    field<&Settlement::gross>("gross", kNeededSum),
    field<&Settlement::fx_rate>("fx_rate", {.precision = 19, .scale = 9}),
    list<&Settlement::gl_postings>("gl_postings", kGlPosting,
                                   {.keys = "doc_no account cost_centre"}),
    field<&Settlement::due_date>("due_date"), field<&Settlement::value_date>("value_date"),
    field<&Settlement::bank_ref>("bank_ref", {.max_length = 80}),
    field<&Settlement::erp_document>("erp_document", {.max_length = 40}),
    field<&Settlement::status>("status",
                               {.required = true, .codes = &code_sets::kSettlementStatus}),
    list<&Settlement::state_history>("state_history", kStateChangeRows,
                                     {.keys = "at", .read_only = true}),
    custom<&Settlement::custom>());

constexpr Actors kLedger = Actor::Finance | Actor::System;
constexpr std::string_view kReason = "state_history[].reason";

constexpr Transition kTransitions[] = {
    {"created", "sent_to_erp", kLedger},
    {"sent_to_erp", "posted", kLedger},
    {"posted", "paid", kLedger},
    {"sent_to_erp", "failed", kLedger, kReason},
    {"failed", "created", kLedger},
    {"posted", "reversed", Actor::Finance, kReason},
    {"paid", "reversed", kLedger, kReason},
};
constexpr StateMachine kStates{"status", "created", kTransitions};

bool is_nameless(const Fields& fields) {
  const auto ids = element_ids(fields, "members");
  return std::any_of(ids.begin(), ids.end(), [&fields](std::string_view id) {
    return !fields.contains(element_path("members", id, "claim")) &&
           !fields.contains(element_path("members", id, "commission"));
  });
}

// A path of all elements is never filled: this one is missed exactly while a member has neither.
constexpr std::string_view kMembers[] = {"members[].claim", "members[].commission"};
constexpr Requirement kRequirements[] = {{"member", kMembers, is_nameless}};

void check_totals(const Fields& fields, std::vector<Problem>& problems) {
  constexpr DocumentFigures::Term kGross[] = {{"net"}, {"tax"}};
  const DocumentFigures figures(fields, problems);
  figures.check_total("gross_total", "gross", kGross);
  figures.check_sum("members_total", "gross", "members", "amount");
}

/// A member is one claim or one commission.
void check_members(const Fields& fields, std::vector<Problem>& problems) {
  for (const std::string_view id : element_ids(fields, "members")) {
    const Value claim = get(fields, element_path("members", id, "claim"));
    const Value commission = get(fields, element_path("members", id, "commission"));
    if (claim && commission)
      problems.push_back({.path = element_path("members", id, "commission"),
                          .rule = "one_member",
                          .message = "is " + *commission + ", beside claim " + *claim});
  }
}

/// All debits together are all credits together.
void check_balance(const Fields& fields, std::vector<Problem>& problems) {
  const auto ids = element_ids(fields, "gl_postings");
  const DocumentFigures figures(fields, problems);
  Result<Decimal> debit{Decimal()};
  Result<Decimal> credit{Decimal()};
  for (const std::string_view id : ids) {
    const auto enter = [&](Result<Decimal>& sum, std::string_view side) {
      const auto amount = number_at(fields, element_path("gl_postings", id, side));
      if (amount)
        sum = std::move(sum).and_then([&](const Decimal& so_far) { return add(so_far, *amount); });
    };
    enter(debit, "debit");
    enter(credit, "credit");
  }
  if (!debit || !credit || *debit == *credit) return;
  const auto difference = subtract(*debit, *credit);
  problems.push_back(
      {.path = "gl_postings",
       .rule = "gl_balance",
       .message =
           "have debit " + figures.shown(*debit) + " and credit " + figures.shown(*credit) +
           " in " + std::to_string(ids.size()) + (ids.size() == 1 ? " posting" : " postings") +
           (difference ? ", a difference of " + figures.shown(*difference) : std::string())});
}

void check_rate(const Fields& fields, std::vector<Problem>& problems) {
  const auto rate = number_at(fields, "fx_rate");
  if (rate && rate->sign() <= 0)
    problems.push_back({.path = "fx_rate",
                        .rule = "fx_rate",
                        .message = "is " + to_string(*rate) + ", not above 0"});
}

constexpr std::string_view kAmounts[] = {
    "net", "tax", "gross", "members[].amount", "gl_postings[].debit", "gl_postings[].credit"};

constexpr ValueRule kValues[] = {{"currency_missing",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_currency(fields, kAmounts, problems);
                                  }},
                                 {"totals", check_totals},
                                 {"one_member", check_members},
                                 {"gl_balance", check_balance},
                                 {"fx_rate", check_rate}};

constexpr NetworkKey kKeys[] = {
    {"number", true, [](const Fields& fields) { return values_at(fields, "number"); }}};

constexpr EntityDescription kSettlement = entity<Settlement>("settlement", kRows,
                                                             {.states = &kStates,
                                                              .requirements = kRequirements,
                                                              .values = kValues,
                                                              .keys = kKeys,
                                                              .locked = changes_of_sent});

}  // namespace
}  // namespace settlement_entity

const EntityDescription& description(std::type_identity<Settlement>) {
  return settlement_entity::kSettlement;
}

std::vector<Problem> changes_of_sent(const Fields& before, const Fields& after) {
  std::vector<Problem> problems;
  const auto may_change = [](const Value& state) {
    return state == "created" || state == "failed";
  };
  Value status = get(before, "status");
  if (!status) return problems;
  // What is known to be sent with this very news was sent as it was known before.
  if (may_change(status)) status = get(after, "status");
  if (!status || may_change(status)) return problems;
  const auto goes_on = [](std::string_view path) {
    return goes_on_for_ever(path) || path.starts_with("gl_postings[") || path == "fx_rate" ||
           path == "due_date" || path == "value_date" || path == "bank_ref" ||
           path == "erp_document";
  };
  std::string reason = "the settlement is " + *status;
  if (const Value gross = get(before, "gross"))
    reason += " over " + *gross + " " + get(before, "currency").value_or("");
  lock_fields(before, after, goes_on, reason, problems);
  return problems;
}

}  // namespace channelbridge::model
