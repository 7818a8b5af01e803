// What `make demo` shows of marketing funds: a budget, requests, claims and their payment across
// four systems, and whether all of them show the same money in the end.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "channelbridge/model/decimal.hpp"
#include "claims.hpp"
#include "world.hpp"

namespace {

namespace demo = channelbridge::demo;
using channelbridge::Result;
using channelbridge::model::Decimal;
using demo::Claims;

Decimal decimal_of(const std::string& text) { return Decimal::parse(text).value_or(Decimal()); }

std::string cents(const Decimal& amount) { return to_string(amount, 2); }

Decimal sum_of(const Decimal& left, const Decimal& right) {
  return add(left, right).value_or(Decimal());
}

class ClaimsDemo {
 public:
  ClaimsDemo(Claims& world, std::string program) : world_(world), program_(std::move(program)) {}

  int run() {
    title("Marketing funds: four systems");
    std::cout << "  pcm  SAP CRM (SOAP): budgets, decisions   " << world_.pcm_url() << "\n"
              << "  crm  Salesforce: requests, claims, files  " << world_.crm_url() << "\n"
              << "  erp  S/4HANA (OData): credit memos        " << world_.erp_url() << "\n"
              << "  fi   its accounting (SOAP): the books     " << world_.fi_url() << "\n";
    const bool good = plan() && request() && claim() && decide() && reject_the_double() &&
                      settle() && pay() && compare();
    return good ? 0 : 1;
  }

 private:
  /// Budget and funds come from SAP CRM, with the ERP's partners.
  bool plan() {
    title("SAP CRM's budget and its funds reach Salesforce");
    if (!rest()) return false;
    for (const Claims::Partner& partner : world_.partners()) {
      const Claims::Figures there = world_.figures_in_salesforce(partner);
      const auto amount = there.find("budget");
      const bool same = amount != there.end() && amount->second == decimal_of(partner.amount);
      std::printf("  fund %s of %-16s %10s EUR%s\n", partner.fund.c_str(), partner.name.c_str(),
                  partner.amount.c_str(), same ? "" : "  (DIFFERS in Salesforce)");
      if (!same) return false;
    }
    return true;
  }

  bool request() {
    title("Partners ask in Salesforce; SAP CRM reserves, and both sides decide");
    if (!did(world_.ask()) || !rest()) return false;
    for (Claims::Request& each : world_.requests()) {
      each.number = link_of("fund_request", each.key, "pcm-requests").key;
      if (each.number.empty()) return missing("reservation of '" + each.title + "'");
    }
    if (!did(world_.decide_requests()) || !rest()) return false;
    std::printf("  %-24s %-16s %10s %10s  %-11s %-11s %s\n", "request", "partner", "asked",
                "granted", "Salesforce", "SAP CRM", "decided in");
    bool all = true;
    for (const Claims::Request& each : world_.requests()) {
      const Claims::SeenRequest seen = world_.look(each);
      const std::string ends = each.granted.empty() ? "Rejected" : "Approved";
      const bool same = seen.salesforce == ends && seen.crm == ends &&
                        seen.granted_in_salesforce == decimal_of(each.granted) &&
                        seen.granted_in_crm == decimal_of(each.granted);
      std::printf("  %-24s %-16s %10s %10s  %-11s %-11s %s%s\n", each.title.c_str(),
                  world_.partners().at(each.partner).name.c_str(), each.asked.c_str(),
                  cents(seen.granted_in_crm).c_str(), seen.salesforce.c_str(), seen.crm.c_str(),
                  each.in_salesforce ? "Salesforce" : "SAP CRM", same ? "" : "  (DIFFERS)");
      all = all && same;
    }
    return all || wrong("a request was not decided alike on both sides");
  }

  bool claim() {
    title("Claims with their invoices as proof");
    if (!did(world_.hand_in()) || !rest()) return false;
    std::vector<Claims::Claim>& claims = world_.claims();
    for (std::size_t i = 0; i + 1 < claims.size(); ++i) {
      const Link link = link_of("claim", claims[i].key, "pcm-claims");
      if (link.key.empty()) return missing("claim '" + claims[i].title + "' in SAP CRM");
      claims[i].number = link.key;
      claims[i].record = link.record;
    }
    std::cout << "  " << claims.size() - 1 << " claims handed in, and reserved in SAP CRM\n";
    return true;
  }

