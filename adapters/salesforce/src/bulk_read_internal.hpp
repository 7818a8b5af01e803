#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bulk_internal.hpp"
#include "query_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {

/// Rows of one call for results, at most. Memory holds one such answer at a time.
inline constexpr std::size_t kRowsOfResult = 5'000;

/// Where a pull by a query job stands: everything before `bound` is read by it.
struct BulkCursor {
  Timestamp bound{};
  std::string job{};
  std::string locator{};            ///< of the answer that is being read; "" = the first
  std::uint64_t rows{};             ///< behind it that have been handed out
  std::size_t most{kRowsOfResult};  ///< rows of one answer: as many as fit into `bulk.result_bytes`
  std::string query{};              ///< digest of what the job was made for

  static bool is(std::string_view text) {
    return text.starts_with("bulk1 ") || text.starts_with("bulk2 ");
  }
  static Result<BulkCursor> parse(std::string_view text);
  std::string text() const;
};

/// How the columns of a query's results become the members of a REST document.
struct ExportColumn {
  enum class Kind : std::uint8_t { Text, Number, Boolean, Time };
  std::string path{};  ///< "Owner.Name"
  Kind kind{};
};
/// Nullopt: a job cannot select these (lists of children, compound and binary fields, parents of
/// several kinds or unknown ones).
Result<std::optional<std::vector<ExportColumn>>> export_columns(const ObjectDescribe& object,
                                                                const Columns& columns,
                                                                Describes& describes,
                                                                const Context& context);

/// One row as the REST API shows it. Protocol: a value is not of its field's type.
Result<void> append_exported(std::string& out, const std::string& object,
                             const std::vector<ExportColumn>& columns,
                             const std::vector<std::string>& values, const std::string& base);

/// Reads the first pass of an object through a query job.
///
/// Threads: any.
class BulkReader {
 public:
  BulkReader(Session& session, const Options& options, Describes& describes, Queries& queries,
             BulkApi& api)
      : session_(session), options_(options), describes_(describes), queries_(queries), api_(api) {}

  /// Makes a job for everything before `bound` when that is cheaper than pages of `page_size`;
  /// nullopt: it is not, the org refuses the job, or it has lost one of this object.
  Result<std::optional<BulkCursor>> start(const adapter::Selection& selection,
                                          const Columns& columns, Timestamp bound,
                                          std::size_t page_size, const Context& context);

  enum class Step : std::uint8_t { More, End, Gone, Useless };
  /// The next rows, and what is to be done then: read on, the end mark was seen, the job is not
  /// there any more or was made for another query or version, the job failed, does not end, has
  /// results that cannot be read or was lost by the org in this run. A job that is not gone on with
  /// is deleted.
  struct Part {
    Step step{Step::More};
    Rows rows{};
    std::optional<Error> refused{};  ///< why the job cannot be read any more; NotFound: it is gone
  };
  Result<Part> next(const adapter::Selection& selection, const Columns& columns, BulkCursor& cursor,
                    std::size_t page_size, const Context& context);

 private:
  Result<Part> rows_of(const adapter::Selection& selection, const Columns& columns,
                       BulkCursor& cursor, std::size_t page_size, const Context& context);
  /// Has this run made the job itself? Then another one would fare no better, and the object is
  /// read page by page from now on.
  bool give_up(const std::string& object, const std::string& job, const Error& why);
  /// Deletes a job, or ends it where it still runs. What fails is only logged: the org deletes its
  /// jobs after some days.
  void discard(const std::string& job, const Context& context);
  /// One answer for results, and how far it has been handed out.
  struct Answer {
    std::string locator{};  ///< that it was asked for with
    std::string next{};     ///< "null" = it is the last one
    std::string csv{};
    std::size_t at{};          ///< of csv
    std::uint64_t taken{};     ///< rows before `at`
    std::uint64_t rows{};      ///< as the org counts them
    std::vector<int> where{};  ///< position of each exported column
  };
  /// The statement of everything before `bound`, and the digest of it and how it is asked.
  std::string statement(const adapter::Selection& selection, const Columns& columns,
                        Timestamp bound) const;
  std::string digest(const std::string& statement) const;
  /// What an earlier call has left of the answer at this position.
  std::shared_ptr<Answer> take_held(const BulkCursor& cursor);
  /// Waits until the job can be read. Step::More: it can.
  Result<Part> ready(const BulkCursor& cursor, const std::string& operation,
                     const Context& context);
  /// The answer at the position, with as many rows as fit; moves `most`.
  Result<std::shared_ptr<Answer>> fetch(BulkCursor& cursor,
                                        const std::vector<ExportColumn>& columns,
                                        const std::string& operation, const Context& context);

  Session& session_;
  const Options& options_;
  Describes& describes_;
  Queries& queries_;
  BulkApi& api_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Answer>> answers_;  ///< by job
  std::set<std::string> made_;                              ///< jobs of this run
  std::set<std::string> by_pages_;                          ///< objects whose jobs get lost
};

}  // namespace channelbridge::salesforce
