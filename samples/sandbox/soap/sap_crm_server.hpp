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
#include "sandbox/soap/crm_documents.hpp"
#include "sandbox/soap/crm_leads.hpp"
#include "sandbox/soap/crm_partners.hpp"
#include "sandbox/soap/port.hpp"

namespace channelbridge::sandbox {

/// Partner channel management behind SOAP: market development funds, leads dispatched to partners,
/// and what CRMXIF functions save: business partners, relations, hierarchies, products, documents.
///
///     POST kFunds      FundPlanQuery, FundQuery, FundPostingQuery, ProgramQuery, InitiativeQuery,
///                      ReservationQuery, ClaimQuery, ClaimSettlementStatusQuery;
///                      InitiativeSubmit, InitiativeDecide, InitiativeProgress,
///                      ReservationSubmit, ReservationDecide, ClaimSubmit, ClaimDecide,
///                      ClaimSettlementConfirm
///     POST kLeads      LeadQuery, LeadOfferQuery; LeadCreate, LeadChange, LeadDistribute,
///                      LeadDispatchAnswer
///     POST kPartners   CRMXIF_PARTNER_SAVE; kRelations, kHierarchies, kProducts and kDocuments
///                      CRMXIF_PARTNER_REL_SAVE, …_PARTNER_HIER_SAVE, …_PRODUCT_MATERIAL_SAVE and
///                      …_ORDER_SAVE. Leads that are saved there are dispatched to nobody
///     GET  <each>?wsdl
///     POST /__sandbox/decide    {"claim"|"reservation"|"initiative":…,"decision":"APPR",
///                               "amount":"50.00","items":{"1":{"amount":"50.00","reason":"…"}},
///                               "reason":…,"by":…}
///     POST /__sandbox/enroll    {"program":…,"partner":…,"from":"2027-01-01","to":…}
///     POST /__sandbox/settle    {"claim":…,"step":"RELS|SETL|PAID|REVS","document":…,
///                               "company_code":…,"year":…,"value_date":…,"bank_reference":…}
///     POST /__sandbox/dispatch  {"lead":…,"partner":…}; without a partner it falls back
///     POST /__sandbox/workflow_error   {"lead":…} its distribution ends in an error
///     POST /__sandbox/redispatch       {"partner":…} what is overdue (CRM_DD_BATCH)
///     POST /__sandbox/budget    {"fund":…,"amount":"-100.00","text":…}
///     POST /__sandbox/transfer  {"from":…,"to":…,"amount":"100.00"}
///     POST /__sandbox/accrue    {"fund":…,"amount":"100.00","invoice":…,"text":…}
///     POST /__sandbox/over_consumption   {"reservation":…,"amount":"100.00","by":…}
///     POST /__sandbox/external  {"reservation"|"fund":…,"amount":"100.00","text":…}
///     POST /__sandbox/reverse   {"posting":…} one of these three; all four answer {"posting":…}
///     POST /__sandbox/expire    what is free in funds whose validity is over
///     POST /__sandbox/partners  {"number":…,"name":…,"blocked":true,"sales_partner":false}
///     POST /__sandbox/lock, /unlock {"object":"Fund|Initiative|…","number":…,"user":…}
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
  static constexpr const char* kRelations =
      "/sap/bc/srt/rfc/sap/crmxif_partner_rel_save/100/crmxif_partner_rel_save/binding";
  static constexpr const char* kHierarchies =
      "/sap/bc/srt/rfc/sap/crmxif_partner_hier_save/100/crmxif_partner_hier_save/binding";
  static constexpr const char* kProducts =
      "/sap/bc/srt/rfc/sap/crmxif_product_material_save/100/crmxif_product_material_save/binding";
  static constexpr const char* kDocuments =
      "/sap/bc/srt/rfc/sap/crmxif_order_save/100/crmxif_order_save/binding";

  /// Errors   Internal: a WSDL of the sandbox is none
  static Result<std::shared_ptr<SapCrmService>> make(const crm::CrmOptions& options,
                                                     std::shared_ptr<Desk> desk);

