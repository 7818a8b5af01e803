#include "bulk_read_internal.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "channelbridge/document/csv.hpp"
#include "errors_internal.hpp"

namespace channelbridge::salesforce {
namespace {

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

/// Is the job, or its results, not there any more?
bool gone(const Error& error) {
  return error.code() == ErrorCode::NotFound || error.remote_code() == "INVALIDJOBSTATE" ||
         error.remote_code() == "INVALIDJOB" || error.remote_code() == "INVALID_QUERY_LOCATOR";
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
  if (parts.size() != 5 || parts[0] != "bulk1") return wrong;
  const auto bound = parse_iso8601(parts[1]);
  if (!bound || !full_id(parts[2])) return wrong;
  BulkCursor cursor{.bound = *bound, .job = std::string(parts[2])};
  if (parts[3] != "-") cursor.locator = parts[3];
  const char* const end = parts[4].data() + parts[4].size();
  const auto read = std::from_chars(parts[4].data(), end, cursor.rows);
  if (read.ec != std::errc() || read.ptr != end) return wrong;
  return cursor;
}

std::string BulkCursor::text() const {
  return "bulk1 " + soql_time(bound) + " " + job + " " + (locator.empty() ? "-" : locator) + " " +
         std::to_string(rows);
}

Result<std::optional<BulkCursor>> BulkReader::start(const adapter::Selection& selection,
                                                    const Columns& columns, Timestamp bound,
                                                    std::size_t page_size, const Context& context) {
  const std::optional<BulkCursor> none;
  if (!options_.bulk.use) return none;
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
  std::string soql = "SELECT ";
  for (const std::string& path : columns.select)
    soql += (&path == &columns.select.front() ? "" : ",") + path;
  soql += " FROM " + selection.object + " WHERE " + condition_of(selection, columns, bound);
  const nlohmann::json body = {{"operation", options_.deletes ? "queryAll" : "query"},
                               {"query", soql},
                               {"contentType", "CSV"},
                               {"lineEnding", "LF"},
                               {"columnDelimiter", "COMMA"}};
  auto job = api_.create(BulkApi::Kind::Query, body.dump(), operation_of(selection), context);
  if (!job && refused_for_good(job.error())) return none;
  if (!job) return std::move(job).error();
  return std::optional(BulkCursor{.bound = bound, .job = std::move(*job)});
}

Result<std::shared_ptr<BulkReader::Answer>> BulkReader::fetch(
    const BulkCursor& cursor, const std::vector<ExportColumn>& columns,
    const std::string& operation, const Context& context) {
  auto response = api_.results(cursor.job, cursor.locator, kRowsOfResult, operation, context);
  if (!response) return std::move(response).error();
  auto answer = std::make_shared<Answer>();
  answer->locator = cursor.locator;
  answer->next = response->headers.get("Sforce-Locator").value_or("");
  const std::string count = response->headers.get("Sforce-NumberOfRecords").value_or("");
  const auto read = std::from_chars(count.data(), count.data() + count.size(), answer->rows);
  if (answer->next.empty() || count.empty() || read.ec != std::errc())
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

Result<BulkReader::Part> BulkReader::next(const adapter::Selection& selection,
                                          const Columns& columns, BulkCursor& cursor,
                                          std::size_t page_size, const Context& context) {
  const std::string operation = operation_of(selection);
  auto object = describes_.get(selection.object, context);
  if (!object) return std::move(object).error();
  auto exported = export_columns(**object, columns, describes_, context);
  if (!exported) return std::move(exported).error();
  if (!*exported) return Part{.step = Step::Gone};  // the mapping has changed since
  std::shared_ptr<Answer> answer;
  {
    const std::lock_guard lock(mutex_);
    const auto held = answers_.find(cursor.job);
    if (held != answers_.end() && held->second->locator == cursor.locator &&
        held->second->taken == cursor.rows)
      answer = held->second;
    answers_.erase(cursor.job);  // it comes back once its rows have been handed out
  }
  if (!answer) {
    const bool begun = !cursor.locator.empty() || cursor.rows > 0;  // then it was complete
    if (!begun) {
      auto info = api_.info(BulkApi::Kind::Query, cursor.job, operation, context);
      if (info && !info->final())
        info = api_.wait(BulkApi::Kind::Query, cursor.job, operation, context);
      if (!info && gone(info.error())) return Part{.step = Step::Gone};
      const bool late = !info && info.error().code() == ErrorCode::Timeout && context.check();
      if (!info && !late) return std::move(info).error();
      if (late) api_.abort(BulkApi::Kind::Query, cursor.job, operation, context);
      if (late || info->state != "JobComplete") return Part{.step = Step::Useless};
    }
    auto fetched = fetch(cursor, **exported, operation, context);
    if (!fetched && gone(fetched.error())) return Part{.step = Step::Gone};
    if (!fetched) return std::move(fetched).error();
    answer = std::move(*fetched);
    if (std::find(answer->where.begin(), answer->where.end(), -1) != answer->where.end())
      return Part{.step = Step::Gone};  // made for another selection
  }
  Part part;
  std::string json = R"({"records":[)";
  const std::string base = session_.path("");
  const std::size_t most = std::clamp<std::size_t>(page_size, 1, kLongestPage);
  std::vector<std::string> values((*exported)->size());
  std::size_t count = 0;
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
  json += "]}";
  cursor.rows = answer->taken;
  const bool through = answer->at >= answer->csv.size();
  if (through && answer->taken != answer->rows) {
    return session_.located(bad_results("results with " + std::to_string(answer->taken) + " of " +
                                        std::to_string(answer->rows) + " rows"),
                            operation);
  }
  if (through && answer->next == "null") {
    part.step = Step::End;
  } else if (through) {
    cursor.locator = answer->next;
    cursor.rows = 0;
  }
  if (!through) {
    const std::lock_guard lock(mutex_);
    answers_[cursor.job] = answer;
  }
  part.rows.page = document::Page::make(std::move(json), document::Format::Json);
  auto records = document::json_records(*part.rows.page, "records", columns.wanted);
  if (!records) return session_.located(records.error(), operation);
  part.rows.records = std::move(*records);
  part.rows.done = true;
  part.rows.total = part.rows.records.records.size();
  return part;
}

}  // namespace channelbridge::salesforce
