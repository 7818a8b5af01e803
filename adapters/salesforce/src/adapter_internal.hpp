#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "approval_history_internal.hpp"
#include "approvals_internal.hpp"
#include "bulk_internal.hpp"
#include "bulk_read_internal.hpp"
#include "cpq_internal.hpp"
#include "describes_internal.hpp"
#include "events_internal.hpp"
#include "evidence_internal.hpp"
#include "lists_internal.hpp"
#include "query_internal.hpp"
#include "session_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {

inline constexpr std::size_t kMostKeys = 200;  ///< ids in one statement: it stays within a URI

/// Salesforce as the Adapter contract wants it: what belongs together is told apart in the files
/// that the members come from (session, describes, queries, lists, writes).
///
/// Threads: any.
class SalesforceAdapter final : public adapter::Adapter {
 public:
  SalesforceAdapter(std::shared_ptr<http::Transport> transport, http::PipelineOptions pipeline,
                    Options options)
      : options_(std::move(options)),
        random_(pipeline.random ? pipeline.random : system_random()),
        session_(std::move(transport), std::move(pipeline), options_),
        describes_(session_, options_),
        queries_(session_, options_),
        lists_(session_, queries_),
        bulk_(session_, options_),
        fences_(bulk_, options_),
        bulk_reader_(session_, options_, describes_, queries_, bulk_),
        cpq_(session_, options_),
        approvals_(session_, options_),
        histories_(session_, options_),
        evidence_(session_, queries_, describes_, options_),
        events_(std::make_shared<SalesforceEvents>(options_.organization)) {}

  adapter::Capabilities capabilities(const adapter::Selection& selection) const override;
  Result<adapter::ObjectMetadata> describe(std::string_view object,
                                           const Context& context) override;
  Result<void> check(const adapter::Selection& selection) const override;
  Result<std::string> probe(const Context& context) override;
  Result<adapter::Page> read(const adapter::Selection& selection, const adapter::Cursor& cursor,
                             std::size_t page_size, const Context& context) override;
  Result<adapter::Change> read_by_key(const adapter::Selection& selection, std::string_view key,
                                      const Context& context) override;
  Result<adapter::Page> read_by_keys(const adapter::Selection& selection,
                                     const std::vector<std::string>& keys,
                                     const Context& context) override;
  Result<std::vector<adapter::Change>> find(const adapter::Selection& selection,
                                            std::string_view correlation,
                                            const Context& context) override;
  Result<std::map<std::string, std::vector<adapter::Change>>> find_each(
      const adapter::Selection& selection, const std::vector<std::string>& correlations,
      const Context& context) override;
  Result<std::vector<adapter::WriteOutcome>> write(
      const adapter::Selection& selection, const std::vector<adapter::WriteRequest>& requests,
      const Context& context) override;

  Result<void> complete(const adapter::Selection& selection, std::string_view key,
                        const Context& context) override;
  adapter::Usage usage() const override { return session_.usage(); }
  std::shared_ptr<adapter::EventReader> events() override { return events_; }

 private:
  /// Does CPQ calculate these after each write?
  bool is_priced(const adapter::Selection& selection) const;
  /// Are drafts of these handed in to an approval process?
  bool is_submitted_by_us(const adapter::Selection& selection) const;
  Result<std::vector<adapter::WriteOutcome>> send(
      const std::vector<adapter::WriteRequest>& requests, const Context& context);
  /// Requests that are split, and the submissions that follow them.
  Result<std::vector<adapter::WriteOutcome>> write_split(
      const adapter::Selection& selection, const std::vector<adapter::WriteRequest>& requests,
      const Context& context);
  void follow(const adapter::Selection& selection, adapter::WriteOutcome& outcome,
              const Context& context);
  Result<void> hand_in(std::string_view object, std::string_view key, const Context& context);
  Result<Columns> columns(const adapter::Selection& selection, const Context& context);
  Result<adapter::Page> read_job(const adapter::Selection& selection, const adapter::Cursor& cursor,
                                 std::size_t page_size, const Context& context);
  /// Jobs that may still write this object come to their end first.
  Result<void> pass_fences(const adapter::Selection& selection, const Context& context);
  Result<std::string> own_user(const Context& context);
  Result<std::map<std::string, ApprovalHistory>> histories(const Columns& columns, const Rows& rows,
                                                           const Context& context);
  Result<std::set<std::string>> linked_to(const std::string& object,
                                          const std::vector<std::string>& files,
                                          const Context& context);
  Result<std::vector<adapter::Change>> changes(const adapter::Selection& selection,
                                               const Columns& columns, const Rows& rows,
                                               const Context& context);
  Result<Rows> step(const adapter::Selection& selection, const Columns& columns,
                    ReadCursor& position, std::size_t page_size, bool& end, const Context& context);
  Result<std::vector<adapter::Change>> read_roots(const adapter::Selection& selection,
                                                  const Columns& columns, ReadCursor& position,
                                                  std::size_t page_size, bool& end,
                                                  const Context& context);
  Result<std::vector<adapter::Change>> read_touched(const adapter::Selection& selection,
                                                    const Columns& columns, const Touch& touch,
                                                    ReadCursor& position, std::size_t page_size,
                                                    bool& end, const Context& context);
  Result<std::vector<adapter::Change>> look(const adapter::Selection& selection,
                                            const Columns& columns, std::set<std::string> open,
                                            decltype(keys_query)* statement,
                                            const Context& context);
  /// SystemModstamp counts seconds: less would lose what the last second got after our look.
  std::chrono::milliseconds overlap() const {
    return std::max<std::chrono::milliseconds>(options_.overlap, std::chrono::seconds(2));
  }
  Error located(const Error& error, std::string operation) const {
    return session_.located(error, std::move(operation));
  }

  const Options options_;
  const std::shared_ptr<Random> random_;
  Session session_;
  Describes describes_;
  Queries queries_;
  Lists lists_;
  BulkApi bulk_;
  BulkFences fences_;
  BulkReader bulk_reader_;
  CpqCalls cpq_;
  ApprovalCalls approvals_;
  ApprovalHistories histories_;
  Evidence evidence_;
  const std::shared_ptr<SalesforceEvents> events_;
  std::mutex mutex_;
  std::string own_user_;
};

}  // namespace channelbridge::salesforce
