#include "channelbridge/model/contract.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channelbridge/model/partner_program.hpp"
#include "entity_test.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Contracts : public EntityTest {
 protected:
  static Contract contract() {
    Contract out;
    out.number = "C-1";
    out.kind = "subscription";
    out.partner = "pending:crm/Account/7";
    out.customer = kId;
    out.start = Date::parse("2026-01-01");
    out.end = Date::parse("2026-12-31");
    out.term = 12;
    out.notice_days = 30;
    out.auto_renew = false;
    out.status = "active";
    return out;
  }

  static Subscription subscription() {
    Subscription out;
    out.contract = kId;
    out.line = 10;
    out.product = "pending:erp/Product/4711";
    out.quantity = {.value = Decimal(25), .unit = Unit::parse("C62")};
    out.start = Date::parse("2026-01-01");
    out.end = Date::parse("2026-12-31");
    out.net_price = Decimal(12345678, 6);
    out.currency = Currency::parse("EUR");
    out.uplift_pct = Percent{Decimal(35, 1)};
    out.status = "active";
    out.licence = "AAAA-BBBB";
    return out;
  }

  static Renewal renewal() {
    Renewal out;
    out.contract = kId;
    out.due_date = Date::parse("2026-12-31");
    out.quote = "pending:crm/Quote/5";
    out.stage = "awaiting_partner";
    out.partner = "pending:crm/Account/7";
    out.uplift_pct = Percent{Decimal(35, 1)};
    return out;
  }

  static constexpr std::string_view kId = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
};

TEST_F(Contracts, AContractSurvivesJson) { survives_json(contract()); }

TEST_F(Contracts, AContractIsApprovedRunsOutAndIsRenewedOrEnds) {
  EXPECT_EQ(step<Contract>("draft", "in_approval", Actor::VendorSales), "");
  EXPECT_EQ(step<Contract>("draft", "active", Actor::ChannelManager), "invalid_transition");
  EXPECT_EQ(step<Contract>("in_approval", "active", Actor::PartnerManager), "forbidden_actor");
  EXPECT_EQ(step<Contract>("active", "expiring", Actor::System), "");
  EXPECT_EQ(step<Contract>("expiring", "terminated", Actor::VendorAdmin), "");
  EXPECT_EQ(step<Contract>("active", "terminated", Actor::ChannelManager), "");
  EXPECT_EQ(step<Contract>("active", "terminated", Actor::PartnerManager), "forbidden_actor");
  EXPECT_EQ(step<Contract>("expired", "renewed", Actor::System), "invalid_transition");
}

TEST_F(Contracts, AContractBeginsBeforeItEnds) {
  EXPECT_THAT(breaches<Contract>({{"start", "2026-02-01"}, {"end", "2026-01-31"}}),
              ElementsAre("end order: is before start"));
  EXPECT_THAT(breaches<Subscription>({{"start", "2026-02-01"}, {"end", "2026-01-31"}}),
              ElementsAre("end order: is before start"));
}

TEST_F(Contracts, FirstAndLastDayMoveTogether) {
  EXPECT_EQ(type_of<Contract>()->group_of("start"), "period");
  EXPECT_EQ(type_of<Contract>()->group_of("end"), "period");
  EXPECT_EQ(type_of<Subscription>()->group_of("end"), "period");
}

TEST_F(Contracts, APriceStaysWithItsCurrency) {
  EXPECT_EQ(type_of<Subscription>()->group_of("net_price"), "net_price");
  EXPECT_EQ(type_of<Subscription>()->group_of("currency"), "net_price");
}

TEST_F(Contracts, APriceHasACurrency) {
  Fields fields = to_fields(subscription());
  fields.erase("currency");
  EXPECT_THAT(breaches<Subscription>(fields),
              ElementsAre("currency currency: is missing beside its amount"));
}

TEST_F(Contracts, OnlyAnAgreementWithThePartnerHasNoCustomer) {
  Contract sample = contract();
  sample.customer.reset();
  EXPECT_THAT(missed<Contract>(to_fields(sample)), ElementsAre("customer customer"));
  sample.kind = "partner_agreement";
  EXPECT_THAT(missed<Contract>(to_fields(sample)), IsEmpty());
}

TEST_F(Contracts, AnAmendmentDoesNotAmendItself) {
  EXPECT_THAT(type_of<Contract>()->rules().acyclic, ElementsAre("amendment_of"));
}

TEST_F(Contracts, ASubscriptionSurvivesJson) { survives_json(subscription()); }

TEST_F(Contracts, ASubscriptionHasAQuantityAndAPrice) {
  Subscription sample = subscription();
  sample.quantity = {};
  sample.net_price.reset();
  EXPECT_THAT(missed<Subscription>(to_fields(sample)),
              UnorderedElementsAre("quantity.value quantity", "net_price net_price"));
}

