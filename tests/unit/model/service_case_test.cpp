#include "channelbridge/model/service_case.hpp"

#include "entity_test.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class ServiceCases : public EntityTest {
 protected:
  static ServiceCase sample() {
    ServiceCase out;
    out.number = "S-1";
    out.partner = kId;
    out.contact = "pending:crm/Contact/3";
    out.customer = "pending:crm/Account/7";
    out.product = "pending:erp/Product/4711";
    out.serial = "SN-1";
    out.contract = "pending:erp/Contract/9";
    out.subject = "The pump stands still";
    out.description = "Since the update";
    out.kind = "technical";
    out.priority = "high";
    out.entitlement = {
        .valid = {.start = Date::parse("2026-01-01"), .end = Date::parse("2026-11-20")},
        .sla = "gold"};
    out.status = "in_progress";
    out.escalated_to_vendor = true;
    out.opened_at = parse_iso8601("2026-11-20T08:00:00Z");
    return out;
  }

  static constexpr std::string_view kId = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
};

TEST_F(ServiceCases, SurviveJson) { survives_json(sample()); }

TEST_F(ServiceCases, AreWorkedOnByThePartnerAndSolvedByItOrTheVendor) {
  EXPECT_EQ(step<ServiceCase>("new", "in_progress", Actor::PartnerEmployee), "");
  EXPECT_EQ(step<ServiceCase>("new", "in_progress", Actor::Customer), "forbidden_actor");
  EXPECT_EQ(step<ServiceCase>("in_progress", "waiting_customer", Actor::PartnerEmployee), "");
  EXPECT_EQ(step<ServiceCase>("waiting_customer", "in_progress", Actor::Customer), "");
  EXPECT_EQ(step<ServiceCase>("waiting_customer", "solved", Actor::PartnerEmployee),
            "invalid_transition");
  EXPECT_EQ(step<ServiceCase>("in_progress", "solved", Actor::PartnerEmployee), "");
  EXPECT_EQ(step<ServiceCase>("solved", "closed", Actor::System), "");
  EXPECT_EQ(step<ServiceCase>("escalated", "solved", Actor::ChannelManager), "");
  EXPECT_EQ(step<ServiceCase>("escalated", "in_progress", Actor::VendorAdmin), "");
  EXPECT_EQ(step<ServiceCase>("escalated", "solved", Actor::PartnerEmployee), "forbidden_actor");
  EXPECT_EQ(step<ServiceCase>("closed", "in_progress", Actor::PartnerEmployee),
            "invalid_transition");
}

TEST_F(ServiceCases, AreEscalatedWhileHelpIsOwed) {
  const auto at = [](const char* time) {
    Fields fields = to_fields(sample());
    return move<ServiceCase>(fields, "escalated", Actor::PartnerEmployee, time);
  };
  EXPECT_THAT(at("2026-11-20T23:00:00Z"), IsEmpty());
  EXPECT_THAT(at("2026-11-21T11:00:00Z"), IsEmpty()) << "still the 20th, far in the west";
  EXPECT_THAT(at("2026-11-21T12:00:00Z"),
              ElementsAre("entitlement.valid.end entitlement: is 2026-11-20, and it was escalated "
                          "at 2026-11-21T12:00:00Z"));
  EXPECT_THAT(at("2025-12-31T10:00:00Z"), IsEmpty()) << "the first already, far in the east";
  EXPECT_THAT(at("2025-12-31T09:00:00Z"),
              ElementsAre("entitlement.valid.start entitlement: is 2026-01-01, and it was "
                          "escalated at 2025-12-31T09:00:00Z"));
}

TEST_F(ServiceCases, AreEscalatedWithoutARightToHelpWhereAManagerLetsThem) {
  ServiceCase one = sample();
  one.entitlement = {};
  Fields fields = to_fields(one);
  EXPECT_THAT(move<ServiceCase>(fields, "escalated", Actor::PartnerEmployee),
              ElementsAre("entitlement.valid.start entitlement: is empty, and no manager lets the "
                          "case be escalated without an entitlement"));
  one.entitlement.overridden_by = "bo";
  fields = to_fields(one);
  EXPECT_THAT(move<ServiceCase>(fields, "escalated", Actor::PartnerEmployee), IsEmpty());
  EXPECT_THAT(missed<ServiceCase>(fields), IsEmpty());
  set(fields, "entitlement.overridden_by", std::nullopt);
  EXPECT_THAT(missed<ServiceCase>(fields), ElementsAre("entitlement.valid.start entitlement"));
}

TEST_F(ServiceCases, ThatNobodyWorkedOnAreSolvedByAnArticle) {
  ServiceCase one = sample();
  one.status = "new";
  one.resolution = "Restarted";
  one.resolved_at = parse_iso8601("2026-11-20T09:00:00Z");
  Fields fields = to_fields(one);
  EXPECT_THAT(move<ServiceCase>(fields, "solved", Actor::Customer),
              ElementsAre("solution_ref solution_ref: is empty, and the case was solved without "
                          "being worked on"));
  set(fields, "solution_ref", "KB-17");
  EXPECT_THAT(move<ServiceCase>(fields, "solved", Actor::Customer), IsEmpty());
}

TEST_F(ServiceCases, ThatAreSolvedSayHowAndWhen) {
  ServiceCase one = sample();
  one.status = "solved";
  EXPECT_THAT(missed<ServiceCase>(to_fields(one)),
              UnorderedElementsAre("resolution solution", "resolved_at resolved_at"));
  one.solution_ref = "KB-17";
  one.resolved_at = parse_iso8601("2026-11-20T07:00:00Z");
  EXPECT_THAT(missed<ServiceCase>(to_fields(one)), IsEmpty());
  EXPECT_THAT(breaches<ServiceCase>(to_fields(one)),
              ElementsAre("resolved_at order: is before opened_at"));
}

TEST_F(ServiceCases, DoNotContradictTheirState) {
  ServiceCase one = sample();
  one.status = "escalated";
  one.escalated_to_vendor = false;
  EXPECT_THAT(
      breaches<ServiceCase>(to_fields(one)),
      ElementsAre(
          "escalated_to_vendor escalated_to_vendor: is false, and the status is escalated"));
  EXPECT_THAT(breaches<ServiceCase>({{"status", "escalated"}}), IsEmpty());
  EXPECT_THAT(breaches<ServiceCase>({{"entitlement.valid.start", "2026-02-01"},
                                     {"entitlement.valid.end", "2026-01-31"}}),
              ElementsAre("entitlement.valid.end order: is before entitlement.valid.start"));
}

TEST_F(ServiceCases, HaveANumberOfTheirOwn) {
  EXPECT_THAT(key<ServiceCase>("number", {{"number", "S-1"}}), ElementsAre("S-1"));
  EXPECT_THAT(missed<ServiceCase>({}), UnorderedElementsAre("number required", "partner required",
                                                            "subject required", "status required"));
}

}  // namespace
}  // namespace channelbridge::model
