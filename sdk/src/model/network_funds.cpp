#include "network_funds_internal.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "channelbridge/model/budget.hpp"
#include "channelbridge/model/claim.hpp"
#include "channelbridge/model/date.hpp"
#include "document_rules_internal.hpp"

namespace channelbridge::model {
namespace {

/// Amounts of records have at most 19 digits; a sum that needs more is not judged.
void enter(std::optional<Decimal>& sum, const Decimal& amount) {
  if (!sum) return;
  auto more = add(*sum, amount);
  sum = more ? std::optional(*more) : std::nullopt;
}

std::string money(const Decimal& amount, const std::string& currency) {
  const auto known = Currency::parse(currency);
  return to_string(amount, known ? minor_unit(*known) : 0) + (currency.empty() ? "" : " ") +
         currency;
}

/// Some records' amounts together, and what names them.
struct Total {
  std::optional<Decimal> sum{Decimal()};
  std::string names{};
  std::string last{};  ///< id

  void enter_record(const std::string& id, const std::string& name, const Decimal& amount) {
    enter(sum, amount);
    names += (names.empty() ? "" : ", ") + name;
    last = id;
  }
};

// ---------------------------------------------------------------------------------------- funds

class FundsOfBudgets : public NetworkCheck {
 public:
  std::vector<std::string> entities() const override { return {"fund", "budget"}; }

  void add(std::string_view entity, const std::string& id, const Fields& fields) override {
    const auto amount = number_at(fields, "amount");
    if (!amount) return;
    const std::string currency = get(fields, "currency").value_or("");
    const std::string name = get(fields, "number").value_or(id);
    if (entity == "budget") {
      if (get(fields, "validation") == "strict")
        budgets_.emplace(id, Budgeted{.name = name, .amount = *amount, .currency = currency});
      return;
    }
    const Value budget = get(fields, "budget");
    const Value status = get(fields, "status");
    if (!budget || status == "planned") return;
    funds_[{*budget, currency}].enter_record(id, name, *amount);
  }

  std::vector<Contradiction> contradictions() const override {
    std::vector<Contradiction> out;
    for (const auto& [id, budget] : budgets_) {
      const auto funds = funds_.find({id, budget.currency});
      if (funds == funds_.end() || !funds->second.sum || *funds->second.sum <= budget.amount)
        continue;
      out.push_back({"budget", "funds_above_budget", id, funds->second.last,
                     "the funds " + funds->second.names + " are " +
                         money(*funds->second.sum, budget.currency) + " together, and budget " +
                         budget.name + ", which is strict, is " +
                         money(budget.amount, budget.currency)});
    }
    return out;
  }

 private:
  struct Budgeted {
    std::string name{};
    Decimal amount{};
    std::string currency{};
  };

  std::map<std::string, Budgeted> budgets_;
  std::map<std::pair<std::string, std::string>, Total> funds_;  ///< by budget and currency
};

// --------------------------------------------------------------------------------------- claims

bool is_granted_claim(const Fields& fields) {
  const Value status = get(fields, "status");
  return status == "approved" || status == "partially_approved" || status == "expired_approved" ||
         status == "released_to_settle" || status == "settled" || status == "paid";
}

/// Invoices that the claim asks money for, as the claim's own key names them.
std::vector<std::string> claimed_invoices_of(const Fields& fields) {
  for (const NetworkKey& key : description(std::type_identity<Claim>()).rules.keys) {
    if (key.name == kInvoiceKey) return key.values(fields);
  }
  return {};
}

bool asks_for_nothing(const Fields& claim) {
  const Value status = get(claim, "status");
  return status == "rejected" || status == "withdrawn" || status == "corrected";
}

/// The day whose rate converts a claim: the last one of its activity; banks state none for a
/// weekend, so that the Friday before it will do, too.
bool is_rate_day(const Date& rate, const Date& last) {
  const std::chrono::weekday day(last.days());
  const int back = day == std::chrono::Saturday ? 1 : day == std::chrono::Sunday ? 2 : 0;
  return rate == last || rate == Date(last.days() - std::chrono::days(back));
}

/// What a claim and its request say alike: whose money, and of which fund and budget.
constexpr std::array<std::string_view, 3> kParties{"partner", "fund", "budget"};
using Parties = std::array<std::string, kParties.size()>;

/// Record ids; "" = nobody knows the record.
Parties parties_of(const Fields& fields) {
  Parties out;
  for (std::size_t i = 0; i < kParties.size(); ++i) {
    const Value id = get(fields, kParties[i]);
    if (id && !parse_pending_reference(*id)) out[i] = *id;
  }
  return out;
}

class ClaimsOfRequests : public NetworkCheck {
 public:
  std::vector<std::string> entities() const override { return {"claim", "fund_request", "fund"}; }

