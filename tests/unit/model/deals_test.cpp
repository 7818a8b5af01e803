#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channelbridge/model/deal_registration.hpp"
#include "channelbridge/model/opportunity.hpp"
#include "channelbridge/model/territory.hpp"
#include "entity_test.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Deals : public EntityTest {
 protected:
  static Opportunity opportunity() {
    Opportunity out;
    out.number = "O-1";
    out.name = "CNC machines, Lund";
    out.customer = kId;
    out.partner = "pending:crm/Account/7";
    out.partner_role = "sell_to";
    out.channel_kind = "indirect";
    out.stage = "proposal";
    out.forecast_category = "pipeline";
    out.probability = Percent{Decimal(60)};
    out.amount = {.amount = Decimal(150075, 2), .currency = Currency::parse("SEK")};
    out.lines.push_back({{.product = "pending:erp/Product/4711",
                          .quantity = {.value = Decimal(3), .unit = Unit::parse("H87")},
                          .price = Decimal(400250001, 6),
                          .amount = Decimal(120075, 2),
                          .currency = Currency::parse("SEK")},
                         "1"});
    out.lines.push_back({{.product = "pending:erp/Product/4712",
                          .amount = Decimal(300),
                          .currency = Currency::parse("SEK")},
                         "2"});
    out.expected_close = Date::parse("2026-12-31");
    out.kind = "new";
    return out;
  }

  static DealRegistration deal() {
    DealRegistration out;
    out.number = "DR-1";
    out.partner = kId;
    out.submitted = {.by = "pending:crm/Contact/3", .at = parse_iso8601("2026-11-20T09:00:00Z")};
    out.end_customer.name = "Exempel Verkstad AB";
    out.end_customer.address.country = Country::parse("SE");
    out.end_customer.website = WebAddress::parse("https://www.example.se/start");
    out.end_customer.tax_id = {.scheme = "0007", .value = "212000-0142"};
    out.project_name = "New hall";
    out.description = "Machines for the new hall";
    out.kind = "new_business";
    out.lines.push_back({{.product = "pending:erp/Product/4711",
                          .product_family = "machines",
                          .amount = Decimal(900),
                          .currency = Currency::parse("SEK")},
                         "1"});
    out.estimated_value = {.amount = Decimal(900), .currency = Currency::parse("SEK")};
    out.expected_close = Date::parse("2027-01-31");
    out.evidence.push_back({{.name = "Minutes", .file = "deals/1/minutes.pdf"}, "1"});
    out.status = "approved";
    out.decision = {.by = "bo",
                    .at = parse_iso8601("2026-11-21T09:00:00Z"),
                    .benefit = {.extra_discount = Percent{Decimal(5)}}};
    out.protection = {.start = Date::parse("2026-11-21"), .end = Date::parse("2027-02-19")};
    out.first_valid_at = parse_iso8601("2026-11-20T09:00:00Z");
    return out;
  }

  static Territory territory() {
    Territory out;
    out.code = "SE-S";
    out.name = "Southern Sweden";
    out.include.push_back(
        {{.country = Country::parse("SE"), .postal_range = {.from = "200 00", .to = "299 99"}},
         "1"});
    out.exclude.push_back({{.country = Country::parse("SE"), .account = kId}, "1"});
    out.exclusivity = "limited";
    out.max_partners = 2;
    out.valid = {.start = Date::parse("2026-01-01")};
    out.status = "active";
    return out;
  }

  static constexpr std::string_view kId = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
};

TEST_F(Deals, AnOpportunitySurvivesJson) { survives_json(opportunity()); }

TEST_F(Deals, AnOpportunityIsWorkedByItsSellersAndReopenedByFew) {
  EXPECT_EQ(step<Opportunity>("qualification", "development", Actor::PartnerEmployee), "");
  EXPECT_EQ(step<Opportunity>("qualification", "won", Actor::VendorSales), "");
  EXPECT_EQ(step<Opportunity>("qualification", "proposal", Actor::VendorSales),
            "invalid_transition");
  EXPECT_EQ(step<Opportunity>("won", "lost", Actor::VendorSales), "invalid_transition");
  EXPECT_EQ(step<Opportunity>("lost", "reopened", Actor::PartnerManager), "");
  EXPECT_EQ(step<Opportunity>("lost", "reopened", Actor::PartnerEmployee), "forbidden_actor");
  EXPECT_EQ(step<Opportunity>("proposal", "lost", Actor::VendorSales), "reason_missing");
  EXPECT_EQ(step<Opportunity>("proposal", "lost", Actor::VendorSales, "price"), "");
}

TEST_F(Deals, AStageTakenBackIsNotALoss) {
  const StateMachine& states = *type_of<Opportunity>()->states();
  EXPECT_THAT(states.shortest_path("negotiation", "qualification"), ElementsAre("qualification"));
  EXPECT_THAT(states.shortest_path("lost", "negotiation"), ElementsAre("reopened", "negotiation"));
}

