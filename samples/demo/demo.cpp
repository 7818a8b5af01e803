// What `make demo` shows: five systems, one hub, both directions, a conflict, an empty plan, orders
// with their answers.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "world.hpp"

namespace {

namespace demo = channelbridge::demo;
using channelbridge::Result;

class Demo {
 public:
  Demo(demo::World& world, std::string program) : world_(world), program_(std::move(program)) {}

  int run() {
    title("Five systems");
    std::cout << "  crm        Salesforce-like org           "
              << world_.environment().at("DEMO_CRM_URL") << "\n"
              << "  erp        S/4HANA-like ERP (cpprest)    "
              << world_.environment().at("DEMO_ERP_URL") << "\n"
              << "  c4c        Cloud-for-Customer-like CRM   "
              << world_.environment().at("DEMO_C4C_URL") << "\n"
              << "  edi        a distributor's ERP (IDoc)    "
              << world_.environment().at("DEMO_EDI_URL") << "\n"
              << "  dealer-se  a dealer's folder             " << world_.options().folder
              << "/dealer-se\n"
              << "  " << world_.options().partners << " partners in five countries, "
              << world_.options().contacts << " contacts, " << world_.options().leads << " leads;";
    for (const auto& [tier, partners] : world_.tiers())
      std::cout << " " << partners << " " << tier << "s";
    std::cout << "\n";
    if (const int code = channelbridge({"doctor"}); code != 0) return give_up("doctor", code);

    title("What would go where");
    if (const int code = channelbridge({"plan", "--show", "3"}); code != 0)
      return give_up("plan", code);

    title("The first sync");
    if (!sync_and_compare()) return 1;

    title("A second sync writes nothing, although the systems rewrite what they are sent");
    if (!sync_and_compare(true)) return 1;

    title("People edit on both sides");
    world_.clear_journals();
    auto edits = world_.let_people_edit();
    if (!edits) {
      std::cerr << edits.error() << '\n';
      return 2;
    }
    std::cout << "  " << edits->statuses << " leads qualified in Cloud for Customer, "
              << edits->titles << " job titles changed in the CRM, " << edits->partner_names
              << " partners renamed in the ERP,\n  " << edits->contested
              << " leads whose company was changed on both sides\n";
    if (!sync_and_compare()) return 1;

    title("Where both sides changed the same group and a person decides");
    channelbridge({"conflicts", "list"});
    if (edits->contested == 0 || !resolve()) return give_up("conflicts", 1);
    if (!sync_and_compare()) return 1;

    title("The plan is empty");
    int code = 0;
    const std::string plan = demo::run_program(world_, program_, {"plan", "-o", "json"}, code);
    const auto summary = nlohmann::json::parse(plan, nullptr, false);
    if (code != 0 || summary.is_discarded() || !summary["empty"].get<bool>()) {
      std::cout << plan;
      return give_up("plan", code == 0 ? 1 : code);
    }
    std::cout << "  nothing would be written anywhere\n";

    if (!trade()) return 1;

    title("The story of one lead");
    channelbridge({"explain", "lead", edits->a_lead});

    title("All of it, and what the systems hold now");
    return sum_up() ? 0 : 1;
  }

  /// Products reach the CRM, sales people make quotes and orders, the ERP and a distributor
  /// deliver.
  bool trade() {
    title("Prices, quotes and orders");
    world_.trade().connect_distributor();
    if (auto priced = world_.trade().enter_prices(); !priced) {
      std::cerr << priced.error() << '\n';
      return false;
    }
    const auto taken = world_.trade().take_orders(world_.options().quotes, world_.options().orders);
    if (!taken) {
      std::cerr << taken.error() << '\n';
      return false;
    }
    dropped_ = taken->drop_shipments;
    std::cout << "  " << taken->quotes << " quotes of CPQ and " << taken->orders
              << " orders in the CRM, " << taken->drop_shipments
              << " of them for the distributor to deliver\n";
    if (!sync_and_compare()) return false;

    title("The ERP delivers and bills");
    const auto delivered = world_.trade().deliver_and_bill();
    if (!delivered) {
      std::cerr << delivered.error() << '\n';
      return false;
    }
    std::cout << "  " << delivered->items << " items delivered, " << delivered->invoices
              << " invoices\n";
    if (!sync_and_compare() || !lines_agree() || !order_quotes()) return false;

    title("The story of one order");
    if (channelbridge({"explain", "order", taken->an_order}) != 0) return false;
    return replenish();
  }

