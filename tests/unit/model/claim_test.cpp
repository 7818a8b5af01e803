#include "channelbridge/model/claim.hpp"

#include "entity_test.hpp"
#include "fund_rules_internal.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Claims : public EntityTest {
 protected:
  static Claim sample() {
    Claim out;
    out.number = "C-1";
    out.kind = "reimbursement";
    out.request = "pending:crm/FundRequest/1";
    out.fund = "pending:crm/Fund/1";
    out.partner = "pending:crm/Account/7";
    out.budget = "pending:crm/Budget/1";
    out.currency = Currency::parse("EUR");
    out.claimed_amount = Decimal(900);
    out.eligible_amount = Decimal(1800);
    out.approved_amount = Decimal(800);
    out.fx = {.currency = Currency::parse("SEK"),
              .rate = Decimal(1125, 2),
              .date = Date::parse("2026-03-31"),
              .source = "Riksbanken",
              .approved_amount = Decimal(9000)};
    out.activity_period = {.start = Date::parse("2026-03-01"), .end = Date::parse("2026-03-31")};
    out.performed_on = {.start = Date::parse("2026-03-05"), .end = Date::parse("2026-03-06")};
    out.lines.push_back({{.no = 1,
                          .expense_type = "stand",
                          .description = "Stand of 12 square metres",
                          .invoice = {.no = "F-77", .date = Date::parse("2026-03-10")},
                          .vendor_name = "Messe Lund AB",
                          .net = Decimal(1000),
                          .tax = Decimal(250),
                          .claimed = Decimal(500),
                          .share_pct = Percent{Decimal(50)},
                          .approved = Decimal(500),
                          .decision = "accepted"},
                         "a"});
    out.lines.push_back({{.no = 2,
                          .expense_type = "catering",
                          .invoice = {.no = "4711"},
                          .vendor_name = "Kock & Co",
                          .net = Decimal(800),
                          .claimed = Decimal(400),
                          .share_pct = Percent{Decimal(50)},
                          .approved = Decimal(300),
                          .decision = "accepted_with_changes",
                          .reason = "over_limit"},
                         "b"});
    out.required_evidence.push_back({{.evidence_type = "photo", .min_count = 2}, "1"});
    out.required_evidence.push_back({{.evidence_type = "invoice"}, "2"});
    out.evidence.push_back({{.evidence_type = "photo", .file = "1.jpg", .hash = "h1"}, "e1"});
    out.evidence.push_back({{.evidence_type = "photo", .file = "2.jpg", .hash = "h2"}, "e2"});
    out.evidence.push_back({{.evidence_type = "invoice",
                             .file = "f77.pdf",
                             .hash = "h3",
                             .uploaded_by = "eva",
                             .at = parse_iso8601("2026-04-01T10:00:00Z"),
                             .verdict = "accepted"},
                            "e3"});
    out.tax_treatment = "not_reimbursable";
    out.settlement_preference = "credit_memo";
    out.decisions.push_back({{.by = "bo",
                              .at = parse_iso8601("2026-04-10T10:00:00Z"),
                              .decision = "partially_approved",
                              .amount = Decimal(800),
                              .comment = "Dinner for fewer guests"},
                             "d"});
    out.status = "partially_approved";
    return out;
  }

  /// The sample with other values, without its conversion.
  static std::vector<std::string> breaches_with(const Fields& other) {
    Fields fields = to_fields(sample());
    std::erase_if(fields, [](const auto& field) { return field.first.starts_with("fx."); });
    for (const auto& [path, value] : other) set(fields, path, value);
    return breaches<Claim>(fields);
  }

  /// What refuses the approval of the sample with other values; an empty one is none.
  static std::vector<std::string> approved_with(const std::map<std::string, std::string>& other) {
    Fields fields = to_fields(sample());
    set(fields, "status", "under_review");
    for (const auto& [path, value] : other)
      set(fields, path, value.empty() ? Value() : Value(value));
    return move<Claim>(fields, "partially_approved", Actor::ChannelMarketing);
  }

  static Fields with_status(const char* status) {
    Fields fields = to_fields(sample());
    set(fields, "status", status);
    return fields;
  }
};