  /// One approved, one in part, one returned, one rejected; and one invoice comes twice.
  bool decide() {
    title("SAP CRM decides, and somebody claims an invoice once more");
    if (!did(world_.decide_claims()) || !did(world_.claim_twice()) || !rest(true)) return false;
    const Claims::Claim& twice = world_.claims().back();
    const std::string& invoice = twice.lines.front().invoice;
    int code = 0;
    const auto waits =
        nlohmann::json::parse(program({"waiting", "list", "-o", "json"}, code), nullptr, false);
    if (!waits.is_array()) return missing("list of what waits");
    const auto refusal = std::find_if(waits.begin(), waits.end(), [](const nlohmann::json& each) {
      return each.value("rule", "") == "claim_invoice";
    });
    if (refusal == waits.end()) return missing("refusal of the double");
    const std::string words = refusal->value("detail", "");
    std::cout << "  the ledger refuses '" << twice.title
              << "', and SAP CRM never sees it: " << words << "\n";
    if (words.find(invoice) == std::string::npos)
      return wrong("the refusal does not name invoice " + invoice);
    std::cout << "  the ledger knows that the systems differ, and why:\n" << std::flush;
    program({"ledger", "verify"}, code, true);
    return code == 1 || wrong("ledger verify ended with " + std::to_string(code) + ", not 1");
  }

  bool reject_the_double() {
    title("The double is rejected, the returned claim comes corrected and is approved");
    if (!did(world_.reject_the_double()) || !did(world_.correct()) || !rest()) return false;
    return did(world_.approve_corrected()) && rest();
  }

  bool settle() {
    title("What is approved is settled: by journal entry, or by credit memo");
    const auto released = world_.settle();
    if (!did(released) || !rest()) return false;
    const auto billed = world_.bill_credits();
    if (!did(billed) || !rest()) return false;
    std::cout << "  " << *released << " settlements of SAP CRM's billing, " << *billed
              << " of them by credit memo\n";
    return true;
  }

  bool pay() {
    title("The ERP pays; SAP CRM and Salesforce are told");
    const auto paid = world_.pay();
    if (!did(paid) || !rest()) return false;
    std::cout << "  " << *paid << " paid\n";
    return true;
  }

  /// Judged by what the systems hold and by their journals; the program is asked for its ledger
  /// only.
  bool compare() {
    title("The claims, as each system shows them");
    const bool claims = claims_agree();
    title("The money of each fund, in the ledger and in every system");
    int code = 0;
    program({"ledger", "show"}, code, true);
    const bool money = code == 0 && money_agrees();
    title("Everything once");
    const bool once = done_once();
    program({"ledger", "verify"}, code, true);
    const bool verified = code == 0;
    const auto planned =
        nlohmann::json::parse(program({"plan", "-o", "json"}, code), nullptr, false);
    const bool rests = planned.is_object() && planned.value("empty", false);
    std::cout << (rests ? "  nothing would be written anywhere\n" : "  the plan is NOT empty\n");
    if (claims && money && once && verified && rests) {
      std::cout << "\n== Equal on all sides, to the cent  [" << seconds() << " s]" << std::endl;
      return true;
    }
    return wrong("the systems, their journals and the ledger do not tell the same story");
  }

  bool claims_agree() {
    std::printf("  %-24s %-16s %9s %9s  %-10s %-11s %-13s %-10s %s\n", "claim", "partner",
                "claimed", "approved", "Salesforce", "SAP CRM", "paid by", "document",
                "value date");
    bool all = true;
    for (const Claims::Claim& each : world_.claims()) {
      const Claims::SeenClaim seen = world_.look(each);
      const bool same = agrees(each, seen);
      const Claims::Booked book = seen.books.empty() ? Claims::Booked{} : seen.books.front();
      std::printf("  %-24s %-16s %9s %9s  %-10s %-11s %-13s %-10s %s%s\n", each.title.c_str(),
                  world_.partner_of(each).name.c_str(), cents(Claims::claimed(each)).c_str(),
                  each.granted.empty() ? "" : cents(seen.granted_in_salesforce).c_str(),
                  seen.salesforce.c_str(), seen.crm.empty() ? "-" : seen.crm.c_str(),
                  book.way.c_str(), book.document.c_str(), seen.paid_on.c_str(),
                  same ? "" : "  (DIFFERS)");
      all = all && same;
    }
    std::fflush(stdout);
    return all;
  }