  /// A quote becomes an order in the ERP that refers to its quotation.
  bool order_quotes() {
    title("Partners accept quotes");
    const auto ordered = world_.trade().order_quotes();
    if (!ordered) {
      std::cerr << ordered.error() << '\n';
      return false;
    }
    ordered_quotes_ = *ordered;
    std::cout << "  " << *ordered << " quotes accepted and ordered in the CRM\n";
    if (!sync_and_compare()) return false;
    bool all = *ordered > 0;
    for (const demo::Trade::OrderedQuote& each : world_.trade().ordered_quotes()) {
      const bool agrees = each.same_total && is_linked("quote", each.key, each.quotation);
      std::cout << "  quote " << each.quote << " → order " << each.order << " in the CRM → order "
                << each.erp_order << " in the ERP, of quotation " << each.quotation << ": "
                << each.total << (agrees ? "" : "  (DIFFERS)") << std::endl;
      all = all && agrees;
    }
    if (!all) std::cerr << "demo: an order of the ERP does not refer to its quote's quotation\n";
    return all;
  }

  /// What the CRM shows of its orders' lines is what the ERP has; one order of them is told.
  bool lines_agree() {
    title("What sales people see of an order, line by line");
    const std::vector<demo::Trade::OrderLine> lines = world_.trade().order_lines();
    const auto differs = [](const demo::Trade::OrderLine& line) { return line.crm != line.erp; };
    const auto a_part = std::find_if(lines.begin(), lines.end(), [](const auto& line) {
      return line.status == "Partially Shipped";
    });
    const auto told = [](const demo::Trade::OrderLine& line, const demo::Trade::Progress& at) {
      std::printf("  %-10s %5zu %9s %10s %8s %9s", line.order.c_str(), line.number,
                  line.quantity.c_str(), at.confirmed.c_str(), at.shipped.c_str(),
                  at.invoiced.c_str());
    };
    std::printf("  %-10s %5s %9s %10s %8s %9s\n", "CRM order", "line", "quantity", "confirmed",
                "shipped", "invoiced");
    for (const demo::Trade::OrderLine& line : lines) {
      if (!differs(line) && (a_part == lines.end() || line.order != a_part->order)) continue;
      told(line, line.crm);
      std::printf("   %s%s\n", line.status.c_str(),
                  differs(line) ? "  (DIFFERS), in the ERP:" : "");
      if (!differs(line)) continue;
      told(line, line.erp);
      std::printf("\n");
    }
    const auto different = std::count_if(lines.begin(), lines.end(), differs);
    std::printf("  %zu lines of orders in the CRM, %zu of them as in the ERP\n", lines.size(),
                lines.size() - static_cast<std::size_t>(different));
    std::fflush(stdout);
    if (different == 0 && a_part != lines.end()) return true;
    std::cerr << "demo: the CRM does not show what the ERP confirmed, delivered and billed\n";
    return false;
  }

  /// The distributor fills its stock: its order comes as an IDoc, goes to the ERP, and is
  /// confirmed.
  bool replenish() {
    title("The distributor has little left and orders from the vendor");
    const auto reordered = world_.trade().reorder();
    if (!reordered || reordered->empty()) {
      std::cerr << (reordered ? "demo: the distributor has enough" : to_string(reordered.error()))
                << '\n';
      return false;
    }
    replenished_ = reordered->size();
    for (const demo::Trade::Reorder& each : *reordered) {
      std::cout << "  " << each.purchase_order << ": " << each.quantity << " of " << each.product
                << ", because " << each.on_hand << " are left, below the reorder point of "
                << demo::Trade::kReorderPoint << "\n";
    }
    if (!sync_and_compare()) return false;
    if (channelbridge({"explain", "inventory_position", "D-" + reordered->front().product}) != 0 ||
        !sales_came_up())
      return false;

    title("The ERP's confirmation goes back");
    if (!sync_and_compare()) return false;
    const std::vector<std::string> confirmed = world_.trade().confirmations();
    for (const std::string& line : confirmed) std::cout << "  " << line << "\n";
    return confirmed.size() == replenished_ && sync_and_compare(true);
  }

