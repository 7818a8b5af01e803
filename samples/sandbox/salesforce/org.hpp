#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "sandbox/common/server.hpp"
#include "sandbox/salesforce/approvals.hpp"
#include "sandbox/salesforce/case_rules.hpp"
#include "sandbox/salesforce/duplicates.hpp"
#include "sandbox/salesforce/fund_rules.hpp"
#include "sandbox/salesforce/order_rules.hpp"

namespace channelbridge::sandbox::salesforce {

struct User {
  std::string username{};
  std::string name{};
  std::string password{};  ///< for the password flow; empty = none
};

/// A connected app: who may ask for tokens, and how.
struct ConnectedApp {
  std::string client_id{};
  std::string client_secret{};
  std::string certificate{};  ///< PEM of a certificate or public key that verifies JWT assertions
  std::string run_as{};       ///< username for client credentials; empty = the flow is off
};

struct OrgOptions {
  std::string metadata{};  ///< folder with describe_<Object>.json and overlay.json
  std::vector<User> users{{.username = "integration@sandbox.example", .name = "Integration User"},
                          {.username = "anna@sandbox.example", .name = "Anna Berg"}};
  std::vector<ConnectedApp> apps{};
  /// Accepted audiences of JWT assertions, beside the server's own URL.
  std::vector<std::string> audiences{"https://login.salesforce.com", "https://test.salesforce.com"};
  std::chrono::seconds session_lifetime{7200};
  std::int64_t daily_calls{100000};
  std::size_t max_page_rows{2000};  ///< the server may return fewer rows than asked for
  /// Children in a list that comes with its parent; the rest is behind the list's nextRecordsUrl.
  std::size_t max_child_rows{2000};
  std::string correlation_field{"ChannelbridgeId__c"};
  /// Writes of CPQ quotes leave their prices as they are, and `SBQQ__Uncalculated__c`: they wait
  /// for the router. Else the package has calculated before anybody looks.
  bool cpq_asynchronous{};
  OrderRules orders{};
  FundRules funds{};
  FileRules files{};
  CaseRules cases{};
  /// Lead statuses of converted leads: LeadStatus.IsConverted.
  std::vector<std::string> converted_statuses{"Closed - Converted"};
  std::chrono::milliseconds bulk_step{};  ///< how long a bulk job waits, and then how long it runs
  std::uint64_t daily_bulk_batches{15'000};
  std::uint64_t daily_query_jobs{10'000};
};

/// By whom and when an administrative change happens.
struct As {
  std::string user{};  ///< username; empty = the second user of the org
  std::chrono::seconds
      visible_after{};  ///< the change is stamped now and seen by others only later
};

/// As LeadConvert of the partner WSDL.
struct LeadConversion {
  std::string account_id{};  ///< empty = a new account
  std::string contact_id{};  ///< empty = a new contact; needs `account_id`
  bool opportunity{true};
  std::string opportunity_name{};  ///< empty = the lead's company
  std::string status{"Closed - Converted"};
  std::string owner_id{};   ///< of what is made; empty = the lead's owner
  bool overwrite_source{};  ///< LeadSource of a named contact, too; needs `contact_id`
};

struct ConvertedLead {
  std::string account_id{};
  std::string contact_id{};
  std::string opportunity_id{};
};

struct State;

/// A Salesforce-like org: its records and what an administrator does to them without going through
/// the API. Such changes follow the same rules as API writes and are not in the journal.
///
/// Threads: any.
class Org {
 public:
  static Result<std::shared_ptr<Org>> open(OrgOptions options, std::shared_ptr<Desk> desk);
  ~Org();

  Result<std::string> insert(const std::string& object, const Json& fields, const As& as = {});
  /// All or none; ids in the order of `records`.
  Result<std::vector<std::string>> seed(const std::string& object, const std::vector<Json>& records,
                                        const As& as = {});
  Result<void> edit(const std::string& id, const Json& fields, const As& as = {});
  Result<void> remove(const std::string& id, const As& as = {});
  Result<void> undelete(const std::string& id, const As& as = {});
  Result<ConvertedLead> convert_lead(const std::string& id, const LeadConversion& how = {},
                                     const As& as = {});
  /// `loser` goes to the recycle bin with MasterRecordId = `winner`; its children move to the
  /// winner.
  Result<void> merge(const std::string& winner, const std::string& loser, const As& as = {});

  /// All fields in wire form, deleted records included; null when there is no such record.
  Json record(const std::string& id) const;
  /// Records that are not deleted, in the order of creation.
  std::vector<Json> records(const std::string& object) const;
  std::size_t count(const std::string& object) const;

  /// A session of this user, as if a login had happened.
  std::string access_token(const std::string& username);
  void expire_sessions();
  void expire_cursors();
  /// An administrator aborts every job that has not ended.
  void end_bulk_jobs();
  /// Somebody loads data with the API before Bulk API 2.0 and closes the job; its id.
  Result<std::string> add_classic_job(const std::string& object, const As& as = {});
  void set_daily_calls(std::int64_t allowed);
  /// Holds for API writes; people at the screen pass alerts.
  Result<void> add_duplicate_rule(DuplicateRule rule);
  void clear_duplicate_rules();
  Result<void> add_approval_process(ApprovalProcess process);

  const std::shared_ptr<Desk>& desk() const;
  State& state() const { return *state_; }

 private:
  explicit Org(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The org behind HTTP: REST, and of the SOAP partner API convertLead. `org` stays usable beside
/// it. Below /__sandbox/ it adds:
///
///     POST | DELETE /__sandbox/duplicate_rules    {"object":…,"fields":[…],"block":…,"message":…}
///     POST /__sandbox/approval_processes          {"name":…,"object":…,"approver":…,"entry":{…}}
std::shared_ptr<Service> make_service(std::shared_ptr<Org> org);

/// Org, desk and server together.
struct Sandbox {
  std::shared_ptr<Desk> desk{};
  std::shared_ptr<Org> org{};
  std::unique_ptr<Server> server{};

  static Result<Sandbox> start(OrgOptions options, ServerOptions server = {},
                               std::shared_ptr<const Clock> clock = system_clock());
};

}  // namespace channelbridge::sandbox::salesforce
