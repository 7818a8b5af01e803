#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "sandbox/idoc/idoc_server.hpp"
#include "sandbox/salesforce/org.hpp"
#include "sandbox/sap/sap_server.hpp"

/// The order side of the demo's world: products and stock in the ERP, prices, quotes and orders in
/// the CRM, a distributor whose ERP speaks IDoc, in which it takes orders and places its own, a
/// dealer who reports stock and sales.
namespace channelbridge::demo {

/// Threads: one at a time.
class Trade {
 public:
  struct Systems {
    sandbox::salesforce::Org& crm;
    sandbox::SapServer& erp;
    sandbox::IdocServer& distributor;
    std::string dealer{};                  ///< folder
    std::vector<std::string> accounts{};   ///< of the CRM: who buys
    std::vector<std::string> customers{};  ///< of the ERP: who is known to the distributor
    std::vector<std::string> duns{};       ///< of partners that report
    std::string distributor_number{};      ///< of the distributor itself, in the ERP
    std::string distributor_duns{};
  };
  explicit Trade(Systems systems) : at_(std::move(systems)) {}

  /// Products with stock, a dealer's report.
  Result<void> fill(std::size_t products);
  /// The distributor sends its customers and materials. Its messages name partners by their number
  /// only: they come once the partners' own numbers are known.
  void connect_distributor();
  /// The price manager gives each product that has come to the CRM its standard price.
  Result<void> enter_prices();

  struct Taken {
    std::size_t quotes{};
    std::size_t orders{};
    std::size_t drop_shipments{};  ///< of the orders: the distributor delivers them
    std::string an_order{};        ///< key in the CRM
  };
  /// Sales people make quotes and orders in the CRM.
  Result<Taken> take_orders(std::size_t quotes, std::size_t orders);

  /// Partners accept every third quote: sales people make orders in the CRM that name them. How
  /// many.
  Result<std::size_t> order_quotes();
  /// What came of a quote: numbers of documents.
  struct OrderedQuote {
    std::string key{};  ///< of the quote, in the CRM
    std::string quote{};
    std::string order{};  ///< in the CRM
    std::string erp_order{};
    std::string quotation{};  ///< of the ERP, that its order refers to
    std::string total{};
    bool same_total{};  ///< as the quote's
  };
  std::vector<OrderedQuote> ordered_quotes() const;

  struct Delivered {
    std::size_t items{};
    std::size_t invoices{};
  };
  /// In the ERP goods of every second order leave, some of them not all, and are billed.
  Result<Delivered> deliver_and_bill();

  /// How far a line of an order is, as a system shows it.
  struct Progress {
    std::string confirmed{};
    std::string shipped{};
    std::string invoiced{};
    bool operator==(const Progress&) const = default;
  };
  struct OrderLine {
    std::string order{};   ///< the buyer's number
    std::string status{};  ///< of the order in the CRM
    std::size_t number{};
    std::string quantity{};
    Progress crm{};
    Progress erp{};
  };
  /// Of the CRM's orders that the ERP delivers, in the order of their numbers.
  std::vector<OrderLine> order_lines() const;

  struct Sale {
    std::string number{};
    std::string amount{};
  };
  /// What the dealer has reported as sold.
  std::vector<Sale> dealer_sales() const;

  struct Reorder {
    std::string product{};
    std::size_t on_hand{};
    std::size_t quantity{};        ///< that is ordered
    std::string purchase_order{};  ///< number
  };
  /// The least that the distributor wants on its stock.
  static constexpr std::size_t kReorderPoint = 2;
  /// What the distributor has delivered is gone from its stock: it reports what is left, and of
  /// each product below the reorder point it orders from the vendor.
  Result<std::vector<Reorder>> reorder();
  /// How the distributor's purchase orders were answered, a line for each; nothing for one without
  /// an answer or with several.
  std::vector<std::string> confirmations() const;

 private:
  struct Stock {
    std::string product{};
    std::size_t on_hand{};
  };
  /// Its products on stock: what it had, less what it was ordered to deliver.
  std::vector<Stock> distributor_stock() const;
  Result<void> report_stock(const std::vector<Stock>& stock, const std::string& as_of) const;

  Systems at_;
  std::size_t products_{};
  std::vector<std::string> orders_{};              ///< keys in the CRM that go to the ERP
  std::vector<std::string> quotes_{};              ///< keys in the CRM
  std::map<std::string, std::string> order_of_{};  ///< quote -> order
};

}  // namespace channelbridge::demo