 private:
  /// What the dealer has sold is known, each sale by the partner who sold it.
  bool sales_came_up() {
    title("What the dealer has sold");
    const std::vector<demo::Trade::Sale> sales = world_.trade().dealer_sales();
    std::size_t known = 0;
    for (const demo::Trade::Sale& sale : sales) {
      int code = 0;
      const auto story = nlohmann::json::parse(
          demo::run_program(world_, program_,
                            {"explain", "sell_through_report", sale.number, "-o", "json"}, code),
          nullptr, false);
      if (code != 0 || story.is_discarded()) continue;
      const auto& fields = story.at("fields");
      const auto amount = std::find_if(fields.begin(), fields.end(), [&](const auto& field) {
        return field.at("value") == sale.amount;
      });
      const std::string reporter =
          fields.contains("reporter") ? fields["reporter"].at("value").get<std::string>() : "";
      const bool a_partner = !reporter.empty() && !reporter.starts_with("pending:");
      if (a_partner && amount != fields.end() && amount.key().ends_with("].amount")) ++known;
    }
    std::cout << "  " << known << " of " << sales.size()
              << " sales are reports of a partner with their amounts" << std::endl;
    if (known == sales.size() && known > 0) return true;
    std::cerr << "demo: sales of the dealer are missing, or nobody knows who sold\n";
    return false;
  }

  void title(const std::string& text) {
    const auto now = std::chrono::steady_clock::now();
    std::cout << "\n== " << text << "  ["
              << std::chrono::duration_cast<std::chrono::duration<double>>(now - began_).count()
              << " s]\n"
              << std::flush;
  }
  int give_up(const std::string& what, int code) {
    std::cerr << "demo: " << what << " ended with " << code << '\n';
    return code == 0 ? 1 : code;
  }
  int channelbridge(const std::vector<std::string>& arguments) {
    int code = 0;
    demo::run_program(world_, program_, arguments, code, true);
    return code;
  }