  void add(std::string_view entity, const std::string& id, const Fields& fields) override {
    if (entity == "fund_request") {
      add_limit(requests_, id, fields, number_at(fields, "approved.amount"));
      parties_.emplace(id, parties_of(fields));
      if (const Value fund = get(fields, "fund")) fund_of_request_.emplace(id, *fund);
    } else if (entity == "fund") {
      add_limit(funds_, id, fields, number_at(fields, "amount"));
      add_over_consumption(id, fields);
    } else {
      add_claim(id, fields);
    }
  }

  std::vector<Contradiction> contradictions() const override {
    std::vector<Contradiction> out = told_;
    compare_parties(out);
    std::map<std::string, Total> by_request;
    std::map<std::string, Total> by_fund;
    for (const Granted& claim : granted_) {
      if (const auto request = requests_.find(claim.request);
          request != requests_.end() && request->second.currency == claim.currency)
        by_request[claim.request].enter_record(claim.id, claim.name, claim.amount);
      const auto of_request = fund_of_request_.find(claim.request);
      const std::string& id =
          of_request == fund_of_request_.end() ? claim.fund : of_request->second;
      if (const auto fund = funds_.find(id);
          fund != funds_.end() && fund->second.currency == claim.currency)
        by_fund[id].enter_record(claim.id, claim.name, claim.amount);
    }
    judge("fund_request", "claims_above_request", requests_, by_request, out);
    judge("fund", "claims_above_fund", funds_, by_fund, out);
    return out;
  }

 private:
  struct Limit {
    std::string name{};
    std::string number{};
    std::optional<Decimal> amount{};
    std::string currency{};
  };
  struct Granted {
    std::string id{};
    std::string name{};
    std::string request{};
    std::string fund{};
    Decimal amount{};  ///< in the fund's currency, where the claim states it
    std::string currency{};
  };
  struct Claimed {
    std::string id{};
    std::string words{};
  };
  struct Derived {
    std::string id{};
    std::string name{};
    std::string request{};
    Parties parties{};
  };

  static void add_limit(std::map<std::string, Limit>& limits, const std::string& id,
                        const Fields& fields, const std::optional<Decimal>& amount) {
    limits[id] = {.name = get(fields, "number").value_or(id),
                  .number = get(fields, "number").value_or(""),
                  .amount = amount,
                  .currency = get(fields, "currency").value_or("")};
  }

  /// What the fund's own postings approve beyond a request, or beyond the fund.
  void add_over_consumption(const std::string& fund, const Fields& fields) {
    for (const std::string_view id : element_ids(fields, "postings")) {
      const auto value = [&](std::string_view field) {
        return get(fields, element_path("postings", id, field));
      };
      const auto amount = number_at(fields, element_path("postings", id, "amount"));
      if (!amount || value("category") != "over_consumption_approved") continue;
      approve_beyond("fund " + fund, *amount);
      if (value("document.kind") == "fund_request")
        approve_beyond("number " + value("document.number").value_or(""), *amount);
    }
  }