TEST_F(Claims, SurviveJson) { survives_json(sample()); }

TEST_F(Claims, AreSubmittedByThePartnerCheckedAndReviewedByTheVendor) {
  EXPECT_EQ(step<Claim>("draft", "submitted", Actor::PartnerManager), "");
  EXPECT_EQ(step<Claim>("draft", "submitted", Actor::PartnerEmployee), "forbidden_actor");
  EXPECT_EQ(step<Claim>("submitted", "under_review", Actor::ChannelMarketing),
            "invalid_transition");
  EXPECT_EQ(step<Claim>("submitted", "pre_validated", Actor::System), "");
  EXPECT_EQ(step<Claim>("pre_validated", "under_review", Actor::ChannelMarketing), "");
  EXPECT_EQ(step<Claim>("under_review", "approved", Actor::ChannelMarketing), "");
  EXPECT_EQ(step<Claim>("under_review", "partially_approved", Actor::Finance), "");
  EXPECT_EQ(step<Claim>("under_review", "approved", Actor::PartnerManager), "forbidden_actor");
  EXPECT_EQ(step<Claim>("under_review", "rejected", Actor::Finance), "reason_missing");
  EXPECT_EQ(step<Claim>("under_review", "rejected", Actor::Finance, "no_proof"), "");
  EXPECT_EQ(step<Claim>("under_review", "returned", Actor::Finance, "no_proof"), "");
  EXPECT_EQ(step<Claim>("returned", "submitted", Actor::PartnerManager), "");
  EXPECT_EQ(step<Claim>("submitted", "withdrawn", Actor::PartnerManager), "");
  EXPECT_EQ(step<Claim>("approved", "withdrawn", Actor::PartnerManager), "invalid_transition");
}

TEST_F(Claims, AreReleasedByFinanceAndPaid) {
  for (const char* granted : {"approved", "partially_approved", "expired_approved"}) {
    EXPECT_EQ(step<Claim>(granted, "released_to_settle", Actor::Finance), "") << granted;
    EXPECT_EQ(step<Claim>(granted, "released_to_settle", Actor::ChannelMarketing),
              "forbidden_actor");
  }
  EXPECT_EQ(step<Claim>("released_to_settle", "settled", Actor::System), "");
  EXPECT_EQ(step<Claim>("settled", "paid", Actor::Finance), "");
  EXPECT_EQ(step<Claim>("approved", "paid", Actor::Finance), "invalid_transition");
}

TEST_F(Claims, AreCorrectedForAReason) {
  EXPECT_EQ(step<Claim>("approved", "corrected", Actor::Finance), "reason_missing");
  EXPECT_EQ(step<Claim>("approved", "corrected", Actor::Finance, "currency"), "");
  EXPECT_EQ(step<Claim>("settled", "corrected", Actor::Finance, "currency"), "");
  EXPECT_EQ(step<Claim>("paid", "corrected", Actor::System), "reason_missing");
  for (const Actor actor : {Actor::Finance, Actor::System})
    EXPECT_EQ(step<Claim>("paid", "corrected", actor, "currency"), "") << "its payment bounced";
  EXPECT_EQ(step<Claim>("paid", "corrected", Actor::ChannelMarketing, "currency"),
            "forbidden_actor");
  EXPECT_EQ(step<Claim>("paid", "settled", Actor::Finance), "invalid_transition");
}

TEST_F(Claims, WhoseFundHasExpiredAreLeftToFinance) {
  EXPECT_EQ(step<Claim>("approved", "expired_approved", Actor::System), "");
  EXPECT_EQ(step<Claim>("expired_approved", "rejected", Actor::Finance), "reason_missing");
  EXPECT_EQ(step<Claim>("expired_approved", "rejected", Actor::Finance, "outside_period"), "");
}