  /// How SAP CRM calls what Salesforce shows in the end; a double has never come so far.
  static std::string ends_in_crm(const Claims::Claim& each) {
    if (each.number.empty()) return "";
    return each.ends == "Submitted" ? "In approval" : each.ends;
  }

  /// A claim ends as it should, alike in every system; what is paid is one document of the ERP over
  /// its amount, to its partner.
  bool agrees(const Claims::Claim& each, const Claims::SeenClaim& seen) const {
    const Decimal granted = decimal_of(each.granted);
    const bool decided = seen.salesforce == each.ends && seen.crm == ends_in_crm(each) &&
                         seen.reference == each.record && seen.granted_in_salesforce == granted &&
                         seen.granted_in_crm == granted;
    if (each.ends != "Paid") return decided && seen.document.empty();
    const std::string way = each.method == "Credit Memo" ? "credit memo" : "journal entry";
    if (!decided || seen.paid_on.empty() || seen.books.size() != 1) return false;
    const Claims::Booked& book = seen.books.front();
    return book.paid && book.amount == granted && book.way == way &&
           book.debtor == "00" + world_.partner_of(each).number;
  }

  bool money_agrees() {
    int code = 0;
    const auto lines =
        nlohmann::json::parse(program({"ledger", "show", "-o", "json"}, code), nullptr, false);
    if (code != 0 || !lines.is_array())
      return wrong("ledger show ended with " + std::to_string(code));
    bool all = true;
    for (const Claims::Partner& partner : world_.partners()) {
      const auto line = std::find_if(lines.begin(), lines.end(), [&](const nlohmann::json& each) {
        return each.value("of", "") == "fund" && each.value("number", "") == partner.fund;
      });
      if (line == lines.end()) return missing("fund " + partner.fund + " in the ledger");
      const std::vector<std::pair<const char*, Claims::Figures>> sides{
          {"ledger", figures_in_ledger(*line)},
          {"SAP CRM", world_.figures_in_crm(partner)},
          {"Salesforce", world_.figures_in_salesforce(partner)},
          {"ERP", world_.figures_in_books(partner)}};
      std::printf("\n  fund %s of %-18s", partner.fund.c_str(), partner.name.c_str());
      for (const auto& [name, figures] : sides) std::printf(" %12s", name);
      std::printf("\n");
      for (const char* figure : Claims::kFigures) all = same_everywhere(figure, sides) && all;
    }
    std::fflush(stdout);
    return all;
  }

  /// Prints one figure and says whether all sides that know it show the same; two of them at least.
  static bool same_everywhere(const char* figure,
                              const std::vector<std::pair<const char*, Claims::Figures>>& sides) {
    std::vector<Decimal> shown;
    std::printf("    %-35s", figure);
    for (const auto& [name, figures] : sides) {
      const auto found = figures.find(figure);
      std::printf(" %12s", found == figures.end() ? "" : cents(found->second).c_str());
      if (found != figures.end()) shown.push_back(found->second);
    }
    const bool same = shown.size() > 1 &&
                      std::all_of(shown.begin(), shown.end(),
                                  [&](const Decimal& amount) { return amount == shown.front(); });
    std::printf("%s\n", same ? "" : "  (DIFFERS)");
    return same;
  }

  /// Of one line of `ledger show -o json`.
  static Claims::Figures figures_in_ledger(const nlohmann::json& line) {
    const auto amount = [](const nlohmann::json& object, const char* name) {
      return decimal_of(object.value(name, "0"));
    };
    const nlohmann::json& accounts = line.at("accounts");
    const Decimal settled = amount(accounts, "settled");
    const Decimal granted =
        sum_of(sum_of(amount(accounts, "approved_claim"), amount(accounts, "released_to_settle")),
               settled);
    return {{"budget", amount(line, "budget")},
            {"free", amount(line, "available_to_reserve")},
            {"granted requests", sum_of(amount(accounts, "reserved"), granted)},
            {"reserved", amount(accounts, "reserved")},
            {"waiting claims", amount(accounts, "pending_claim")},
            {"granted claims", granted},
            {"in the books", settled},
            {"paid out", amount(accounts, "paid")}};
  }

