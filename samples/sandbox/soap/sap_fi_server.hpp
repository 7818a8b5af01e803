#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "channelbridge/core/random.hpp"
#include "sandbox/common/server.hpp"
#include "sandbox/soap/fi_books.hpp"
#include "sandbox/soap/fi_rfc.hpp"
#include "sandbox/soap/port.hpp"

namespace channelbridge::sandbox {

/// Financial accounting behind SOAP: journal entries, their lookup, and the accounting BAPIs by
/// SOAP RFC.
///
///     POST kJournalEntry | kJournalEntryOnPremise   JournalEntryCreateRequestConfirmation_In
///     POST kQuery                                   documents with clearing and payment block
///     POST kRfc | kRfcService                       BAPI_ACC_DOCUMENT_… and the commit
///     GET  <each>?wsdl, kRfcWsdl?services=NAME,…    their WSDLs
///     POST /__sandbox/payments   {"company_code":"1010","value_date":"2024-06-30",
///                                "bank_reference":"…","documents":["0100000000"]}: a payment run
///     POST /__sandbox/resets     {"company_code":"1010","payment":"2000000000"}: it clears nothing
///     POST /__sandbox/periods    {"open_from":"2024-01","open_to":"2024-06"}
///     POST /__sandbox/accounts   {"kind":"debtor"|"creditor","company_code":…,"number":…,
///                                "posting_block":true,"payment_block":"A"}: master data
///     POST /__sandbox/lock, /unlock {"kind":…,"company_code":…,"number":…,"user":"MILLER"}
///     GET  /__sandbox/state      documents and open periods
///
/// Facts: JournalEntryCreateRequestConfirmation_In as SAP's public interface documentation lists
/// it; BAPI_ACC_DOCUMENT_POST likewise. The lookup is our own design. A message that comes twice is
/// posted twice. The fault row_lock has the first account of one entry locked by another user.
///
/// Threads: any.
class SapFiService final : public Service {
 public:
  static constexpr const char* kJournalEntry =
      "/sap/bc/srt/scs_ext/sap/journalentrycreaterequestconfi";
  static constexpr const char* kJournalEntryOnPremise =
      "/sap/bc/srt/xip/sap/journalentrycreaterequestconfi/100/journalentry/binding";
  static constexpr const char* kQuery = "/sap/bc/srt/scs_ext/sap/journalentrybyreferencequery";
  static constexpr const char* kRfc = "/sap/bc/soap/rfc";
  static constexpr const char* kRfcWsdl = "/sap/bc/soap/wsdl";
  static constexpr const char* kRfcService =
      "/sap/bc/srt/rfc/sap/bapi_acc_document/100/bapi_acc_document/binding";

  /// Errors   Internal: a WSDL of the sandbox is none
  static Result<std::shared_ptr<SapFiService>> make(const fi::FiOptions& options,
                                                    std::shared_ptr<Desk> desk);

  Response handle(const Request& request) override;
  std::optional<Response> administer(const Request& request) override;
  Json state() override;

  /// Master data of a company code; its number as the system writes it, "0010100001".
  void add_debtor(const std::string& company, const std::string& number,
                  const fi::Account& account = {});
  void add_creditor(const std::string& company, const std::string& number,
                    const fi::Account& account = {});
  /// Months, both inside: "2024-06".
  void open_periods(const std::string& from, const std::string& to);
  /// What one unit of the first currency costs in the second: "USD/EUR".
  void set_rate(const std::string& pair, const model::Decimal& rate);
  /// Pays the open items of debtors and creditors that the company owes.
  fi::PaymentRun pay(const fi::Payment& payment);
  /// Somebody in accounting resets what a payment has cleared. False = it has cleared nothing.
  bool reset_payment(const std::string& company, const std::string& number);
  /// Somebody in accounting reverses a document. False = the books do not allow it.
  bool reverse(const std::string& company, const std::string& number, const std::string& year);
  /// Documents in the books.
  std::size_t documents() const;

 private:
  SapFiService(const fi::FiOptions& options, std::shared_ptr<Desk> desk);
  Result<void> add_endpoints();
  std::string post_entries(const soap::Call& call);
  std::string post_entry(const soap::Call& call, pugi::xml_node request);
  std::string header_for(pugi::xml_node message);
  void record(const Request& request, const std::string& user, const fi::Document& document);
  std::optional<Response> rfc_wsdl(const Request& request) const;
  Response run_payments(const Request& request, const Json& body);
  Response change_account(const Json& body, const std::string& what);

  const std::shared_ptr<Desk> desk_;
  const std::shared_ptr<Random> random_;
  mutable std::mutex mutex_{};
  fi::Books books_;
  fi::Rfc rfc_;
  soap::Port port_;
  std::shared_ptr<const soap::Contract> rfc_contract_{};
};

struct SapFiServerOptions {
  fi::FiOptions fi{};
  ServerOptions server{};
  std::shared_ptr<const Clock> clock = system_clock();
};

/// The server on the loopback interface.
///
/// Threads: any.
class SapFiServer {
 public:
  static Result<std::unique_ptr<SapFiServer>> start(const SapFiServerOptions& options = {});

  const std::string& url() const { return server_->url(); }
  std::uint16_t port() const { return server_->port(); }
  SapFiService& service() const { return *service_; }
  Journal& journal() const { return desk_->journal; }
  Faults& faults() const { return desk_->faults; }
  OffsetClock& clock() const { return *desk_->clock; }
  void stop() { server_->stop(); }

 private:
  SapFiServer() = default;
  std::shared_ptr<Desk> desk_{};
  std::shared_ptr<SapFiService> service_{};
  std::unique_ptr<Server> server_{};
};

}  // namespace channelbridge::sandbox
