// --set of `channelbridge sandbox sap_fi` and `sap_crm`.
#include <gtest/gtest.h>

#include "sandbox/soap/crm_options.hpp"
#include "sandbox/soap/fi_options.hpp"

namespace channelbridge::sandbox::test {
namespace {

TEST(SettingsOfFi, AreTaken) {
  fi::FiOptions options;
  for (const char* assignment :
       {"open_periods=2024-01:2024-06", "company=2020:USD", "currencies=EUR,USD",
        "document_types=DG", "ledger_accounts=0044000000", "rate=USD/EUR:0.92", "pad_keys=true",
        "tables_on_demand=false", "session_by_command=true", "session_idle=60",
        "unauthorized=GUEST", "business_system=X",
        "words.closed_period=F5 999 Period & & is shut"}) {
    const Result<void> changed = change_setting(options, assignment);
    EXPECT_TRUE(changed) << assignment;
  }
  EXPECT_EQ(options.open_to, "2024-06");
  EXPECT_EQ(options.companies.at("2020"), "USD");
  EXPECT_EQ(options.currencies.size(), 2U);
  EXPECT_EQ(options.rates.at("USD/EUR"), *model::Decimal::parse("0.92"));
  EXPECT_TRUE(options.pad_keys && options.session_by_command && !options.tables_on_demand);
  EXPECT_EQ(options.session_idle, std::chrono::seconds(60));
  EXPECT_TRUE(options.port.unauthorized.contains("GUEST"));
  const fi::Words words = fi::words_of(options, fi::Rule::ClosedPeriod);
  EXPECT_EQ(words.number, "999");
  EXPECT_EQ(words.text, "Period & & is shut");
}

TEST(SettingsOfFi, AreRefusedWithWhatIsWanted) {
  fi::FiOptions options;
  for (const char* assignment :
       {"open_periods=2024-01", "company=2020", "rate=USD/EUR", "rate=USD/EUR:much", "pad_keys=yes",
        "session_idle=soon", "words.closed_period=F5", "words.none=F5 1 Text", "colour=red",
        "pad_keys"}) {
    const Result<void> changed = change_setting(options, assignment);
    ASSERT_FALSE(changed) << assignment;
    EXPECT_EQ(changed.error().code(), ErrorCode::Invalid);
    EXPECT_NE(changed.error().message().find('\''), std::string::npos);
  }
}

TEST(SettingsOfCrm, AreTakenOrRefused) {
  crm::CrmOptions options;
  for (const char* assignment :
       {"idempotent=false", "unique_reference=true", "approval_step=true", "require_proof=true",
        "direct_claims=false", "answer_within=60", "lead_type=ZLED", "unauthorized=GUEST",
        "status.approved=Z004 Freigegeben", "lead_status.accepted=ZACC"}) {
    const Result<void> changed = change_setting(options, assignment);
    EXPECT_TRUE(changed) << assignment;
  }
  EXPECT_FALSE(options.idempotent);
  EXPECT_EQ(options.statuses.at(crm::Status::Approved).text, "Freigegeben");
  EXPECT_EQ(options.lead_statuses.at(crm::LeadStatus::Accepted).code, "ZACC");
  EXPECT_EQ(options.answer_within, std::chrono::seconds(60));
  for (const char* assignment : {"idempotent=no", "status.approved=TOOLONG", "status.none=Z1",
                                 "status.approved=", "answer_within=0", "colour=red"}) {
    const Result<void> changed = change_setting(options, assignment);
    ASSERT_FALSE(changed) << assignment;
    EXPECT_EQ(changed.error().code(), ErrorCode::Invalid);
  }
}

}  // namespace
}  // namespace channelbridge::sandbox::test
