#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "accruals_internal.hpp"
#include "ledger_internal.hpp"

namespace channelbridge::hub {

namespace {

constexpr std::size_t kRunsLookedAt = 1'000;

/// What the newest report says of where the books ended.
struct Sealed {
  std::int64_t run{};
  LedgerSeal seal{};
};

Result<Sealed> newest_seal(store::Store& store) {
  auto runs = store.runs(kRunsLookedAt);
  if (!runs) return std::move(runs).error();
  for (const store::RunRow& run : *runs) {
    const nlohmann::json report = nlohmann::json::parse(run.report, nullptr, false);
    const auto postings = nlohmann::json::json_pointer("/ledger/postings");
    const auto head = nlohmann::json::json_pointer("/ledger/head");
    if (!report.is_object() || !report.contains(postings) || !report.contains(head)) continue;
    if (!report[postings].is_number_integer() || !report[head].is_string()) continue;
    return Sealed{.run = run.id,
                  .seal = {.postings = report[postings].get<std::int64_t>(),
                           .head = report[head].get<std::string>()}};
  }
  return Sealed{};
}

/// Looks at the books as they stand in one copy of the store, which nobody writes to.
class Verification {
 public:
  Verification(const HubConfig& config, store::Store& store, Timestamp last_run)
      : config_(config),
        store_(store),
        last_run_(last_run),
        accounting_(config, LedgerReader(store), last_run, 0) {}

  Result<LedgerCheck> run() {
    if (auto done = load_waits(); !done) return std::move(done).error();
    if (auto done = check_books(); !done) return std::move(done).error();
    auto records = ledger_records(store_);
    if (!records) return std::move(records).error();
    if (auto done = check_records(*records); !done) return std::move(done).error();
    if (auto done = check_accruals(); !done) return std::move(done).error();
    LedgerComparison comparison(config_, store_, accounting_, waits_);
    for (const std::string& record : *records) {
      if (auto done = comparison.compare(record); !done) return std::move(done).error();
    }
    auto statements =
        StatementComparison(config_, store_, accounting_, comparison.found(), comparison.writes())
            .run();
    if (!statements) return std::move(statements).error();
    if (auto done = add_remarks(*records); !done) return std::move(done).error();
    auto excesses = excess_lines(accounting_, store_);
    if (!excesses) return std::move(excesses).error();
    out_.excesses = *std::move(excesses);
    out_.differences = comparison.finish();
    std::move(statements->begin(), statements->end(), std::back_inserter(out_.differences));
    return std::move(out_);
  }

 private:
  Result<void> load_waits() {
    std::string after;
    while (true) {
      auto rows = store_.ledger_waits(after, kStoreStep);
      if (!rows) return std::move(rows).error();
      if (rows->empty()) return {};
      after = rows->back().record;
      for (store::LedgerWaitRow& row : *rows) {
        std::string id = row.record;
        waits_.emplace(std::move(id), std::move(row));
      }
    }
  }

  /// Every posting follows from the one before it and from its event, the last one is the last one
  /// written, and nothing is gone that a run has reported.
  Result<void> check_books() {
    auto funds = store_.funds_of({});
    auto heads = store_.fund_heads();
    auto sealed = newest_seal(store_);
    if (!funds) return std::move(funds).error();
    if (!heads) return std::move(heads).error();
    if (!sealed) return std::move(sealed).error();
    std::map<std::string, store::FundHeadRow> head_of;
    for (const std::string& fund : *funds) head_of[fund] = {.fund = fund};
    for (store::FundHeadRow& head : *heads) head_of[head.fund] = head;
    std::vector<store::FundHeadRow> ends;
    std::vector<store::FundHeadRow> reported;
    for (const auto& [fund, head] : head_of) {
      auto rows = store_.fund_postings({fund});
      if (!rows) return std::move(rows).error();
      if (auto done = check_book(head, *rows); !done) return done;
      store::FundHeadRow before{.fund = fund};
      for (const store::FundPostingRow& row : *rows) {
        if (row.run <= sealed->run) before = {.fund = fund, .no = row.no, .chain = row.chain};
      }
      if (before.no > 0) reported.push_back(before);
      if (!rows->empty())
        ends.push_back({.fund = fund, .no = rows->back().no, .chain = rows->back().chain});
    }
    out_.books = ends.size();
    out_.seal = seal_of(ends);
    out_.sealed_by = sealed->run;
    const LedgerSeal then = seal_of(reported);
    if (sealed->run > 0 && then != sealed->seal) {
      out_.faults.push_back({.rule = "run_differs",
                             .message = "run " + std::to_string(sealed->run) + " has reported " +
                                        std::to_string(sealed->seal.postings) +
                                        " postings that end in " + sealed->seal.head +
                                        "; there are " + std::to_string(then.postings) +
                                        " of up to that run, and they end in " + then.head});
    }
    return {};
  }

