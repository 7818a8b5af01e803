// What the org makes of cases by itself.
#include "client.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

class Cases : public SalesforceSandbox {
 protected:
  explicit Cases(CaseRules rules = {}) : SalesforceSandbox(with(std::move(rules))) {
    account = create("Account", {{"Name", "Rheinwerk"}});
    contact = create("Contact", {{"LastName", "Berg"}, {"AccountId", account}});
  }
  static OrgOptions with(CaseRules rules) {
    OrgOptions given = options();
    given.cases = std::move(rules);
    return given;
  }
  int patch(const std::string& id, const Json& fields) {
    return call("PATCH", "sobjects/Case/" + id, fields).status;
  }
  Json shown(const std::string& id, const char* field) { return org().record(id)[field]; }

  std::string account;
  std::string contact;
};

TEST_F(Cases, AreNumberedAndNewUntilSomebodySaysOtherwise) {
  const std::string first = create("Case", {{"Subject", "Pump stops"}});
  const std::string second = create("Case", {{"Subject", "Pump leaks"}});
  EXPECT_EQ(shown(first, "CaseNumber"), "00000001");
  EXPECT_EQ(shown(second, "CaseNumber"), "00000002");
  EXPECT_EQ(shown(first, "Status"), "New");
  EXPECT_EQ(shown(first, "Priority"), "Medium");
  EXPECT_EQ(shown(first, "IsClosed"), false);
  for (const char* field : {"CaseNumber", "IsClosed", "ClosedDate"})
    EXPECT_EQ(call("PATCH", "sobjects/Case/" + first, {{field, nullptr}}).code(),
              "INVALID_FIELD_FOR_INSERT_UPDATE")
        << field;
}

TEST_F(Cases, AreClosedByTheirStatus) {
  const std::string id = create("Case", {{"Subject", "Pump stops"}});
  ASSERT_EQ(patch(id, {{"Status", "Closed"}}), 204);
  EXPECT_EQ(shown(id, "IsClosed"), true);
  EXPECT_EQ(shown(id, "IsClosedOnCreate"), false);
  const Json closed = shown(id, "ClosedDate");
  EXPECT_TRUE(closed.is_string());
  advance(std::chrono::minutes(5));
  ASSERT_EQ(patch(id, {{"Subject", "Pump stopped"}}), 204);
  EXPECT_EQ(shown(id, "ClosedDate"), closed) << "it was closed then";
  ASSERT_EQ(patch(id, {{"Status", "Working"}}), 204);
  EXPECT_EQ(shown(id, "IsClosed"), false);
  EXPECT_TRUE(shown(id, "ClosedDate").is_null());
  EXPECT_EQ(shown(create("Case", {{"Status", "Closed"}}), "IsClosedOnCreate"), true);
}

TEST_F(Cases, AreOfTheAccountOfTheirContactUnlessTheyNameOne) {
  const std::string other = create("Account", {{"Name", "Seewerk"}});
  EXPECT_EQ(shown(create("Case", {{"ContactId", contact}}), "AccountId"), account);
  const std::string named = create("Case", {{"ContactId", contact}, {"AccountId", other}});
  EXPECT_EQ(shown(named, "AccountId"), other);
  ASSERT_EQ(patch(named, {{"AccountId", nullptr}}), 204);
  EXPECT_TRUE(shown(named, "AccountId").is_null()) << "the contact has not changed";
  const std::string nobodys = create("Case", {{"Subject", "Pump stops"}});
  ASSERT_EQ(patch(nobodys, {{"ContactId", contact}}), 204);
  EXPECT_EQ(shown(nobodys, "AccountId"), account);
}

class CasesOfAnotherOrg : public Cases {
 protected:
  CasesOfAnotherOrg() : Cases({.closed_statuses = {"Resolved", "Cancelled"}}) {}
};

TEST_F(CasesOfAnotherOrg, AreClosedByTheStatusesOfThatOrg) {
  const std::string id = create("Case", {{"Status", "Resolved"}});
  EXPECT_EQ(shown(id, "IsClosed"), true);
  ASSERT_EQ(patch(id, {{"Status", "Closed"}}), 204);
  EXPECT_EQ(shown(id, "IsClosed"), false);
}

}  // namespace
}  // namespace channelbridge::sandbox::salesforce
