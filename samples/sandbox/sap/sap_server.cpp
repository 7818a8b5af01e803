#include "sandbox/sap/sap_server.hpp"

#include <fstream>
#include <iterator>
#include <set>

#include "sandbox/sap/sales.hpp"
#include "sandbox/sap/tenant_metadata.hpp"

namespace channelbridge::sandbox {
namespace {

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error(ErrorCode::Invalid, "cannot read the metadata file " + path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// The service as its tenant shows it; `missing` keeps the sets of settings that nobody has had
/// yet.
Result<odata::Model> model_of(SapServiceSpec& spec, std::set<std::string>& missing) {
  Result<std::string> text = read_file(spec.edmx_file);
  if (!text) return std::move(text).error();
  odata::Settings& settings = spec.settings;
  text = odata::tenant_metadata(std::move(*text), settings);
  if (!text) return std::move(text).error();
  Result<odata::Model> model = odata::parse_edmx(std::move(*text), settings.joins);
  if (!model) return model;
  for (const odata::CustomField& field : settings.custom_fields) {
    const odata::EntitySet* set = model->set(field.set);
    if (set == nullptr) continue;
    missing.erase(field.set);
    std::string& shown = settings.correlation[field.set];
    if (!model->type_of(*set).find(shown)) shown = field.name;
  }
  for (const odata::CreatableField& field : settings.creatable_fields) {
    if (model->set(field.set) != nullptr) missing.erase(field.set);
  }
  for (const std::string& set : settings.delta_links) {
    if (model->set(set) != nullptr) missing.erase(set);
  }
  return model;
}

}  // namespace

Result<std::unique_ptr<SapServer>> SapServer::start(std::vector<SapServiceSpec> services,
                                                    const SapServerOptions& options) {
  auto server = std::unique_ptr<SapServer>(new SapServer);
  server->desk_ = std::make_shared<Desk>(options.clock);
  server->gateway_ = std::make_shared<odata::Gateway>(options.gateway, server->desk_);
  std::set<std::string> missing;
  for (const SapServiceSpec& spec : services) {
    for (const odata::CustomField& field : spec.settings.custom_fields) missing.insert(field.set);
    for (const odata::CreatableField& field : spec.settings.creatable_fields)
      missing.insert(field.set);
    missing.insert(spec.settings.delta_links.begin(), spec.settings.delta_links.end());
  }
  for (SapServiceSpec& spec : services) {
    if (spec.sales) server->sales_ = spec.sales;
    Result<odata::Model> model = model_of(spec, missing);
    if (!model) return std::move(model).error();
    server->gateway_->add(
        spec.path, std::make_unique<odata::Engine>(std::move(*model), std::move(spec.settings),
                                                   server->desk_));
  }
  if (!missing.empty()) {
    return Error(ErrorCode::Invalid, "no service has the set " + *missing.begin() +
                                         " of a tenant's field or delta link");
  }
  if (server->sales_) {
    server->sales_->attach(*server->gateway_);
    server->gateway_->administer_with(
        [sales = server->sales_](const Request& request) { return sales->administer(request); });
    if (const auto pace = options.gateway.orders_move_after) {
      server->gateway_->before_each([sales = server->sales_, clock = server->desk_->clock,
                                     pace = *pace] { sales->move_on(clock->now(), pace); });
    }
  }
  Result<std::unique_ptr<Server>> http =
      Server::start(server->gateway_, server->desk_, options.server);
  if (!http) return std::move(http).error();
  server->server_ = std::move(*http);
  return server;
}

SapServiceSpec gateway_service(std::string path, std::string edmx_file) {
  using odata::Stamp;
  odata::Settings settings;
  // Document numbers have ALPHA conversion.
  settings.alpha = {
      "SalesOrder",      "SalesOrderItem",    "SalesQuotation",    "SalesQuotationItem",
      "SalesContract",   "SalesContractItem", "CreditMemoRequest", "CreditMemoRequestItem",
      "ScheduleLine",    "SoldToParty",       "Customer",          "Supplier",
      "BusinessPartner", "ConditionRecord"};
  settings.number_open_keys = true;
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

Result<SapServiceSpec> published_service(const std::string& edmx_file) {
  Result<std::string> text = read_file(edmx_file);
  if (!text) return std::move(text).error();
  const Result<odata::Model> model = odata::parse_edmx(std::move(*text));
  if (!model) return model.error();
  SapServiceSpec partners = business_partner_service(edmx_file);
  const std::string root =
      model->version == odata::Version::V4 ? "/sap/opu/odata4/sap/" : "/sap/opu/odata/sap/";
  std::string path = root + model->namespace_name;
  return path == partners.path ? std::move(partners) : gateway_service(std::move(path), edmx_file);
}

}  // namespace channelbridge::sandbox
