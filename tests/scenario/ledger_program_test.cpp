#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

/// `channelbridge ledger`, as an operator runs it over folders of files.
namespace channelbridge {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class LedgerProgram : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("cb-ledger-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "hq/from-partner");
    fs::create_directories(folder_ / "agency");
    write("channelbridge.yaml", R"(store: sqlite:bridge.db
systems:
  hq: { adapter: file, folder: hq }
  agency: { adapter: file, folder: agency }
spokes:
  hq-budgets: { system: hq, mapping: budget.yaml, direction: pull }
  hq-funds: { system: hq, mapping: fund.yaml, direction: pull }
  hq-requests: { system: hq, mapping: request.yaml, direction: pull }
  hq-claims: { system: hq, mapping: claim.yaml, direction: pull }
  agency-claims: { system: agency, mapping: agency_claim.yaml, direction: push }
)");
    mapping("budget.yaml", "budget", "budget", "amount: { path: amount, as: decimal }\n");
    mapping("fund.yaml", "fund", "fund",
            "amount: { path: amount, as: decimal }\n"
            "  budget: { path: budget, ref: budget, object: budget }\n");
    mapping("request.yaml", "fund_request", "fund_request",
            "requested_amount: { path: requested, as: decimal }\n"
            "  approved.amount: { path: approved, as: decimal }\n"
            "  fund: { path: fund, ref: fund, object: fund }\n");
    const std::string claim =
        "claimed_amount: { path: claimed, as: decimal }\n"
        "  approved_amount: { path: approved, as: decimal }\n";
    mapping("claim.yaml", "claim", "claim",
            claim + "  request: { path: request, ref: fund_request, object: fund_request }\n");
    mapping("agency_claim.yaml", "claim", "claim", claim);
    write("hq/from-partner/budget.csv",
          "id,number,currency,status,amount\nb1,MDF-26,EUR,open,1000\n");
    write("hq/from-partner/fund.csv",
          "id,number,currency,status,amount,budget\nf1,F-1,EUR,active,800,b1\n");
    write("hq/from-partner/fund_request.csv",
          "id,number,currency,status,requested,approved,fund\n"
          "r1,R-1,EUR,approved,500,400.5,f1\n");
    write("hq/from-partner/claim.csv",
          "id,number,currency,status,claimed,approved,request\n"
          "c1,C-1,EUR,approved,150,120.25,r1\n");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::trunc | std::ios::binary) << content;
  }
  void mapping(const std::string& file, const std::string& object, const std::string& entity,
               const std::string& fields) const {
    write(file, "system: file\nobject: " + object + "\nentity: " + entity +
                    "\nid: id\ncorrelation: id\nformat: csv\nabsent: unchanged\nfields:\n"
                    "  number: number\n  currency: currency\n  status: status\n  " +
                    fields);
  }
  /// What the program prints; `code_` is how it ended.
  std::string run(const std::string& arguments) {
    const std::string command = "cd '" + folder_.string() +
                                "' && '" CHANNELBRIDGE_BINARY_DIR "/bin/channelbridge' " +
                                arguments + " 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return "no pipe";
    std::string out;
    std::array<char, 4096> part{};
    for (std::size_t got = 0; (got = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
      out.append(part.data(), got);
    const int status = ::pclose(pipe);
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return out;
  }
  std::string text_of(const std::string& name) const {
    std::ifstream in(folder_ / name, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }

  fs::path folder_;
  int code_{};
};

TEST_F(LedgerProgram, ShowsVerifiesAndExportsTheBooks) {
  const std::string synced = run("sync");
  ASSERT_EQ(code_, 0) << synced;
  const std::string shown = run("ledger show");
  EXPECT_EQ(code_, 0) << shown;
  EXPECT_THAT(shown, HasSubstr("budget  MDF-26  EUR"));
  EXPECT_THAT(shown, HasSubstr("fund    F-1     EUR"));
  EXPECT_THAT(shown, HasSubstr("280.25")) << "reserved: 400.50 - 120.25";
  EXPECT_THAT(shown, HasSubstr("399.50")) << "to reserve: 800 - 400.50";
  const auto json = nlohmann::json::parse(run("ledger show --fund F-1 -o json"));
  ASSERT_EQ(json.size(), 1U);
  EXPECT_EQ(json[0]["available_to_reserve"], "399.5");
  EXPECT_EQ(json[0]["accounts"]["approved_claim"], "120.25");
  const std::string clean = run("ledger verify");
  EXPECT_EQ(code_, 0) << clean;
  EXPECT_THAT(clean, HasSubstr("they hold, and every system shows the same"));

  run("ledger export postings.csv");
  EXPECT_EQ(code_, 0);
  EXPECT_THAT(text_of("postings.csv"), testing::StartsWith("fund,fund_number,no,"));
  EXPECT_THAT(text_of("postings.csv"), HasSubstr(",120.25,"));
  run("ledger export postings.json");
  EXPECT_EQ(code_, 0);
  EXPECT_TRUE(nlohmann::json::parse(text_of("postings.json")).is_array());
  run("ledger export postings.txt");
  EXPECT_EQ(code_, 3);
  EXPECT_THAT(run("ledger show --fund F-9"), HasSubstr("no fund has the id"));
  EXPECT_EQ(code_, 3);
}

TEST_F(LedgerProgram, EvaluatesAClaimAndNamesOneThatIsGrantedTooMuch) {
  mapping("request.yaml", "fund_request", "fund_request",
          "requested_amount: { path: requested, as: decimal }\n"
          "  approved.amount: { path: approved, as: decimal }\n"
          "  approved.share_pct: { path: share, as: decimal }\n"
          "  fund: { path: fund, ref: fund, object: fund }\n");
  mapping("claim.yaml", "claim", "claim",
          "claimed_amount: { path: claimed, as: decimal }\n"
          "  approved_amount: { path: approved, as: decimal }\n"
          "  request: { path: request, ref: fund_request, object: fund_request }\n"
          "  lines[].no: { path: line, as: integer }\n"
          "  lines[].net: { path: net, as: decimal }\n"
          "  lines[].claimed: { path: line_claimed, as: decimal }\n");
  write("hq/from-partner/fund_request.csv",
        "id,number,currency,status,requested,approved,share,fund\n"
        "r1,R-1,EUR,approved,500,400.5,50,f1\n");
  write("hq/from-partner/claim.csv",
        "id,number,currency,status,claimed,approved,request,line,net,line_claimed\n"
        "c1,C-1,EUR,approved,150,120.25,r1,1,240,150\n");
  const std::string synced = run("sync");
  ASSERT_EQ(code_, 0) << synced;
  EXPECT_THAT(synced, HasSubstr("contradiction: above_evaluation: claim C-1 is granted 120.25 EUR, "
                                "and evaluation computes 120.00 EUR"));
  const auto json = nlohmann::json::parse(run("ledger evaluate C-1 -o json"));
  EXPECT_EQ(code_, 1) << "more is approved than may be paid";
  EXPECT_EQ(json["grantable"], "120");
  EXPECT_EQ(json["approved"], "120.25");
  EXPECT_EQ(json["limit"], "share");
  EXPECT_EQ(json["request_left"], "400.5");
  EXPECT_EQ(json["lines"][0]["no"], 1);
  EXPECT_EQ(json["exceeded"], true);
  EXPECT_THAT(run("ledger evaluate C-1"), HasSubstr("more than may be paid"));
  EXPECT_THAT(run("ledger verify"), HasSubstr("look at claim C-1: is granted 120.25 EUR"));
  EXPECT_EQ(code_, 0) << "the books hold all the same";
  EXPECT_THAT(run("ledger evaluate C-9"), HasSubstr("no claim has the id"));
  EXPECT_EQ(code_, 3);
  EXPECT_THAT(run("ledger evaluate --help"), HasSubstr("1 more is approved than may be paid"));
}

TEST_F(LedgerProgram, EndsWithOneWhereSystemsDifferAndWithTwoWhereTheBooksAreBroken) {
  ASSERT_THAT(run("sync"), Not(HasSubstr("stopped:")));
  write("hq/from-partner/claim.csv",
        "id,number,currency,status,claimed,approved,request\n"
        "c1,C-1,EUR,released_to_settle,150,120.25,r1\n");
  run("sync --only hq-claims");
  const std::string differs = run("ledger verify");
  EXPECT_EQ(code_, 1) << differs;
  EXPECT_THAT(differs, HasSubstr("released_to_settle"));
  EXPECT_THAT(differs, HasSubstr("not yet pushed"));
  EXPECT_THAT(differs, HasSubstr("the books hold, and systems differ"));
  run("sync");
  run("ledger verify");
  EXPECT_EQ(code_, 0);

  const std::string by_hand =
      "python3 -c \"import sqlite3; c=sqlite3.connect('" + (folder_ / "bridge.db").string() +
      "'); c.executescript('''DROP TRIGGER fund_postings_stay; UPDATE fund_postings SET moved = "
      "'121' WHERE kind = 'claim_approved' AND to_account = 'approved_claim' ;'''); c.commit()\"";
  ASSERT_EQ(std::system(by_hand.c_str()), 0);
  const std::string broken = run("ledger verify");
  EXPECT_EQ(code_, 2) << broken;
  EXPECT_THAT(broken, HasSubstr("broken: fund F-1: "));
  EXPECT_THAT(broken, HasSubstr("is 121.00 EUR from reserved to approved_claim, and its event "
                                "makes 120.25 EUR"));
  EXPECT_THAT(run("ledger verify --help"), HasSubstr("2 the books themselves are broken"));
}

}  // namespace
}  // namespace channelbridge
