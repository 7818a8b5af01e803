#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sandbox/common/http.hpp"
#include "sandbox/salesforce/writes.hpp"

namespace channelbridge::sandbox::salesforce {

/// The form of a job's comma-separated values.
struct CsvForm {
  char delimiter{','};
  bool crlf{};
};

/// One value of a row; `quoted` tells an empty text from nothing at all.
struct CsvTable {
  std::vector<std::string> header{};
  std::vector<std::vector<std::string>> rows{};
};

/// As the API reads an upload: the declared line ending and no other outside of quotes, values with
/// a delimiter, a quote or a line break quoted, quotes doubled, as many values in each row as in
/// the header. The Error's message is the job's errorMessage.
Result<CsvTable> parse_csv(const std::string& text, const CsvForm& form);
/// Every value quoted.
void append_csv_row(std::string& out, const std::vector<std::string>& values, const CsvForm& form);

/// A job of Bulk API 2.0, or one of the API before it, which stands in the same list.
struct BulkJob {
  std::string id{};
  bool query{};
  bool classic{};  ///< its state is set by whoever made it, "Closed" at the end
  std::string operation{};
  std::string object{};
  std::string external_id{};
  std::string text{};  ///< the statement of a query
  std::string delimiter_name{"COMMA"};
  CsvForm form{};
  int version{};
  Actor actor{};
  std::string state{"Open"};
  Timestamp created{};
  Timestamp changed{};
  std::string upload{};
  bool uploaded{};
  Request closed_by{};           ///< what the journal names for the job's effects
  std::int64_t fail_after{-1};   ///< rows until the job fails; -1 = it does not
  std::int64_t stall_after{-1};  ///< rows until it stays InProgress
  std::int64_t in_flight{};      ///< rows that are still written after an abort
  std::uint64_t processed{};
  std::uint64_t failed{};
  std::string error{};
  // Results: the header's text and the rows' texts, without the header.
  std::string columns{};
  std::vector<std::string> successful_rows{};
  std::vector<std::string> failed_rows{};
  std::vector<std::string> unprocessed_rows{};
  std::vector<std::string> query_rows{};
};

struct BulkJobs {
  std::map<std::string, BulkJob> jobs{};  ///< by id, oldest first
  std::uint64_t last{};
};

struct State;
struct Call;

/// Moves every job on to where it stands now.
void advance_jobs(State& state);
/// A job that was made and closed with the API before Bulk API 2.0; its id.
std::string add_classic_job(State& state, const Actor& actor, const std::string& object);
/// Ends every job of Bulk API 2.0 that has not ended.
void abort_jobs(State& state);
/// Processes the uploaded rows of a closed job.
void run_ingest(State& state, BulkJob& job);
/// What a job that ends before it has begun leaves of its upload.
void leave_unprocessed(BulkJob& job);
/// Writes the rows of an aborted job that were in flight.
void land_in_flight(State& state, BulkJob& job);
/// The rows of a query; an Error is the job's.
Result<void> run_query(State& state, BulkJob& job);
/// Refuses statements that bulk queries do not take.
Result<void> check_bulk_query(State& state, const std::string& text, Timestamp now);

/// jobs/ingest and jobs/query with all below them.
Response answer_bulk(Call& call);

}  // namespace channelbridge::sandbox::salesforce
