#pragma once

#include <gmock/gmock.h>

#include "fund_accounting_internal.hpp"
#include "ledger_support.hpp"

namespace channelbridge::hub {

/// A fund of 2027, a request that has got 900 EUR of it, and a claim of 400.
class ClaimRulesTest : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    config_.spokes.push_back({.name = "a-activities", .system = "a", .mapping = mapping_of(R"(
system: fake
object: Activity
entity: marketing_activity
id: Id
version: Version
format: json
absent: "null"
fields:
  name: Name
)")});
    know("budget-1", "budget", {{"status", "open"}, {"amount", "3000"}, {"validation", "strict"}});
    know("fund-1", "fund",
         {{"status", "active"},
          {"amount", "1500"},
          {"budget", "budget-1"},
          {"valid.start", "2027-01-01"},
          {"valid.end", "2027-12-31"}});
    know("request-1", "fund_request",
         {{"status", "approved"},
          {"requested_amount", "900"},
          {"approved.amount", "900"},
          {"fund", "fund-1"}});
    know("claim-1", "claim",
         {{"status", "submitted"}, {"request", "request-1"}, {"claimed_amount", "400"}});
  }

  void know(const std::string& id, const std::string& entity, model::Fields fields) {
    fields["currency"] = "EUR";
    fields["number"] = id;
    known_[id] = {.id = id, .entity = entity, .version = 1, .fields = std::move(fields)};
  }
  void say(const std::string& id, const model::Fields& fields) {
    LedgerRecord& record = known_.at(id);
    for (const auto& [path, value] : fields) record.fields[path] = value;
    ++record.version;
  }
  /// The hub hears of all of them: what its books refuse, each with rule and figures.
  std::vector<std::string> refused() {
    std::vector<std::string> all;
    for (const auto& [id, record] : known_) all.push_back(id);
    return refused_of(all);
  }
  /// It hears of these.
  std::vector<std::string> refused_of(const std::vector<std::string>& ids) {
    LedgerReader reader(hub_->store());
    for (const auto& [id, record] : known_) reader.set(record);
    FundAccounting accounting(config_, std::move(reader), now_, 1);
    EXPECT_TRUE(accounting.account(ids));
    store::Changes changes;
    accounting.enter(changes);
    EXPECT_TRUE(hub_->store().commit(std::move(changes)));
    std::vector<std::string> out;
    for (const auto& [id, refusal] : accounting.refused())
      out.push_back(id + " " + refusal.rule + ": " + refusal.detail);
    return out;
  }
  /// What is posted of a document in the fund's books.
  std::vector<std::string> posted(const std::string& document) {
    std::vector<std::string> out;
    const auto rows = hub_->store().fund_postings({"fund-1"});
    EXPECT_TRUE(rows);
    if (!rows) return out;
    for (const store::FundPostingRow& row : *rows) {
      if (row.document == document && row.part == 1) out.push_back(row.kind);
    }
    return out;
  }

  /// A second claim of the request, for an invoice of the same supplier.
  void know_other(const std::string& invoice) {
    know("claim-2", "claim",
         {{"status", "submitted"},
          {"request", "request-1"},
          {"claimed_amount", "300"},
          {"lines[x].vendor_name", "MESSE POSEN"},
          {"lines[x].invoice.no", invoice},
          {"lines[x].claimed", "300"}});
  }
  void say_invoice() {
    say("claim-1", {{"lines[a].vendor_name", "Messe Posen Sp. z o.o."},
                    {"lines[a].invoice.no", "FV-7"},
                    {"lines[a].claimed", "400"}});
  }
  void handed_in_at(const std::string& at, const std::string& by) {
    say("claim-1", {{"state_history[h].from", "draft"},
                    {"state_history[h].to", "submitted"},
                    {"state_history[h].at", at},
                    {"state_history[h].by", by}});
  }
  static Timestamp time(const char* text) { return *parse_iso8601(text); }

  std::map<std::string, LedgerRecord> known_;
  Timestamp now_{};
};

}  // namespace channelbridge::hub