TEST_F(Claims, AreReleasedByAnotherPersonThanWhoApprovedThem) {
  Fields fields{{"status", "approved"},
                {"state_history[1].to", "approved"},
                {"state_history[1].at", "2026-11-20T10:00:00Z"},
                {"state_history[1].by", "anna"}};
  EXPECT_THAT(move<Claim>(fields, "released_to_settle", Actor::Finance),
              ElementsAre("status two_people: went to released_to_settle by anna, who had taken it "
                          "to approved: these are steps of two people"));
  set(fields, "state_history[1].by", "ANNA ");
  EXPECT_THAT(move<Claim>(fields, "released_to_settle", Actor::Finance), ::testing::SizeIs(1));
  set(fields, "state_history[1].by", "bo");
  EXPECT_THAT(move<Claim>(fields, "released_to_settle", Actor::Finance), IsEmpty());
}

TEST_F(Claims, ClaimAndGrantTheSumOfTheirLines) {
  EXPECT_THAT(breaches_with({{"claimed_amount", "950"}}),
              ElementsAre("claimed_amount claimed_total: is 950.00, but the sum of lines[].claimed "
                          "of 2 elements = 900.00, a difference of 50.00"));
  EXPECT_THAT(breaches_with({{"approved_amount", "801"}}),
              ElementsAre("approved_amount approved_total: is 801.00, but the sum of "
                          "lines[].approved of 2 elements = 800.00, a difference of 1.00"));
}

TEST_F(Claims, GrantNoMoreOfALineThanItClaims) {
  EXPECT_THAT(breaches_with({{"lines[a].approved", "501"}, {"approved_amount", "801"}}),
              ElementsAre("lines[a].approved approved_beyond_claimed: is 501.00, more than claimed "
                          "500.00, a difference of 1.00"));
}

TEST_F(Claims, ClaimTheVendorsShareOfTheNetAmount) {
  EXPECT_THAT(breaches_with({{"lines[a].claimed", "500.01"}, {"claimed_amount", "900.01"}}),
              ElementsAre("lines[a].claimed claimed_beyond_share: is 500.01, more than net 1000.00 "
                          "x share_pct 50 % = 500.00, a difference of 0.01"));
}

TEST_F(Claims, ClaimItsShareOfTheTaxWhereThatIsReimbursable) {
  const auto claims = [](const char* amount, const char* total) {
    return breaches_with({{"tax_treatment", "reimbursable"},
                          {"lines[a].claimed", amount},
                          {"claimed_amount", total}});
  };
  EXPECT_THAT(claims("625", "1025"), IsEmpty());
  EXPECT_THAT(
      claims("626", "1026"),
      ElementsAre("lines[a].claimed claimed_beyond_share: is 626.00, more than (net 1000.00 "
                  "+ tax 250.00) x share_pct 50 % = 625.00, a difference of 1.00"));
}

TEST_F(Claims, AreNotJudgedByWhatALineDoesNotState) {
  const Fields line{{"currency", "EUR"},
                    {"lines[a].net", "1000"},
                    {"lines[a].share_pct", "50"},
                    {"lines[a].claimed", "625"}};
  EXPECT_THAT(breaches<Claim>(line),
              ElementsAre("lines[a].claimed claimed_beyond_share: is 625.00, more than net 1000.00 "
                          "x share_pct 50 % = 500.00, a difference of 125.00"));
  Fields fields = line;
  set(fields, "lines[a].tax", "250");
  EXPECT_THAT(breaches<Claim>(fields), IsEmpty()) << "the tax may be reimbursable";
  fields = line;
  set(fields, "tax_treatment", "reimbursable");
  EXPECT_THAT(breaches<Claim>(fields), IsEmpty()) << "how much it is, nobody says";
  fields = line;
  set(fields, "lines[a].share_pct", std::nullopt);
  EXPECT_THAT(breaches<Claim>(fields), IsEmpty());
  fields = line;
  set(fields, "lines[a].net", std::nullopt);
  EXPECT_THAT(breaches<Claim>(fields), IsEmpty());
}