  void add_claim(const std::string& id, const Fields& fields) {
    const std::string currency = get(fields, "currency").value_or("");
    const std::string name = get(fields, "number").value_or(id);
    const std::string claimed = get(fields, "claimed_amount").value_or("an unknown amount");
    for (std::string& invoice : claimed_invoices_of(fields)) {
      const auto [known, first] = invoices_.emplace(
          invoice, Claimed{.id = id, .words = name + " (" + claimed + " " + currency + ")"});
      if (first || known->second.id == id) continue;
      told_.push_back({"claim", "invoice_claimed_twice", known->second.id, id,
                       known->second.words + " and " + name + " (" + claimed + " " + currency +
                           ") both claim the supplier's invoice " + invoice});
    }
    if (!asks_for_nothing(fields)) {
      check_rate(id, name, fields);
      if (const Value request = get(fields, "request"))
        derived_.push_back(
            {.id = id, .name = name, .request = *request, .parties = parties_of(fields)});
    }
    const auto approved = number_at(fields, "approved_amount");
    if (!approved || !is_granted_claim(fields)) return;
    const auto exchanged = number_at(fields, "fx.approved_amount");
    granted_.push_back(
        {.id = id,
         .name = name,
         .request = get(fields, "request").value_or(""),
         .fund = get(fields, "fund").value_or(""),
         .amount = exchanged.value_or(*approved),
         .currency = exchanged ? get(fields, "fx.currency").value_or("") : currency});
  }

  void check_rate(const std::string& id, const std::string& name, const Fields& fields) {
    const auto rate = Date::parse(get(fields, "fx.date").value_or(""));
    const auto last = Date::parse(get(fields, "activity_period.end").value_or(""));
    if (!rate || !last || is_rate_day(*rate, *last)) return;
    told_.push_back({.entity = "claim",
                     .rule = "fx_date",
                     .record = id,
                     .message = "claim " + name + " is converted at the rate of " +
                                to_string(*rate) + ", and its activity ended on " +
                                to_string(*last)});
  }

  void compare_parties(std::vector<Contradiction>& out) const {
    for (const Derived& claim : derived_) {
      const auto request = parties_.find(claim.request);
      if (request == parties_.end()) continue;
      for (std::size_t i = 0; i < kParties.size(); ++i) {
        const std::string& own = claim.parties[i];
        const std::string& its = request->second[i];
        if (own.empty() || its.empty() || own == its) continue;
        const std::string party(kParties[i]);
        out.push_back({"claim", "claim_of_request", claim.id, claim.request,
                       "claim " + claim.name + " is of " + party + " " + name_of(i, own) +
                           ", and its request " + requests_.at(claim.request).name + " of " +
                           party + " " + name_of(i, its)});
      }
    }
  }
  /// The number of a fund; other records are not looked at here.
  std::string name_of(std::size_t party, const std::string& id) const {
    const auto fund = funds_.find(id);
    return kParties[party] == "fund" && fund != funds_.end() ? fund->second.name : id;
  }

  void approve_beyond(const std::string& key, const Decimal& amount) {
    enter(beyond_.try_emplace(key, Decimal()).first->second, amount);
  }
  std::optional<Decimal> over_consumption(const std::string& key) const {
    const auto found = beyond_.find(key);
    return found == beyond_.end() ? std::optional(Decimal()) : found->second;
  }

  void judge(const std::string& entity, const std::string& rule,
             const std::map<std::string, Limit>& limits, const std::map<std::string, Total>& totals,
             std::vector<Contradiction>& out) const {
    for (const auto& [id, total] : totals) {
      const Limit& limit = limits.at(id);
      const std::string key = entity == "fund" ? "fund " + id : "number " + limit.number;
      std::optional<Decimal> most = over_consumption(key);
      if (!limit.amount || !total.sum || !most) continue;
      enter(most, *limit.amount);
      if (!most || *total.sum <= *most) continue;
      out.push_back({entity, rule, id, total.last,
                     "of the claims " + total.names + " " + money(*total.sum, limit.currency) +
                         " are approved, and " + entity + " " + limit.name + " is " +
                         money(*limit.amount, limit.currency) +
                         (*most == *limit.amount
                              ? std::string()
                              : ", with over-consumption " + money(*most, limit.currency))});
    }
  }