TEST_F(Contracts, SubscriptionsOfALineDoNotBeginOnOneDay) {
  Subscription sample = subscription();
  EXPECT_THAT(key<Subscription>("line_start", to_fields(sample)),
              ElementsAre(std::string(kId) + "/10/2026-01-01"));
  sample.line.reset();
  EXPECT_THAT(key<Subscription>("line_start", to_fields(sample)), IsEmpty());
}

TEST_F(Contracts, ARenewalSurvivesJson) { survives_json(renewal()); }

TEST_F(Contracts, ARenewalWaitsForThePartnersWord) {
  EXPECT_EQ(step<Renewal>("scheduled", "quoted", Actor::System), "");
  EXPECT_EQ(step<Renewal>("awaiting_partner", "approved", Actor::PartnerEmployee), "");
  EXPECT_EQ(step<Renewal>("awaiting_partner", "approved", Actor::System), "forbidden_actor");
  EXPECT_EQ(step<Renewal>("quoted", "approved", Actor::PartnerManager), "invalid_transition");
  EXPECT_EQ(step<Renewal>("awaiting_partner", "churned", Actor::PartnerManager), "reason_missing");
  EXPECT_EQ(step<Renewal>("awaiting_partner", "churned", Actor::PartnerManager, "price"), "");
  EXPECT_EQ(step<Renewal>("awaiting_partner", "escalated", Actor::System), "");
  EXPECT_EQ(step<Renewal>("escalated", "approved", Actor::PartnerManager), "");
}

TEST_F(Contracts, ARenewalBeyondItsScheduleHasAQuote) {
  Renewal sample = renewal();
  sample.quote.reset();
  EXPECT_THAT(missed<Renewal>(to_fields(sample)), ElementsAre("quote quote"));
  sample.stage = "scheduled";
  EXPECT_THAT(missed<Renewal>(to_fields(sample)), IsEmpty());
}

TEST_F(Contracts, AContractHasOneOpenRenewal) {
  EXPECT_THAT(key<Renewal>("open_renewal", {{"contract", "c"}, {"stage", "quoted"}}),
              ElementsAre("c"));
  EXPECT_THAT(key<Renewal>("open_renewal", {{"contract", "c"}, {"stage", "churned"}}), IsEmpty());
  EXPECT_THAT(key<Renewal>("open_renewal", {{"contract", "c"}, {"stage", "closed_renewed"}}),
              IsEmpty());
}

TEST_F(Contracts, AProgrammeAndItsTiersSurviveJson) {
  PartnerProgram program;
  program.code = "GOLD";
  program.name = "Gold partners";
  program.period = {.start = Date::parse("2026-01-01")};
  program.partner_types.push_back({{"reseller"}, "1"});
  program.participants.push_back(
      {{.partner = kId, .valid = {.start = Date::parse("2026-02-01")}}, "2"});
  survives_json(program);

  ProgramTier tier;
  tier.program = kId;
  tier.name = "Gold";
  tier.rank = 2;
  tier.requirements.push_back({{.metric = "revenue",
                                .op = "ge",
                                .value = Decimal(500000),
                                .currency = Currency::parse("EUR"),
                                .period = "year"},
                               "1"});
  tier.benefits = {.base_margin = Percent{Decimal(25)}, .lead_priority = 1};
  survives_json(tier);
}

TEST_F(Contracts, AProgrammeBeginsBeforeItEnds) {
  EXPECT_THAT(
      breaches<PartnerProgram>({{"period.start", "2026-02-01"}, {"period.end", "2026-01-31"}}),
      ElementsAre("period.end order: is before period.start"));
  EXPECT_THAT(missed<PartnerProgram>({{"code", "A"}, {"name", "A"}}),
              UnorderedElementsAre("partner_types required", "period.start period"));
}

TEST_F(Contracts, TheLowestRankIsOneAndEachIsGivenOnceInAProgramme) {
  EXPECT_THAT(breaches<ProgramTier>({{"rank", "0"}}),
              ElementsAre("rank rank: is 0, the lowest rank is 1"));
  EXPECT_THAT(key<ProgramTier>("rank_in_program", {{"program", "p"}, {"rank", "2"}}),
              ElementsAre("p/2"));
  EXPECT_THAT(key<ProgramTier>("rank_in_program", {{"rank", "2"}}), IsEmpty());
}

TEST_F(Contracts, NumbersAndCodesAreGivenOnce) {
  EXPECT_THAT(key<Contract>("number", {{"number", "C-1"}}), ElementsAre("C-1"));
  EXPECT_THAT(key<PartnerProgram>("code", {{"code", "GOLD"}}), ElementsAre("GOLD"));
}

}  // namespace
}  // namespace channelbridge::model
