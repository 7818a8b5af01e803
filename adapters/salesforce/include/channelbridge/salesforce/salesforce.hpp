#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "channelbridge/adapter/registry.hpp"
#include "channelbridge/http/pipeline.hpp"

namespace channelbridge::salesforce {

/// When and how jobs of Bulk API 2.0 take the place of single calls.
///
/// A job is used where it needs fewer API calls than the calls of `batch_records` (or of a page)
/// that it spares; at the same number, where fewer bytes travel. A job costs six calls (create,
/// upload, close, three results; a query: create and its pages) and its polls. How many polls, is
/// reckoned from one second for each 200 records, which makes the two ways equal at 2,000 records,
/// where the vendor's own advice draws the line. Source: Bulk API 2.0 Developer Guide, "What You
/// Can Do with Bulk API 2.0".
struct BulkOptions {
  bool use{true};
  /// Jobs that an earlier run may have left are looked for, whether new ones are made or not.
  /// False: somebody answers for it that our user never made one.
  bool look_for_left{true};
  std::size_t from_records{};  ///< a job is used from so many on; 0 = by what the ways cost
  /// Records of a hub that are offered to one job.
  std::size_t records{10'000};
  /// Bytes of one job, at most 100 MB. Source: the same, "Limits" (150 MB in base64).
  std::size_t bytes{16U << 20U};
  /// Updates and deletes may wait for a job; else none ever goes by one. Between the look at their
  /// objects and the job's end lie minutes; what people change there meanwhile, in the same fields,
  /// is lost.
  bool updates{};
  std::chrono::milliseconds poll{1'000};           ///< the first wait; each one doubles
  std::chrono::milliseconds longest_poll{30'000};  ///< up to here
  std::chrono::milliseconds timeout{30 * 60'000};  ///< then a job is aborted
  /// How long a batch that was being processed when its job was aborted may go on writing: as long
  /// as the org lets one run at a stretch. Source: Bulk API Developer Guide, "Limits"; that an
  /// abort does not stop it is (unconfirmed).
  std::chrono::milliseconds abort_settle{10 * 60'000};
  /// Bytes of one answer with results of a query, which memory holds; the number of rows that are
  /// asked for follows from it.
  std::size_t result_bytes{64U << 20U};
};

/// What tells that a draft waits for its approval.
enum class Waiting : std::uint8_t {
  Field,    ///< FundOptions::approval_field is filled
  Process,  ///< that, or its youngest ProcessInstance is pending
};

/// What a draft is that was taken back from its approval, or given back by it.
enum class Recalled : std::uint8_t {
  Draft,      ///< a draft like any other
  Returned,   ///< may be handed in once more
  Withdrawn,  ///< over; one that was given back is returned all the same
};

/// Marketing funds: fields that an administrator adds to their objects, and where the bytes of
/// evidence lie. Every member has a setting of the same name below `funds` in the project file.
struct FundOptions {
  /// Of PartnerFundRequest and PartnerFundClaim: filled while a draft waits for its approval. We
  /// write "Requested", which means that it is to be handed in; the approval process replaces that
  /// and empties the field at its end. "Returned" and "Withdrawn" there say what another system has
  /// made of a draft that does not wait. Where the org restricts it to a list, that has these
  /// words: Status does not take ("Submitted", "Returned", "Withdrawn") what this cannot remember,
  /// which `doctor` tells. "" = the org has none, and nothing is handed in.
  std::string approval_field{"Approval_Status__c"};
  Waiting waiting{Waiting::Field};
  Recalled recalled{Recalled::Returned};
  /// Of PartnerFundClaim, whose Amount is what was granted, and what is claimed until then. "" =
  /// Amount is written by the mapping alone.
  std::string claimed_field{"Claimed_Amount__c"};
  std::string approved_field{"Approved_Amount__c"};
  /// Of ContentVersion, a text of 64 or more: the SHA-256 of its bytes. Checksum is an MD5.
  std::string hash_field{"Sha256__c"};
  /// Of ContentVersion: what kind of proof a file is, as the mapping names it.
  std::string kind_field{"Evidence_Type__c"};
  /// What word (small letters of ASCII) stands for which kind: it is looked for in the tags
  /// (TagCsv) and the title of a file whose `kind_field` is empty, and of every file where the org
  /// has no such field. The first that is found counts. Empty = only the field tells.
  std::vector<std::pair<std::string, std::string>> kind_words{};
  /// Folder with files of evidence, each under its SHA-256; what is read of the org is added. "" =
  /// none: files are read for their hash alone, and none can be written.
  std::string files{};
  /// Of one file. Larger ones of the org show no hash unless the org has it.
  std::size_t file_bytes{25U << 20U};
  /// Files that are added, exchanged or taken away bring their record again, which they do not
  /// change: links and versions are asked for by their own time of change. Without the
  /// permission "Query All Files" a user sees the files alone that are shared with it, so that not
  /// all of them are found. Source: Object Reference, ContentDocumentLink (API 59.0 and later);
  /// that versions are shown as links are is (unconfirmed).
  bool file_changes{};
};

/// How to speak to one org. Every member has a setting of the same name in the project file.
struct Options {
  std::string api_version{"60.0"};
  /// Our own user, as user name or id: makes Change::modified_by_us known. "" = not offered.
  std::string user{};
  /// Deleted and merged-away rows are read too (queryAll; the recycle bin keeps them 15 days).
  /// Source: SOAP API Developer Guide, "emptyRecycleBin()".
  bool deletes{true};
  /// A pull reads this far behind its last one: a row gets its SystemModstamp when its transaction
  /// saves it, and that may commit after later ones. Source: SOAP API Developer Guide,
  /// "GetUpdatedResult" (latestDateCovered); how long a call may run is the org's (unconfirmed).
  std::chrono::milliseconds overlap{std::chrono::minutes(10)};
  std::chrono::milliseconds settle{5'000};
  /// At most 200. Source: REST API Developer Guide, "sObject Collections".
  std::size_t batch_records{200};
  std::size_t batch_bytes{4U << 20U};
  BulkOptions bulk{};
  int concurrency{8};
  /// Rows refused with UNABLE_TO_LOCK_ROW are sent again this often, alone.
  int lock_repeats{3};
  /// Passes duplicate rules of the kind "alert"; "block" rules always hold.
  bool allow_duplicates{};
  std::string client{"channelbridge"};  ///< appears in the org's change events as their origin
  /// Price book of documents with lines that name none, by name or id; "" = the org's standard one.
  std::string price_book{};
  /// The status with which orders and contracts begin; any other one travels alone.
  std::string draft_status{"Draft"};
  /// The org's own id, 15 or 18 characters: what outbound messages are checked against.
  std::string organization{};
  /// Quotes of Salesforce CPQ (SBQQ__Quote__c) are calculated and saved by CPQ after each write.
  bool cpq_calculate{};
  std::string overlay{};  ///< JSON file with fields that the metadata lacks; "" = none
  FundOptions funds{};

  /// Calls in 24 hours that the org's users and programs may make together; 0 = what the org says.
  std::uint64_t daily_calls{};
  /// Of these, kept for others: we pause before they are touched.
  std::uint64_t reserve_calls{};
  double reserve_percent{};
  /// While paused, one call in this time looks whether there is room again.
  std::chrono::milliseconds budget_recheck{std::chrono::minutes(15)};
};

/// Salesforce over its REST API: SOQL to read, sObject Collections and composite graphs to write,
/// and jobs of Bulk API 2.0 for many records.
///
/// `transport` leads to the login host; where the API lives is learnt with the token
/// (`instance_url`), so `pipeline.transport_for` should be set. The adapter sets the pipeline's
/// tables of refused sessions and transient answers itself.
Result<std::shared_ptr<adapter::Adapter>> make_salesforce(
    std::shared_ptr<http::Transport> transport, http::PipelineOptions pipeline,
    Options options = {});

/// The kind `salesforce` for an AdapterRegistry.
adapter::AdapterKind kind();

}  // namespace channelbridge::salesforce
