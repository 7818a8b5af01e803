#pragma once

#include "scripted_service.hpp"

/// Writes of business partners with their addresses.
namespace channelbridge::odata {

inline constexpr const char* kPartners = "odata-v2/API_BUSINESS_PARTNER.edmx";

inline adapter::Selection partners() {
  return {.object = "A_BusinessPartner",
          .id = "BusinessPartner",
          .version = "@etag",
          .paths = {"BusinessPartner", "OrganizationBPName1"}};
}

inline adapter::WriteRequest create_with_address() {
  return {
      .nodes =
          {{.operation = adapter::Operation::Create,
            .object = "A_BusinessPartner",
            .body = R"({"BusinessPartnerCategory":"2","OrganizationBPName1":"Nordkabel AB"})"},
           {.operation = adapter::Operation::Create,
            .object = "A_BusinessPartnerAddress",
            .parent = 0,
            .navigation = "to_BusinessPartnerAddress",
            .body =
                R"({"Country":"SE","CityName":"Malmö","to_EmailAddress":[{"EmailAddress":"a@example.com"}]})"}},
      .correlation = "018f-record"};
}

inline adapter::WriteRequest update(const std::string& key, const std::string& name) {
  return {.nodes = {{.operation = adapter::Operation::Update,
                     .object = "A_BusinessPartner",
                     .key = key,
                     .body = R"({"OrganizationBPName1":")" + name + "\"}",
                     .expected_version = "W/\"1\""}}};
}

inline const std::string kError =
    R"({"error":{"code":"R11/401","message":{"lang":"en","value":"Enter a name"}}})";

}  // namespace channelbridge::odata
