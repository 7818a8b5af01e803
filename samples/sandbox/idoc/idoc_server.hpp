#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sandbox/common/server.hpp"
#include "sandbox/idoc/segments.hpp"

namespace channelbridge::sandbox {

/// How the system behind the IDoc port is set up.
struct IdocOptions {
  std::string system_id{"S4H"};
  std::string client{"100"};
  std::map<std::string, std::string> users{{"CHANNEL", "Welcome1"}};
  std::string port{"SAPERP"};        ///< of the system
  std::string number{"ERPCLNT100"};  ///< its logical system
  std::string partner{"CHBRIDGE"};   ///< the one partner with profiles, type LS
  std::set<std::string> messages{"ORDERS", "ORDCHG", "ORDRSP", "DEBMAS",
                                 "CRMXIF_PARTNER_SAVE_M"};  ///< of its inbound profiles
  std::set<std::string> currencies{"EUR", "USD", "PLN", "SEK", "GBP", "CHF", "CNY"};
  std::chrono::milliseconds process_after{0};  ///< between storing and posting
  bool statuses{true};                         ///< STATUS messages are sent to the partner
  bool audit{false};                           ///< ALEAUD in place of STATUS
  bool confirms{true};                         ///< an order is answered by an ORDRSP
  bool confirms_changes{true};                 ///< and so is its change
  /// "http://host:port/path": where the system's own port posts what it sends; "" = it is only
  /// listed.
  std::string partner_url{};
  std::string partner_user{};
  std::string partner_password{};
  std::chrono::milliseconds post_again{1'000};  ///< after an answer that is not 200
  bool refuse_again{true};  ///< an IDoc with the DOCNUM or ARCKEY of an earlier one ends in 51
};

/// "process_after=5s", "audit=true", "statuses=false", "confirms=false",
/// "confirms_changes=false", "refuse_again=false",
/// "currencies=EUR,USD", "partner_url=http://127.0.0.1:8090/erp-edi", "partner_user=ERP",
/// "partner_password=…". Errors: Invalid.
Result<void> change_setting(IdocOptions& options, const std::string& assignment);

/// A material, and how much of it can be confirmed at once, in thousandths; negative = any.
struct Material {
  std::string name{};
  std::string unit{"PCE"};
  std::int64_t stock{-1};
  bool blocked{};  ///< its items are rejected
};

/// What the company behind the port buys from the partner.
struct PurchaseOrder {
  struct Item {
    std::string material{};
    std::int64_t quantity{};  ///< thousandths
  };
  std::string buyer{};                  ///< the company's own number with the partner
  std::string date{"20261122"};         ///< of the order
  std::string delivery{};               ///< wanted on this day
  std::map<std::string, Item> items{};  ///< by number, "00010"
  std::string currency{"EUR"};
  std::string type{"NB"};  ///< of purchase orders
};

/// The IDoc-XML port of an ERP, the application behind it and its outbox.
///
///     POST /sap/bc/idoc_xml?sap-client=100    200 "IDoc-XML-inbound ok", or 4xx, 5xx in HTML
///     GET  /idoc/outbox/            what it sends, listed as nginx lists a folder in JSON
///     GET  /idoc/outbox/NAME
///     POST /__sandbox/idocs         {"number": …, "action": "process" | "end"}: what a person does
///                                   with an IDoc in status 51 (BD87)
///     GET  /__sandbox/state         IDocs with their status histories, what was sent with the
///                                   answers that it got, orders, purchases, customers
///
/// Threads: any.
class IdocService final : public Service {
 public:
  IdocService(IdocOptions options, std::map<std::string, idoc::TypeRules> types,
              std::shared_ptr<Desk> desk);

  Response handle(const Request& request) override;
  std::optional<Response> administer(const Request& request) override;
  Json state() override;

  /// Master data, sent to the partner as DEBMAS and MATMAS.
  void add_customer(const std::string& number, const std::string& name, const std::string& city,
                    const std::string& country);
  void add_material(const std::string& number, const Material& material);
  /// Places an order with the partner: an ORDERS in the outbox; its number. An ORDRSP answers it.
  std::string buy(PurchaseOrder order);
  /// Sends a purchase order again, as its message can be repeated: the same in a new IDoc.
  void send_again(const std::string& purchase_order);
  /// A file that reaches the outbox late: one envelope, whatever its time.
  void leave(const std::string& name, const std::string& text);
  /// Orders that the application has made.
  std::size_t orders() const;
  /// The outbox's files by name.
  std::map<std::string, std::string> outbox();
  /// The oldest that the partner has not taken: name and text.
  std::optional<std::pair<std::string, std::string>> next_to_post();
  /// What the partner answered; 0 = nothing.
  void posted(const std::string& name, int status);

