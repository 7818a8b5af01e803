#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "sandbox/salesforce/org.hpp"
#include "sandbox/sap/c4c_server.hpp"
#include "sandbox/sap/sap_server.hpp"
#include "trade.hpp"

/// The demo's systems and their people: four sandboxes and a dealer's folder, filled with invented
/// data.
namespace channelbridge::demo {

struct WorldOptions {
  std::string folder{};  ///< project folder: project file, dealer's folder, store
  std::string source{};  ///< the source tree: metadata and the demo's project file
  std::uint64_t seed{1};
  std::size_t partners{200};
  std::size_t contacts{500};
  std::size_t leads{2000};
  std::size_t products{12};
  std::size_t quotes{8};
  std::size_t orders{40};
  std::set<std::string> erp_currencies{};  ///< that the ERP knows; empty = all
  std::size_t edits_every{40};             ///< let_people_edit() touches one lead of so many
};

/// One effect that a system's journal shows.
struct EffectCount {
  std::uint64_t created{};
  std::uint64_t updated{};
  std::uint64_t lines{};  ///< lines of documents that were made, with their document or after it
  std::uint64_t rewritten{};  ///< values that the system keeps in another form than it was sent
};

/// Threads: one at a time; the servers run on threads of their own.
class World {
 public:
  static Result<std::unique_ptr<World>> start(const WorldOptions& options);

  /// What the program needs in its environment.
  const std::map<std::string, std::string>& environment() const { return environment_; }
  const WorldOptions& options() const { return options_; }

  /// Partners, contacts, leads, products and stock, a third of the partners known to two systems.
  /// Not in the journals.
  Result<void> fill();
  /// People edit on both sides, some of them the same record and field.
  struct Edits {
    std::size_t statuses{};
    std::size_t titles{};
    std::size_t partner_names{};
    std::size_t contested{};
    std::string a_lead{};  ///< key in the CRM of a lead that several people edited
  };
  Result<Edits> let_people_edit();

  /// Quotes, orders, deliveries; there once fill() is done.
  Trade& trade() { return *trade_; }

  /// Effects that the systems' journals show, by "spoke": what the program did there since the last
  /// clear.
  std::map<std::string, EffectCount> journal() const;
  /// Quotations and orders that the ERP's journal shows as made since the last clear.
  struct Document {
    std::string entity{};  ///< "order", "quote"
    std::string number{};
    std::string record{};  ///< the id that it bears where the project's `values` say; "" = none
  };
  std::vector<Document> erp_documents() const;
  void clear_journals();
  /// What each system holds, by "system object": a sorted line per object, made of what people see
  /// in it. Keys, marks and times are left out, references are told by the name of what they mean:
  /// equal worlds give equal texts.
  std::map<std::string, std::vector<std::string>> content() const;
  /// Objects that stand for the same partner, person or lead as another one of their system, or
  /// carry the same record id: must be empty.
  std::vector<std::string> doubles() const;
  /// How many partners of each tier the ERP was filled with.
  const std::map<std::string, std::size_t>& tiers() const { return tiers_; }

  sandbox::salesforce::Org& crm() const { return *crm_.org; }
  sandbox::odata::Engine& erp() const { return erp_->service("API_BUSINESS_PARTNER"); }
  sandbox::odata::Engine& c4c() const { return c4c_->api(); }
  const sandbox::salesforce::Sandbox& crm_server() const { return crm_; }
  const sandbox::SapServer& erp_server() const { return *erp_; }
  const sandbox::C4cServer& c4c_server() const { return *c4c_; }
  const sandbox::IdocServer& distributor_server() const { return *distributor_; }

 private:
  std::vector<sandbox::JournalEntry> roots_of_erp(std::vector<sandbox::JournalEntry> entries) const;
  std::vector<sandbox::JournalEntry> roots_of_crm(std::vector<sandbox::JournalEntry> entries) const;
  World() = default;
  /// Rows of a file for the dealer ("lead"), by key.
  std::map<std::string, std::string> dealer_rows(const std::string& object) const;
  Result<void> fill_partners();
  Result<void> fill_contacts();
  Result<void> fill_leads();
  Result<void> fill_trade();

  WorldOptions options_;
  sandbox::salesforce::Sandbox crm_;
  std::unique_ptr<sandbox::SapServer> erp_;
  std::unique_ptr<sandbox::C4cServer> c4c_;
  std::unique_ptr<sandbox::IdocServer> distributor_;
  std::unique_ptr<Trade> trade_;
  std::map<std::string, std::string> environment_;
  std::vector<std::string> accounts_;  ///< CRM ids of partners that the CRM knows from the start
  std::string distributor_duns_;       ///< D-U-N-S number of the one whose ERP speaks IDoc
  std::vector<std::string> leads_;     ///< CRM ids
  std::map<std::string, std::size_t> tiers_;
  std::map<std::string, std::map<std::string, std::string>> dealer_before_;  ///< by object
};

/// Runs the program in the world's folder with its environment; its standard output is returned,
/// its exit code in `code`.
std::string run_program(const World& world, const std::string& program,
                        const std::vector<std::string>& arguments, int& code, bool show = false);
/// The same in any folder, with these variables beside our own.
std::string run_program(const std::string& folder,
                        const std::map<std::string, std::string>& variables,
                        const std::string& program, const std::vector<std::string>& arguments,
                        int& code, bool show = false);

}  // namespace channelbridge::demo
