#include "services_internal.hpp"

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "channelbridge/sap_s4hana/sap_s4hana.hpp"

namespace channelbridge::sap_s4hana {
namespace {

using adapter::Adapter;
using adapter::Selection;

constexpr std::string_view kRoot = "/sap/opu/odata/sap/";

constexpr ServiceOfObjects kServices[] = {
    {"", "API_BUSINESS_PARTNER", "/sap/opu/odata/sap/API_BUSINESS_PARTNER"},
    {"A_Product", "API_PRODUCT_SRV", "/sap/opu/odata/sap/API_PRODUCT_SRV"},
    {"A_SlsPrcg", "API_SLSPRICINGCONDITIONRECORD_SRV",
     "/sap/opu/odata/sap/API_SLSPRICINGCONDITIONRECORD_SRV"},
    {"A_SalesQuotation", "API_SALES_QUOTATION_SRV", "/sap/opu/odata/sap/API_SALES_QUOTATION_SRV"},
    {"A_SlsQtan", "API_SALES_QUOTATION_SRV", "/sap/opu/odata/sap/API_SALES_QUOTATION_SRV"},
    {"A_SalesOrder", "API_SALES_ORDER_SRV", "/sap/opu/odata/sap/API_SALES_ORDER_SRV"},
    {"A_SlsOrd", "API_SALES_ORDER_SRV", "/sap/opu/odata/sap/API_SALES_ORDER_SRV"},
    {"A_SalesContract", "API_SALES_CONTRACT_SRV", "/sap/opu/odata/sap/API_SALES_CONTRACT_SRV"},
    {"A_CreditMemoReq", "API_CREDIT_MEMO_REQUEST_SRV",
     "/sap/opu/odata/sap/API_CREDIT_MEMO_REQUEST_SRV"},
    {"A_BillingDocument", "API_BILLING_DOCUMENT_SRV",
     "/sap/opu/odata/sap/API_BILLING_DOCUMENT_SRV"},
    {"A_MaterialStock", "API_MATERIAL_STOCK_SRV", "/sap/opu/odata/sap/API_MATERIAL_STOCK_SRV"},
    {"A_MatlStk", "API_MATERIAL_STOCK_SRV", "/sap/opu/odata/sap/API_MATERIAL_STOCK_SRV"},
    // OData V4: names without A_.
    {"ConditionContract", "CONDITIONCONTRACT_0001",
     "/sap/opu/odata4/sap/api_condition_contract/srvd_a2x/sap/conditioncontract/0001"},
    {"CndnContr", "CONDITIONCONTRACT_0001",
     "/sap/opu/odata4/sap/api_condition_contract/srvd_a2x/sap/conditioncontract/0001"},
    {"BusVolSelectionCriteria", "CONDITIONCONTRACT_0001",
     "/sap/opu/odata4/sap/api_condition_contract/srvd_a2x/sap/conditioncontract/0001"},
    {"SalesOrder", "CE_SALESORDER_0001",
     "/sap/opu/odata4/sap/api_salesorder/srvd_a2x/sap/salesorder/0001"},
};

/// Threads: any. The services are fixed; which of them somebody asked for is kept under a lock.
class Services final : public Adapter {
 public:
  Services(ServicePaths paths, std::map<std::string, std::shared_ptr<Adapter>> by_path)
      : paths_(std::move(paths)), by_path_(std::move(by_path)) {}

  adapter::Capabilities capabilities(const Selection& selection) const override {
    return of(selection.object).capabilities(selection);
  }
  Result<void> check(const Selection& selection) const override {
    {
      const std::lock_guard lock(mutex_);
      asked_.insert(path_of(selection.object));
    }
    return of(selection.object).check(selection);
  }
  Result<adapter::ObjectMetadata> describe(std::string_view object,
                                           const Context& context) override {
    return of(object).describe(object, context);
  }

  /// Each service that a loaded project uses; without one, that of the business partners.
  Result<std::string> probe(const Context& context) override {
    std::set<std::string> asked;
    {
      const std::lock_guard lock(mutex_);
      asked = asked_;
    }
    if (asked.empty()) asked.insert(path_of(""));
    std::string out;
    for (const std::string& path : asked) {
      auto said = by_path_.find(path)->second->probe(context);
      if (!said) return said;
      out += (out.empty() ? "" : "; ") + *said;
    }
    return out;
  }

  Result<adapter::Page> read(const Selection& selection, const adapter::Cursor& cursor,
                             std::size_t page_size, const Context& context) override {
    return of(selection.object).read(selection, cursor, page_size, context);
  }
  Result<adapter::Page> read_by_keys(const Selection& selection,
                                     const std::vector<std::string>& keys,
                                     const Context& context) override {
    return of(selection.object).read_by_keys(selection, keys, context);
  }
  Result<adapter::Change> read_by_key(const Selection& selection, std::string_view key,
                                      const Context& context) override {
    return of(selection.object).read_by_key(selection, key, context);
  }
  Result<std::vector<adapter::Change>> find(const Selection& selection,
                                            std::string_view correlation,
                                            const Context& context) override {
    return of(selection.object).find(selection, correlation, context);
  }
  Result<std::vector<adapter::WriteOutcome>> write(
      const Selection& selection, const std::vector<adapter::WriteRequest>& requests,
      const Context& context) override {
    return of(selection.object).write(selection, requests, context);
  }
  /// They share one host, which counts.
  adapter::Usage usage() const override { return by_path_.begin()->second->usage(); }

 private:
  const std::string& path_of(std::string_view object) const {
    const std::string* best = nullptr;
    std::size_t longest = 0;
    for (const auto& [beginning, path] : paths_) {
      if (!object.starts_with(beginning)) continue;
      if (best != nullptr && beginning.size() < longest) continue;
      best = &path;
      longest = beginning.size();
    }
    return *best;  // "" begins every name
  }
  Adapter& of(std::string_view object) const { return *by_path_.find(path_of(object))->second; }

  const ServicePaths paths_;
  const std::map<std::string, std::shared_ptr<Adapter>> by_path_;
  mutable std::mutex mutex_;
  mutable std::set<std::string> asked_;
};

}  // namespace

std::span<const ServiceOfObjects> services() { return kServices; }

std::string service_path(std::string_view service) {
  if (!service.starts_with('/')) return std::string(kRoot) + std::string(service);
  while (service.size() > 1 && service.ends_with('/')) service.remove_suffix(1);
  return std::string(service);
}

ServicePaths service_paths(const std::map<std::string, std::string, std::less<>>& replaced) {
  ServicePaths out;
  for (const ServiceOfObjects& each : kServices) {
    const auto other = replaced.find(each.service);
    out[std::string(each.objects)] =
        other == replaced.end() ? std::string(each.path) : service_path(other->second);
  }
  for (const auto& [name, service] : replaced) {
    const bool known =
        std::any_of(std::begin(kServices), std::end(kServices),
                    [&name = name](const ServiceOfObjects& each) { return each.service == name; });
    if (!known) out[name] = service_path(service);
  }
  return out;
}

Result<std::shared_ptr<Adapter>> make_services(
    const ServicePaths& paths,
    const std::function<Result<std::shared_ptr<Adapter>>(const std::string& path)>& make) {
  std::map<std::string, std::shared_ptr<Adapter>> by_path;
  for (const auto& [beginning, path] : paths) {
    if (by_path.contains(path)) continue;
    auto made = make(path);
    if (!made) return made;
    by_path.emplace(path, *std::move(made));
  }
  return std::shared_ptr<Adapter>(std::make_shared<Services>(paths, std::move(by_path)));
}

}  // namespace channelbridge::sap_s4hana
