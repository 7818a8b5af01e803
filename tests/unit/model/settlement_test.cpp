#include "channelbridge/model/settlement.hpp"

#include "channelbridge/model/network.hpp"
#include "entity_test.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Settlements : public EntityTest {
 protected:
  static Settlement sample() {
    Settlement out;
    out.number = "S-1";
    out.partner = "pending:crm/Account/7";
    out.method = "credit_memo";
    out.members.push_back({{.claim = "pending:crm/Claim/1", .amount = Decimal(800)}, "1"});
    out.members.push_back(
        {{.commission = "pending:crm/Commission/1", .amount = Decimal(200)}, "2"});
    out.currency = Currency::parse("EUR");
    out.net = Decimal(800);
    out.tax = Decimal(200);
    out.gross = Decimal(1000);
    out.fx_rate = Decimal(1125, 2);
    out.gl_postings.push_back({{.account = "660000",
                                .cost_centre = "4711",
                                .debit = Decimal(800),
                                .doc_no = "1900000001"},
                               "1"});
    out.gl_postings.push_back(
        {{.account = "157600", .debit = Decimal(200), .doc_no = "1900000001"}, "2"});
    out.gl_postings.push_back(
        {{.account = "330000", .credit = Decimal(1000), .doc_no = "1900000001"}, "3"});
    out.fund_number = "F-2026-01";
    out.due_date = Date::parse("2026-05-31");
    out.value_date = Date::parse("2026-05-30");
    out.bank_ref = "RF18";
    out.erp_document = "1900000001";
    out.status = "posted";
    return out;
  }

  /// What these settlements contradict each other in, by the number of each as its id.
  static std::vector<std::string> contradictions(const std::vector<Fields>& settlements) {
    const auto check = NetworkCheck::of("settlement");
    for (const Fields& fields : settlements) check->add(*get(fields, "number"), fields);
    std::vector<std::string> out;
    for (const Contradiction& each : check->contradictions()) {
      EXPECT_EQ(each.entity, "settlement");
      out.push_back(each.rule + " " + each.record + " " + each.other + ": " + each.message);
    }
    return out;
  }

  static Fields of_claim(const char* number, const char* status, const char* claim,
                         const char* amount) {
    return {{"number", number},
            {"status", status},
            {"currency", "EUR"},
            {"members[1].claim", claim},
            {"members[1].amount", amount}};
  }
};

TEST_F(Settlements, SurviveJson) { survives_json(sample()); }

TEST_F(Settlements, AreSentPostedAndPaid) {
  EXPECT_EQ(step<Settlement>("created", "sent_to_erp", Actor::Finance), "");
  EXPECT_EQ(step<Settlement>("sent_to_erp", "posted", Actor::System), "");
  EXPECT_EQ(step<Settlement>("posted", "paid", Actor::System), "");
  EXPECT_EQ(step<Settlement>("created", "sent_to_erp", Actor::PartnerManager), "forbidden_actor");
  EXPECT_EQ(step<Settlement>("created", "paid", Actor::Finance), "invalid_transition");
  EXPECT_EQ(step<Settlement>("paid", "posted", Actor::Finance), "invalid_transition");
}

TEST_F(Settlements, FailAndAreReversedForAReason) {
  EXPECT_EQ(step<Settlement>("sent_to_erp", "failed", Actor::System), "reason_missing");
  EXPECT_EQ(step<Settlement>("sent_to_erp", "failed", Actor::System, "F5263"), "");
  EXPECT_EQ(step<Settlement>("failed", "created", Actor::Finance), "");
  EXPECT_EQ(step<Settlement>("posted", "reversed", Actor::Finance), "reason_missing");
  EXPECT_EQ(step<Settlement>("posted", "reversed", Actor::Finance, "wrong_rate"), "");
  EXPECT_EQ(step<Settlement>("posted", "reversed", Actor::System, "wrong_rate"), "forbidden_actor");
  EXPECT_EQ(step<Settlement>("paid", "reversed", Actor::System), "reason_missing");
  for (const Actor actor : {Actor::Finance, Actor::System})
    EXPECT_EQ(step<Settlement>("paid", "reversed", actor, "wrong_rate"), "") << "it bounced";
  EXPECT_EQ(step<Settlement>("paid", "reversed", Actor::PartnerManager, "wrong_rate"),
            "forbidden_actor");
}