  /// Runs a sync and holds its own report against the systems' journals.
  bool sync_and_compare(bool nothing = false) {
    world_.clear_journals();
    int code = 0;
    const std::string out = demo::run_program(world_, program_, {"sync", "-o", "json"}, code);
    const auto report = nlohmann::json::parse(out, nullptr, false);
    if (code > 1 || report.is_discarded() || !report.contains("spokes")) {
      std::cerr << out << "demo: sync ended with " << code << '\n';
      return false;
    }
    const auto journal = world_.journal();
    const auto made = world_.erp_documents();
    documents_.insert(documents_.end(), made.begin(), made.end());
    bool same = true;
    std::printf("  %-14s %7s %8s %8s %10s %8s %10s %6s %8s   %s\n", "spoke", "read", "created",
                "updated", "unchanged", "waiting", "conflicts", "dead", "seconds",
                "journal: created, updated");
    for (const auto& spoke : report["spokes"]) {
      const std::string name = spoke["spoke"];
      demo::EffectCount seen;
      if (const auto at = journal.find(name); at != journal.end()) seen = at->second;
      const bool agrees =
          seen.created == number(spoke, "created") && seen.updated == number(spoke, "updated");
      same = same && agrees;
      rewritten_ += seen.rewritten;
      Line& total = totals_[name];
      for (const auto& [column, counted] : {std::pair{"read", &total.read},
                                            {"created", &total.created},
                                            {"updated", &total.updated},
                                            {"elapsed_ms", &total.elapsed_ms}})
        *counted += number(spoke, column);
      total.entity = spoke["entity"];
      total.unchanged = number(spoke, "unchanged");
      total.waiting = number(spoke, "waiting");
      total.conflicts = number(spoke, "conflicts");
      total.dead_letters = number(spoke, "dead_letters");
      std::printf("  %-14s %7llu %8llu %8llu %10llu %8llu %10llu %6llu %8.2f   %llu, %llu %s\n",
                  name.c_str(), number(spoke, "read"), number(spoke, "created"),
                  number(spoke, "updated"), number(spoke, "unchanged"), number(spoke, "waiting"),
                  number(spoke, "conflicts"), number(spoke, "dead_letters"),
                  static_cast<double>(number(spoke, "elapsed_ms")) / 1000,
                  static_cast<unsigned long long>(seen.created),
                  static_cast<unsigned long long>(seen.updated), agrees ? "(agrees)" : "(DIFFERS)");
      for (const auto& why : spoke["stopped"]) {
        std::printf("  stopped: %s\n", why.get<std::string>().c_str());
        same = false;
      }
      if (number(spoke, "dead_letters") > 0) {
        std::printf("  %llu dead letters in %s: `channelbridge dead-letters list` tells why\n",
                    number(spoke, "dead_letters"), name.c_str());
        same = false;
      }
      const auto left =
          number(spoke, "created") + number(spoke, "updated") + number(spoke, "waiting");
      if (nothing && left > 0) same = false;
    }
    if (nothing) {
      std::printf(
          "  %llu values stand in the systems in another form than they were sent (telephone "
          "numbers, "
          "decimals): known as those systems' own, not written again\n",
          rewritten_);
      same = same && rewritten_ > 0;
    }
    std::fflush(stdout);
    if (!same)
      std::cerr << "demo: something was set aside, or the report and the journals do not tell the "
                   "same story\n";
    return same;
  }
  /// What one spoke did in all runs; `unchanged` and what follows as of the last one.
  struct Line {
    std::string entity{};
    unsigned long long read{};
    unsigned long long created{};
    unsigned long long updated{};
    unsigned long long elapsed_ms{};
    unsigned long long unchanged{};
    unsigned long long waiting{};
    unsigned long long conflicts{};
    unsigned long long dead_letters{};
  };

  /// All runs together, and whether every system holds everything once: counted in the systems, not
  /// taken from the program.
  bool sum_up() {
    std::printf("  %-18s %-20s %7s %8s %8s %8s %10s %6s %8s\n", "spoke", "entity", "read",
                "created", "updated", "waiting", "conflicts", "dead", "seconds");
    for (const auto& [name, line] : totals_) {
      std::printf("  %-18s %-20s %7llu %8llu %8llu %8llu %10llu %6llu %8.2f\n", name.c_str(),
                  line.entity.c_str(), line.read, line.created, line.updated, line.waiting,
                  line.conflicts, line.dead_letters, static_cast<double>(line.elapsed_ms) / 1000);
    }
    const auto& wanted = world_.options();
    const auto content = world_.content();
    bool complete = true;
    std::cout << "\n  objects in the systems:";
    for (const auto& [object, expected] :
         {std::pair<const char*, std::size_t>{"erp A_BusinessPartner", wanted.partners},
          {"crm Account", wanted.partners},
          {"c4c CorporateAccountCollection", wanted.partners},
          {"crm Contact", wanted.contacts},
          {"c4c ContactCollection", wanted.contacts},
          {"crm Lead", wanted.leads},
          {"c4c LeadCollection", wanted.leads},
          {"crm Product2", wanted.products},
          {"crm SBQQ__Quote__c", wanted.quotes},
          {"erp A_SalesQuotation", wanted.quotes},
          {"crm Order", wanted.orders + ordered_quotes_},
          {"erp A_SalesOrder", wanted.orders + ordered_quotes_ - dropped_ + replenished_}}) {
      const std::size_t held = content.at(object).size();
      std::cout << "\n    " << object << ": " << held << " of " << expected
                << (held == expected ? "" : "  (DIFFERS)");
      complete = complete && held == expected;
    }
    const std::vector<std::string> doubles = world_.doubles();
    std::cout << "\n  objects that stand twice for one partner, person or lead: " << doubles.size()
              << std::endl;
    for (const std::string& twice : doubles) std::cout << "    " << twice << '\n';
    return complete && doubles.empty() && every_document_bears_its_record();
  }

