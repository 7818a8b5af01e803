#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kills.hpp"
#include "sandbox/common/journal.hpp"
#include "sandbox/salesforce/org.hpp"
#include "sandbox/sap/sales.hpp"
#include "sandbox/soap/sap_crm_server.hpp"
#include "sandbox/soap/sap_fi_server.hpp"

namespace channelbridge::crash {

/// "812.50"
std::string money(std::int64_t cents);

/// What a partner asks of its fund and claims of it, and what people say to that. Amounts are in
/// cents of EUR; no two deals of a world ask, or claim, the same amount.
struct Deal {
  enum class Decided : std::uint8_t {
    InCrm,    ///< by a planner of SAP CRM; Salesforce is told
    InOrg,    ///< in Salesforce; SAP CRM is told
    Returned  ///< the CRM gives it back, and approves it when it is handed in for less
  };
  enum class Verdict : std::uint8_t { Approved, Reduced, Rejected, NotClaimed };

  std::size_t partner{};  ///< of kPartners
  Decided decided{};
  Verdict verdict{};        ///< of the reviewer, of SAP CRM or, as the request was, of Salesforce
  bool credit_memo{};       ///< how it is settled; else by bank
  std::int64_t returned{};  ///< was asked for first, and given back; 0 = it was not
  std::int64_t asked{};
  std::int64_t granted{};
  std::int64_t claimed{};  ///< 0 = nothing
  std::int64_t paid{};     ///< 0 = nothing
  std::string request{};   ///< id in the org
  std::string claim{};     ///< id in the org
};

/// Six deals of two partners: each kind of decision and verdict once, amounts by chance.
std::vector<Deal> drawn_deals(std::mt19937_64& random);

/// A partner, its fund, and its number in both SAP systems.
struct Partner {
  const char* name;
  const char* duns;
  const char* number;  ///< with leading zeros in SAP CRM and in the books
  const char* fund;
};
inline constexpr Partner kPartners[] = {{"Rheinwerk", "123456789", "10100001", "0000000201"},
                                        {"Seewerk", "987654321", "10100002", "0000000202"}};

/// Four systems between which claims cross, and the people who work in them: Salesforce, where
/// partners ask and claim; SAP CRM, where funds are planned and claims decided and released; the
/// books (SAP FI), where they are paid by bank; S/4HANA's sales, where they are credited. Beside
/// them a project for the program.
///
/// Threads: one at a time; the servers run on threads of their own.
class FundsWorld {
 public:
  using Lines = std::vector<std::string>;
  /// How old a lost write is before it is looked for: a request that was on its way when the
  /// program was killed has ended by then.
  static constexpr std::chrono::seconds kSettle{1};

  /// In a folder that is made anew. Null: it does not start, as the test says.
  static std::unique_ptr<FundsWorld> start(const std::string& folder, std::vector<Deal> deals);

  Program program() const { return Program(folder_); }

  /// What people do next, once all systems are at rest.
  struct Stage {
    const char* name;
    void (FundsWorld::*act)();
  };
  static const std::vector<Stage>& stages();
  void act(const Stage& stage) { (this->*stage.act)(); }

  /// From here on the journals show effects.
  void clear_journals() const;
  std::uint64_t effects() const;
  /// Objects that were made over the systems' services, by kind.
  std::map<std::string, std::uint64_t> made() const;
  std::map<std::string, std::uint64_t> wanted_made() const;
  /// What was done twice: an object made for one record, a decision or step told, an equal change;
  /// and documents that bear no record's id.
  Lines wrong_effects() const;

  /// What each system, and the program's ledger, shows when all is paid: sorted lines by what they
  /// are.
  std::map<std::string, Lines> shown() const;
  std::map<std::string, Lines> wanted() const;
  /// Settlements with their amounts and documents, as SAP CRM was told, and as FI and sales have
  /// them.
  Lines paid_in_crm() const;
  Lines paid_in_books() const;

 private:
  FundsWorld(std::string folder, std::vector<Deal> deals)
      : folder_(std::move(folder)), deals_(std::move(deals)) {}
  bool start_systems();
  void fill_erp();
  void plan_funds();
  void write_project() const;

  // Stages.
  void ask();
  void decide();
  void claim();
  void judge();
  void release();
  void pay();

  std::string claim_of(const Deal& deal, std::size_t number);
  void judge_claim(const Deal& deal);
  void judge_in_org(const Deal& deal);
  void decide_request(const Deal& deal);

  sandbox::salesforce::Org& org() const { return *org_.org; }
  sandbox::SapCrmService& crm() const { return crm_->service(); }
  sandbox::SapFiService& books() const { return books_->service(); }
  std::vector<const sandbox::Journal*> journals() const;
  std::string insert(const std::string& object, const sandbox::Json& fields) const;
  void edit(const std::string& id, const sandbox::Json& fields) const;
  /// The id of the org's record with this text in a field.
  std::string id_of(const std::string& object, const char* field, const std::string& value) const;
  /// The number of the CRM's row with this amount in a field.
  std::string number_of(const char* rows, const char* field, std::int64_t cents) const;
  /// Of a record of the org.
  std::string partner_name(const sandbox::Json& record) const;
  std::size_t deals_that(bool (*apply)(const Deal&)) const;

  Lines requests_in_org() const;
  Lines requests_in_crm() const;
  Lines claims_in_org() const;
  Lines claims_in_crm() const;
  Lines funds_in_org() const;
  Lines funds_in_crm() const;
  Lines funds_in_ledger() const;

  std::string folder_;
  std::vector<Deal> deals_;
  sandbox::salesforce::Sandbox org_{};
  std::unique_ptr<sandbox::SapServer> erp_{};
  std::unique_ptr<sandbox::SapCrmServer> crm_{};
  std::unique_ptr<sandbox::SapFiServer> books_{};
};

}  // namespace channelbridge::crash
