#include "sandbox/sap/sap_server.hpp"

#include <fstream>
#include <iterator>

namespace channelbridge::sandbox {
namespace {

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error(ErrorCode::Invalid, "cannot read the metadata file " + path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

Result<std::unique_ptr<SapServer>> SapServer::start(std::vector<SapServiceSpec> services,
                                                    const SapServerOptions& options) {
  auto server = std::unique_ptr<SapServer>(new SapServer);
  server->desk_ = std::make_shared<Desk>(options.clock);
  server->gateway_ = std::make_shared<odata::Gateway>(options.gateway, server->desk_);
  for (SapServiceSpec& spec : services) {
    Result<std::string> text = read_file(spec.edmx_file);
    if (!text) return std::move(text).error();
    Result<odata::Model> model = odata::parse_edmx(std::move(*text), spec.settings.joins);
    if (!model) return std::move(model).error();
    server->gateway_->add(
        spec.path, std::make_unique<odata::Engine>(std::move(*model), std::move(spec.settings),
                                                   server->desk_));
  }
  Result<std::unique_ptr<Server>> http =
      Server::start(server->gateway_, server->desk_, options.server);
  if (!http) return std::move(http).error();
  server->server_ = std::move(*http);
  return server;
}

SapServiceSpec gateway_service(std::string path, std::string edmx_file) {
  using odata::Numbering;
  using odata::Stamp;
  odata::Settings settings;
  // Document numbers have ALPHA conversion; the sales documents number themselves, items in steps
  // of 10.
  settings.alpha = {
      "SalesOrder",      "SalesOrderItem",    "SalesQuotation",    "SalesQuotationItem",
      "SalesContract",   "SalesContractItem", "CreditMemoRequest", "CreditMemoRequestItem",
      "ScheduleLine",    "SoldToParty",       "Customer",          "Supplier",
      "BusinessPartner", "ConditionRecord"};
  settings.numbering = {
      {"A_SalesOrder/SalesOrder", {.first = 1'000'001}},
      {"A_SalesOrderItem/SalesOrderItem", {.first = 10, .step = 10, .per_parent = true}},
      {"A_SalesOrderScheduleLine/ScheduleLine", {.first = 1, .per_parent = true}},
      {"A_SlsPrcgConditionRecord/ConditionRecord", {.first = 10'001}}};
  settings.stamps = {{"CreationDate", {Stamp::Now}},
                     {"CreationTime", {Stamp::Now}},
                     {"CreatedByUser", {Stamp::User}},
                     {"CreationDateTime", {Stamp::Now}},
                     {"LastChangeDate", {Stamp::Now, true}},
                     {"LastChangeTime", {Stamp::Now, true}},
                     {"LastChangedByUser", {Stamp::User, true}},
                     {"LastChangeDateTime", {Stamp::Now, true}},
                     {"ETag", {Stamp::UserTime, true}}};
  return {
      .path = std::move(path), .edmx_file = std::move(edmx_file), .settings = std::move(settings)};
}

}  // namespace channelbridge::sandbox