  Result<void> check_book(const store::FundHeadRow& head,
                          const std::vector<store::FundPostingRow>& rows) {
    std::string before;
    std::int64_t no = 0;
    for (const store::FundPostingRow& row : rows) {
      if (row.no != ++no) {
        fault(head.fund, no, "posting_missing",
              "posting " + std::to_string(no) + " is not there: " + words_of(row) + " follows");
        no = row.no;
      }
      const std::string chain = store::chain_of(before, row);
      if (chain != row.chain) {
        fault(head.fund, row.no, "chain_broken",
              words_of(row) + " says the chain " + row.chain + ", and it makes " + chain +
                  ": it was changed after it was written" +
                  (row.no > 1 ? ", or the one before it was, with its chain" : ""));
      }
      before = row.chain;
      if (auto done = check_cause(row); !done) return done;
    }
    if (no != head.no || before != head.chain) {
      fault(head.fund, std::max(no, head.no), "head_differs",
            "the books end with posting " + std::to_string(no) + " (" + before + "), and posting " +
                std::to_string(head.no) + " was written last (" + head.chain + ")");
    }
    auto book = accounting_.books().open(head.fund);
    if (!book) return std::move(book).error();
    if (*book != nullptr && (*book)->broken() &&
        (*book)->broken()->rule == "fund_posting_differs") {
      const std::string& detail = (*book)->broken()->detail;
      fault(head.fund, number_in(detail), "fund_posting_differs", detail);
    }
    return {};
  }

  /// A posting names the version of the record that caused it.
  Result<void> check_cause(const store::FundPostingRow& row) {
    auto record = accounting_.reader().find(row.record);
    if (!record) return std::move(record).error();
    if (*record == nullptr || (*record)->gone || row.version <= (*record)->version) return {};
    fault(row.fund, row.no, "record_missing",
          words_of(row) + " is of version " + std::to_string(row.version) + " of " + row.record +
              ", which has " + std::to_string((*record)->version));
    return {};
  }

  /// "posting 3 (claim_approved of claim C-7, 500.00 EUR from reserved to approved_claim)"
  std::string words_of(const store::FundPostingRow& row) const {
    return "posting " + std::to_string(row.no) + " (" + row.kind + " of " + row.document + ", " +
           money_text(row.moved, row.currency) + " from " + row.from + " to " + row.to + ")";
  }

  /// The number that a message begins with: "posting 3 (…".
  static std::int64_t number_in(const std::string& message) {
    constexpr std::string_view kBegin = "posting ";
    if (!message.starts_with(kBegin)) return 0;
    std::int64_t out = 0;
    for (std::size_t at = kBegin.size();
         at < message.size() && message[at] >= '0' && message[at] <= '9' && out < 1'000'000'000;
         ++at)
      out = out * 10 + (message[at] - '0');
    return out;
  }

  void fault(const std::string& fund, std::int64_t no, std::string rule, std::string message) {
    std::string number;
    if (auto record = accounting_.reader().find(fund); record && *record != nullptr)
      number = model::get((*record)->fields, "number").value_or("");
    out_.faults.push_back({.fund = fund,
                           .number = std::move(number),
                           .no = no,
                           .rule = std::move(rule),
                           .message = std::move(message)});
  }

