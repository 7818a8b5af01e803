#pragma once

#include "claim_rules_support.hpp"

/// A claim of 400 EUR that people decide and release.
namespace channelbridge::hub {

class ApprovalRulesTest : public ClaimRulesTest {
 protected:
  /// Above so many EUR, Anna and Bo decide; of the request nobody says who did.
  void limit_to(std::int64_t amount) {
    config_.ledger.approval = {.limits = {{"EUR", model::Decimal(amount)}},
                               .finance = {"anna", "bo"},
                               .unnamed = LedgerRules::Judgement::Ignore};
  }
  void approve(const char* amount) {
    say("claim-1", {{"status", "approved"}, {"approved_amount", amount}});
  }
  void decided(const std::string& at, const std::string& by, const std::string& amount = {},
               const std::string& decision = "approved") {
    const std::string path = "decisions[" + at + "].";
    say("claim-1", {{path + "by", by}, {path + "at", at}, {path + "decision", decision}});
    if (!amount.empty()) say("claim-1", {{path + "amount", amount}});
  }
  void took(const std::string& record, const std::string& to, const std::string& at,
            const std::string& by) {
    const std::string path = "state_history[" + at + "].";
    say(record, {{path + "to", to}, {path + "at", at}, {path + "by", by}});
  }
  std::string settled() { return stands_in("settled"); }
  /// What stands in an account of the fund's books.
  std::string stands_in(const std::string& account) {
    model::Decimal out;
    const auto rows = hub_->store().fund_postings({"fund-1"});
    EXPECT_TRUE(rows);
    if (!rows) return "";
    for (const store::FundPostingRow& row : *rows) {
      const model::Decimal moved = model::Decimal::parse(row.moved).value_or(model::Decimal());
      if (row.to == account) out = plus(out, moved);
      if (row.from == account) out = minus(out, moved);
    }
    return to_string(out);
  }
  /// What is told of all of them and stops nothing.
  std::vector<std::string> told() {
    std::vector<std::string> out;
    std::vector<std::string> ids;
    LedgerReader reader(hub_->store());
    for (const auto& [id, record] : known_) {
      reader.set(record);
      ids.push_back(id);
    }
    FundAccounting accounting(config_, std::move(reader), now_, 1);
    EXPECT_TRUE(accounting.account(ids));
    for (const std::string& id : ids) {
      auto found = accounting.told(id);
      EXPECT_TRUE(found);
      if (!found) continue;
      for (const LedgerRefusal& each : *found)
        out.push_back(id + " " + each.rule + ": " + each.detail);
    }
    return out;
  }
  Result<LedgerEvaluation> evaluated() {
    LedgerReader reader(hub_->store());
    for (const auto& [id, record] : known_) reader.set(record);
    FundAccounting accounting(config_, std::move(reader), now_, 1);
    return accounting.evaluate(known_.at("claim-1"));
  }
  void know_activity() {
    know("activity-1", "marketing_activity",
         {{"name", "Roadshow"}, {"dates.start", "2027-03-15"}, {"dates.end", "2027-03-16"}});
    say("request-1", {{"activities[a].activity", "activity-1"}});
  }
  /// Some system says what came of activities.
  void show_results() {
    config_.spokes.push_back({.name = "a-results", .system = "a", .mapping = mapping_of(R"(
system: fake
object: ActivityResult
entity: marketing_activity
id: Id
version: Version
format: json
absent: "null"
fields:
  results.leads: { path: Leads, as: integer }
)")});
  }
  /// 400 are claimed of 600 net, of which the vendor bears the half.
  void say_line() {
    say("request-1", {{"approved.share_pct", "50"}});
    say("claim-1", {{"lines[a].no", "1"}, {"lines[a].net", "600"}, {"lines[a].claimed", "400"}});
  }
};

}  // namespace channelbridge::hub
