#pragma once

#include <cstdlib>
#include <map>

#include "hub_support.hpp"

/// Budgets, funds, requests, claims and settlements, in two systems.
namespace channelbridge::hub {

inline std::string ledger_mapping(const std::string& object, const std::string& entity,
                                  const std::string& fields) {
  return "system: fake\nobject: " + object + "\nentity: " + entity +
         "\nid: Id\nversion: Version\nformat: json\nabsent: \"null\"\nfields:\n" +
         "  number: Number\n  currency: Currency\n  status: Status\n" + fields;
}

inline const std::map<std::string, std::string>& ledger_mappings() {
  static const std::map<std::string, std::string> mappings{
      {"budgets", ledger_mapping("Budget", "budget",
                                 "  title: Title\n  amount: Amount\n  validation: Validation\n"
                                 "  tolerance_pct: Tolerance\n")},
      {"funds", ledger_mapping("Fund", "fund",
                               "  amount: Amount\n  carry_over: CarryOver\n"
                               "  valid.start: Start\n  valid.end: End\n"
                               "  budget: { path: Budget, ref: budget, object: Budget }\n"
                               "  partner: { path: Partner, ref: partner, object: Account }\n"
                               "children:\n  postings:\n    object: FundPosting\n"
                               "    navigation: Postings\n    id: Id\n    fields:\n"
                               "      no: No\n      category: Category\n      amount: Amount\n"
                               "      document.kind: Kind\n      document.number: Document\n")},
      {"requests", ledger_mapping("FundRequest", "fund_request",
                                  "  requested_amount: Requested\n  approved.amount: Approved\n"
                                  "  fund: { path: Fund, ref: fund, object: Fund }\n")},
      {"claims",
       ledger_mapping("Claim", "claim",
                      "  claimed_amount: Claimed\n  approved_amount: Approved\n"
                      "  request: { path: Request, ref: fund_request, object: FundRequest }\n"
                      "  fund: { path: Fund, ref: fund, object: Fund }\n"
                      "  fx.currency: FxCurrency\n  fx.rate: FxRate\n  fx.date: FxDate\n"
                      "  fx.source: FxSource\n  fx.approved_amount: FxApproved\n")},
      {"settlements", ledger_mapping("Settlement", "settlement",
                                     "  gross: Gross\nchildren:\n  members:\n    object: Member\n"
                                     "    navigation: Members\n    id: Id\n    fields:\n"
                                     "      claim: { path: Claim, ref: claim, object: Claim }\n"
                                     "      amount: Amount\n")}};
  return mappings;
}

class LedgerTest : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    config_.spokes.clear();
    config_.entities.clear();
    std::map<std::string, std::shared_ptr<const mapping::Mapping>> mappings;
    for (const auto& [name, yaml] : ledger_mappings()) mappings[name] = mapping_of(yaml);
    mappings["partners"] = mapping_of(kPartners);
    for (const char* system : {"a", "b"}) {
      for (const auto& [name, mapping] : mappings) {
        config_.spokes.push_back(
            {.name = std::string(system) + "-" + name, .system = system, .mapping = mapping});
        config_.entities[mapping->entity().name()].match = {
            mapping->entity().name() == "partner" ? "partner_number" : "number"};
      }
    }
    a_->kind_field = b_->kind_field = "Kind";
    open();
  }

  std::string add_budget(const nlohmann::json& amount, const nlohmann::json& more = {}) {
    return add(*a_,
               {{"Kind", "Budget"},
                {"Number", "MDF-26"},
                {"Title", "Marketing 2026"},
                {"Currency", "EUR"},
                {"Status", "open"},
                {"Validation", "strict"},
                {"Amount", amount}},
               more);
  }
  std::string add_fund(const std::string& number, const std::string& budget,
                       const nlohmann::json& amount, const nlohmann::json& more = {}) {
    return add(*a_,
               {{"Kind", "Fund"},
                {"Number", number},
                {"Budget", budget},
                {"Currency", "EUR"},
                {"Status", "active"},
                {"CarryOver", "expire"},
                {"Amount", amount}},
               more);
  }
  std::string add_request(const std::string& number, const std::string& fund, const char* status,
                          const nlohmann::json& requested, const nlohmann::json& approved = {}) {
    return add(
        *a_,
        {{"Kind", "FundRequest"},
         {"Number", number},
         {"Fund", fund},
         {"Currency", "EUR"},
         {"Status", status},
         {"Requested", requested}},
        approved.is_null() ? nlohmann::json::object() : nlohmann::json{{"Approved", approved}});
  }
  std::string add_claim(const std::string& number, const std::string& request, const char* status,
                        const nlohmann::json& claimed, const nlohmann::json& more = {}) {
    return add(*a_,
               {{"Kind", "Claim"},
                {"Number", number},
                {"Request", request},
                {"Currency", "EUR"},
                {"Status", status},
                {"Claimed", claimed}},
               more);
  }
  std::string add_settlement(const std::string& number, const char* status,
                             const std::string& claim, const nlohmann::json& amount) {
    return a_->add({{"Kind", "Settlement"},
                    {"Number", number},
                    {"Currency", "EUR"},
                    {"Status", status},
                    {"Gross", amount},
                    {"Members", nlohmann::json::array({nlohmann::json::object(
                                    {{"Id", "m1"}, {"Claim", claim}, {"Amount", amount}})})}});
  }
  static std::string add(FakeSystem& system, nlohmann::json fields, const nlohmann::json& more) {
    if (more.is_object()) fields.update(more);
    return system.add(std::move(fields));
  }

  LedgerLine line_of(const LedgerQuery& query) {
    const auto lines = hub_->ledger(query);
    EXPECT_TRUE(lines) << (lines ? "" : to_string(lines.error()));
    return lines && !lines->empty() ? lines->front() : LedgerLine();
  }
  LedgerLine fund(const std::string& number = "F-1") { return line_of({.fund = number}); }
  /// What stands in an account of a fund.
  std::string figure(const std::string& account, const std::string& number = "F-1") {
    const LedgerLine line = fund(number);
    const auto found = line.accounts.find(account);
    return found == line.accounts.end() ? "0" : to_string(found->second);
  }
  std::string to_reserve(const std::string& number = "F-1") {
    return to_string(fund(number).figures.available_to_reserve);
  }
  LedgerCheck verify() {
    auto check = hub_->verify_ledger();
    EXPECT_TRUE(check) << (check ? "" : to_string(check.error()));
    return check ? *check : LedgerCheck();
  }
  /// Kinds of the events of one document, by its number, in order.
  std::vector<std::string> events_of(const std::string& document) {
    std::vector<std::string> out;
    const auto postings = hub_->ledger_postings();
    EXPECT_TRUE(postings);
    for (const LedgerPosting& each : *postings) {
      if (each.document_number == document && each.row.part == 1) out.push_back(each.row.kind);
    }
    return out;
  }
  std::vector<Waiting> ledger_waits() {
    std::vector<Waiting> out = hub_->waiting(20).value();
    std::erase_if(out, [](const Waiting& wait) { return wait.spoke != kLedgerSpoke; });
    return out;
  }
  std::vector<Waiting> held_back(const std::string& spoke) {
    std::vector<Waiting> out = hub_->waiting(20).value();
    std::erase_if(out, [&](const Waiting& wait) { return wait.spoke != spoke; });
    return out;
  }
  /// The object of b with that number; null = there is none.
  const nlohmann::json* in_b(const std::string& number) const {
    for (const auto& [key, object] : b_->objects())
      if (object.fields.value("Number", "") == number) return &object.fields;
    return nullptr;
  }
  std::string key_in_b(const std::string& number) const {
    for (const auto& [key, object] : b_->objects())
      if (object.fields.value("Number", "") == number) return key;
    return "";
  }
  /// Changes the store file as somebody with a database program would.
  void by_hand(const std::string& sql) const {
    const std::string command =
        "python3 -c \"import sqlite3; c=sqlite3.connect('" + (folder_ / "hub.db").string() +
        "'); c.executescript('''DROP TRIGGER IF EXISTS fund_postings_stay; DROP TRIGGER IF EXISTS "
        "fund_postings_last; " +
        sql + " ;'''); c.commit()\"";
    ASSERT_EQ(std::system(command.c_str()), 0) << sql;
  }
};

}  // namespace channelbridge::hub
