#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sandbox/sap/sap_server.hpp"

namespace channelbridge::sandbox {

/// What differs from tenant to tenant in sales.
struct SalesOptions {
  std::string price_condition = "PPR0";   ///< of the price list
  std::string manual_condition = "PMP0";  ///< a price that somebody has agreed: it replaces it
  std::string tax_condition = "MWST";
  std::string tax_percent = "19";
  /// With which a credit memo request begins, until somebody releases it; "" = none (unconfirmed:
  /// in the system it belongs to the document type).
  std::string credit_block = "08";
  std::string credit_memo_type = "G2";   ///< of the billing documents that they become
  std::string cancellation_type = "S2";  ///< of those that cancel them (unconfirmed)
  std::string company_code = "1010";     ///< in which those are booked
  std::set<std::string> currencies{};    ///< of the tenant; empty = all of ISO 4217
  int lead_days = 7;                     ///< until goods that are not on stock can be delivered
  /// A delivery and an invoice move the order's time of change (unconfirmed: the table's field
  /// belongs to its own transaction).
  bool progress_moves_time = true;
  /// A user whom deliveries and invoices of an item do not keep from changing it (unconfirmed: in
  /// the system it is a matter of authorisations and of what the tenant has configured).
  std::string supervisor = "SUPERVISOR";
  std::vector<odata::CustomField> custom_fields{};
  std::vector<odata::CreatableField> creatable_fields{};
  std::vector<std::string> delta_links{};  ///< sets that offer them; the reference: rarely any
};

/// The part of the sales world that runs by itself: deliveries, billing, stock. One for all
/// services of a server.
///
/// Documents get their numbers from ranges and their items 10, 20 …; prices come from the condition
/// records of API_SLSPRICINGCONDITIONRECORD_SRV or from a manual condition of the item, net amounts
/// and taxes from prices, header totals from items, confirmed quantities from the stock of
/// API_MATERIAL_STOCK_SRV. Services that the server does not have are not asked. Threads: any.
class SalesDesk {
 public:
  explicit SalesDesk(SalesOptions options = {}) : options_(std::move(options)) {}

  const SalesOptions& options() const { return options_; }
  /// The services of the server, once all are there.
  void attach(odata::Gateway& gateway);

  /// Goods of an item leave: schedule lines, statuses and stock follow.
  /// Errors   NotFound; Rejected: more than is confirmed and open
  Result<void> deliver(const std::string& order, const std::string& item,
                       const std::string& quantity);
  /// What was delivered and not billed yet becomes a billing document; its number.
  /// Errors   NotFound; Rejected: nothing to bill
  Result<std::string> bill(const std::string& order);
  /// A credit memo request is approved: its billing block goes.
  /// Errors   NotFound
  Result<void> release_credit(const std::string& request);
  /// Every item of it is rejected for this reason, and so is the request.
  /// Errors   NotFound; Rejected: it has been billed
  Result<void> reject_credit(const std::string& request, const std::string& reason);
  /// A request that nothing blocks becomes a credit memo, which accounting takes over; its number.
  /// Errors   NotFound; Rejected: blocked, rejected or billed already
  Result<std::string> bill_credit(const std::string& request);
  /// The partner has got what a credit memo says.
  /// Errors   NotFound
  Result<void> clear_credit(const std::string& billing_document);
  /// A credit memo is cancelled by a document of its own, unless the partner has got it already;
  /// the number of that document.
  Result<std::string> cancel_credit(const std::string& billing_document);
  /// Every order that has stood still for `pace` takes its next step: all that is confirmed and
  /// open of it is delivered; of one of which nothing is, what was delivered is billed.
  void move_on(Timestamp now, std::chrono::milliseconds pace);
  /// POST /__sandbox/deliver {"order","item","quantity"}, POST /__sandbox/bill {"order"},
  /// POST /__sandbox/lock and /unlock {"set","key":[…],"user"},
  /// POST /__sandbox/release, /reject, /bill {"credit_memo_request"}, /clear, /cancel
  /// {"billing_document"}.
  std::optional<Response> administer(const Request& request);

  /// A row that is there before anything happens: no rule is asked, the journal does not show it.
  /// Errors   NotFound: no service has the set; Invalid
  Result<void> seed(const std::string& set, const Json& row) const;
  /// The unrestricted stock of a material, likewise.
  Result<void> seed_stock(const std::string& material, const std::string& quantity) const;

  // For the rules of the documents: what other services know.

  /// Null where no service has the set.
  odata::Engine* service_with(const std::string& set) const;
  /// False: a service knows all of them, and this is none.
  bool customer_is_there(const std::string& number) const;
  /// The material as its service shows it; null = it is none. Empty where no service has materials.
  Json material(const std::string& number) const;
  struct Price {
    std::string amount{};
    std::string per{"1"};
    std::string currency{};
    std::string unit{};
    std::string record{};
  };
  /// The valid price of a price list, by scale.
  std::optional<Price> price(const std::string& material, const std::string& organization,
                             const std::string& channel, const std::string& date,
                             const std::string& quantity) const;
  /// "B" of a quotation, "G" of a contract; "" = there is no such document. Nothing where no
  /// service has either.
  std::optional<std::string> category_of(const std::string& document) const;
  /// An order came of these documents: they are completely processed.
  void follow(const std::string& document) const;
  /// Unrestricted stock; nothing where no service has stock.
  std::optional<std::string> stock(const std::string& material) const;

 private:
  bool deliver_all(const std::string& order);
  std::optional<Response> administer_credit(const std::string& what, const Json& body);

  /// How an order stood when it was last looked at, and since when.
  struct Standing {
    std::string statuses{};
    Timestamp since{};
  };

  const SalesOptions options_;
  std::vector<odata::Engine*> engines_{};
  std::mutex moving_{};
  std::map<std::string, Standing> standing_{};
};

/// The names that one kind of sales document has in its service.
struct SalesDocument {
  std::string root{};      ///< "A_SalesOrder"
  std::string item{};      ///< "A_SalesOrderItem"
  std::string partner{};   ///< "A_SalesOrderHeaderPartner"
  std::string element{};   ///< "A_SalesOrderItemPrElement"
  std::string schedule{};  ///< "A_SalesOrderScheduleLine"; "" = none
  std::string key{};       ///< "SalesOrder"
  std::string item_key{};  ///< "SalesOrderItem"
  std::string type{};      ///< "SalesOrderType"
  std::string date{};      ///< "SalesOrderDate"
  std::string text{};      ///< "SalesOrderItemText"
  std::string material{"Material"};
  std::string unit{"RequestedQuantityUnit"};
  std::string rate{"ConditionRateValue"};
  std::string words{};        ///< "Sales order"
  std::int64_t first_number;  ///< of its range
  bool credit{};              ///< asks for money back: with a reason, and blocked until released
};

/// A service of sales documents under its published metadata. `names` says which.
SapServiceSpec sales_document_service(std::string path, std::string edmx_file,
                                      const SalesDocument& names,
                                      const std::shared_ptr<SalesDesk>& desk);

/// Condition contracts (OData V4): numbers, and the contract's key in what hangs below it. Nothing
/// accrues or is settled.
SapServiceSpec condition_contract_service(std::string edmx_file,
                                          const std::shared_ptr<SalesDesk>& desk);

/// The services of the order side, each under its own path, behind one desk: every file of
/// `folder`/odata-v2, odata-v4 and s4hana that is metadata of one of them.
std::vector<SapServiceSpec> sales_services(const std::string& folder,
                                           const SalesOptions& options = {});

}  // namespace channelbridge::sandbox
