#include <algorithm>
#include <charconv>
#include <filesystem>

#include "channelbridge/adapter/http_settings.hpp"
#include "channelbridge/salesforce/approvals.hpp"
#include "channelbridge/salesforce/cpq.hpp"
#include "channelbridge/salesforce/salesforce.hpp"
#include "evidence_internal.hpp"
#include "fund_records_internal.hpp"
#include "metadata_internal.hpp"

namespace channelbridge::salesforce {
namespace {

/// "500" calls or "10%" of the org's own limit.
void read_reserve(adapter::SettingsReader& reader, Options& options) {
  std::string text = reader.text("limits.reserve", "0");
  const bool percent = text.ends_with('%');
  if (percent) text.pop_back();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return;  // reported by http_settings
  if (percent)
    options.reserve_percent = static_cast<double>(value);
  else
    options.reserve_calls = value;
}

/// `off`, `never`, or what to change of the rule.
BulkOptions read_bulk(adapter::SettingsReader& reader) {
  BulkOptions bulk;
  const std::string word = reader.text("bulk");
  bulk.look_for_left = word != "never";
  bulk.use = word != "off" && word != "false" && bulk.look_for_left;
  if (!word.empty() && bulk.use) {
    reader.problem("bulk", "choice",
                   "'" + word + "' is neither off nor never nor a group of settings");
  }
  const auto whole = [&reader](const char* path, std::size_t fallback, std::int64_t lowest,
                               std::int64_t highest) {
    return static_cast<std::size_t>(
        reader.integer(path, static_cast<std::int64_t>(fallback), lowest, highest));
  };
  bulk.from_records = whole("bulk.from_records", bulk.from_records, 0, 100'000'000);
  bulk.records = whole("bulk.records", bulk.records, 200, 1'000'000);
  bulk.bytes = whole("bulk.bytes", bulk.bytes, 10'000, 100'000'000);
  bulk.updates = reader.flag("bulk.updates", bulk.updates);
  bulk.poll = reader.duration("bulk.poll", bulk.poll);
  bulk.longest_poll = std::max(bulk.poll, reader.duration("bulk.longest_poll", bulk.longest_poll));
  bulk.timeout = reader.duration("bulk.timeout", bulk.timeout);
  bulk.abort_settle = reader.duration("bulk.abort_settle", bulk.abort_settle);
  bulk.result_bytes = whole("bulk.result_bytes", bulk.result_bytes, 100'000, 1'000'000'000);
  return bulk;
}

/// "faktura: Invoice, foto: Photo"
std::vector<std::pair<std::string, std::string>> read_kinds(adapter::SettingsReader& reader) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto trimmed = [](std::string text) {
    text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  };
  const std::string text = reader.text("funds.kind_words");
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string entry = text.substr(begin, end - begin);
    const std::size_t colon = std::min(entry.find(':'), entry.size());
    std::string word = lower_ascii(trimmed(entry.substr(0, colon)));
    std::string kind = trimmed(entry.substr(std::min(colon + 1, entry.size())));
    if (word.empty() || kind.empty())
      reader.problem("funds.kind_words", "format", "'" + entry + "' is no word with its kind",
                     "\"faktura: Invoice, foto: Photo\"");
    else
      out.emplace_back(std::move(word), std::move(kind));
    begin = end + 1;
  }
  return out;
}

FundOptions read_funds(adapter::SettingsReader& reader) {
  FundOptions funds;
  funds.approval_field = reader.text("funds.approval_field", funds.approval_field);
  funds.waiting = reader.one_of("funds.waiting", {"field", "process"}, "field") == "process"
                      ? Waiting::Process
                      : Waiting::Field;
  const std::string recalled =
      reader.one_of("funds.recalled", {"draft", "returned", "withdrawn"}, "returned");
  funds.recalled = recalled == "draft"       ? Recalled::Draft
                   : recalled == "withdrawn" ? Recalled::Withdrawn
                                             : Recalled::Returned;
  funds.claimed_field = reader.text("funds.claimed_field", funds.claimed_field);
  funds.approved_field = reader.text("funds.approved_field", funds.approved_field);
  funds.hash_field = reader.text("funds.hash_field", funds.hash_field);
  funds.kind_field = reader.text("funds.kind_field", funds.kind_field);
  funds.kind_words = read_kinds(reader);
  if (const std::string folder = reader.text("funds.files"); !folder.empty())
    funds.files = (std::filesystem::path(reader.system().folder) / folder).string();
  funds.file_bytes = static_cast<std::size_t>(reader.integer(
      "funds.file_bytes", static_cast<std::int64_t>(funds.file_bytes), 1'000, 500'000'000));
  funds.file_changes = reader.flag("funds.file_changes", funds.file_changes);
  return funds;
}

Options read_options(adapter::SettingsReader& reader) {
  Options options;
  options.api_version = reader.text("api_version", options.api_version);
  options.user = reader.text("user", reader.text("credential.user"));
  options.deletes = reader.flag("deletes", options.deletes);
  options.overlap = reader.duration("overlap", options.overlap);
  options.settle = reader.duration("settle", options.settle);
  options.batch_records = static_cast<std::size_t>(reader.integer("batch_records", 200, 1, 200));
  options.batch_bytes = static_cast<std::size_t>(reader.integer(
      "batch_bytes", static_cast<std::int64_t>(options.batch_bytes), 1'000, 48'000'000));
  options.bulk = read_bulk(reader);
  options.concurrency = static_cast<int>(reader.integer("limits.concurrency", 8, 1, 25));
  options.lock_repeats = static_cast<int>(reader.integer("lock_repeats", 3, 0, 10));
  options.allow_duplicates = reader.flag("allow_duplicates", options.allow_duplicates);
  options.client = reader.text("client", options.client);
  options.price_book = reader.text("price_book", options.price_book);
  options.draft_status = reader.text("draft_status", options.draft_status);
  options.overlay = reader.file("overlay");
  options.organization = reader.text("organization");
  options.cpq_calculate = reader.one_of("cpq", {"none", "calculate"}, "none") == "calculate";
  options.budget_recheck = reader.duration("limits.recheck", options.budget_recheck);
  options.funds = read_funds(reader);
  read_reserve(reader, options);
  return options;
}

struct Connection {
  adapter::HttpSettings http{};
  Options options{};
};

Result<Connection> connection(const adapter::SystemSettings& system) {
  adapter::SettingsReader reader(system);
  Connection out{.http =
                     adapter::read_http_settings(reader, {.token_path = "/services/oauth2/token"})};
  out.options = read_options(reader);
  out.options.daily_calls = static_cast<std::uint64_t>(out.http.daily_calls);
  if (auto finished = reader.finish(); !finished) return std::move(finished).error();
  return out;
}

Result<std::shared_ptr<adapter::Adapter>> make(const adapter::SystemSettings& system) {
  auto to = connection(system);
  if (!to) return std::move(to).error();
  return make_salesforce(to->http.transport, to->http.pipeline, std::move(to->options));
}

}  // namespace

Result<std::unique_ptr<CpqQuotes>> make_cpq_quotes(const adapter::SystemSettings& system) {
  auto to = connection(system);
  if (!to) return std::move(to).error();
  return std::make_unique<CpqQuotes>(to->http.transport, to->http.pipeline, std::move(to->options));
}

Result<std::unique_ptr<Approvals>> make_approvals(const adapter::SystemSettings& system,
                                                  ApprovalOptions approvals) {
  auto to = connection(system);
  if (!to) return std::move(to).error();
  return std::make_unique<Approvals>(to->http.transport, to->http.pipeline, std::move(to->options),
                                     std::move(approvals));
}

adapter::AdapterKind kind() {
  adapter::AdapterKind kind;
  kind.name = "salesforce";
  kind.known_settings = adapter::http_setting_names();
  for (const char* name : {"api_version",
                           "user",
                           "deletes",
                           "overlap",
                           "settle",
                           "batch_records",
                           "batch_bytes",
                           "lock_repeats",
                           "allow_duplicates",
                           "client",
                           "cpq",
                           "organization",
                           "price_book",
                           "draft_status",
                           "overlay",
                           "funds.approval_field",
                           "funds.waiting",
                           "funds.recalled",
                           "funds.claimed_field",
                           "funds.approved_field",
                           "funds.hash_field",
                           "funds.kind_field",
                           "funds.kind_words",
                           "funds.files",
                           "funds.file_bytes",
                           "funds.file_changes",
                           "limits.recheck",
                           "bulk",
                           "bulk.from_records",
                           "bulk.records",
                           "bulk.bytes",
                           "bulk.updates",
                           "bulk.poll",
                           "bulk.longest_poll",
                           "bulk.timeout",
                           "bulk.abort_settle",
                           "bulk.result_bytes"})
    kind.known_settings.emplace_back(name);
  kind.make = make;
  kind.published = [](std::string_view object,
                      const std::string& folder) -> Result<adapter::ObjectMetadata> {
    auto describe = published_describe(object, folder);
    if (!describe) return std::move(describe).error();
    offer_submission(describe->metadata, {});
    return std::move(describe->metadata);
  };
  return kind;
}

}  // namespace channelbridge::salesforce
