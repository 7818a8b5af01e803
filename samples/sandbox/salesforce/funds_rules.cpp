#include <algorithm>
#include <array>
#include <set>

#include "sandbox/salesforce/sales_internal.hpp"

/// Marketing funds: budgets, allocations, requests and claims, and the campaigns that they pay for.
///
/// Sources: Object Reference (PartnerMarketingBudget, PartnerFundAllocation, PartnerFundRequest,
/// PartnerFundClaim, Campaign). A sum above a budget is refused there; which amounts of requests
/// and claims it is made of is told by no page: here those that are not rejected.
namespace channelbridge::sandbox::salesforce::sales {
namespace {

constexpr const char* kBudget = "PartnerMarketingBudget";
constexpr const char* kAllocation = "PartnerFundAllocation";
constexpr const char* kRequest = "PartnerFundRequest";
constexpr const char* kClaim = "PartnerFundClaim";

/// The fields by which the records of the chain name those above them.
constexpr std::array<const char*, 3> kParents = {"BudgetId", "AllocationId", "RequestId"};
constexpr std::array<const char*, 4> kTotals = {"TotalAllocatedAmount", "TotalApprovedFrs",
                                                "TotalApprovedFcs", "TotalReimbursedFcs"};

/// The field by which others name a record of this table.
const char* name_of_parent(const Table& table) {
  if (is(table, kBudget)) return "BudgetId";
  return is(table, kAllocation) ? "AllocationId" : "RequestId";
}

bool is_off(const Named& row) { return row.text("Status") == "Rejected"; }

/// Calls with each record of `object` that names `id` in `field`. These references may change, so
/// that no table knows them by value.
template <typename Take>
void each_of(Database& database, const char* object, const char* field, std::string_view id,
             const Take& take) {
  const Table* table = database.table(object);
  const auto number = table == nullptr ? std::nullopt : table->object().find(field);
  for (RowNumber row = 0; number && row < table->size(); ++row) {
    if (!table->deleted(row) && table->row(row).view(*number) == id)
      take(Named(*table, table->row(row)));
  }
}

/// Sum of the amounts of those that `counts`.
template <typename Counts>
Decimal sum_of(Database& database, const char* object, const char* field, std::string_view id,
               const Counts& counts) {
  Decimal sum;
  each_of(database, object, field, id, [&](const Named& row) {
    if (counts(row)) sum = add(sum, row.amount("Amount")).value_or(sum);
  });
  return sum;
}

Error above_budget(const Save& save, const char* what, const Decimal& sum, const Decimal& amount) {
  return refusal(400, save.transaction.funds().refusal,
                 std::string("The sum of the budget's ") + what + ", " + to_string(sum, 2) +
                     ", is above its amount, " + to_string(amount, 2),
                 {"Amount"});
}

/// What a budget is spent on, each by itself.
struct Use {
  const char* object;
  const char* words;
};
constexpr Use kUses[] = {
    {kAllocation, "allocations"}, {kRequest, "fund requests"}, {kClaim, "fund claims"}};

Result<void> judge_budget(const Save& save) {
  const Named budget = named(save);
  if (save.before != nullptr && Named(save.table, *save.before).flag("IsIgnoreValidation") &&
      !budget.flag("IsIgnoreValidation"))
    return refusal(400, save.transaction.funds().refusal,
                   "The validation of a budget that ignores it cannot be switched on again",
                   {"IsIgnoreValidation"});
  if (save.before == nullptr || budget.flag("IsIgnoreValidation")) return {};
  for (const Use& use : kUses) {
    const Decimal sum = sum_of(save.transaction.database(), use.object, "BudgetId", budget.id(),
                               [](const Named& row) { return !is_off(row); });
    if (budget.amount("Amount") < sum)
      return above_budget(save, use.words, sum, budget.amount("Amount"));
  }
  return {};
}

/// With this record as it is to be saved.
Result<void> judge_use(const Save& save, const Use& use) {
  const Named row = named(save);
  Database& database = save.transaction.database();
  const auto budget = find(database, row.text("BudgetId"));
  if (!budget || budget->named().flag("IsIgnoreValidation") || is_off(row)) return {};
  const Decimal others =
      sum_of(database, use.object, "BudgetId", row.text("BudgetId"),
             [&row](const Named& other) { return !is_off(other) && other.id() != row.id(); });
  const Decimal sum = add(others, row.amount("Amount")).value_or(others);
  const Decimal limit = budget->named().amount("Amount");
  return sum <= limit ? Result<void>() : above_budget(save, use.words, sum, limit);
}

/// What the budget, the allocation and the request above a claim are is its request's word.
void copy_from_request(const Save& save) {
  const auto request = find(save.transaction.database(), named(save).text("RequestId"));
  if (!request) return;  // refused where references are checked
  for (const char* field : {"BudgetId", "AllocationId", "ChannelPartnerId"}) {
    const std::string id(request->named().text(field));
    put(save, field, id.empty() ? Stored() : Stored(id));
  }
}

void roll_up_funds(Transaction& transaction, const Found& parent) {
  Database& database = transaction.database();
  const char* field = name_of_parent(*parent.table);
  const std::string id(parent.named().id());
  const bool paid_counts = transaction.funds().paid_is_approved;
  const auto total = [&](const char* object, const auto& counts) {
    return Stored(to_string(sum_of(database, object, field, id, counts)));
  };
  transaction.set_computed(
      *parent.table, parent.number,
      {{kTotals[0], total(kAllocation, [](const Named&) { return true; })},
       {kTotals[1],
        total(kRequest, [](const Named& row) { return row.text("Status") == "Approved"; })},
       {kTotals[2], total(kClaim,
                          [paid_counts](const Named& row) {
                            return row.text("Status") == "Approved" ||
                                   (paid_counts && row.text("Status") == "Paid");
                          })},
       {kTotals[3], total(kClaim, [](const Named& row) { return row.text("Status") == "Paid"; })}});
}

void roll_up_campaign(Transaction& transaction, const Found& campaign) {
  int count = 0;
  int won = 0;
  Decimal all_amount;
  Decimal won_amount;
  each_of(transaction.database(), "Opportunity", "CampaignId", campaign.named().id(),
          [&](const Named& row) {
            ++count;
            all_amount = add(all_amount, row.amount("Amount")).value_or(all_amount);
            if (!row.flag("IsWon")) return;
            ++won;
            won_amount = add(won_amount, row.amount("Amount")).value_or(won_amount);
          });
  transaction.set_computed(*campaign.table, campaign.number,
                           {{"NumberOfOpportunities", std::to_string(count)},
                            {"NumberOfWonOpportunities", std::to_string(won)},
                            {"AmountAllOpportunities", to_string(all_amount)},
                            {"AmountWonOpportunities", to_string(won_amount)}});
}

/// What the record names in this field, now and before.
std::set<std::string> named_by(const Table& table, const Row& row, const Row* before,
                               const char* field) {
  std::set<std::string> ids;
  ids.emplace(Named(table, row).text(field));
  if (before != nullptr) ids.emplace(Named(table, *before).text(field));
  ids.erase("");
  return ids;
}

}  // namespace

bool is_fund_object(const Table& table) {
  return is(table, kBudget) || is(table, kAllocation) || is(table, kRequest) || is(table, kClaim);
}

void complete_fund(const Save& save) {
  if (is(save.table, "Campaign") && save.before == nullptr) {
    for (const char* field :
         {"NumberOfLeads", "NumberOfConvertedLeads", "NumberOfOpportunities",
          "NumberOfWonOpportunities", "AmountAllOpportunities", "AmountWonOpportunities"})
      put(save, field, Stored("0"));
  }
  if (!is_fund_object(save.table)) return;
  if (save.before == nullptr)
    for (const char* field : kTotals) put(save, field, Stored("0"));
  if (is(save.table, kClaim)) copy_from_request(save);
}

Result<void> judge_fund(const Save& save) {
  if (is(save.table, kBudget)) return judge_budget(save);
  for (const Use& use : kUses)
    if (is(save.table, use.object)) return judge_use(save, use);
  return {};
}

void settle_fund(Transaction& transaction, Table& table, RowNumber number, const Row* before) {
  Database& database = transaction.database();
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): sums change rows below
  const Row row = table.row(number);
  if (is(table, "Opportunity")) {
    for (const std::string& id : named_by(table, row, before, "CampaignId"))
      if (const auto campaign = find(database, id)) roll_up_campaign(transaction, *campaign);
  }
  if (!is_fund_object(table)) return;
  for (const char* field : kParents) {
    for (const std::string& id : named_by(table, row, before, field))
      if (const auto parent = find(database, id)) roll_up_funds(transaction, *parent);
  }
}

}  // namespace channelbridge::sandbox::salesforce::sales