 private:
  struct Stored {
    std::string number{};
    std::string sender{};
    std::string sender_number{};
    std::string archive_key{};
    std::string type{};
    std::string message{};
    std::string text{};
    bool again{};  ///< its number or key has come before
    Timestamp stored{};
    std::vector<std::pair<std::string, std::string>> history{};  ///< status, text
    Request request{};
  };
  struct OrderItem {
    std::string material{};
    std::string unit{};
    std::string date{};
    std::int64_t ordered{};  ///< thousandths
  };
  struct Order {
    std::string number{};
    std::string customer{};
    std::string purchase_order{};
    std::string currency{};
    std::map<std::string, OrderItem> items{};  ///< by POSEX
  };
  struct Promise {
    std::string quantity{};  ///< as the answer says it
    std::string day{};
    std::string rejected{};  ///< reason
  };
  struct Purchase {
    std::string number{};
    PurchaseOrder order{};
    std::string vendor_number{};  ///< of the partner's own document
    std::size_t answers{};
    std::map<std::string, std::vector<Promise>> promised{};  ///< by item
  };
  struct Sent {
    std::string name{};
    std::string text{};
    Timestamp at{};
    std::vector<int> answers{};  ///< of the partner, in order
    bool taken() const { return !answers.empty() && answers.back() == 200; }
  };
  /// What the application says of an IDoc: a status, and the words of its message.
  struct Posting {
    std::string status{};
    std::string text{};
    std::string area{};
    std::string number{};
    std::vector<std::string> variables{};
  };

  bool logged_on(const Request& request) const;
  Response receive(const Request& request);
  Response list();
  /// Posts what has waited long enough. The mutex is held.
  void work();
  void post(Stored& stored);
  Posting apply(const Stored& stored, pugi::xml_node idoc);
  Posting apply_order(const Stored& stored, pugi::xml_node idoc);
  Posting apply_change(const Stored& stored, pugi::xml_node idoc);
  Posting apply_customer(const Stored& stored, pugi::xml_node idoc);
  Posting apply_crm_partner(const Stored& stored, pugi::xml_node idoc);
  /// An answer to a purchase order: its items' quantities and days take the place of earlier ones.
  Posting apply_answer(const Stored& stored, pugi::xml_node idoc);
  void send_purchase(const Purchase& purchase);
  Json purchases() const;
  std::optional<Posting> check_parties(pugi::xml_node idoc) const;
  std::optional<Posting> take_items(Order& order, pugi::xml_node idoc, bool change) const;
  void confirm(const Order& order, const std::set<std::string>& cancelled);
  void report(const Stored& stored, const Posting& posting);
  void send(const std::string& type, const std::string& message, const std::string& segments);
  void journal(const Stored& stored, const std::string& object, const std::string& key,
               EffectKind kind);
  std::string next_number(std::uint64_t& range, std::size_t digits) const;

  const IdocOptions options_;
  const std::map<std::string, idoc::TypeRules> types_;
  const std::shared_ptr<Desk> desk_;
  mutable std::mutex mutex_;
  std::vector<Stored> idocs_;
  std::vector<Order> orders_;
  std::vector<Purchase> purchases_;
  std::map<std::string, std::string> customers_;  ///< number -> name
  std::map<std::string, Material> materials_;
  std::vector<Sent> sent_;
  std::uint64_t idoc_range_{300'000};
  std::uint64_t sent_range_{700'000};
  std::uint64_t order_range_{1'000'000};
  std::uint64_t purchase_range_{4'500'000'000};
};

class HttpPort;

struct IdocServerOptions {
  IdocOptions idoc{};
  ServerOptions server{};
  std::shared_ptr<const Clock> clock = system_clock();
};

/// The server on the loopback interface.
///
/// Threads: any.
class IdocServer {
 public:
  static constexpr const char* kPort = "/sap/bc/idoc_xml";
  static constexpr const char* kOutbox = "/idoc/outbox/";

  static Result<std::unique_ptr<IdocServer>> start(const IdocServerOptions& options = {});

  const std::string& url() const { return server_->url(); }
  IdocService& service() const { return *service_; }
  Journal& journal() const { return desk_->journal; }
  Faults& faults() const { return desk_->faults; }
  OffsetClock& clock() const { return *desk_->clock; }
  ~IdocServer();
  IdocServer(const IdocServer&) = delete;
  IdocServer& operator=(const IdocServer&) = delete;
  void stop() { server_->stop(); }

 private:
  IdocServer();
  std::shared_ptr<Desk> desk_{};
  std::shared_ptr<IdocService> service_{};
  std::unique_ptr<Server> server_{};
  std::unique_ptr<HttpPort> port_;  // last: it uses all others
};

}  // namespace channelbridge::sandbox
