#include "bulk_read_internal.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "channelbridge/core/sha256.hpp"
#include "channelbridge/document/csv.hpp"
#include "errors_internal.hpp"

namespace channelbridge::salesforce {
namespace {

constexpr std::size_t kDigest = 16;  // characters of a hash that tell queries apart

/// The condition of a first pass, without order and limit.
std::string condition_of(const adapter::Selection& selection, const Columns& columns,
                         Timestamp bound) {
  std::string text = columns.stamp + " < " + soql_time(bound);
  if (!selection.where.empty()) text += " AND (" + selection.where + ")";
  return text;
}

std::string operation_of(const adapter::Selection& selection) {
  return "read " + selection.object + " as a bulk job";
}

Error bad_results(std::string message) {
  return Error(ErrorCode::Protocol, std::move(message)).with_sent(Sent::Answered);
}

/// Did the org refuse this for good, so that the other way is to be taken?
bool refused_for_good(const Error& error) {
  return error.sent() == Sent::Answered && proves_no_effect(error) &&
         error.code() != ErrorCode::Unauthenticated;
}

/// Is the job, or its results, not there any more, or not for us? 409: results are read with the
/// version of the API that made them. Source: Bulk API 2.0 Developer Guide, "Get Results for a
/// Query Job".
bool gone(const Error& error) {
  return error.code() == ErrorCode::NotFound || error.http_status() == 409 ||
         error.remote_code() == "INVALIDJOBSTATE" || error.remote_code() == "INVALIDJOB" ||
         error.remote_code() == "INVALID_QUERY_LOCATOR";
}

template <typename Number>
bool read_number(std::string_view text, Number& out) {
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, out);
  return read.ec == std::errc() && read.ptr == end;
}

}  // namespace

Result<BulkCursor> BulkCursor::parse(std::string_view text) {
  const Error wrong(ErrorCode::Invalid, "the stored cursor is not one of this adapter");
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    parts.push_back(text.substr(0, blank));
    text.remove_prefix(std::min(text.size(), blank + 1));
  }
  // The first form had no digest: nobody knows what its job was made for.
  const bool first = parts.size() == 5 && parts[0] == "bulk1";
  if (!first && (parts.size() != 7 || parts[0] != "bulk2")) return wrong;
  const auto bound = parse_iso8601(parts[1]);
  if (!bound || !full_id(parts[2])) return wrong;
  BulkCursor cursor{.bound = *bound, .job = std::string(parts[2])};
  if (parts[3] != "-") cursor.locator = parts[3];
  if (!read_number(parts[4], cursor.rows)) return wrong;
  if (first) return cursor;
  if (!read_number(parts[5], cursor.most) || cursor.most == 0 || cursor.most > kRowsOfResult)
    return wrong;
  cursor.query = parts[6];
  return cursor;
}

std::string BulkCursor::text() const {
  return "bulk2 " + soql_time(bound) + " " + job + " " + (locator.empty() ? "-" : locator) + " " +
         std::to_string(rows) + " " + std::to_string(most) + " " + query;
}

std::string BulkReader::statement(const adapter::Selection& selection, const Columns& columns,
                                  Timestamp bound) const {
  std::string soql = "SELECT ";
  for (const std::string& path : columns.select)
    soql += (&path == &columns.select.front() ? "" : ",") + path;
  return soql + " FROM " + selection.object + " WHERE " + condition_of(selection, columns, bound);
}

std::string BulkReader::digest(const std::string& statement) const {
  return sha256_hex({options_.api_version, options_.deletes ? " queryAll " : " query ", statement})
      .substr(0, kDigest);
}

Result<std::optional<BulkCursor>> BulkReader::start(const adapter::Selection& selection,
                                                    const Columns& columns, Timestamp bound,
                                                    std::size_t page_size, const Context& context) {
  const std::optional<BulkCursor> none;
  if (!options_.bulk.use) return none;
  {
    const std::lock_guard lock(mutex_);
    if (by_pages_.contains(selection.object)) return none;
  }
  auto object = describes_.get(selection.object, context);
  if (!object) return std::move(object).error();
  auto exported = export_columns(**object, columns, describes_, context);
  if (!exported) return std::move(exported).error();
  if (!*exported) return none;
  const std::size_t page = std::clamp<std::size_t>(page_size, 1, kLongestPage);
  auto rows = queries_.count("SELECT COUNT() FROM " + selection.object + " WHERE " +
                                 condition_of(selection, columns, bound),
                             operation_of(selection), context);
  // Rows that are too many to be counted in time are too many for pages.
  const bool countless =
      !rows && rows.error().code() == ErrorCode::Timeout && rows.error().sent() == Sent::Answered;
  if (!rows && !countless) return std::move(rows).error();
  if (!countless && !read_by_job(*rows, page, options_)) return none;
  const std::string soql = statement(selection, columns, bound);
  const nlohmann::json body = {{"operation", options_.deletes ? "queryAll" : "query"},
                               {"query", soql},
                               {"contentType", "CSV"},
                               {"lineEnding", "LF"},
                               {"columnDelimiter", "COMMA"}};
  auto job = api_.create(BulkApi::Kind::Query, body.dump(), operation_of(selection), context);
  if (!job && refused_for_good(job.error())) return none;
  if (!job) return std::move(job).error();
  {
    const std::lock_guard lock(mutex_);
    made_.insert(*job);
  }
  return std::optional(BulkCursor{.bound = bound, .job = std::move(*job), .query = digest(soql)});
}