  /// What the systems' journals say that was done, and should have been.
  bool done_once() {
    const Claims::Done done = world_.did();
    const Claims::Done should = world_.should_do();
    const auto tell = [](const char* what, std::size_t is, std::size_t should_be) {
      std::printf("  %-52s %2zu of %zu%s\n", what, is, should_be,
                  is == should_be ? "" : "  (DIFFERS)");
    };
    tell("Salesforce: budget and allocations made", done.budgets, should.budgets);
    tell("SAP CRM: requests handed in", done.reservations, should.reservations);
    tell("SAP CRM: decision of Salesforce told", done.decisions, should.decisions);
    tell("SAP CRM: claims handed in", done.claims, should.claims);
    tell("SAP CRM: returned claims handed in again", done.corrected, should.corrected);
    tell("accounting: journal entries posted", done.entries, should.entries);
    tell("sales: credit memo requests made", done.credits, should.credits);
    tell("SAP CRM: settlements told as posted", done.settled, should.settled);
    tell("SAP CRM: settlements told as paid", done.paid, should.paid);
    tell("of all of these, what came a second time", done.twice, should.twice);
    std::fflush(stdout);
    return done == should;
  }

  struct Link {
    std::string record{};  ///< the program's id
    std::string key{};     ///< of the object that the spoke has of it; "" = none
  };
  Link link_of(const std::string& entity, const std::string& key, const std::string& spoke) {
    int code = 0;
    const auto story = nlohmann::json::parse(program({"explain", entity, key, "-o", "json"}, code),
                                             nullptr, false);
    if (code != 0 || !story.is_object()) return {};
    Link out{.record = story.value("id", "")};
    for (const auto& link : story.at("links"))
      if (link.at("spoke") == spoke) out.key = link.at("key").get<std::string>();
    return out;
  }

  /// Runs `sync` until nothing is written any more, and tells what was. Then nothing is set aside,
  /// or (`refused`) something is.
  bool rest(bool refused = false) {
    constexpr int kMostRuns = 10;
    std::map<std::string, std::size_t> written;
    for (int run = 1; run <= kMostRuns; ++run) {
      int code = 0;
      const std::string out = program({"sync", "-o", "json"}, code);
      const auto report = nlohmann::json::parse(out, nullptr, false);
      if (code > 1 || !report.is_object() || !report.contains("spokes")) {
        std::cerr << out;
        return wrong("sync ended with " + std::to_string(code));
      }
      std::size_t now = 0;
      for (const auto& spoke : report["spokes"]) {
        const std::size_t count =
            spoke["created"].get<std::size_t>() + spoke["updated"].get<std::size_t>();
        if (count > 0) written[spoke["spoke"].get<std::string>()] += count;
        now += count;
      }
      if (now > 0) continue;
      std::cout << "  " << run << " runs wrote";
      for (const auto& [spoke, count] : written) std::cout << "  " << spoke << " " << count;
      std::cout << std::endl;
      return (code == 1) == refused || stuck(refused);
    }
    return stuck(refused);
  }

  bool stuck(bool refused) {
    int code = 0;
    for (const char* what : {"waiting", "conflicts", "dead-letters"})
      program({what, "list"}, code, true);
    return wrong(refused ? "nothing was set aside, although an invoice came twice"
                         : "it does not come to rest, or something was set aside");
  }

  std::string program(const std::vector<std::string>& arguments, int& code, bool show = false) {
    return demo::run_program(world_.folder(), world_.environment(), program_, arguments, code,
                             show);
  }

  template <typename T>
  bool did(const Result<T>& result) const {
    return result || wrong(to_string(result.error()));
  }
  static bool wrong(const std::string& what) {
    std::cout << std::flush;
    std::cerr << "demo: " << what << '\n';
    return false;
  }
  static bool missing(const std::string& what) { return wrong("there is no " + what); }

  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }
  void title(const std::string& text) const {
    std::cout << "\n== " << text << "  [" << seconds() << " s]\n" << std::flush;
  }

  Claims& world_;
  std::string program_;
  std::chrono::steady_clock::time_point began_{std::chrono::steady_clock::now()};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: channelbridge_demo_claims <source folder> <working folder> <channelbridge "
                 "program>\n";
    return 3;
  }
  std::filesystem::remove_all(argv[2]);
  auto world = Claims::start(argv[2], argv[1]);
  if (!world) {
    std::cerr << world.error() << '\n';
    return 2;
  }
  return ClaimsDemo(**world, std::filesystem::absolute(argv[3]).string()).run();
}
