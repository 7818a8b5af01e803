#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/model/decimal.hpp"
#include "sandbox/salesforce/org.hpp"
#include "sandbox/sap/sales.hpp"
#include "sandbox/soap/sap_crm_server.hpp"
#include "sandbox/soap/sap_fi_server.hpp"

/// Money for marketing, from its budget to the bank: SAP CRM, whose planners hand it out and whose
/// reviewers decide, Salesforce, where partners ask and claim, and the two doors of the ERP that
/// pays (its sales and its accounting), with the people at them.
namespace channelbridge::demo {

/// Threads: one at a time; the servers run on threads of their own.
class Claims {
 public:
  struct Partner {
    std::string name{};
    std::string number{};  ///< in the ERP
    std::string duns{};
    std::string fund{};    ///< number of its part of the budget
    std::string amount{};  ///< of that
  };
  /// Money that a partner asks for before it spends any.
  struct Request {
    std::string title{};
    std::size_t partner{};
    std::string asked{};
    std::string granted{};  ///< what will be decided; "" = it will be rejected
    bool in_salesforce{};   ///< decided there, and told to SAP CRM
    std::string key{};      ///< in Salesforce
    std::string number{};   ///< of its reservation in SAP CRM
  };
  struct Line {
    std::string expense{};
    std::string invoice{};
    std::string supplier{};
    std::string claimed{};
  };
  struct Claim {
    std::string title{};
    std::size_t request{};
    std::string method{};  ///< wished for: "Bank Transfer", "Credit Memo"
    std::vector<Line> lines{};
    std::string ends{};     ///< status in Salesforce when all is done
    std::string granted{};  ///< then; "" = nothing
    std::string key{};      ///< in Salesforce
    std::string number{};   ///< in SAP CRM; "" = it is not there
    std::string record{};   ///< the program's id of it
  };

  /// `folder` becomes the project's, `source` is the source tree. A budget with a fund for each
  /// partner is planned; only SAP CRM and the ERP know the partners.
  static Result<std::unique_ptr<Claims>> start(const std::string& folder,
                                               const std::string& source);

  const std::string& folder() const { return folder_; }
  /// What the program needs in its environment.
  const std::map<std::string, std::string>& environment() const { return environment_; }
  const std::vector<Partner>& partners() const { return partners_; }
  std::vector<Request>& requests() { return requests_; }
  std::vector<Claim>& claims() { return claims_; }
  const Partner& partner_of(const Claim& claim) const {
    return partners_.at(requests_.at(claim.request).partner);
  }
  /// What all lines of a claim ask for.
  static model::Decimal claimed(const Claim& claim);

  // What people do, in this order. Errors: a system's refusal.

  /// Partners ask for money, in Salesforce.
  Result<void> ask();
  /// Requests are granted or rejected, in SAP CRM by their `number`, one in Salesforce.
  Result<void> decide_requests();
  /// Partners claim what they have spent, each line with its invoice; all but the last one.
  Result<void> hand_in();
  /// Reviewers in SAP CRM approve some, one of them in part, reject one, return one, and look at
  /// one.
  Result<void> decide_claims();
  /// A partner claims an invoice that it has claimed already: the last claim.
  Result<void> claim_twice();
  /// A manager in Salesforce rejects it.
  Result<void> reject_the_double();
  /// The partner corrects what was returned and hands it in once more.
  Result<void> correct();
  Result<void> approve_corrected();
  /// SAP CRM's billing settles what is approved; how many.
  Result<std::size_t> settle();
  /// The ERP's sales releases and bills credit memo requests; how many.
  Result<std::size_t> bill_credits();
  /// Payments leave, credit memos are cleared; how many.
  Result<std::size_t> pay();

  // What the systems hold.

  struct SeenRequest {
    std::string salesforce{};  ///< status
    std::string crm{};
    model::Decimal granted_in_salesforce{};
    model::Decimal granted_in_crm{};
  };
  SeenRequest look(const Request& request) const;
  /// A document of the ERP that pays a claim.
  struct Booked {
    std::string document{};
    std::string way{};     ///< "journal entry", "credit memo"
    std::string debtor{};  ///< ten digits
    model::Decimal amount{};
    bool paid{};
  };
  std::vector<Booked> booked() const;
  struct SeenClaim {
    std::string salesforce{};
    std::string crm{};        ///< "" = it is not there
    std::string reference{};  ///< the program's id, as SAP CRM keeps it
    std::string document{};   ///< of the ERP, as SAP CRM knows it
    std::string paid_on{};
    model::Decimal granted_in_salesforce{};
    model::Decimal granted_in_crm{};
    std::vector<Booked> books{};  ///< the ERP's documents of that number
  };
  SeenClaim look(const Claim& claim) const;

  /// Amounts of a fund by what they are; a system tells those of them that it knows.
  using Figures = std::map<std::string, model::Decimal>;
  static constexpr std::array<const char*, 8> kFigures{
      "budget",         "free",           "granted requests", "reserved",
      "waiting claims", "granted claims", "in the books",     "paid out"};
  Figures figures_in_crm(const Partner& partner) const;
  Figures figures_in_salesforce(const Partner& partner) const;
  Figures figures_in_books(const Partner& partner) const;

  /// What the journals show that the program did.
  struct Done {
    std::size_t budgets{};       ///< and allocations, made in Salesforce
    std::size_t reservations{};  ///< handed in to SAP CRM
    std::size_t decisions{};     ///< of requests, told to SAP CRM
    std::size_t claims{};        ///< handed in there
    std::size_t corrected{};     ///< handed in there once more
    std::size_t settled{};       ///< told as posted
    std::size_t paid{};          ///< told as paid
    std::size_t entries{};       ///< posted in accounting
    std::size_t credits{};       ///< credit memo requests
    std::size_t twice{};         ///< of all of these, those that were there already
    bool operator==(const Done&) const = default;
  };
  Done did() const;
  /// The same, as this story must have it.
  Done should_do() const;

  const std::string& crm_url() const { return crm_.server->url(); }
  const std::string& pcm_url() const { return pcm_->url(); }
  const std::string& erp_url() const { return erp_->url(); }
  const std::string& fi_url() const { return fi_->url(); }

 private:
  Claims();
  Result<void> prepare_folder(const std::string& source) const;
  Result<void> start_servers(const std::string& source);
  Result<void> introduce_partners();
  Result<void> plan_funds();
  Result<void> submit(Claim& claim);
  std::vector<sandbox::Json> lines_of(const Claim& claim) const;

  sandbox::SapCrmService& pcm() const { return pcm_->service(); }
  sandbox::salesforce::Org& crm() const { return *crm_.org; }
  sandbox::SalesDesk& sales() const { return *erp_->sales(); }

  std::string folder_{};
  std::map<std::string, std::string> environment_{};
  std::vector<Partner> partners_;
  std::vector<Request> requests_;
  std::vector<Claim> claims_;
  sandbox::salesforce::Sandbox crm_{};
  std::unique_ptr<sandbox::SapCrmServer> pcm_{};
  std::unique_ptr<sandbox::SapServer> erp_{};
  std::unique_ptr<sandbox::SapFiServer> fi_{};
};

}  // namespace channelbridge::demo