TEST_F(Claims, RoundTheShareToTheMinorUnit) {
  const auto claims = [](const char* amount) {
    return breaches<Claim>({{"currency", "JPY"},
                            {"lines[a].net", "101"},
                            {"lines[a].share_pct", "50"},
                            {"lines[a].claimed", amount}});
  };
  EXPECT_THAT(claims("51"), IsEmpty());
  EXPECT_THAT(claims("52"),
              ElementsAre("lines[a].claimed claimed_beyond_share: is 52, more than net 101 x "
                          "share_pct 50 % = 51, a difference of 1"));
  EXPECT_THAT(breaches<Claim>({{"lines[a].share_pct", "101"}}),
              ElementsAre("lines[a].share_pct share: is 101 %, not between 0 and 100"));
}

TEST_F(Claims, GrantNothingOfALineThatIsDenied) {
  EXPECT_THAT(
      breaches<Claim>(
          {{"currency", "EUR"}, {"lines[a].decision", "denied"}, {"lines[a].approved", "5"}}),
      ElementsAre("lines[a].approved denied: is 5, and the line is denied"));
  EXPECT_THAT(
      breaches<Claim>(
          {{"currency", "EUR"}, {"lines[a].decision", "denied"}, {"lines[a].approved", "0"}}),
      IsEmpty());
}

TEST_F(Claims, AreForWhatWasDoneInThePeriodOfTheActivity) {
  EXPECT_THAT(
      breaches_with({{"performed_on.start", "2026-02-28"}, {"performed_on.end", "2026-04-01"}}),
      ElementsAre("performed_on.start outside_period: is 2026-02-28, before the activity begins on "
                  "2026-03-01",
                  "performed_on.end outside_period: is 2026-04-01, after the activity ended on "
                  "2026-03-31"));
  EXPECT_THAT(
      breaches_with({{"performed_on.start", "2026-03-01"}, {"performed_on.end", "2026-03-31"}}),
      IsEmpty());
  EXPECT_THAT(breaches<Claim>({{"performed_on.start", "2026-03-02"},
                               {"performed_on.end", "2026-03-01"},
                               {"activity_period.start", "2026-03-01"}}),
              ElementsAre("performed_on.end order: is before performed_on.start"));
}

TEST_F(Claims, ClaimAnInvoiceOfASupplierOnce) {
  const Fields same{{"lines[b].vendor_name", "MESSE LUND"}, {"lines[b].invoice.no", "f 77"}};
  EXPECT_THAT(breaches_with(same),
              ElementsAre("lines[b].invoice.no duplicate_invoice: is f 77 of MESSE LUND, claimed "
                          "twice: line 1 claims 500, line 2 claims 400"));
  Fields denied = same;
  set(denied, "lines[b].decision", "denied");
  set(denied, "lines[b].approved", "0");
  set(denied, "approved_amount", "500");
  EXPECT_THAT(breaches_with(denied), IsEmpty());
  Fields rejected = same;
  set(rejected, "status", "rejected");
  EXPECT_THAT(breaches_with(rejected), IsEmpty());
}

TEST_F(Claims, ShareNoInvoiceOfASupplierWithAnotherClaim) {
  EXPECT_THAT(key<Claim>("supplier_invoice", to_fields(sample())),
              ElementsAre("kock/4711", "messelund/F77"));
  Claim claim = sample();
  claim.lines[0].decision = "denied";
  claim.lines.push_back({{.no = 3, .vendor_name = "Nobody"}, "c"});
  EXPECT_THAT(key<Claim>("supplier_invoice", to_fields(claim)), ElementsAre("kock/4711"));
  for (const char* off : {"rejected", "withdrawn", "corrected"})
    EXPECT_THAT(key<Claim>("supplier_invoice", with_status(off)), IsEmpty()) << off;
  EXPECT_THAT(key<Claim>("number", to_fields(sample())), ElementsAre("C-1"));
}

