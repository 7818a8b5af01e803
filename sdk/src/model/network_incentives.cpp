#include "network_incentives_internal.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "channelbridge/model/decimal.hpp"
#include "document_rules_internal.hpp"

namespace channelbridge::model {
namespace {

class BusinessPlans : public NetworkCheck {
 public:
  void add(std::string_view /*entity*/, const std::string& id, const Fields& fields) override {
    const Value partner = get(fields, "partner");
    const Value start = get(fields, "period.start");
    const Value status = get(fields, "status");
    if (!partner || !start || (status != "agreed" && status != "in_review")) return;
    // Canonical dates sort as text; an open end is after them all.
    by_partner_[*partner].push_back({.id = id,
                                     .title = get(fields, "title").value_or(id),
                                     .first = *start,
                                     .last = get(fields, "period.end").value_or("9999-12-31")});
  }

  std::vector<Contradiction> contradictions() const override {
    std::vector<Contradiction> out;
    for (const auto& [partner, plans] : by_partner_) {
      for (std::size_t i = 0; i < plans.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          const Plan& one = plans[j];
          const Plan& other = plans[i];
          const std::string& first = std::max(one.first, other.first);
          const std::string& last = std::min(one.last, other.last);
          if (last < first) continue;
          out.push_back({"business_plan", "plan_overlap", one.id, other.id,
                         one.title + " and " + other.title + " are both agreed with partner " +
                             partner + " from " + first + " to " + last});
        }
      }
    }
    return out;
  }

 private:
  struct Plan {
    std::string id{};
    std::string title{};
    std::string first{};
    std::string last{};
  };

  std::map<std::string, std::vector<Plan>> by_partner_;
};

class Reversals : public NetworkCheck {
 public:
  void add(std::string_view /*entity*/, const std::string& id, const Fields& fields) override {
    const auto amount = number_at(fields, "amount.amount");
    if (!amount || get(fields, "status") == "forfeited") return;
    Commission commission{.id = id,
                          .number = get(fields, "number").value_or(id),
                          .amount = *amount,
                          .currency = get(fields, "amount.currency").value_or("")};
    if (const Value original = get(fields, "reversal_of"))
      reversals_[*original].push_back(commission);
    commissions_.emplace(id, std::move(commission));
  }

  std::vector<Contradiction> contradictions() const override {
    std::vector<Contradiction> out;
    for (const auto& [id, reversals] : reversals_) {
      const auto found = commissions_.find(id);
      if (found == commissions_.end()) continue;
      const Commission& original = found->second;
      Decimal taken;
      std::string numbers;
      for (const Commission& reversal : reversals) {
        if (reversal.currency != original.currency) continue;
        const auto more = subtract(taken, reversal.amount);
        if (!more) break;
        taken = *more;
        numbers += (numbers.empty() ? "" : ", ") + reversal.number;
      }
      const Decimal none;
      if (taken >= std::min(none, original.amount) && taken <= std::max(none, original.amount))
        continue;
      out.push_back({"commission", "reversal_above_original", id, reversals.back().id,
                     numbers + " take back " + to_string(taken) + " " + original.currency +
                         " of commission " + original.number + ", which is " +
                         to_string(original.amount) + " " + original.currency});
    }
    return out;
  }

 private:
  struct Commission {
    std::string id{};
    std::string number{};
    Decimal amount{};
    std::string currency{};
  };

  std::map<std::string, Commission> commissions_;
  std::map<std::string, std::vector<Commission>> reversals_;  ///< by the one that they take back
};

}  // namespace

std::unique_ptr<NetworkCheck> incentive_check(std::string_view entity) {
  if (entity == "business_plan") return std::make_unique<BusinessPlans>();
  if (entity == "commission") return std::make_unique<Reversals>();
  return nullptr;
}

}  // namespace channelbridge::model
