#include "by_hand.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace {

using Json = nlohmann::ordered_json;
using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array<Pair, 4> kStatus{{{"Open - Not Contacted", "01"},
                                       {"Working - Contacted", "03"},
                                       {"Closed - Converted", "06"},
                                       {"Closed - Not Converted", "04"}}};
constexpr std::array<Pair, 4> kSource{
    {{"Web", "001"}, {"Phone Inquiry", "002"}, {"Partner Referral", "003"}, {"Other", "004"}}};
constexpr std::array<Pair, 3> kRating{{{"Hot", "1"}, {"Warm", "2"}, {"Cold", "3"}}};
constexpr std::array<Pair, 4> kCountry{
    {{"Germany", "DE"}, {"Sweden", "SE"}, {"Poland", "PL"}, {"China", "CN"}}};

void copy(const Json& from, const char* name, Json& to, const char* target) {
  const auto found = from.find(name);
  if (found == from.end()) throw std::runtime_error(std::string(name) + " is absent");
  if (!found->is_null() && !found->get_ref<const std::string&>().empty()) to[target] = *found;
}

template <std::size_t N>
void code(const Json& from, const char* name, Json& to, const char* target,
          const std::array<Pair, N>& codes) {
  const auto found = from.find(name);
  if (found == from.end()) throw std::runtime_error(std::string(name) + " is absent");
  if (found->is_null()) return;
  const auto& text = found->get_ref<const std::string&>();
  for (const auto& [external, other] : codes) {
    if (external == text) {
      to[target] = other;
      return;
    }
  }
  throw std::runtime_error("unknown code in " + std::string(name));
}

}  // namespace

std::string by_hand(std::string_view lead) {
  const Json from = Json::parse(lead);
  Json to = Json::object();
  copy(from, "Description", to, "Name");
  copy(from, "Company", to, "Company");
  copy(from, "FirstName", to, "ContactFirstName");
  copy(from, "LastName", to, "ContactLastName");
  copy(from, "Title", to, "ContactFunctionalTitleName");
  copy(from, "Email", to, "ContactEMail");
  copy(from, "Phone", to, "ContactPhone");
  copy(from, "Street", to, "AccountPostalAddressElementsStreetName");
  copy(from, "City", to, "AccountCity");
  copy(from, "State", to, "AccountState");
  copy(from, "PostalCode", to, "AccountPostalAddressElementsStreetPostalCode");
  code(from, "Country", to, "AccountCountry", kCountry);
  code(from, "Status", to, "UserStatusCode", kStatus);
  code(from, "LeadSource", to, "OriginTypeCode", kSource);
  code(from, "Rating", to, "QualificationLevelCode", kRating);
  const auto amount = from.find("AnnualRevenue");
  if (amount == from.end()) throw std::runtime_error("AnnualRevenue is absent");
  if (!amount->is_null()) to["ExpectedRevenueAmount"] = amount->dump();
  copy(from, "CurrencyIsoCode", to, "ExpectedRevenueCurrencyCode");
  return to.dump();
}
