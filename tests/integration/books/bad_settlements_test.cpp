// Settlements that the books cannot take, and answers that are not what the WSDL says: a settlement
// is posted once, or waits with the words of accounting.
#include <fstream>
#include <functional>
#include <mutex>
#include <sstream>

#include "books_world.hpp"
#include "channelbridge/model/decimal.hpp"
#include "relay.hpp"

namespace channelbridge::test {
namespace {

namespace kit = channelbridge::testing;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// The books behind a relay that may damage what they answer.
class BadSettlements : public BooksWorld {
 protected:
  using Damage = std::function<void(const kit::SeenRequest&, std::string&)>;

  void SetUp() override {
    BooksWorld::SetUp();
    kit::Relay::Hooks hooks;
    hooks.edit = [this](const kit::SeenRequest& request, std::string& body) {
      const std::lock_guard guard(mutex_);
      if (posts(request)) ++sent_;
      if (damage_) damage_(request, body);
    };
    relay_ = std::make_unique<kit::Relay>(fi_->port(), std::move(hooks));
    otherwise_.books_url = relay_->origin();
  }
  void TearDown() override {
    hub_.reset();
    relay_.reset();
    BooksWorld::TearDown();
  }
  static bool posts(const kit::SeenRequest& request) {
    return request.line().find("journalentrycreate") != std::string::npos ||
           request.body.find("BAPI_ACC_DOCUMENT_POST") != std::string::npos;
  }
  static bool looks(const kit::SeenRequest& request) {
    return request.line().find("journalentrybyreference") != std::string::npos;
  }
  /// What happens to each answer of the books from now on; nothing = it comes as it is.
  void damage(Damage how) {
    const std::lock_guard guard(mutex_);
    damage_ = std::move(how);
  }
  /// How often a posting was sent.
  int sent() {
    const std::lock_guard guard(mutex_);
    return sent_;
  }
  /// The office has settled 500 of Rheinwerk's claims.
  void begin(bool bapi = false) {
    start(bapi);
    settle();
    settles("ST-4711", "Rheinwerk", "bank_transfer", "500", "95", "595");
  }
  static void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  }
  std::string why_stopped(const hub::RunReport& report) const {
    std::string out;
    for (const hub::SpokeReport& spoke : report.spokes)
      for (const std::string& why : spoke.stopped)
        if (spoke.spoke == "fi-settlements") out += why + "\n";
    return out;
  }
  void replay_all() {
    for (const store::DeadLetterRow& letter : letters()) {
      const auto replayed = hub_->replay(letter.id, Context());
      ASSERT_TRUE(replayed) << to_string(replayed.error());
    }
  }

