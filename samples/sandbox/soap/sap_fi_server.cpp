#include "sandbox/soap/sap_fi_server.hpp"

#include <set>

#include "sandbox/soap/assignment.hpp"
#include "sandbox/soap/fi_journal_entry.hpp"
#include "sandbox/soap/fi_query.hpp"

namespace channelbridge::sandbox {
namespace {

/// The service definition names its answers without the dot.
std::string without_dots(std::string_view wsdl) {
  constexpr std::string_view kDotted = ".Response";
  std::string text(wsdl);
  for (std::size_t at = text.find(kDotted); at != std::string::npos; at = text.find(kDotted, at))
    text.erase(at, 1);
  return text;
}

}  // namespace

SapFiService::SapFiService(const fi::FiOptions& options, std::shared_ptr<Desk> desk)
    : desk_(std::move(desk)),
      random_(seeded_random(0xF1)),
      books_(options, desk_->clock),
      rfc_(books_, desk_->clock, random_,
           [this](const soap::Call& call, const fi::Document& document) {
             record(call.request, call.user, document);
           }),
      port_(options.port) {}

Result<std::shared_ptr<SapFiService>> SapFiService::make(const fi::FiOptions& options,
                                                         std::shared_ptr<Desk> desk) {
  std::shared_ptr<SapFiService> out(new SapFiService(options, std::move(desk)));
  if (auto added = out->add_endpoints(); !added) return std::move(added).error();
  return out;
}

Result<void> SapFiService::add_endpoints() {
  auto entries = soap::Contract::read(soap::wsdl_text("journal_entry"));
  if (!entries) return std::move(entries).error();
  auto query = soap::Contract::read(soap::wsdl_text("journal_entry_query"));
  if (!query) return std::move(query).error();
  auto rfc = soap::Contract::read(soap::wsdl_text("accounting_rfc"));
  if (!rfc) return std::move(rfc).error();
  auto service = soap::Contract::read(without_dots(soap::wsdl_text("accounting_rfc")));
  if (!service) return std::move(service).error();
  rfc_contract_ = *rfc;
  for (const char* path : {kJournalEntry, kJournalEntryOnPremise})
    port_.add({.path = path, .contract = *entries, .answer = [this](const soap::Call& call) {
                 return post_entries(call);
               }});
  port_.add({.path = kQuery, .contract = *query, .answer = [this](const soap::Call& call) {
               const std::lock_guard lock(mutex_);
               const Timestamp now = desk_->clock->now();
               return call.message.operation == "PostingTotalsQuery"
                          ? fi::answer_totals(books_, call.message.body, now)
                          : fi::answer_query(books_, call.message.body, now);
             }});
  const auto add_rfc = [this](const char* path, std::shared_ptr<const soap::Contract> contract,
                              std::string suffix) {
    port_.add({.path = path,
               .contract = std::move(contract),
               .answer =
                   [this, suffix = std::move(suffix)](const soap::Call& call) {
                     const std::lock_guard lock(mutex_);
                     if (desk_->faults.take("expire_sessions", call.request.line()))
                       rfc_.expire_sessions();
                     return rfc_.call(call, suffix);
                   },
               .rfc = true});
  };
  add_rfc(kRfc, *rfc, ".Response");
  add_rfc(kRfcService, *service, "Response");
  port_.otherwise([this](const Request& request) { return rfc_wsdl(request); });
  return {};
}

Response SapFiService::handle(const Request& request) { return port_.handle(request); }

std::optional<Response> SapFiService::rfc_wsdl(const Request& request) const {
  if (request.path != kRfcWsdl || request.method != "GET") return std::nullopt;
  const std::set<std::string> services = soap::words_of(request.parameter("services").value_or(""));
  for (const std::string& service : services)
    if (!rfc_contract_->has(service))
      return soap::html_page(404, "Not Found", "Function " + service + " is not available");
  if (services.empty()) return soap::html_page(400, "Bad Request", "services=NAME is missing");
  return text_response(200, "text/xml; charset=utf-8",
                       rfc_contract_->published(soap::Port::root_of(request) + kRfc, services));
}

std::string SapFiService::header_for(pugi::xml_node message) {
  const Timestamp now = desk_->clock->now();
  return fi::confirmation_header(message.child("MessageHeader"), make_uuid7(now, *random_), now,
                                 books_.options());
}

std::string SapFiService::post_entries(const soap::Call& call) {
  const std::lock_guard lock(mutex_);
  soap::XmlWriter xml;
  xml.open("n0:JournalEntryBulkCreateConfirmation", "xmlns:n0=\"http://sap.com/xi/SAPSCORE/SFIN\"")
      .raw(header_for(call.message.body))
      .put("ConfirmationInterfaceOrignName", "JournalEntryCreateRequestConfirmation_In");
  for (const pugi::xml_node request : call.message.body.children("JournalEntryCreateRequest"))
    xml.raw(post_entry(call, request));
  return xml.raw("<Log/>").close("n0:JournalEntryBulkCreateConfirmation").text();
}

std::string SapFiService::post_entry(const soap::Call& call, pugi::xml_node request) {
  fi::Draft draft = fi::draft_of_entry(books_, request.child("JournalEntry"));
  const std::string header = header_for(request);
  const std::string company = draft.company;
  std::vector<fi::Finding> findings = books_.check(draft);
  if (desk_->faults.take("row_lock", call.request.line()))
    findings.push_back(books_.finding(
        fi::Rule::Locked, {draft.lines.empty() ? company : draft.lines.back().account, "MILLER"}));
  if (!findings.empty()) {
    findings.insert(findings.begin(), fi::not_posted(books_.options()));
    return fi::entry_confirmation(header, company, nullptr, findings);
  }
  const fi::Document document = books_.draw(std::move(draft));
  record(call.request, call.user, document);
  books_.save(document);
  return fi::entry_confirmation(header, company, &document,
                                {fi::posted(document.key(), books_.options())});
}

void SapFiService::record(const Request& request, const std::string& user,
                          const fi::Document& document) {
  Json lines = Json::array();
  for (const fi::Line& line : document.draft.lines)
    lines.push_back({{"account", line.account}, {"amount", soap::amount_text(*line.amount)}});
  desk_->journal.record(request, {.object = "JournalEntry",
                                  .key = document.key(),
                                  .kind = EffectKind::Created,
                                  .fields = lines,
                                  .user = user,
                                  .correlation = document.draft.reference});
}

void SapFiService::add_debtor(const std::string& company, const std::string& number,
                              const fi::Account& account) {
  const std::lock_guard lock(mutex_);
  books_.add(fi::AccountKind::Debtor, company, number, account);
}

void SapFiService::add_creditor(const std::string& company, const std::string& number,
                                const fi::Account& account) {
  const std::lock_guard lock(mutex_);
  books_.add(fi::AccountKind::Creditor, company, number, account);
}

void SapFiService::open_periods(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  books_.set_open_periods(from, to);
}

void SapFiService::set_rate(const std::string& pair, const model::Decimal& rate) {
  const std::lock_guard lock(mutex_);
  books_.set_rate(pair, rate);
}

fi::PaymentRun SapFiService::pay(const fi::Payment& payment) {
  const std::lock_guard lock(mutex_);
  return books_.pay(payment);
}

bool SapFiService::reset_payment(const std::string& company, const std::string& number) {
  const std::lock_guard lock(mutex_);
  return books_.reset_payment(company, number);
}

bool SapFiService::reverse(const std::string& company, const std::string& number,
                           const std::string& year) {
  const std::lock_guard lock(mutex_);
  fi::Draft draft{.company = company,
                  .type = books_.options().reversal_type,
                  .user = "MILLER",
                  .reversal_reason = "01",
                  .reversed = number + company + year};
  if (!books_.check(draft).empty()) return false;
  books_.save(books_.draw(std::move(draft)));
  return true;
}

std::size_t SapFiService::documents() const {
  const std::lock_guard lock(mutex_);
  return books_.documents().size();
}

Result<std::unique_ptr<SapFiServer>> SapFiServer::start(const SapFiServerOptions& options) {
  auto server = std::unique_ptr<SapFiServer>(new SapFiServer);
  server->desk_ = std::make_shared<Desk>(options.clock);
  auto service = SapFiService::make(options.fi, server->desk_);
  if (!service) return std::move(service).error();
  server->service_ = *std::move(service);
  auto http = Server::start(server->service_, server->desk_, options.server);
  if (!http) return std::move(http).error();
  server->server_ = *std::move(http);
  return server;
}

}  // namespace channelbridge::sandbox
