#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/common/server.hpp"
#include "sandbox/soap/crm_desk.hpp"
#include "sandbox/soap/crm_leads.hpp"
#include "sandbox/soap/crm_partners.hpp"
#include "sandbox/soap/port.hpp"

namespace channelbridge::sandbox {

/// Partner channel management behind SOAP: market development funds, leads dispatched to partners,
/// business partners.
///
///     POST kFunds      FundPlanQuery, FundQuery, FundPostingQuery, ReservationQuery, ClaimQuery,
///                      ClaimSettlementStatusQuery; ReservationSubmit, ReservationDecide,
///                      ClaimSubmit, ClaimDecide, ClaimSettlementConfirm
///     POST kLeads      LeadQuery, LeadDispatchAnswer
///     POST kPartners   CRMXIF_PARTNER_SAVE
///     GET  <each>?wsdl
///     POST /__sandbox/decide    {"claim"|"reservation":…,"decision":"APPR","amount":"50.00",
///                               "items":{"1":{"amount":"50.00","reason":"…"}},"reason":…,"by":…}
///     POST /__sandbox/settle    {"claim":…,"step":"RELS|SETL|PAID|REVS","document":…,
///                               "company_code":…,"year":…,"value_date":…,"bank_reference":…}
///     POST /__sandbox/dispatch  {"lead":…,"partner":…}
///     POST /__sandbox/budget    {"fund":…,"amount":"-100.00","text":…}
///     POST /__sandbox/transfer  {"from":…,"to":…,"amount":"100.00"}
///     POST /__sandbox/accrue    {"fund":…,"amount":"100.00","invoice":…,"text":…}
///     POST /__sandbox/over_consumption   {"reservation":…,"amount":"100.00","by":…}
///     POST /__sandbox/external  {"reservation"|"fund":…,"amount":"100.00","text":…}
///     POST /__sandbox/reverse   {"posting":…} one of these three; all four answer {"posting":…}
///     POST /__sandbox/expire    what is free in funds whose validity is over
///     POST /__sandbox/partners  {"number":…,"name":…,"blocked":true}
///     POST /__sandbox/lock, /unlock {"object":"Fund|Reservation|Claim|Lead","number":…,"user":…}
///     GET  /__sandbox/state     all records
///
/// SAP CRM has no public interface for funds, claims and dispatched leads: these services are the
/// sandbox's own design of one tenant's. A refusal is HTTP 200 with an E message in Return and
/// changes nothing. The fault row_lock has the object of one write locked by another user.
///
/// Threads: any.
class SapCrmService final : public Service {
 public:
  static constexpr const char* kFunds =
      "/sap/bc/srt/rfc/sap/zchannel_funds/100/zchannel_funds/binding";
  static constexpr const char* kLeads =
      "/sap/bc/srt/rfc/sap/zlead_dispatch/100/zlead_dispatch/binding";
  static constexpr const char* kPartners =
      "/sap/bc/srt/rfc/sap/crmxif_partner_save/100/crmxif_partner_save/binding";

  /// Errors   Internal: a WSDL of the sandbox is none
  static Result<std::shared_ptr<SapCrmService>> make(const crm::CrmOptions& options,
                                                     std::shared_ptr<Desk> desk);

  Response handle(const Request& request) override;
  std::optional<Response> administer(const Request& request) override;
  Json state() override;

  // People at the system. Errors   Rejected: a rule is broken; nothing was changed
  void add_partner(const std::string& number, const std::string& name, bool blocked = false);
  void add_plan(crm::Plan plan);
  Result<void> add_fund(crm::Fund fund, const model::Decimal& budget);
  Result<void> change_budget(const std::string& fund, const model::Decimal& by_so_much,
                             const std::string& text);
  Result<void> transfer(const std::string& from, const std::string& to,
                        const model::Decimal& value);
  /// What purchases have earned, of an invoice ("" = nobody says of which); its posting.
  Result<std::string> accrue(const std::string& fund, const model::Decimal& amount,
                             const std::string& invoice = {}, const std::string& text = {});
  /// Claims of a reservation may have so much beyond it; the posting.
  Result<std::string> approve_over_consumption(const std::string& reservation,
                                               const model::Decimal& amount,
                                               const std::string& by = "MANAGER");
  /// Paid by another way than a claim; the posting.
  Result<std::string> settle_externally(const crm::ExternalPayment& payment);
  /// Takes such a posting back by another one; its number.
  Result<std::string> reverse_posting(const std::string& posting);
  std::vector<std::string> expire();
  Result<void> decide_reservation(const crm::Verdict& verdict);
  Result<void> decide_claim(const crm::Verdict& verdict);
  Result<void> settle(const crm::SettlementNews& news);
  /// A clerk enters a reservation, or a claim, that came by another way; its number.
  Result<std::string> enter_reservation(crm::Reservation reservation);
  Result<std::string> enter_claim(crm::Claim claim);
  void add_lead(crm::Lead lead);
  Result<void> dispatch(const std::string& lead, const std::string& partner);
  /// "Fund", "Reservation", "Claim" or "Lead"; "" as user unlocks.
  Result<void> lock(const std::string& object, const std::string& number, const std::string& user);

 private:
  SapCrmService(const crm::CrmOptions& options, std::shared_ptr<Desk> desk);
  using Work = std::function<std::string(crm::Notes&)>;

  Result<void> add_endpoints();
  std::string answer_funds(const soap::Call& call);
  std::string answer_leads(const soap::Call& call);
  std::string answer_partners(const soap::Call& call);
  /// The answer to a write: what `work` gives and notes, or why it was refused.
  std::string write(const soap::Call& call, const char* space, const Work& work);
  std::string run_funds(const soap::Call& call, crm::Notes& notes);
  std::string submit_reservation(const soap::Call& call, crm::Notes& notes);
  std::string submit_claim(const soap::Call& call, crm::Notes& notes);
  void record(const Request& request, const Effect& effect);
  Result<void> by_people(const std::function<void()>& work);
  Result<std::string> post_by_people(const std::function<std::string()>& work);
  /// Nothing: `what` is none of the postings that people make.
  std::optional<Result<std::string>> administer_postings(const std::string& what, const Json& body);
  Result<void> administer_funds(const std::string& what, const Json& body);
  Result<void> administer_decision(const Json& body);
  Json reservations_json() const;
  Json claims_json() const;
  Json funds_json() const;

  const crm::CrmOptions options_;
  const std::shared_ptr<Desk> desk_;
  mutable std::mutex mutex_{};
  crm::FundsDesk funds_;
  crm::LeadsDesk leads_;
  crm::PartnerImport partner_import_{};
  soap::Port port_;
  std::map<std::string, std::string> answered_{};  ///< by message id
};

struct SapCrmServerOptions {
  crm::CrmOptions crm{};
  ServerOptions server{};
  std::shared_ptr<const Clock> clock = system_clock();
};

/// The server on the loopback interface.
///
/// Threads: any.
class SapCrmServer {
 public:
  static Result<std::unique_ptr<SapCrmServer>> start(const SapCrmServerOptions& options = {});

  const std::string& url() const { return server_->url(); }
  std::uint16_t port() const { return server_->port(); }
  SapCrmService& service() const { return *service_; }
  Journal& journal() const { return desk_->journal; }
  Faults& faults() const { return desk_->faults; }
  OffsetClock& clock() const { return *desk_->clock; }
  void stop() { server_->stop(); }

 private:
  SapCrmServer() = default;
  std::shared_ptr<Desk> desk_{};
  std::shared_ptr<SapCrmService> service_{};
  std::unique_ptr<Server> server_{};
};

}  // namespace channelbridge::sandbox