  /// The records as they are now ask for nothing that is not posted, but what waits.
  Result<void> check_records(const std::vector<std::string>& records) {
    if (auto done = accounting_.account(records); !done) return done;
    tell_lacking(accounting_);
    return {};
  }
  Result<void> add_remarks(const std::vector<std::string>& records) {
    for (const std::string& id : records) {
      if (waits_.contains(id)) continue;
      auto told = accounting_.told(id);
      if (!told) return std::move(told).error();
      if (told->empty()) continue;
      auto record = accounting_.reader().find(id);
      if (!record) return std::move(record).error();
      for (LedgerRefusal& each : *told) {
        out_.remarks.push_back({.entity = (*record)->entity,
                                .record = id,
                                .number = model::get((*record)->fields, "number").value_or(""),
                                .rule = std::move(each.rule),
                                .message = std::move(each.detail)});
      }
    }
    return {};
  }

  /// So do purchases and commissions, as far as they have been looked at.
  Result<void> check_accruals() {
    if (!makes_accruals(config_)) return {};
    auto known = accrued_up_to(config_, store_, last_run_);
    if (!known) return std::move(known).error();
    for (const std::string_view entity : accruing_entities(config_)) {
      for (std::int64_t after = 0;;) {
        auto step = next_accruing(store_, entity, after, known->change_of(entity));
        if (!step) return std::move(step).error();
        if (step->ids.empty()) break;
        after = step->change;
        FundAccounting accounting(config_, LedgerReader(store_), last_run_, 0);
        if (auto done = accounting.account(step->ids); !done) return done;
        tell_lacking(accounting);
      }
    }
    return {};
  }
  void tell_lacking(FundAccounting& accounting) {
    const auto named = [&accounting](const std::string& id) {
      const std::string name = accounting.reader().name_of(id);
      return name.empty() ? id : name;
    };
    std::map<std::string, std::pair<std::string, std::string>> lacking;  // document -> fund, words
    for (const store::FundPostingRow& row : accounting.posted()) {
      if (row.part != 1 || waits_.contains(row.document)) continue;
      auto& [fund, words] = lacking[row.document];
      fund = row.fund;
      words += (words.empty() ? "" : ", ") + row.kind +
               (row.amount.empty() ? "" : " " + money_text(row.amount, row.currency));
    }
    for (const auto& [document, entry] : lacking) {
      fault(entry.first, 0, "not_posted",
            named(document) + " asks for what its books do not have: " + entry.second);
    }
    for (const auto& [record, refusal] : accounting.refused()) {
      if (waits_.contains(record) || refusal.rule == "fund_posting_differs") continue;
      fault("", 0, "not_posted",
            named(record) + " is not in the books: " + refusal.detail + " (rule " + refusal.rule +
                ")");
    }
  }

  const HubConfig& config_;
  store::Store& store_;
  Timestamp last_run_;
  FundAccounting accounting_;
  std::map<std::string, store::LedgerWaitRow> waits_;
  LedgerCheck out_;
};

}  // namespace

Result<std::vector<std::string>> ledger_records(store::Store& store) {
  std::vector<std::string> out;
  for (const std::string_view entity : {"budget", "fund", "fund_request", "claim", "settlement"}) {
    for (std::int64_t after = 0;;) {
      auto rows = store.records_changed(entity, after, kStoreStep);
      if (!rows) return std::move(rows).error();
      if (rows->empty()) break;
      after = rows->back().change;
      for (store::RecordRow& row : *rows) out.push_back(std::move(row.id));
    }
  }
  return out;
}

Result<LedgerCheck> Hub::verify_ledger() const {
  // A run may post meanwhile: what is compared is of one moment.
  auto copy = store().scratch_copy();
  if (!copy) return std::move(copy).error();
  auto runs = (*copy)->runs(1);
  if (!runs) return std::move(runs).error();
  const Timestamp last_run = runs->empty() ? Timestamp() : runs->front().started;
  return Verification(config(), **copy, last_run).run();
}

}  // namespace channelbridge::hub