TEST_F(Claims, KnowASupplierByItsNameWithoutItsLegalForm) {
  for (const auto& [name, same] :
       std::map<std::string, std::string>{{"Exempel sp. z o.o.", "exempel"},
                                          {"EXEMPEL Sp. z oo", "exempel"},
                                          {"Exempel Spółka z o.o.", "exempel"},
                                          {"Müller GmbH & Co. KG", "müller"},
                                          {"MÜLLER", "müller"},
                                          {"Straße Inc.", "strasse"},
                                          {"Exempel AB (publ)", "exempel"},
                                          {"B&O A/S", "bo"},
                                          {"Exempel S.p.A.", "exempel"},
                                          {"北京展览有限公司", "北京展览"},
                                          {"Labab", "labab"},
                                          {"AB", "ab"}})
    EXPECT_EQ(company_key(name), same) << name;
}

TEST_F(Claims, AreApprovedWithAllTheProofThatIsAskedFor) {
  EXPECT_THAT(approved_with({}), IsEmpty());
  EXPECT_THAT(approved_with({{"evidence[e2].hash", "h1"}, {"evidence[e3].verdict", "rejected"}}),
              ElementsAre("evidence evidence: has 1 of 2 required of type photo",
                          "evidence evidence: has 0 of 1 required of type invoice"));
  Fields fields = to_fields(sample());
  set(fields, "evidence[e2].hash", "h1");
  EXPECT_THAT(breaches<Claim>(fields), IsEmpty()) << "another system approved it";
  EXPECT_THAT(missed<Claim>(fields), ElementsAre("evidence[].hash evidence"));
  set(fields, "status", "under_review");
  EXPECT_THAT(missed<Claim>(fields), IsEmpty());
}

TEST_F(Claims, LackWhatTheyOrTheirRequestAskFor) {
  const Fields claim{{"evidence[a].evidence_type", "photo"},         {"evidence[a].hash", "h1"},
                     {"evidence[b].evidence_type", "photo"},         {"evidence[b].hash", "h1"},
                     {"evidence[c].evidence_type", "invoice"},       {"evidence[c].hash", "h2"},
                     {"required_evidence[x].evidence_type", "photo"}};
  const Fields request{{"required_evidence[x].evidence_type", "photo"},
                       {"required_evidence[x].min_count", "2"},
                       {"required_evidence[y].evidence_type", "invoice"},
                       {"required_evidence[z].evidence_type", "report"}};
  EXPECT_THAT(lacking_evidence(claim), IsEmpty());
  EXPECT_THAT(lacking_evidence(claim, request),
              ElementsAre(LackingEvidence{.type = "photo", .required = Decimal(2), .there = 1},
                          LackingEvidence{.type = "report", .required = Decimal(1), .there = 0}));
}

TEST_F(Claims, SayWhyALineIsReduced) {
  EXPECT_THAT(approved_with({{"lines[b].reason", ""}}),
              ElementsAre("lines[b].reason adjust_reason: is empty, and 300 of 400 claimed are "
                          "approved"));
  Fields fields = to_fields(sample());
  set(fields, "lines[b].reason", std::nullopt);
  EXPECT_THAT(breaches<Claim>(fields), IsEmpty()) << "another system approved it";
  EXPECT_THAT(missed<Claim>(fields), ElementsAre("lines[].reason adjust_reason"));
}