TEST_F(Deals, AnOpportunityIsWorthTheSumOfItsLines) {
  Opportunity sample = opportunity();
  sample.lines[1].amount = Decimal(299);
  EXPECT_THAT(breaches<Opportunity>(to_fields(sample)),
              ElementsAre("amount.amount sum_of_lines: "
                          "is 1500.75, the lines add up to 1499.75 SEK"));
}

TEST_F(Deals, LinesThatCannotBeAddedUpAreNotJudged) {
  Opportunity sample = opportunity();
  sample.lines[1].amount.reset();
  EXPECT_THAT(breaches<Opportunity>(to_fields(sample)), IsEmpty()) << "a line without an amount";
  sample = opportunity();
  sample.lines[1].currency = Currency::parse("EUR");
  EXPECT_THAT(breaches<Opportunity>(to_fields(sample)), IsEmpty()) << "two currencies";
  sample = opportunity();
  sample.lines.clear();
  EXPECT_THAT(breaches<Opportunity>(to_fields(sample)), IsEmpty()) << "no lines";
}

TEST_F(Deals, APriceHasACurrency) {
  Opportunity sample = opportunity();
  sample.lines[1].currency.reset();
  sample.lines[1].amount.reset();
  sample.lines[1].price = Decimal(3);
  EXPECT_THAT(breaches<Opportunity>(to_fields(sample)),
              ElementsAre("lines[2].currency currency: is missing beside its amount"));
}

TEST_F(Deals, AProbabilityIsAShareOfAHundred) {
  EXPECT_THAT(breaches<Opportunity>({{"probability", "120.5"}}),
              ElementsAre("probability probability: is 120.5 %, not between 0 and 100"));
  EXPECT_THAT(breaches<Opportunity>({{"probability", "-1"}}),
              ElementsAre("probability probability: is -1 %, not between 0 and 100"));
  EXPECT_THAT(breaches<Opportunity>({{"probability", "100"}}), IsEmpty());
}

TEST_F(Deals, AnIndirectOpportunityHasAPartnerInARole) {
  Opportunity sample = opportunity();
  sample.partner.reset();
  sample.partner_role.reset();
  EXPECT_THAT(missed<Opportunity>(to_fields(sample)),
              UnorderedElementsAre("partner partner", "partner_role partner_role"));
  sample.channel_kind = "direct";
  EXPECT_THAT(missed<Opportunity>(to_fields(sample)), IsEmpty());
}

TEST_F(Deals, ALostOpportunitySaysWhenAndWhy) {
  Opportunity sample = opportunity();
  sample.stage = "lost";
  EXPECT_THAT(missed<Opportunity>(to_fields(sample)),
              UnorderedElementsAre("closed_at closed_at", "lost_reason lost_reason"));
}

TEST_F(Deals, ADealRegistrationSurvivesJson) { survives_json(deal()); }

TEST_F(Deals, ADealIsSubmittedByThePartnerAndDecidedByTheVendor) {
  using Deal = DealRegistration;
  EXPECT_EQ(step<Deal>("draft", "submitted", Actor::PartnerEmployee), "");
  EXPECT_EQ(step<Deal>("draft", "approved", Actor::ChannelManager), "invalid_transition");
  EXPECT_EQ(step<Deal>("under_review", "approved", Actor::ChannelManager), "");
  EXPECT_EQ(step<Deal>("under_review", "approved", Actor::PartnerManager), "forbidden_actor");
  EXPECT_EQ(step<Deal>("under_review", "rejected", Actor::ChannelManager), "reason_missing");
  EXPECT_EQ(step<Deal>("under_review", "rejected", Actor::ChannelManager, "because"),
            "reason_missing");
  EXPECT_EQ(step<Deal>("under_review", "rejected", Actor::ChannelManager, "named_account"), "");
  EXPECT_EQ(step<Deal>("approved", "revoked", Actor::ChannelManager), "reason_missing");
  EXPECT_EQ(step<Deal>("approved", "revoked", Actor::ChannelManager, "no_activity"), "");
  EXPECT_EQ(step<Deal>("approved", "withdrawn", Actor::PartnerManager), "invalid_transition");
  EXPECT_EQ(step<Deal>("withdrawn", "submitted", Actor::PartnerManager), "invalid_transition");
  EXPECT_EQ(step<Deal>("expired", "submitted", Actor::PartnerManager), "");
}

TEST_F(Deals, AnExtensionLeavesTheDealApproved) {
  EXPECT_EQ(step<DealRegistration>("approved", "approved", Actor::ChannelManager), "");
  EXPECT_EQ(step<DealRegistration>("approved", "approved", Actor::PartnerManager),
            "forbidden_actor");
}