Result<std::shared_ptr<BulkReader::Answer>> BulkReader::fetch(
    BulkCursor& cursor, const std::vector<ExportColumn>& columns, const std::string& operation,
    const Context& context) {
  std::optional<http::Response> response;
  for (bool first = true; !response; first = false) {
    if (!first && cursor.most == 1)
      return session_.located(bad_results("a row that is longer than bulk.result_bytes"),
                              operation);
    if (!first) cursor.most = (cursor.most + 1) / 2;
    auto told = api_.results(cursor.job, cursor.locator, cursor.most, operation, context);
    if (!told) return std::move(told).error();
    response = std::move(*told);
  }
  auto answer = std::make_shared<Answer>();
  answer->locator = cursor.locator;
  answer->next = response->headers.get("Sforce-Locator").value_or("");
  const std::string count = response->headers.get("Sforce-NumberOfRecords").value_or("");
  if (answer->next.empty() || !read_number(count, answer->rows))
    return session_.located(bad_results("results without Sforce-Locator or Sforce-NumberOfRecords"),
                            operation);
  if (answer->next != "null" && (answer->next == cursor.locator || answer->rows == 0))
    return session_.located(bad_results("results that lead nowhere"), operation);
  if (answer->next.find(' ') != std::string::npos)
    return session_.located(bad_results("a locator with a blank"), operation);
  answer->csv = std::move(response->body);
  const document::CsvRecord header = document::read_csv_record(answer->csv, ',', true);
  if (header.state != document::CsvRecord::State::Complete)
    return session_.located(bad_results("results without a header"), operation);
  answer->at = header.length;
  for (const ExportColumn& column : columns) {
    const auto found = std::find(header.values.begin(), header.values.end(), column.path);
    answer->where.push_back(
        found == header.values.end() ? -1 : static_cast<int>(found - header.values.begin()));
  }
  return answer;
}

std::shared_ptr<BulkReader::Answer> BulkReader::take_held(const BulkCursor& cursor) {
  const std::lock_guard lock(mutex_);
  const auto held = answers_.find(cursor.job);
  if (held == answers_.end()) return nullptr;
  // It comes back once its next rows have been handed out.
  std::shared_ptr<Answer> answer = std::move(held->second);
  answers_.erase(held);
  return answer->locator == cursor.locator && answer->taken == cursor.rows ? answer : nullptr;
}

Result<BulkReader::Part> BulkReader::ready(const BulkCursor& cursor, const std::string& operation,
                                           const Context& context) {
  if (!cursor.locator.empty() || cursor.rows > 0) return Part{};  // it was complete then
  auto info = api_.ask(BulkApi::Kind::Query, cursor.job, operation, context);
  // Only a job that is known to run and does not end is late.
  const bool runs = info && !info->final();
  if (runs) info = api_.wait(BulkApi::Kind::Query, cursor.job, operation, context);
  if (!info && gone(info.error())) return Part{.step = Step::Gone, .refused = info.error()};
  const bool late = runs && !info && info.error().code() == ErrorCode::Timeout && context.check();
  if (!info && !late) return std::move(info).error();
  if (late) api_.abort(BulkApi::Kind::Query, cursor.job, operation, context);
  return Part{.step = late || info->state != "JobComplete" ? Step::Useless : Step::More};
}

bool BulkReader::give_up(const std::string& object, const std::string& job, const Error& why) {
  {
    const std::lock_guard lock(mutex_);
    if (!made_.contains(job)) return false;
    by_pages_.insert(object);
  }
  session_.log().write(
      LogLevel::Warning, "query job lost, read page by page",
      {{"system", session_.system()}, {"object", object}, {"job", job}, {"error", to_string(why)}});
  return true;
}

void BulkReader::discard(const std::string& job, const Context& context) {
  static constexpr const char* kOperation = "delete a bulk job";
  auto done = api_.remove(BulkApi::Kind::Query, job, kOperation, context);
  if (!done && done.error().code() == ErrorCode::NotFound) return;
  if (!done && refused_for_good(done.error()))  // it still runs
    done = api_.set_state(BulkApi::Kind::Query, job, "Aborted", kOperation, context);
  if (done) return;
  session_.log().write(
      LogLevel::Info, "query job left to the org",
      {{"system", session_.system()}, {"job", job}, {"error", to_string(done.error())}});
}