  std::map<std::string, Limit> requests_;
  std::map<std::string, Limit> funds_;
  std::map<std::string, std::string> fund_of_request_;
  std::map<std::string, std::optional<Decimal>> beyond_;
  std::vector<Granted> granted_;
  std::map<std::string, Claimed> invoices_;
  std::map<std::string, Parties> parties_;  ///< of requests
  std::vector<Derived> derived_;
  std::vector<Contradiction> told_;
};

// ---------------------------------------------------------------------------------- settlements

class Settlements : public NetworkCheck {
 public:
  std::vector<std::string> entities() const override { return {"settlement", "claim"}; }

  void add(std::string_view entity, const std::string& id, const Fields& fields) override {
    if (entity == "claim") {
      const auto approved = number_at(fields, "approved_amount");
      if (approved && is_granted_claim(fields))
        claims_[id] = {.name = get(fields, "number").value_or(id),
                       .approved = *approved,
                       .currency = get(fields, "currency").value_or("")};
      return;
    }
    const Value status = get(fields, "status");
    if (!status || status == "reversed") return;
    const std::string currency = get(fields, "currency").value_or("");
    const std::string number = get(fields, "number").value_or(id);
    for (const std::string_view member : element_ids(fields, "members")) {
      const auto value = [&](std::string_view field) {
        return get(fields, element_path("members", member, field));
      };
      const auto amount = number_at(fields, element_path("members", member, "amount"));
      const Value claim = value("claim");
      if (claim && amount && (status == "posted" || status == "paid"))
        settled_[{*claim, currency}].enter_record(id, number, *amount);
      if (status == "paid") continue;
      for (const std::string_view kind : {"claim", "commission"}) {
        if (const Value settled = value(kind))
          open_[std::string(kind) + " " + *settled].push_back(
              {.id = id,
               .words = number + " (" + *status + ", " +
                        value("amount").value_or("an unknown amount") +
                        (currency.empty() ? "" : " ") + currency + ")"});
      }
    }
  }

  std::vector<Contradiction> contradictions() const override {
    std::vector<Contradiction> out;
    for (const auto& [member, settlements] : open_) {
      for (std::size_t i = 0; i < settlements.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          const Settlement& one = settlements[j];
          const Settlement& other = settlements[i];
          if (one.id == other.id) continue;
          out.push_back({"settlement", "open_settlements", one.id, other.id,
                         one.words + " and " + other.words + " both settle " + member});
        }
      }
    }
    for (const auto& [id, claim] : claims_) {
      const auto settled = settled_.find({id, claim.currency});
      if (settled == settled_.end() || !settled->second.sum ||
          *settled->second.sum == claim.approved)
        continue;
      out.push_back({"claim", "settled_otherwise", id, settled->second.last,
                     settled->second.names + " settle " +
                         money(*settled->second.sum, claim.currency) + " of claim " + claim.name +
                         ", of which " + money(claim.approved, claim.currency) + " are approved"});
    }
    return out;
  }

 private:
  struct Settlement {
    std::string id{};
    std::string words{};  ///< number, state and what it settles of the member
  };
  struct Approved {
    std::string name{};
    Decimal approved{};
    std::string currency{};
  };

  std::map<std::string, std::vector<Settlement>> open_;  ///< by member
  std::map<std::string, Approved> claims_;
  std::map<std::pair<std::string, std::string>, Total> settled_;  ///< by claim and currency
};

}  // namespace

std::unique_ptr<NetworkCheck> fund_check(std::string_view entity) {
  if (entity == "fund") return std::make_unique<FundsOfBudgets>();
  if (entity == "claim") return std::make_unique<ClaimsOfRequests>();
  if (entity == "settlement") return std::make_unique<Settlements>();
  return nullptr;
}

}  // namespace channelbridge::model
