// Whatever comes, in whatever order and however often: key figures are sums of postings, and no
// account holds less than nothing.
#include "fund_accounting_internal.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>

#include "ledger_support.hpp"

namespace channelbridge::hub {
namespace {

using model::Decimal;
using Account = model::FundAccount;

/// CHANNELBRIDGE_LIVES=n plays n times as many worlds.
std::uint64_t worlds() {
  const char* times = std::getenv("CHANNELBRIDGE_LIVES");
  return 60 * (times == nullptr ? 1 : std::strtoull(times, nullptr, 10));
}

/// A small world of records that two systems speak of.
class FundAccountingTest : public LedgerTest {
 protected:
  using Records = std::map<std::string, LedgerRecord>;

  /// One step of what happens in the world: some record says something else.
  static void happen(Records& world, std::mt19937_64& random) {
    static const std::vector<std::string> kFundStates{"active", "active", "active", "expired"};
    static const std::vector<std::string> kRequestStates{
        "draft",    "submitted", "under_review", "approved", "partially_approved",
        "rejected", "returned",  "changed",      "closed",   "cancelled"};
    static const std::vector<std::string> kClaimStates{
        "draft",    "submitted", "under_review",       "approved", "partially_approved",
        "returned", "rejected",  "released_to_settle", "settled",  "corrected"};
    static const std::vector<std::string> kSettlementStates{"created", "posted", "paid",
                                                            "reversed"};
    auto at = world.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random() % world.size()));
    LedgerRecord& record = at->second;
    model::Fields& fields = record.fields;
    if (record.gone) return;
    const auto pick = [&random](const std::vector<std::string>& of) {
      return of[random() % of.size()];
    };
    const auto amount = [&random](std::uint64_t most) {
      return to_string(Decimal(static_cast<std::int64_t>(1 + random() % most), 2));
    };
    if (record.entity == "budget") {
      fields["amount"] = amount(300'000);
      if (random() % 2 == 0) fields["validation"] = random() % 3 == 0 ? "strict" : "warn";
    }
    if (record.entity == "fund") {
      if (random() % 3 == 0) fields["status"] = pick(kFundStates);
      if (random() % 2 == 0) fields["amount"] = amount(200'000);
      if (random() % 2 == 0) state_posting(fields, random);
    }
    if (record.id == "request-3" && random() % 6 == 0) return merge_into(world, record);
    if (record.entity == "fund_request") {
      fields["status"] = pick(kRequestStates);
      fields["requested_amount"] = amount(90'000);
      fields["approved.amount"] = amount(60'000);
      if (random() % 5 == 0) fields["fund"] = random() % 2 == 0 ? "fund-1" : "fund-2";
    }
    if (record.entity == "claim") {
      fields["status"] = pick(kClaimStates);
      fields["claimed_amount"] = amount(50'000);
      fields["approved_amount"] = amount(40'000);
      if (random() % 6 == 0) fields["request"] = random() % 2 == 0 ? "request-1" : "request-2";
    }
    if (record.entity == "claim" || record.entity == "fund_request") {
      static const std::vector<std::string> kDeciders{"anna", "anna", "carl"};
      fields["decisions[d].by"] = pick(kDeciders);
      fields["decisions[d].decision"] = "approved";
    }
    if (record.entity == "settlement") {
      fields["status"] = pick(kSettlementStates);
      if (random() % 3 == 0) fields["members[m].amount"] = amount(40'000);
    }
    ++record.version;
  }

  /// The fund's own system posts something about a request, or takes the last one back.
  static void state_posting(model::Fields& fund, std::mt19937_64& random) {
    int no = 1;
    const auto path = [](int number) { return "postings[p" + std::to_string(number) + "]."; };
    while (fund.contains(path(no) + "no")) ++no;
    const bool takes_back =
        no > 1 && !fund.contains(path(no - 1) + "reversal_of") && random() % 3 == 0;
    fund[path(no) + "no"] = std::to_string(no);
    if (takes_back) {
      fund[path(no) + "category"] = fund.at(path(no - 1) + "category");
      fund[path(no) + "amount"] = "-" + fund.at(path(no - 1) + "amount");
      fund[path(no) + "reversal_of"] = std::to_string(no - 1);
      return;
    }
    fund[path(no) + "category"] =
        random() % 2 == 0 ? "externally_settled" : "over_consumption_approved";
    fund[path(no) + "amount"] = std::to_string(1 + random() % 50);
    fund[path(no) + "document.kind"] = "fund_request";
    fund[path(no) + "document.number"] = random() % 2 == 0 ? "request-2" : "request-3";
  }
  /// A person says that it is request-1.
  static void merge_into(Records& world, LedgerRecord& request) {
    request.gone = true;
    request.alias_of = "request-1";
    request.fields.clear();
    ++request.version;
    for (auto& [id, record] : world) {
      if (record.fields.contains("request") && record.fields["request"] == request.id) {
        record.fields["request"] = "request-1";
        ++record.version;
      }
    }
  }
  /// The store finds requests by their numbers.
  void number_requests() {
    store::Changes changes;
    for (const char* request : {"request-1", "request-2", "request-3"})
      changes.match_keys.push_back(
          {.entity = "fund_request", .kind = "number", .value = request, .record = request});
    ASSERT_TRUE(hub_->store().commit(std::move(changes)));
  }

  static Records begin() {
    Records out;
    const auto add = [&out](const std::string& id, const std::string& entity,
                            model::Fields fields) {
      fields["currency"] = "EUR";
      fields["number"] = id;
      out[id] = {.id = id, .entity = entity, .version = 1, .fields = std::move(fields)};
    };
    add("budget-1", "budget",
        {{"status", "open"},
         {"amount", "3000"},
         {"validation", "strict"},
         {"tolerance_pct", "12"}});
    add("fund-1", "fund", {{"status", "active"}, {"amount", "1500"}, {"budget", "budget-1"}});
    add("fund-2", "fund", {{"status", "active"}, {"amount", "1000"}, {"budget", "budget-1"}});
    for (const char* no : {"1", "2", "3"}) {
      const std::string n(no);
      add("request-" + n, "fund_request", {{"status", "draft"}, {"fund", "fund-1"}});
      add("claim-" + n, "claim", {{"status", "draft"}, {"request", "request-1"}});
      add("settlement-" + n, "settlement",
          {{"status", "created"},
           {"members[m].claim", "claim-" + n},
           {"members[m].amount", "100"}});
    }
    return out;
  }

  /// The hub hears of these records.
  void hear(const Records& known, const std::vector<std::string>& ids) {
    LedgerReader reader(hub_->store());
    for (const auto& [id, record] : known) reader.set(record);
    FundAccounting accounting(config_, std::move(reader), Timestamp(), 1);
    ASSERT_TRUE(accounting.account(ids));
    store::Changes changes;
    accounting.enter(changes);
    ASSERT_TRUE(hub_->store().commit(std::move(changes)));
    refused_ = accounting.refused();
  }

  void expect_sound(const Records& known, std::uint64_t seed) {
    const std::vector<std::string> funds = hub_->store().funds_of({}).value();
    for (const std::string& fund : funds) {
      const auto rows = hub_->store().fund_postings({fund}).value();
      std::map<std::string, Decimal> sums;
      std::vector<model::FundPosting> postings;
      std::string chain;
      for (const store::FundPostingRow& row : rows) {
        const Decimal moved = Decimal::parse(row.moved).value();
        ASSERT_GE(moved.sign(), 0);
        sums[row.from] = minus(sums[row.from], moved);
        sums[row.to] = plus(sums[row.to], moved);
        ASSERT_EQ(row.chain, store::chain_of(chain, row));
        chain = row.chain;
        postings.push_back(posting_of(row).value());
      }
      const auto ledger =
          model::FundLedger::replay({.currency = *model::Currency::parse("EUR")}, postings);
      ASSERT_TRUE(ledger) << "seed " << seed << ": " << to_string(ledger.error());
      for (const auto& [account, total] : sums) {
        const bool source = account == "budget" || account == "over_consumption_approved";
        ASSERT_EQ(ledger->figure(*model::fund_account(account)), source ? -total : total);
        // What is available below zero is flagged.
        if (source || account == "remark" || account == "available") continue;
        ASSERT_GE(total.sign(), 0) << "seed " << seed << ": " << account << " of " << fund;
      }
      expect_excess_known(*ledger, seed);
      ASSERT_EQ(ledger->key_figures().available_to_reserve, sums["available"]);
      ASSERT_EQ(ledger->key_figures().budget, -sums["budget"]);
    }
    expect_followed(known, seed);
  }

  /// What goes beyond a fund is flagged to the cent, and what was approved is needed.
  static void expect_excess_known(const model::FundLedger& ledger, std::uint64_t seed) {
    Decimal asked;
    Decimal approved;
    for (const auto& [document, excess] : ledger.excesses()) {
      asked = plus(asked, excess.asked);
      approved = plus(approved, excess.approved);
    }
    const Decimal available = ledger.figure(Account::Available);
    ASSERT_EQ(asked, std::max(-available, Decimal())) << "seed " << seed;
    if (approved.sign() > 0) {
      ASSERT_LE(plus(available, ledger.figure(Account::Expired)).sign(), 0) << "seed " << seed;
    }
  }

  /// What is not refused stands in the books as its record says.
  void expect_followed(const Records& known, std::uint64_t seed) {
    LedgerReader reader(hub_->store());
    for (const auto& [id, record] : known) reader.set(record);
    FundAccounting accounting(config_, std::move(reader), Timestamp(), 1);
    std::vector<std::string> all;
    for (const auto& [id, record] : known) all.push_back(id);
    ASSERT_TRUE(accounting.account(all));
    ASSERT_TRUE(accounting.posted().empty()) << "seed " << seed << ": the same news posts "
                                             << accounting.posted().front().event << " again";
    for (const auto& [id, record] : known) {
      if (record.entity != "claim" || accounting.refused().contains(id)) continue;
      auto settled = accounting.settled(id);
      ASSERT_TRUE(settled);
      ClaimTarget target;
      ASSERT_FALSE(target_of_claim(record.fields, *settled, *model::Currency::parse("EUR"), target)
                       .has_value());
      Decimal granted;
      Decimal paid;
      const std::set<std::string> funds = accounting.books().funds_of(id).value();
      for (const std::string& fund : funds) {
        const model::FundLedger& ledger = (*accounting.books().open(fund))->ledger();
        for (const Account account :
             {Account::ApprovedClaim, Account::ReleasedToSettle, Account::Settled})
          granted = plus(granted, ledger.figure(account, id));
        paid = plus(paid, ledger.figure(Account::Paid, id));
      }
      ASSERT_EQ(paid, target.paid) << "seed " << seed << ": " << id;
      ASSERT_EQ(granted, target.granted) << "seed " << seed << ": " << id;
    }
  }

  std::map<std::string, LedgerRefusal> refused_;
};

TEST_F(FundAccountingTest, NoNewsInAnyOrderBreaksTheBooks) {
  std::size_t postings = 0;
  std::size_t refusals = 0;
  std::size_t flagged = 0;
  for (std::uint64_t seed = 1; seed <= worlds(); ++seed) {
    hub_.reset();
    for (const char* suffix : {"", "-wal", "-shm", ".lock"})
      std::filesystem::remove(folder_ / (std::string("hub.db") + suffix));
    config_.ledger.reversed =
        seed % 2 == 0 ? LedgerRules::Reversed::WriteOff : LedgerRules::Reversed::Reserve;
    config_.ledger.approval = {};
    if (seed % 4 < 2)  // what is more wants Anna's word
      config_.ledger.approval = {.limits = {{"EUR", Decimal(200)}}, .finance = {"anna"}};
    open();
    number_requests();
    std::mt19937_64 random(seed);
    Records world = begin();
    Records known;
    // What either system has said of each record, for news that come late and again.
    std::vector<LedgerRecord> said;
    for (int step = 0; step < 40; ++step) {
      happen(world, random);
      for (const auto& [id, record] : world) said.push_back(record);
      std::vector<std::string> heard;
      const std::size_t news = 1 + random() % 3;
      for (std::size_t n = 0; n < news; ++n) {
        const bool late = random() % 4 == 0;
        const std::size_t newest = said.size() - 1 - random() % std::min(said.size(), world.size());
        const LedgerRecord& record = said[late ? random() % said.size() : newest];
        known[record.id] = record;
        heard.push_back(record.id);
      }
      hear(known, heard);
      if (HasFatalFailure()) return;
      refusals += refused_.size();
    }
    // In the end everybody has heard everything, and what was refused is tried again.
    known = world;
    std::vector<std::string> all;
    for (const auto& [id, record] : known) all.push_back(id);
    std::shuffle(all.begin(), all.end(), random);
    hear(known, all);
    if (HasFatalFailure()) return;
    expect_sound(known, seed);
    if (HasFatalFailure()) return;
    const std::vector<store::FundHeadRow> heads = hub_->store().fund_heads().value();
    for (const store::FundHeadRow& head : heads) {
      postings += static_cast<std::size_t>(head.no);
      const auto rows = hub_->store().fund_postings({head.fund}).value();
      for (const store::FundPostingRow& row : rows)
        flagged += row.kind == "excess_flagged" ? 1U : 0U;
    }
  }
  EXPECT_GT(flagged, 10U) << "too little went beyond: this proves little";
  EXPECT_GT(postings, 1'000U) << "too little was posted: this proves little";
  EXPECT_GT(refusals, 300U) << "too little was refused: this proves little";
}

}  // namespace
}  // namespace channelbridge::hub