  Response handle(const Request& request) override;
  std::optional<Response> administer(const Request& request) override;
  Json state() override;

  // People at the system. Errors   Rejected: a rule is broken; nothing was changed
  /// `sales_partner`: it has the role to which leads are distributed.
  void add_partner(const std::string& number, const std::string& name, bool blocked = false,
                   bool sales_partner = true);
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
  void add_program(crm::Program program);
  void add_template(crm::InitiativeTemplate plan);
  Result<void> enroll(const std::string& program, crm::Participant participant);
  Result<void> decide_initiative(const crm::Verdict& verdict);
  Result<void> decide_reservation(const crm::Verdict& verdict);
  Result<void> decide_claim(const crm::Verdict& verdict);
  Result<void> settle(const crm::SettlementNews& news);
  /// A clerk enters an initiative, a reservation, or a claim, that came by another way; its number.
  Result<std::string> enter_initiative(crm::Initiative initiative);
  Result<std::string> enter_reservation(crm::Reservation reservation);
  Result<std::string> enter_claim(crm::Claim claim);
  void add_lead(crm::Lead lead);
  /// Without a sales partner the lead falls back to in process.
  Result<void> dispatch(const std::string& lead, const std::string& partner);
  /// The workflow of a distributed lead ends in an error: it falls back, too.
  Result<void> fail_dispatch(const std::string& lead);
  /// The report CRM_DD_BATCH: overdue leads go to another partner; their numbers.
  Result<std::vector<std::string>> redispatch(const std::string& partner);
  /// "Fund", "Initiative", "Reservation", "Claim" or "Lead"; "" as user unlocks.
  Result<void> lock(const std::string& object, const std::string& number, const std::string& user);

 private:
  SapCrmService(const crm::CrmOptions& options, std::shared_ptr<Desk> desk);
  using Work = std::function<std::string(crm::Notes&)>;

  Result<void> add_endpoints();
  std::string answer_funds(const soap::Call& call);
  std::string answer_leads(const soap::Call& call);
  std::string answer_partners(const soap::Call& call);
  std::string answer_relations(const soap::Call& call);
  std::string answer_hierarchies(const soap::Call& call);
  std::string answer_products(const soap::Call& call);
  std::string answer_documents(const soap::Call& call);
  /// Keeps a journal of what a CRMXIF function saves.
  crm::XifSaved saves(const soap::Call& call, const char* object);
  /// The answer to a write: what `work` gives and notes, or why it was refused.
  std::string write(const soap::Call& call, const char* space, const Work& work);
  std::string run_funds(const soap::Call& call, crm::Notes& notes);
  std::string submit_initiative(const soap::Call& call, crm::Notes& notes);
  std::string run_leads(const soap::Call& call, crm::Notes& notes);
  std::string submit_reservation(const soap::Call& call, crm::Notes& notes);
  std::string submit_claim(const soap::Call& call, crm::Notes& notes);
  void record(const Request& request, const Effect& effect);
  Result<void> by_people(const std::function<void()>& work);
  Result<std::string> post_by_people(const std::function<std::string()>& work);
  /// Nothing: `what` is none of the postings that people make.
  std::optional<Result<std::string>> administer_postings(const std::string& what, const Json& body);
  Result<void> administer_funds(const std::string& what, const Json& body);
  Result<void> administer_decision(const Json& body);
  Json programs_json() const;
  Json initiatives_json() const;
  Json leads_json() const;
  Json reservations_json() const;
  Json claims_json() const;
  Json funds_json() const;
  Json relations_json() const;
  Json documents_json() const;

  const crm::CrmOptions options_;
  const std::shared_ptr<Desk> desk_;
  mutable std::mutex mutex_{};
  crm::FundsDesk funds_;
  crm::LeadsDesk leads_;
  crm::PartnerImport partner_import_{};
  crm::RelationImport relations_;
  crm::HierarchyImport hierarchies_;
  crm::ProductImport products_;
  crm::DocumentImport documents_;
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