TEST_F(Claims, AreConvertedAtARateThatSaysWhenceItIs) {
  Fields fields = to_fields(sample());
  set(fields, "fx.approved_amount", "9000.01");
  EXPECT_THAT(breaches<Claim>(fields),
              ElementsAre("fx.approved_amount fx: is 9000.01 SEK, but approved_amount 800 x rate "
                          "11.25 = 9000.00, a difference of 0.01"));
  EXPECT_THAT(breaches_with({{"fx.rate", "0"}}), ElementsAre("fx.rate fx: is 0, not above 0"));
  EXPECT_THAT(breaches_with({{"fx.currency", "EUR"}}),
              ElementsAre("fx.currency fx: is EUR, the claim's own currency"));
  for (const char* path : {"fx.currency", "fx.rate", "fx.date", "fx.source"})
    set(fields, path, std::nullopt);
  EXPECT_THAT(missed<Claim>(fields),
              UnorderedElementsAre("fx.currency fx_currency", "fx.rate fx_rate", "fx.date fx_date",
                                   "fx.source fx_source"));
}

TEST_F(Claims, SayWhatTheyStillNeed) {
  Fields fields = to_fields(sample());
  for (const char* path :
       {"request", "fund", "activity_period.end", "performed_on.start", "lines[b].invoice.no",
        "lines[b].approved", "eligible_amount", "approved_amount", "tax_treatment"})
    set(fields, path, std::nullopt);
  EXPECT_THAT(
      missed<Claim>(fields),
      UnorderedElementsAre("request request_or_fund", "activity_period.end activity_period",
                           "performed_on.start performed_on", "lines[].invoice.no supplier_invoice",
                           "lines[].approved line_approved", "eligible_amount eligible_amount",
                           "approved_amount approved_amount", "tax_treatment tax_treatment"));
}

TEST_F(Claims, OfALoweredPriceNameTheAgreementAndWhatWasSold) {
  Claim claim = sample();
  claim.kind = "special_bid";
  claim.activity_period = claim.performed_on = {};
  EXPECT_THAT(missed<Claim>(to_fields(claim)),
              UnorderedElementsAre("agreement agreement",
                                   "sell_through_lines[].report sell_through_lines"));
  claim.agreement = "pending:crm/Agreement/1";
  auto& sold = claim.sell_through_lines.emplace_back();
  sold.id = "1";
  sold.report = "pending:file/Report/1";
  sold.line = 3;
  EXPECT_THAT(missed<Claim>(to_fields(claim)), IsEmpty());
}

TEST_F(Claims, WithAmountsNeedACurrency) {
  EXPECT_THAT(breaches<Claim>({{"lines[1].net", "2"}, {"decisions[1].amount", "1"}}),
              ElementsAre("currency currency_missing: is missing beside decisions[1].amount and 1 "
                          "more"));
}

TEST_F(Claims, StayAsTheyWereDecided) {
  const auto locked = type_of<Claim>()->rules().locked;
  const Fields before = to_fields(sample());
  Fields after = before;
  set(after, "lines[b].approved", "400");
  set(after, "evidence[e3].hash", "h9");
  set(after, "decisions[x].decision", "approved");
  set(after, "status", "released_to_settle");
  set(after, "custom.seen", "true");
  EXPECT_THAT(told(locked(before, after)),
              ElementsAre("evidence[e3].hash locked: cannot be changed: the claim is "
                          "partially_approved, 800 EUR are approved",
                          "lines[b].approved locked: cannot be changed: the claim is "
                          "partially_approved, 800 EUR are approved"));
  for (const char* open : {"draft", "submitted", "pre_validated", "under_review", "returned"})
    EXPECT_THAT(locked(with_status(open), after), IsEmpty()) << open;
  for (const char* over : {"approved", "expired_approved", "released_to_settle", "settled", "paid",
                           "rejected", "withdrawn", "corrected"})
    EXPECT_EQ(locked(with_status(over), after).size(), 2U) << over;
}

