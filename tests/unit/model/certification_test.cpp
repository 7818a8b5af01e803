#include "channelbridge/model/certification.hpp"

#include "entity_test.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Certifications : public EntityTest {
 protected:
  static Certification sample() {
    Certification out;
    out.partner = kId;
    out.contact = "pending:crm/Contact/3";
    out.curriculum_code = "PUMP-2";
    out.kind = "technical";
    out.product_family = "pumps";
    out.level = "expert";
    out.score = Decimal(875, 1);
    out.passed_at = parse_iso8601("2026-03-02T14:00:00Z");
    out.valid = {.start = day("2026-03-02"), .end = day("2028-03-01")};
    out.issuer = "Vendor Academy";
    out.certificate_number = "VA-1001";
    out.status = "passed";
    return out;
  }
  static Date day(std::string_view text) { return Date::parse(text).value(); }

  static constexpr std::string_view kId = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
};

TEST_F(Certifications, SurviveJson) { survives_json(sample()); }

TEST_F(Certifications, ArePassedByTheExaminerAndRunOutByThemselves) {
  EXPECT_EQ(step<Certification>("enrolled", "in_progress", Actor::PartnerEmployee), "");
  EXPECT_EQ(step<Certification>("in_progress", "passed", Actor::System), "");
  EXPECT_EQ(step<Certification>("in_progress", "passed", Actor::PartnerManager), "forbidden_actor");
  EXPECT_EQ(step<Certification>("in_progress", "failed", Actor::ChannelManager), "");
  EXPECT_EQ(step<Certification>("failed", "enrolled", Actor::PartnerEmployee), "");
  EXPECT_EQ(step<Certification>("failed", "passed", Actor::System), "invalid_transition");
  EXPECT_EQ(step<Certification>("passed", "expiring", Actor::System), "");
  EXPECT_EQ(step<Certification>("expiring", "expired", Actor::System), "");
  EXPECT_EQ(step<Certification>("expired", "passed", Actor::System), "invalid_transition");
}

TEST_F(Certifications, AreTakenBackByTheVendorWithAReason) {
  EXPECT_EQ(step<Certification>("passed", "revoked", Actor::VendorAdmin), "reason_missing");
  EXPECT_EQ(step<Certification>("passed", "revoked", Actor::VendorAdmin, "fraud"), "");
  EXPECT_EQ(step<Certification>("expiring", "revoked", Actor::VendorAdmin, "fraud"), "");
  EXPECT_EQ(step<Certification>("passed", "revoked", Actor::ChannelManager, "fraud"),
            "forbidden_actor");
  EXPECT_EQ(step<Certification>("revoked", "enrolled", Actor::VendorAdmin), "invalid_transition");
}

TEST_F(Certifications, SayWhenTheyWerePassedAndHowLongTheyHold) {
  Certification one = sample();
  one.passed_at.reset();
  one.valid = {};
  EXPECT_THAT(missed<Certification>(to_fields(one)),
              UnorderedElementsAre("passed_at passed_at", "valid.start valid"));
  one.status = "expiring";
  EXPECT_THAT(missed<Certification>(to_fields(one)),
              UnorderedElementsAre("passed_at passed_at", "valid.start valid", "valid.end valid"));
  one.status = "enrolled";
  EXPECT_THAT(missed<Certification>(to_fields(one)), IsEmpty()) << "nothing holds yet";
  EXPECT_THAT(missed<Certification>({}), UnorderedElementsAre("partner required", "status required",
                                                              "curriculum_code required"));
}

TEST_F(Certifications, BeginBeforeTheyEnd) {
  Certification one = sample();
  one.valid.end = day("2026-03-01");
  EXPECT_THAT(breaches<Certification>(to_fields(one)),
              ElementsAre("valid.end order: is before valid.start"));
}

TEST_F(Certifications, AreUniqueByTheNumberOfTheirIssuer) {
  EXPECT_THAT(key<Certification>("certificate_number", to_fields(sample())),
              ElementsAre("Vendor Academy\x1fVA-1001"));
  EXPECT_THAT(key<Certification>("certificate_number", {{"certificate_number", "1"}}),
              ElementsAre("\x1f"
                          "1"));
  EXPECT_THAT(key<Certification>("certificate_number", {{"issuer", "Vendor Academy"}}), IsEmpty());
}

TEST_F(Certifications, CountFromTheirFirstDayToTheirLast) {
  EXPECT_FALSE(counts(sample(), nullptr, day("2026-03-01")));
  EXPECT_TRUE(counts(sample(), nullptr, day("2026-03-02")));
  EXPECT_TRUE(counts(sample(), nullptr, day("2028-03-01")));
  EXPECT_FALSE(counts(sample(), nullptr, day("2028-03-02")));
  Certification open = sample();
  open.valid.end.reset();
  EXPECT_TRUE(counts(open, nullptr, day("2099-01-01")));
  open.valid.start.reset();
  EXPECT_FALSE(counts(open, nullptr, day("2026-03-02"))) << "nobody knows since when";
}

TEST_F(Certifications, CountWhilePassedAndAboutToExpire) {
  Certification one = sample();
  for (const std::string_view status : type_of<Certification>()->find("status")->codes->codes) {
    one.status = status;
    EXPECT_EQ(counts(one, nullptr, day("2027-01-01")), status == "passed" || status == "expiring")
        << status;
  }
  one.status.reset();
  EXPECT_FALSE(counts(one, nullptr, day("2027-01-01")));
}

TEST_F(Certifications, OfSomebodyWhoLeftCountNoLonger) {
  PartnerContact contact;
  contact.status = "active";
  EXPECT_TRUE(counts(sample(), &contact, day("2027-01-01")));
  contact.status = "left";
  EXPECT_FALSE(counts(sample(), &contact, day("2027-01-01")));
}

}  // namespace
}  // namespace channelbridge::model
