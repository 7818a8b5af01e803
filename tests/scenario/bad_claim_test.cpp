// Settlements of claims that the books cannot take: what an operator of the program reads about
// each, does, and finds posted once.
#include <nlohmann/json.hpp>

#include "../integration/books/books_world.hpp"
#include "child.hpp"

namespace channelbridge::test {
namespace {

namespace kit = channelbridge::testing;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

/// The hub is the program here, a process for each run.
class BadClaim : public BooksWorld {
 protected:
  /// Partners are known; the office has settled 500 of Rheinwerk's claims.
  void begin(bool bapi = false) {
    start(bapi);
    settle();
    hub_.reset();
    settles("ST-4711", "Rheinwerk", "bank_transfer", "500", "95", "595");
  }
  /// What the program prints.
  std::string told(std::vector<std::string> words) {
    for (sandbox::OffsetClock* clock : {&erp_->clock(), &fi_->clock()})
      clock->advance(std::chrono::minutes(5));
    ended_ =
        kit::run_child({.program = std::string(CHANNELBRIDGE_BINARY_DIR) + "/bin/channelbridge",
                        .arguments = std::move(words),
                        .folder = folder_.string()});
    EXPECT_THAT(said(), Not(HasSubstr("Welcome1")));
    return ended_.out;
  }
  nlohmann::json asked(std::vector<std::string> words) {
    words.insert(words.end(), {"-o", "json"});
    return nlohmann::json::parse(told(std::move(words)), nullptr, false);
  }
  std::string said() const { return ended_.out + ended_.err; }
  void sync(int code) {
    asked({"sync"});
    EXPECT_EQ(ended_.code, code) << said();
  }
  /// Until the books' word has come back.
  void come_to_rest() {
    sync(0);
    sync(0);
  }
  /// As `dead-letters list` shows it.
  nlohmann::json only_letter() {
    const auto letters_shown = asked({"dead-letters", "list"});
    EXPECT_EQ(letters_shown.size(), 1U) << said();
    return letters_shown.empty() ? nlohmann::json{{"id", ""}} : letters_shown[0];
  }
  std::string story() { return asked({"explain", "settlement", "ST-4711"}).dump(); }

  kit::Ended ended_{};
};

class BadClaimByEitherDoor : public BadClaim, public ::testing::WithParamInterface<bool> {};

TEST_P(BadClaimByEitherDoor, InAClosedPeriodIsALetterWithItsFiguresAndIsPostedOnceWhenReplayed) {
  begin(GetParam());
  books().open_periods("2020-01", "2020-12");
  sync(1);
  const auto letter = only_letter();
  EXPECT_EQ(letter["spoke"], "fi-settlements");
  EXPECT_THAT(letter["rule"].get<std::string>(), AnyOf("201(F5)", "F5 201"));
  const std::string whole = told({"dead-letters", "show", letter["id"]});
  for (const char* words : {"Posting period", "is not open", "ST-4711", "500", "595", "EUR"})
    EXPECT_THAT(whole, HasSubstr(words));
  EXPECT_THAT(story(), HasSubstr("is not open"));
  sync(1);
  EXPECT_EQ(documents(), 0U) << "it is not tried again by itself";

  books().open_periods("1900-01", "9999-12");
  told({"dead-letters", "replay", letter["id"]});
  EXPECT_EQ(ended_.code, 0) << said();
  come_to_rest();
  EXPECT_EQ(documents(), 1U);
  EXPECT_EQ(asked({"dead-letters", "list"}), nlohmann::json::array());
  EXPECT_THAT(sent_to_office(), HasSubstr("posted"));
}

TEST_P(BadClaimByEitherDoor, WhosePostingIsNotAnsweredIsLookedForAndTold) {
  begin(GetParam());
  // Of the BAPI the commit, which is the second call.
  faults_of_books().add({.kind = "reset_after",
                         .match = GetParam() ? "/sap/bc/soap/rfc" : "journalentrycreate",
                         .after = GetParam() ? 1 : 0});
  come_to_rest();
  EXPECT_EQ(documents(), 1U);
  EXPECT_THAT(story(), HasSubstr("found by its mark"));
  EXPECT_THAT(sent_to_office(), HasSubstr(document()["number"].get<std::string>()));
  sync(0);
  EXPECT_EQ(documents(), 1U);
}

INSTANTIATE_TEST_SUITE_P(ByEither, BadClaimByEitherDoor, ::testing::Values(false, true),
                         [](const auto& each) {
                           return std::string(each.param ? "Bapi" : "JournalEntry");
                         });

TEST_F(BadClaim, OfAPartnerWhoIsBlockedForPaymentIsPostedOnceAndPaidWhenTheBlockIsLifted) {
  books().add_debtor("1010", "0010100001", {.payment_block = "A"});
  begin();
  come_to_rest();
  EXPECT_THAT(pay().left, SizeIs(1));
  come_to_rest();
  EXPECT_EQ(documents(), 1U);
  EXPECT_EQ(asked({"dead-letters", "list"}), nlohmann::json::array()) << "nothing is wrong with it";
  EXPECT_THAT(story(), HasSubstr("posted"));
  EXPECT_THAT(sent_to_office(), Not(HasSubstr("BANK-1")));

  books().add_debtor("1010", "0010100001");
  EXPECT_THAT(pay().paid, SizeIs(1));
  come_to_rest();
  EXPECT_THAT(sent_to_office(), HasSubstr("BANK-1"));
  EXPECT_EQ(documents(), 2U) << "the entry and the bank's payment";
}

TEST_F(BadClaim, WhoseRequestTheServiceDoesNotAllowIsALetterWithTheDocumentAndItsWords) {
  otherwise_.books_settings = "    values: { tax_code: DEDUCTIBLE-19 }\n";
  begin();
  sync(1);
  sync(1);
  const std::string whole = told({"dead-letters", "show", only_letter()["id"]});
  for (const char* words : {"does not fit the schema", "TaxCode", "DEDUCTIBLE-19", "ST-4711"})
    EXPECT_THAT(whole, HasSubstr(words));
  EXPECT_EQ(documents(), 0U);
}

}  // namespace
}  // namespace channelbridge::test