TEST_F(Claims, TakeProofThatComesLateUntilTheyAreSettled) {
  const auto locked = type_of<Claim>()->rules().locked;
  const auto added = [](Fields fields, const std::string& hash) {
    set(fields, "evidence[e9].evidence_type", "photo");
    set(fields, "evidence[e9].file", "3.jpg");
    set(fields, "evidence[e9].hash", hash);
    return fields;
  };
  for (const char* granted :
       {"approved", "partially_approved", "expired_approved", "released_to_settle"})
    EXPECT_THAT(locked(with_status(granted), added(with_status(granted), "h9")), IsEmpty())
        << granted;
  for (const char* over : {"settled", "paid", "rejected", "withdrawn", "corrected"})
    EXPECT_EQ(locked(with_status(over), added(with_status(over), "h9")).size(), 3U) << over;

  const Fields before = to_fields(sample());
  EXPECT_EQ(locked(before, added(before, "h1")).size(), 3U) << "it is there as another proof";
  Fields without = before;
  std::erase_if(without, [](const auto& field) { return field.first.starts_with("evidence[e1]"); });
  EXPECT_EQ(locked(before, added(without, "h9")).size(), 3U) << "what was there stays";
  Fields judged = before;
  set(judged, "evidence[e1].verdict", "rejected");
  EXPECT_EQ(locked(before, judged).size(), 1U);
  // Its hash is known once it can be read.
  Fields unread = added(before, "h9");
  unread.erase("evidence[e9].hash");
  EXPECT_THAT(locked(before, unread), IsEmpty());
  EXPECT_THAT(locked(unread, added(before, "h9")), IsEmpty());
}

TEST_F(Claims, NameTheInvoicesThatTheyAskMoneyFor) {
  const Fields claim{{"status", "submitted"},
                     {"lines[a].vendor_name", "Messe Posen Sp. z o.o."},
                     {"lines[a].invoice.no", "FV-7"},
                     {"lines[a].claimed", "400"},
                     {"lines[b].vendor_name", "MESSE POSEN"},
                     {"lines[b].invoice.no", "fv 7"},
                     {"lines[c].vendor_name", "Messe Posen"},
                     {"lines[d].vendor_name", "Messe Posen"},
                     {"lines[d].invoice.no", "FV-8"},
                     {"lines[d].decision", "denied"}};
  const std::vector<ClaimedInvoice> invoices = claimed_invoices(claim);
  ASSERT_EQ(invoices.size(), 2U);
  EXPECT_EQ(invoices[0], (ClaimedInvoice{.key = invoices[0].key,
                                         .supplier = "Messe Posen Sp. z o.o.",
                                         .number = "FV-7",
                                         .claimed = Decimal(400)}));
  EXPECT_EQ(invoices[1].key, invoices[0].key);
  EXPECT_EQ(invoices[1].claimed, std::nullopt);
  for (const char* off : {"rejected", "withdrawn", "corrected"}) {
    Fields taken_back = claim;
    set(taken_back, "status", off);
    EXPECT_THAT(claimed_invoices(taken_back), IsEmpty()) << off;
  }
}

TEST_F(Claims, TakeTheRestOfADecisionThatGrantsTheSame) {
  const auto locked = type_of<Claim>()->rules().locked;
  const Fields decided = to_fields(sample());
  Fields by_sum = decided;
  for (const char* path : {"lines[b].approved", "lines[b].reason", "eligible_amount"})
    by_sum.erase(path);
  EXPECT_THAT(locked(by_sum, decided), IsEmpty()) << "line by line, after the sum";
  Fields unsaid = by_sum;
  unsaid.erase("approved_amount");
  EXPECT_THAT(locked(unsaid, decided), IsEmpty()) << "the sum, after the word alone";

  Fields other = decided;
  set(other, "approved_amount", "700");
  const auto contested = told(locked(by_sum, other));
  EXPECT_THAT(contested, ::testing::Contains(::testing::StartsWith("approved_amount locked: ")));
  EXPECT_THAT(contested, ::testing::Contains(::testing::StartsWith("lines[b].approved locked: ")))
      << "one decision is not made of two";
  Fields rejected = by_sum;
  set(rejected, "status", "rejected");
  EXPECT_THAT(locked(rejected, decided), ::testing::Not(IsEmpty())) << "nothing of it is granted";
}

}  // namespace
}  // namespace channelbridge::model