  std::mutex mutex_;
  Damage damage_;
  int sent_{};
  std::unique_ptr<kit::Relay> relay_;
};

// ----------------------------------------------------------------------- answers that are damaged

struct DamagedAnswer {
  const char* name{};
  void (*damage)(std::string& body){};
};

class DamagedConfirmation : public BadSettlements,
                            public ::testing::WithParamInterface<DamagedAnswer> {
 public:
  static void cut_short(std::string& body) { body.resize(body.size() / 2); }
  static void add_doctype(std::string& body) {
    const std::size_t end = body.find("?>");
    body.insert(end == std::string::npos ? 0 : end + 2, "<!DOCTYPE a [<!ENTITY b \"c\">]>");
  }
  static void drop_number(std::string& body) {
    replace_all(body, "AccountingDocument>", "AccountingDoc>");
  }
  static void name_another(std::string& body) { replace_all(body, "ReferenceID", "ReferenceNo"); }
  static void contradict(std::string& body) {
    replace_all(body, "<MaximumLogItemSeverityCode>1", "<MaximumLogItemSeverityCode>3");
  }
  static void send_page(std::string& body) { body = "<html><body>Please log on</body></html>"; }
};

TEST_P(DamagedConfirmation, IsNoSuccessAndNoReasonToPostAgain) {
  begin();
  damage([](const kit::SeenRequest& request, std::string& body) {
    if (posts(request)) GetParam().damage(body);
  });
  run();
  settle();
  EXPECT_EQ(documents(), 1U);
  EXPECT_EQ(sent(), 1) << "it was looked for, and found";
  EXPECT_EQ(settlement()["status"], "posted");
  EXPECT_EQ(settlement()["erp_document"], document()["number"]);
}

INSTANTIATE_TEST_SUITE_P(
    OfAnEntry, DamagedConfirmation,
    ::testing::Values(DamagedAnswer{"CutShort", DamagedConfirmation::cut_short},
                      DamagedAnswer{"WithADoctype", DamagedConfirmation::add_doctype},
                      DamagedAnswer{"WithoutItsNumber", DamagedConfirmation::drop_number},
                      DamagedAnswer{"OfNoEntryOfOurs", DamagedConfirmation::name_another},
                      DamagedAnswer{"DoneAndRefusedAtOnce", DamagedConfirmation::contradict},
                      DamagedAnswer{"APageOfAProxy", DamagedConfirmation::send_page}),
    [](const auto& each) { return std::string(each.param.name); });

TEST_F(BadSettlements, ACommitWhoseAnswerBreaksOffIsFoundByItsReference) {
  begin(true);
  damage([](const kit::SeenRequest& request, std::string& body) {
    if (request.body.find("BAPI_TRANSACTION_COMMIT") != std::string::npos)
      body.resize(body.size() / 2);
  });
  run();
  settle();
  EXPECT_EQ(documents(), 1U);
  EXPECT_EQ(sent(), 1);
  EXPECT_EQ(settlement()["status"], "posted");
}

TEST_F(BadSettlements, WhileTheLookupAnswersNoXmlNothingIsPosted) {
  begin();
  damage([](const kit::SeenRequest& request, std::string& body) {
    if (looks(request)) body = "<html><body>Maintenance</body></html>";
  });
  for (int i = 0; i < 2; ++i) {
    const hub::RunReport report = run();
    EXPECT_THAT(why_stopped(report), HasSubstr("no SOAP message"));
    EXPECT_EQ(documents(), 0U) << "what cannot be looked for is not sent";
  }
  damage({});
  settle();
  EXPECT_EQ(documents(), 1U);
  EXPECT_EQ(settlement()["status"], "posted");
}

TEST_F(BadSettlements, AnAmountInAnotherFormIsALetterAndNothingIsPostedForIt) {
  begin();
  damage([](const kit::SeenRequest& request, std::string& body) {
    if (looks(request)) replace_all(body, ">-595.00</Amount>", ">-595,00</Amount>");
  });
  run();
  run();
  ASSERT_FALSE(letters().empty());
  const store::DeadLetterRow letter = letters().front();
  EXPECT_EQ(letter.spoke, "fi-settlements");
  EXPECT_EQ(letter.direction, "read");
  EXPECT_THAT(letter.message + letter.payload, HasSubstr("-595,00"));
  EXPECT_EQ(documents(), 1U);
  EXPECT_EQ(sent(), 1);
  damage({});
  replay_all();
  settle();
  EXPECT_EQ(settlement()["status"], "posted");
  EXPECT_EQ(documents(), 1U);
}

// --------------------------------------------------------------------- what the service refuses

TEST_F(BadSettlements, ARequestThatItsSchemaDoesNotAllowIsALetterWithItsWords) {
  // Our description knows no length of tax codes; the service's knows one.
  otherwise_.books_settings = "    values: { tax_code: DEDUCTIBLE-19 }\n";
  begin();
  run();
  run();
  ASSERT_THAT(letters(), SizeIs(1)) << open_things();
  EXPECT_THAT(letters()[0].message, HasSubstr("does not fit the schema"));
  EXPECT_THAT(letters()[0].message, HasSubstr("TaxCode"));
  EXPECT_THAT(letters()[0].payload, HasSubstr("DEDUCTIBLE-19")) << "the document that was refused";
  EXPECT_EQ(sent(), 1) << "it is not tried again by itself";
  EXPECT_EQ(documents(), 0U);
  EXPECT_EQ(settlement()["status"], "created");

  otherwise_.books_settings.clear();
  start();
  replay_all();
  const auto accepted =
      hub_->sync({.accept_mapping_change = true}, Context().with_timeout(std::chrono::seconds(60)));
  ASSERT_TRUE(accepted) << to_string(accepted.error());
  settle();
  EXPECT_EQ(documents(), 1U);
  EXPECT_EQ(settlement()["status"], "posted");
}

TEST_F(BadSettlements, ACurrencyWithoutARateParksItWithBothFiguresUntilThereIsOne) {
  start();
  settle();
  std::ofstream(folder_ / "office" / "from-partner" / "settlement-ST-9.csv")
      << "settlement_id,number,dealer,method,currency,net,tax,gross,status\n"
         "ST-9,ST-9,Rheinwerk,bank_transfer,USD,500,95,595,created\n";
  run();
  run();
  ASSERT_THAT(letters(), SizeIs(1)) << open_things();
  EXPECT_EQ(letters()[0].rule, "012(ZFI)");
  EXPECT_THAT(letters()[0].message, HasSubstr("No exchange rate from USD to EUR"));
  for (const char* figure : {"USD", "500", "595"})
    EXPECT_THAT(letters()[0].payload, HasSubstr(figure));
  EXPECT_EQ(documents(), 0U);
  EXPECT_EQ(settlement()["status"], "created");

  books().set_rate("USD/EUR", *model::Decimal::parse("0.92"));
  replay_all();
  settle();
  EXPECT_EQ(documents(), 1U);
  EXPECT_EQ(document()["lines"][0]["currency"], "USD");
  EXPECT_EQ(settlement()["status"], "posted");
}

/// The shipped mapping with one field more, and the project's own rule for it.
TEST_F(BadSettlements, WhyAPartnerIsNotPaidIsShownWhereTheProjectAsksForIt) {
  std::ifstream shipped(std::string(CHANNELBRIDGE_SOURCE_DIR) + "/mappings/sap_fi/settlement.yaml");
  std::ostringstream text;
  text << shipped.rdbuf();
  std::string mapping = text.str();
  const std::string bank = "  bank_ref: ";
  const std::size_t at = mapping.find(bank);
  ASSERT_NE(at, std::string::npos);
  mapping.insert(at,
                 "  custom.payment_block: { path: "
                 "\"Item[AccountType=${party_type}]/PaymentBlockingReason\", direction: read }\n");
  std::filesystem::create_directories(folder_ / "sap_fi");
  std::ofstream(folder_ / "sap_fi" / "settlement.yaml") << mapping;
  otherwise_.settlement = "match: [number], custom: { payment_block: { type: text, max: 1 } }";

  books().add_debtor("1010", "0010100001", {.payment_block = "A"});
  begin();
  settle();
  const sandbox::fi::PaymentRun blocked = pay();
  EXPECT_THAT(blocked.paid, SizeIs(0));
  EXPECT_THAT(blocked.left, SizeIs(1));
  settle();
  EXPECT_EQ(settlement()["status"], "posted");
  EXPECT_EQ(settlement()["custom.payment_block"], "A");
  EXPECT_THAT(hub_->explain("settlement", "ST-4711").value(), HasSubstr("payment_block"));
  EXPECT_EQ(documents(), 1U) << "it waits, and is posted no second time";

  books().add_debtor("1010", "0010100001");
  EXPECT_THAT(pay().paid, SizeIs(1));
  settle();
  EXPECT_EQ(settlement()["status"], "paid");
  EXPECT_FALSE(settlement().contains("custom.payment_block"));
}

// ---------------------------------------------------------------------- news out of their order

TEST_F(BadSettlements, ThePaymentThatIsSeenFirstAndTwiceIsTakenOnce) {
  begin();
  damage([](const kit::SeenRequest& request, std::string& body) {
    if (looks(request)) body = "<html><body>Maintenance</body></html>";
  });
  run();
  EXPECT_EQ(documents(), 0U) << "nothing is sent while the lookup is down";
  damage({});
  run();
  EXPECT_EQ(documents(), 1U);
  EXPECT_THAT(pay().paid, SizeIs(1));
  settle();
  EXPECT_EQ(settlement()["status"], "paid") << "posted and paid between two looks";
  EXPECT_THAT(pay().paid, SizeIs(0)) << "it is cleared";
  settle();
  EXPECT_EQ(settlement()["status"], "paid");
  EXPECT_EQ(settlement()["bank_ref"], "BANK-1");
  EXPECT_EQ(documents(), 2U) << "the entry and the bank's payment";
}

}  // namespace
}  // namespace channelbridge::test