TEST_F(Deals, ADealIsWorthTheSumOfItsLines) {
  DealRegistration sample = deal();
  sample.estimated_value.amount = Decimal(901);
  EXPECT_THAT(breaches<DealRegistration>(to_fields(sample)),
              ElementsAre("estimated_value.amount sum_of_lines: "
                          "is 901, the lines add up to 900 SEK"));
  sample.lines[0].amount.reset();
  EXPECT_THAT(breaches<DealRegistration>(to_fields(sample)), IsEmpty());
}

TEST_F(Deals, AProtectionEndsAfterItBegins) {
  DealRegistration sample = deal();
  sample.protection.end = Date::parse("2026-11-20");
  EXPECT_THAT(breaches<DealRegistration>(to_fields(sample)),
              ElementsAre("protection.end order: is before protection.start"));
}

TEST_F(Deals, TheTaxNumberOfTheEndCustomerIsChecked) {
  DealRegistration sample = deal();
  sample.end_customer.tax_id.value = "212000-0143";
  EXPECT_THAT(breaches<DealRegistration>(to_fields(sample)),
              ElementsAre("end_customer.tax_id.value identifier: "
                          "is not a Swedish organisation number"));
}

TEST_F(Deals, ARejectionIsAppealedAgainstTwice) {
  Fields fields;
  const auto appeal = [&fields](const std::string& id) {
    fields["state_history[" + id + "].from"] = "rejected";
    fields["state_history[" + id + "].to"] = "submitted";
  };
  appeal("1");
  appeal("2");
  EXPECT_THAT(breaches<DealRegistration>(fields), IsEmpty());
  appeal("3");
  EXPECT_THAT(breaches<DealRegistration>(fields),
              ElementsAre("status appeals: was appealed against 3 times, at most 2 are heard"));
}

TEST_F(Deals, AProtectionIsExtendedTwice) {
  Fields fields;
  const auto extension = [&fields](const std::string& id, const char* day, const char* decision) {
    fields["extensions[" + id + "].requested_at"] = std::string(day) + "T10:00:00Z";
    if (*decision != '\0') fields["extensions[" + id + "].decision"] = decision;
  };
  extension("9", "2026-12-01", "approved");
  extension("1", "2027-01-01", "approved");
  extension("2", "2027-02-01", "rejected");
  extension("3", "2027-03-01", "");
  EXPECT_THAT(breaches<DealRegistration>(fields), IsEmpty()) << "refused and open ones are none";
  extension("3", "2027-03-01", "approved");
  const auto third = ElementsAre(
      "extensions[3].decision extensions: is the approval of 3 extensions, at most 2 are granted");
  EXPECT_THAT(breaches<DealRegistration>(fields), third);
  extension("5", "2026-11-25", "rejected");
  fields.erase("extensions[1].requested_at");
  EXPECT_THAT(breaches<DealRegistration>(fields), third) << "the latest is named";
}

TEST_F(Deals, AThirdAppealIsNotHeard) {
  const auto type = type_of<DealRegistration>();
  const auto random = seeded_random(1);
  const StateStep step{.actor = Actor::PartnerManager,
                       .by = "anna",
                       .at = parse_iso8601("2026-11-21T10:00:00Z").value()};
  Fields fields{{"status", "rejected"}};
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(move_to(*type, fields, "submitted", step, *random));
    set(fields, "status", "rejected");
  }
  const Fields before = fields;
  const auto third = move_to(*type, fields, "submitted", step, *random);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code(), ErrorCode::Invalid);
  EXPECT_THAT(told(third.error().problems()),
              ElementsAre("status appeals: was appealed against 3 times, at most 2 are heard"));
  EXPECT_EQ(fields, before);
}

TEST_F(Deals, AFaultOfLongAgoDoesNotHoldADealWhereItIs) {
  const auto type = type_of<DealRegistration>();
  const auto random = seeded_random(1);
  Fields fields{
      {"status", "draft"}, {"protection.start", "2026-02-01"}, {"protection.end", "2026-01-31"}};
  EXPECT_TRUE(move_to(*type, fields, "withdrawn",
                      {.actor = Actor::PartnerManager,
                       .by = "anna",
                       .at = parse_iso8601("2026-11-21T10:00:00Z").value()},
                      *random));
}

TEST_F(Deals, ADraftNeedsLessThanADecidedDeal) {
  DealRegistration sample = deal();
  sample.submitted.at.reset();
  sample.decision = {};
  sample.protection = {};
  sample.first_valid_at.reset();
  sample.status = "draft";
  EXPECT_THAT(missed<DealRegistration>(to_fields(sample)), IsEmpty());
  sample.status = "submitted";
  EXPECT_THAT(missed<DealRegistration>(to_fields(sample)),
              ElementsAre("submitted.at submitted_at"));
  sample.status = "approved";
  EXPECT_THAT(missed<DealRegistration>(to_fields(sample)),
              UnorderedElementsAre("submitted.at submitted_at", "first_valid_at first_valid_at",
                                   "decision.by decided_by", "decision.at decided_at",
                                   "protection.end protection"));
}