  /// What a document bears in the ERP's journal is the id of the record that the program knows by
  /// the document's number.
  bool every_document_bears_its_record() {
    struct Count {
      std::size_t made{};
      std::size_t borne{};
    };
    std::map<std::string, Count> counts;
    for (const demo::World::Document& document : documents_) {
      Count& count = counts[document.entity];
      ++count.made;
      if (!document.record.empty() && is_at(document)) ++count.borne;
    }
    bool all = counts.size() == 2;
    std::cout << "  documents of the ERP that bear the id of their record in its journal:";
    for (const auto& [entity, count] : counts) {
      std::cout << "\n    " << entity << ": " << count.borne << " of " << count.made
                << (count.borne == count.made ? "" : "  (DIFFERS)");
      all = all && count.borne == count.made;
    }
    std::cout << std::endl;
    return all;
  }

  /// Whether the program's record of this id is the document.
  bool is_at(const demo::World::Document& document) {
    return is_linked(document.entity, document.record, document.number, document.record);
  }
  /// Whether the program knows what this names (a record's id, a system's key) as this document of
  /// the ERP; and by this id, where there is one.
  bool is_linked(const std::string& entity, const std::string& name, const std::string& document,
                 const std::string& id = {}) {
    int code = 0;
    const auto story = nlohmann::json::parse(
        demo::run_program(world_, program_, {"explain", entity, name, "-o", "json"}, code), nullptr,
        false);
    if (code != 0 || story.is_discarded() || (!id.empty() && story.value("id", "") != id))
      return false;
    const auto& links = story.at("links");
    return std::any_of(links.begin(), links.end(), [&](const nlohmann::json& link) {
      return link.at("spoke") == "erp-" + entity + "s" && link.at("key") == document;
    });
  }

  static unsigned long long number(const nlohmann::json& spoke, const char* name) {
    return spoke[name].get<unsigned long long>();
  }

  bool resolve() {
    int code = 0;
    const auto conflicts = nlohmann::json::parse(
        demo::run_program(world_, program_, {"conflicts", "list", "-o", "json"}, code), nullptr,
        false);
    if (conflicts.is_discarded() || conflicts.empty()) return false;
    for (const auto& conflict : conflicts) {
      demo::run_program(world_, program_,
                        {"conflicts", "resolve", conflict["spoke"], conflict["key"],
                         conflict["group"], "--keep", "system"},
                        code);
      if (code != 0) return false;
    }
    std::cout << "  " << conflicts.size() << " decided: the system's value is kept\n";
    return true;
  }

  demo::World& world_;
  std::string program_;
  std::size_t dropped_{};  ///< orders that the distributor delivers
  std::size_t ordered_quotes_{};
  std::size_t replenished_{};                     ///< orders that it has placed
  std::map<std::string, Line> totals_;            ///< by spoke
  std::vector<demo::World::Document> documents_;  ///< that were made in the ERP
  unsigned long long rewritten_{};                ///< by the systems, of all that was sent so far
  std::chrono::steady_clock::time_point began_{std::chrono::steady_clock::now()};
};

std::size_t from_environment(const char* name, std::size_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : static_cast<std::size_t>(std::strtoull(text, nullptr, 10));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr
        << "usage: channelbridge_demo <source folder> <working folder> <channelbridge program>\n";
    return 3;
  }
  std::filesystem::remove_all(argv[2]);
  auto world = demo::World::start({.folder = argv[2],
                                   .source = argv[1],
                                   .partners = from_environment("DEMO_PARTNERS", 200),
                                   .contacts = from_environment("DEMO_CONTACTS", 500),
                                   .leads = from_environment("DEMO_LEADS", 2000)});
  if (!world) {
    std::cerr << world.error() << '\n';
    return 2;
  }
  if (auto filled = (*world)->fill(); !filled) {
    std::cerr << filled.error() << '\n';
    return 2;
  }
  return Demo(**world, std::filesystem::absolute(argv[3]).string()).run();
}