Result<BulkReader::Part> BulkReader::next(const adapter::Selection& selection,
                                          const Columns& columns, BulkCursor& cursor,
                                          std::size_t page_size, const Context& context) {
  auto part = rows_of(selection, columns, cursor, page_size, context);
  if (!part || part->step == Step::More || part->step == Step::End) return part;
  const auto& refused = part->refused;
  if (refused && give_up(selection.object, cursor.job, *refused)) part->step = Step::Useless;
  if (!refused || refused->code() != ErrorCode::NotFound) discard(cursor.job, context);
  return part;
}

Result<BulkReader::Part> BulkReader::rows_of(const adapter::Selection& selection,
                                             const Columns& columns, BulkCursor& cursor,
                                             std::size_t page_size, const Context& context) {
  const std::string operation = operation_of(selection);
  auto object = describes_.get(selection.object, context);
  if (!object) return std::move(object).error();
  auto exported = export_columns(**object, columns, describes_, context);
  if (!exported) return std::move(exported).error();
  std::shared_ptr<Answer> answer = take_held(cursor);
  // The mapping, its `where` or the version of the API has changed since: begun anew.
  if (!*exported || cursor.query != digest(statement(selection, columns, cursor.bound)))
    return Part{.step = Step::Gone};
  Part part;
  std::string json = R"({"records":[)";
  const std::string base = session_.path("");
  const std::size_t most = std::clamp<std::size_t>(page_size, 1, kLongestPage);
  std::vector<std::string> values((*exported)->size());
  std::size_t count = 0;
  while (true) {
    if (!answer) {
      auto state = ready(cursor, operation, context);
      if (!state || state->step != Step::More) return state;
      auto fetched = fetch(cursor, **exported, operation, context);
      if (!fetched && gone(fetched.error()))
        return Part{.step = Step::Gone, .refused = fetched.error()};
      if (!fetched) return std::move(fetched).error();
      answer = std::move(*fetched);
      if (std::find(answer->where.begin(), answer->where.end(), -1) != answer->where.end())
        return Part{.step = Step::Useless};  // its statement asked for every one of them
    }
    while (answer->at < answer->csv.size() && count < most) {
      document::CsvRecord row =
          document::read_csv_record(std::string_view(answer->csv).substr(answer->at), ',', true);
      if (row.state != document::CsvRecord::State::Complete)
        return session_.located(bad_results("results that break off"), operation);
      answer->at += row.length;
      ++answer->taken;
      if (answer->taken <= cursor.rows) continue;  // handed out before this process
      for (std::size_t i = 0; i < values.size(); ++i) {
        const auto at = static_cast<std::size_t>(answer->where[i]);
        if (at >= row.values.size())
          return session_.located(bad_results("a row that is shorter than the header"), operation);
        values[i] = std::move(row.values[at]);
      }
      if (count++ > 0) json += ',';
      if (auto done = append_exported(json, selection.object, **exported, values, base); !done)
        return session_.located(done.error(), operation);
    }
    const bool through = answer->at >= answer->csv.size();
    if (through && answer->taken != answer->rows) {
      return session_.located(bad_results("results with " + std::to_string(answer->taken) + " of " +
                                          std::to_string(answer->rows) + " rows"),
                              operation);
    }
    // Answers have become shorter since these rows were handed out: the place is behind this one.
    const std::uint64_t before = through && cursor.rows > answer->taken ? cursor.rows : 0;
    if (before > 0 && answer->next == "null") return Part{.step = Step::Gone};
    cursor.rows = answer->taken;
    if (through && answer->next == "null") {
      part.step = Step::End;
    } else if (through) {
      cursor.locator = answer->next;
      cursor.rows = before > 0 ? before - answer->taken : 0;
      // A few long rows are no reason to ask for few ever after.
      if (answer->csv.size() < options_.bulk.result_bytes / 4)
        cursor.most = std::min(cursor.most * 2, kRowsOfResult);
    }
    if (before > 0) {
      answer = nullptr;
      continue;
    }
    if (!through) {
      const std::lock_guard lock(mutex_);
      answers_[cursor.job] = answer;
    }
    break;
  }
  json += "]}";
  part.rows.page = document::Page::make(std::move(json), document::Format::Json);
  auto records = document::json_records(*part.rows.page, "records", columns.wanted);
  if (!records) return session_.located(records.error(), operation);
  part.rows.records = std::move(*records);
  part.rows.done = true;
  part.rows.total = part.rows.records.records.size();
  return part;
}

}  // namespace channelbridge::salesforce