TEST_F(Deals, SomeStatesSayWhyAndWhatCameOfIt) {
  DealRegistration sample = deal();
  sample.status = "rejected";
  EXPECT_THAT(missed<DealRegistration>(to_fields(sample)),
              ElementsAre("decision.reason reject_reason"));
  sample.status = "revoked";
  EXPECT_THAT(missed<DealRegistration>(to_fields(sample)),
              ElementsAre("status_reason status_reason"));
  sample.status = "converted_won";
  EXPECT_THAT(missed<DealRegistration>(to_fields(sample)), ElementsAre("opportunity opportunity"));
}

TEST_F(Deals, TheEndCustomerIsARecordOrANameInACountry) {
  DealRegistration sample = deal();
  sample.end_customer = {};
  sample.estimated_value = {};
  EXPECT_THAT(missed<DealRegistration>(to_fields(sample)),
              UnorderedElementsAre("end_customer.partner end_customer",
                                   "end_customer.partner end_customer_country",
                                   "estimated_value.amount estimated_value"));
  sample.end_customer.partner = kId;
  EXPECT_THAT(missed<DealRegistration>(to_fields(sample)),
              ElementsAre("estimated_value.amount estimated_value"));
}

TEST_F(Deals, OneApprovedDealProtectsACustomersProductFamily) {
  DealRegistration sample = deal();
  EXPECT_THAT(key<DealRegistration>("approved_deal", to_fields(sample)),
              ElementsAre("0007:2120000142/machines", "web:example.se/machines",
                          "name:exempel verkstad ab/SE/machines"));
  sample.end_customer = {};
  sample.end_customer.partner = kId;
  sample.lines[0].product_family.reset();
  EXPECT_THAT(key<DealRegistration>("approved_deal", to_fields(sample)),
              ElementsAre("partner:" + std::string(kId) + "/pending:erp/Product/4711"));
  sample.shared = true;
  EXPECT_THAT(key<DealRegistration>("approved_deal", to_fields(sample)), IsEmpty());
  sample.shared = false;
  sample.status = "expired";
  EXPECT_THAT(key<DealRegistration>("approved_deal", to_fields(sample)), IsEmpty());
}

TEST_F(Deals, ATerritorySurvivesJson) { survives_json(territory()); }

TEST_F(Deals, ATerritoryIsOpenedAndRetiredByTheVendor) {
  EXPECT_EQ(step<Territory>("draft", "active", Actor::ChannelManager), "");
  EXPECT_EQ(step<Territory>("active", "retired", Actor::PartnerManager), "forbidden_actor");
  EXPECT_EQ(step<Territory>("retired", "active", Actor::ChannelManager), "invalid_transition");
}

TEST_F(Deals, ATerritoryHasRoomForAsManyPartnersAsItSays) {
  EXPECT_THAT(breaches<Territory>({{"max_partners", "0"}}),
              ElementsAre("max_partners max_partners: "
                          "is 0, a territory has room for one partner at least"));
  EXPECT_THAT(breaches<Territory>({{"max_partners", "2"}, {"exclusivity", "exclusive"}}),
              ElementsAre("max_partners max_partners: "
                          "is 2, an exclusive territory has one partner"));
  EXPECT_THAT(breaches<Territory>({{"valid.start", "2026-02-01"}, {"valid.end", "2026-01-31"}}),
              ElementsAre("valid.end order: is before valid.start"));
  Territory sample = territory();
  sample.max_partners.reset();
  EXPECT_THAT(missed<Territory>(to_fields(sample)), ElementsAre("max_partners max_partners"));
  sample.exclusivity = "none";
  EXPECT_THAT(missed<Territory>(to_fields(sample)), IsEmpty());
}

TEST_F(Deals, ATerritoryIsNotPartOfItself) {
  EXPECT_THAT(type_of<Territory>()->rules().acyclic, ElementsAre("parent"));
}

TEST_F(Deals, NumbersAndCodesAreGivenOnce) {
  EXPECT_THAT(key<Opportunity>("number", {{"number", "O-1"}}), ElementsAre("O-1"));
  EXPECT_THAT(key<DealRegistration>("number", {{"number", "D-1"}}), ElementsAre("D-1"));
  EXPECT_THAT(key<Territory>("code", {{"code", "SE"}}), ElementsAre("SE"));
}

}  // namespace
}  // namespace channelbridge::model