TEST_F(Settlements, AreTheSumOfTheirMembersTheTaxIncluded) {
  Fields fields = to_fields(sample());
  set(fields, "gross", "1001");
  EXPECT_THAT(breaches<Settlement>(fields),
              ElementsAre("gross gross_total: is 1001.00, but net 800.00 + tax 200.00 = 1000.00, a "
                          "difference of 1.00",
                          "gross members_total: is 1001.00, but the sum of members[].amount of 2 "
                          "elements = 1000.00, a difference of 1.00"));
  set(fields, "tax", std::nullopt);
  set(fields, "members[1].amount", std::nullopt);
  EXPECT_THAT(breaches<Settlement>(fields), IsEmpty());
}

TEST_F(Settlements, AreBookedInBalance) {
  Fields fields = to_fields(sample());
  set(fields, "gl_postings[3].credit", "999");
  EXPECT_THAT(breaches<Settlement>(fields),
              ElementsAre("gl_postings gl_balance: have debit 1000.00 and credit 999.00 in 3 "
                          "postings, a difference of 1.00"));
}

TEST_F(Settlements, AMemberIsAClaimOrACommission) {
  Fields fields = to_fields(sample());
  set(fields, "members[2].claim", "pending:crm/Claim/2");
  EXPECT_THAT(breaches<Settlement>(fields),
              ElementsAre("members[2].commission one_member: is pending:crm/Commission/1, beside "
                          "claim pending:crm/Claim/2"));
  set(fields, "members[2].claim", std::nullopt);
  set(fields, "members[2].commission", std::nullopt);
  EXPECT_THAT(missed<Settlement>(fields), ElementsAre("members[].claim member"));
}

TEST_F(Settlements, WithAmountsNeedACurrencyAndARateAboveZero) {
  EXPECT_THAT(breaches<Settlement>({{"gl_postings[1].debit", "0"}, {"members[1].amount", "2"}}),
              ElementsAre("currency currency_missing: is missing beside gl_postings[1].debit and 1 "
                          "more"));
  EXPECT_THAT(breaches<Settlement>({{"fx_rate", "-1"}}),
              ElementsAre("fx_rate fx_rate: is -1, not above 0"));
}

TEST_F(Settlements, AreUniqueByTheirNumber) {
  EXPECT_THAT(key<Settlement>("number", to_fields(sample())), ElementsAre("S-1"));
}

TEST_F(Settlements, StayAsTheyWereSent) {
  const auto locked = type_of<Settlement>()->rules().locked;
  Fields before = to_fields(sample());
  Fields after = before;
  set(after, "gross", "900");
  set(after, "members[1].amount", "700");
  for (const char* path : {"bank_ref", "erp_document", "gl_postings[1].cost_centre"})
    set(after, path, "x");
  set(after, "value_date", "2026-06-01");
  set(after, "status", "paid");
  for (const char* sent : {"sent_to_erp", "posted", "paid", "reversed"}) {
    set(before, "status", sent);
    const std::string reason = "the settlement is " + std::string(sent) + " over 1000 EUR";
    EXPECT_THAT(told(locked(before, after)),
                ElementsAre("gross locked: cannot be changed: " + reason,
                            "members[1].amount locked: cannot be changed: " + reason));
  }
  for (const char* open : {"created", "failed"}) {
    set(before, "status", open);
    EXPECT_THAT(told(locked(before, after)), SizeIs(2)) << "what is paid was known otherwise";
    Fields still_open = after;
    set(still_open, "status", "created");
    EXPECT_THAT(locked(before, still_open), IsEmpty()) << open;
  }
}

TEST_F(Settlements, AClaimIsInOneThatIsOpen) {
  const Fields first = of_claim("S-1", "created", "c", "800");
  EXPECT_THAT(contradictions({first, of_claim("S-2", "posted", "c", "500")}),
              ElementsAre("open_settlements S-1 S-2: S-1 (created, 800 EUR) and S-2 (posted, 500 "
                          "EUR) both settle claim c"));
  EXPECT_THAT(contradictions({first, of_claim("S-2", "posted", "d", "500")}), IsEmpty());
  for (const char* over : {"paid", "reversed"})
    EXPECT_THAT(contradictions({first, of_claim("S-2", over, "c", "500")}), IsEmpty()) << over;
  EXPECT_THAT(contradictions({first, of_claim("S-2", "failed", "c", "500"),
                              of_claim("S-3", "sent_to_erp", "c", "1")})
                  .size(),
              3U);
}

TEST_F(Settlements, ACommissionToo) {
  const auto of_commission = [](const char* number) {
    return Fields{{"number", number}, {"status", "created"}, {"members[1].commission", "k"}};
  };
  EXPECT_THAT(contradictions({of_commission("S-1"), of_commission("S-2")}),
              ElementsAre("open_settlements S-1 S-2: S-1 (created, an unknown amount) and S-2 "
                          "(created, an unknown amount) both settle commission k"));
}

}  // namespace
}  // namespace channelbridge::model
