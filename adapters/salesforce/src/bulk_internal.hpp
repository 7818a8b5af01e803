#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/clock.hpp"
#include "describes_internal.hpp"
#include "session_internal.hpp"

namespace channelbridge::salesforce {

/// What one way to move records costs.
struct BulkCost {
  std::uint64_t calls{};
  std::uint64_t bytes{};
  bool operator<(const BulkCost& other) const {
    return calls != other.calls ? calls < other.calls : bytes < other.bytes;
  }
};
/// Calls that ask for the state of a job of so many records until it ends.
std::uint64_t polls_of(std::uint64_t records, const BulkOptions& bulk);
/// Is a job the cheaper way to write so many records with bodies of so many bytes?
bool write_by_job(std::uint64_t records, std::uint64_t bytes, const Options& options);
/// Is it, to read so many rows in pages of `page_size`?
bool read_by_job(std::uint64_t rows, std::size_t page_size, const Options& options);
/// The smallest number of small records that are written by a job; 0 = none ever is.
std::size_t bulk_from(const Options& options);

/// A job as the org tells of it.
struct BulkJobInfo {
  std::string id{};
  std::string type{};  ///< "V2Ingest", "V2Query"; of other APIs "Classic", "BigObjectIngest"
  std::string state{};
  std::string object{};
  std::string created_by{};
  std::string error{};  ///< of a job that failed as a whole
  std::uint64_t processed{};
  std::optional<Timestamp> changed{};  ///< by the org's clock

  /// Nothing more of it is begun. Of an aborted job something may still be in flight: settle().
  bool final() const { return state == "JobComplete" || state == "Failed" || state == "Aborted"; }
};

/// The calls of Bulk API 2.0. Source: Bulk API 2.0 Developer Guide, "Bulk API 2.0 Ingest",
/// "Bulk API 2.0 Query".
///
/// Threads: any.
class BulkApi {
 public:
  enum class Kind : std::uint8_t { Ingest, Query };

  BulkApi(Session& session, const Options& options) : session_(session), options_(options) {}

  /// Makes a job and returns its id. Sent again after a lost answer: a job whose id nobody learns
  /// holds no data and never runs; a query that runs for nobody changes nothing.
  Result<std::string> create(Kind kind, std::string body, const std::string& operation,
                             const Context& context);
  /// Once per job.
  Result<void> upload(const std::string& id, std::string csv, const std::string& operation,
                      const Context& context);
  Result<BulkJobInfo> info(Kind kind, const std::string& id, const std::string& operation,
                           const Context& context);
  /// UploadComplete or Aborted.
  Result<void> set_state(Kind kind, const std::string& id, const char* state,
                         const std::string& operation, const Context& context);
  /// Asks until there is an answer: what fails in passing says nothing of the job, and is asked
  /// again within `bulk.timeout`.
  Result<BulkJobInfo> ask(Kind kind, const std::string& id, const std::string& operation,
                          const Context& context);
  /// Asks with growing waits until the job is final. Timeout: it was not within `bulk.timeout`, or
  /// nobody could say so.
  Result<BulkJobInfo> wait(Kind kind, const std::string& id, const std::string& operation,
                           const Context& context);
  /// Aborts and waits for the job's end. What fails is left as it is: the info says it.
  std::optional<BulkJobInfo> abort(Kind kind, const std::string& id, const std::string& operation,
                                   const Context& context);
  /// Deletes a job with its results. Refused while it runs. Sent again after a lost answer:
  /// NotFound then.
  Result<void> remove(Kind kind, const std::string& id, const std::string& operation,
                      const Context& context);
  /// Waits until no batch of a final job can write any more: `bulk.abort_settle` behind an abort.
  Result<void> settle(const BulkJobInfo& info, const Context& context);
  /// "successfulResults", "failedResults", "unprocessedrecords".
  Result<std::string> rows(const std::string& id, const char* list, const std::string& operation,
                           const Context& context);
  /// One page of a query's results; nullopt: so many rows are more than `bulk.result_bytes`.
  Result<std::optional<http::Response>> results(const std::string& id, const std::string& locator,
                                                std::size_t most, const std::string& operation,
                                                const Context& context);
  /// Ingest jobs of this org and API that may still write: closed and not at their end, or aborted
  /// not long ago.
  Result<std::vector<BulkJobInfo>> running(const Context& context);

