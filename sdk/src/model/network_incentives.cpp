#include "network_incentives_internal.hpp"

#include <algorithm>
#include <map>
#include <optional>
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

class Commissions : public NetworkCheck {
 public:
  std::vector<std::string> entities() const override { return {"commission", "incentive"}; }

  void add(std::string_view entity, const std::string& id, const Fields& fields) override {
    if (entity == "incentive") return add_plan(id, fields);
    const auto amount = number_at(fields, "amount.amount");
    if (!amount || get(fields, "status") == "forfeited") return;
    Commission commission{.id = id,
                          .number = get(fields, "number").value_or(id),
                          .amount = *amount,
                          .currency = get(fields, "amount.currency").value_or("")};
    if (const Value plan = get(fields, "plan"))
      granted_[{*plan, commission.currency}].push_back(commission);
    if (const Value original = get(fields, "reversal_of"))
      reversals_[*original].push_back(commission);
    commissions_.emplace(id, std::move(commission));
  }

  std::vector<Contradiction> contradictions() const override {
    std::vector<Contradiction> out;
    judge_reversals(out);
    judge_caps(out);
    return out;
  }

 private:
  struct Commission {
    std::string id{};
    std::string number{};
    Decimal amount{};
    std::string currency{};
  };
  struct Plan {
    std::string code{};
    Decimal cap{};
    std::string currency{};
  };

  void add_plan(const std::string& id, const Fields& fields) {
    const auto cap = number_at(fields, "cap");
    const Value currency = get(fields, "currency");
    if (cap && currency)
      plans_[id] = {.code = get(fields, "code").value_or(id), .cap = *cap, .currency = *currency};
  }

  /// What takes a commission back takes back no more than it.
  void judge_reversals(std::vector<Contradiction>& out) const {
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
  }

  /// All that a plan has granted, less what was taken back, is at most its cap.
  void judge_caps(std::vector<Contradiction>& out) const {
    for (const auto& [id, plan] : plans_) {
      const auto found = granted_.find({id, plan.currency});
      if (found == granted_.end()) continue;
      std::optional<Decimal> sum = Decimal();
      for (const Commission& each : found->second) {
        const auto more = model::add(*sum, each.amount);
        if (!more) {
          sum.reset();  // more than a Decimal holds: not judged
          break;
        }
        sum = *more;
      }
      if (!sum || *sum <= plan.cap) continue;
      const std::size_t count = found->second.size();
      out.push_back({"incentive", "cap_exceeded", id, found->second.back().id,
                     std::to_string(count) + (count == 1 ? " commission" : " commissions") +
                         " of plan " + plan.code + " are " + to_string(*sum) + " " + plan.currency +
                         " together, and its cap is " + to_string(plan.cap) + " " + plan.currency});
    }
  }

  std::map<std::string, Commission> commissions_;
  std::map<std::string, std::vector<Commission>> reversals_;  ///< by the one that they take back
  std::map<std::string, Plan> plans_;
  /// By plan and currency.
  std::map<std::pair<std::string, std::string>, std::vector<Commission>> granted_;
};

/// Whom a recruitment has won is a partner from then on.
class Recruitments : public NetworkCheck {
 public:
  std::vector<std::string> entities() const override { return {"partner_recruitment", "partner"}; }

  void add(std::string_view entity, const std::string& id, const Fields& fields) override {
    if (entity == "partner") {
      const Value status = get(fields, "status");
      // What was suspended or terminated was a partner once.
      if (status == "prospect" || status == "disqualified")
        strangers_[id] = {get(fields, "name").value_or(id), *status};
      return;
    }
    const Value candidate = get(fields, "candidate.partner");
    if (candidate && get(fields, "stage") == "won")
      won_.push_back({id, get(fields, "number").value_or(id), *candidate});
  }

  std::vector<Contradiction> contradictions() const override {
    std::vector<Contradiction> out;
    for (const Won& won : won_) {
      const auto found = strangers_.find(won.candidate);
      if (found == strangers_.end()) continue;
      const auto& [name, status] = found->second;
      out.push_back({"partner_recruitment", "won_candidate", won.id, won.candidate,
                     "recruitment " + won.number + " is won, and its candidate " + name + " is " +
                         status + ": it is to be onboarding, or active"});
    }
    return out;
  }

 private:
  struct Won {
    std::string id{};
    std::string number{};
    std::string candidate{};
  };

  std::vector<Won> won_;
  /// Name and status of those that are no partners, by id.
  std::map<std::string, std::pair<std::string, std::string>> strangers_;
};

}  // namespace

std::unique_ptr<NetworkCheck> incentive_check(std::string_view entity) {
  if (entity == "business_plan") return std::make_unique<BusinessPlans>();
  if (entity == "commission") return std::make_unique<Commissions>();
  if (entity == "partner_recruitment") return std::make_unique<Recruitments>();
  return nullptr;
}

}  // namespace channelbridge::model