 private:
  std::string path(Kind kind, const std::string& id = {}) const;

  Session& session_;
  const Options& options_;
};

/// Jobs that may still write: nobody may look for what became of their records before they have
/// ended and what was in flight then has landed. Those of this process, and once those that an
/// earlier one left, which has to be asked for with jobs switched off, too.
///
/// Threads: any.
class BulkFences {
 public:
  BulkFences(BulkApi& api, const Options& options) : api_(api), options_(options) {}

  void add(const std::string& object, const std::string& job);
  void remove(const std::string& object, const std::string& job);
  /// Its writer does nothing more about it: if it is still open, nobody will close it.
  void give_up(const std::string& job);
  /// Our own user's id; "" = jobs of anybody count.
  using OwnUser = std::function<Result<std::string>()>;
  /// Waits until no job of ours writes this object any more. Unavailable: one still does, or nobody
  /// can say. Forbidden: our user may not see what jobs there are.
  Result<void> pass(const std::string& object, const OwnUser& user, const Context& context);

 private:
  Result<void> list_left(const std::string& object, const OwnUser& user, const Context& context);
  Result<void> end(const std::string& object, const std::string& job, const std::string& operation,
                   const Context& context);
  /// Is the writer of this job still at it?
  bool being_closed(const std::string& object, const std::string& job);

  BulkApi& api_;
  const Options& options_;
  std::mutex mutex_;
  bool asked_{};
  std::map<std::string, std::set<std::string>> jobs_;  ///< by object
  std::set<std::string> given_up_;
};

/// Writes many records of one node as ingest jobs.
class BulkWriter {
 public:
  using Requests = std::vector<const adapter::WriteRequest*>;
  using Tell = std::function<void(const adapter::WriteRequest&, adapter::WriteOutcome)>;

  BulkWriter(Session& session, const Options& options, Describes& describes, BulkApi& api,
             BulkFences& fences)
      : session_(session), options_(options), describes_(describes), api_(api), fences_(fences) {}

  /// Writes those for which a job is cheaper and safe, tells the outcome of each, and returns the
  /// others: none of their bytes has had an effect. The Error only when nothing was sent at all.
  Result<Requests> write(const Requests& requests, const Tell& tell, const Context& context);

 private:
  struct Row {
    const adapter::WriteRequest* request{};
    std::string identity{};  ///< as the results show it
    std::string parents{};   ///< rows of one parent stand together: no serial mode in this API
  };
  struct Lane {
    std::string object{};
    adapter::Operation operation{};
    std::string external_id{};  ///< of an upsert
    std::vector<Row> rows{};
    std::set<std::string> columns{};
    std::uint64_t bytes{};  ///< of the bodies
  };
  enum class Taken : std::uint8_t { Yes, No };

  /// Can this row go into a job at all? Then it is added.
  Result<bool> add(Lane& lane, const adapter::WriteRequest& request, const Context& context);
  Result<bool> known_column(const ObjectDescribe& object, const std::string& column,
                            const Context& context);
  /// One job: outcomes of all its rows, or No when nothing of it has run. Rows that are refused and
  /// fare better another way go to `rest`.
  Result<Taken> run(const Lane& lane, std::span<const Row> rows, std::string csv, const Tell& tell,
                    Requests& rest, const Context& context);
  /// How a closed job ended, with nothing of it in flight any more; nullopt: nobody knows, and its
  /// fence stands.
  std::optional<BulkJobInfo> end_of(const std::string& id, bool closed,
                                    const std::string& operation, const Context& context);
  /// UploadComplete, whatever becomes of the answers. False: it is certain that it was refused.
  Result<bool> close(const std::string& id, const std::string& operation, const Context& context);
  void read_results(const Lane& lane, std::span<const Row> rows,
                    const std::optional<BulkJobInfo>& info, const std::string& id, const Tell& tell,
                    Requests& rest, const Context& context);

  Session& session_;
  const Options& options_;
  Describes& describes_;
  BulkApi& api_;
  BulkFences& fences_;
  bool effect_{};  ///< a job of this write may have changed something
};

}  // namespace channelbridge::salesforce
