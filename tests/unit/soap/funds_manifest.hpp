#pragma once

#include "claim_service.hpp"

namespace channelbridge::soap::test {

/// SAP CRM by the manifest sap_crm_funds.yaml, with answers that the test gives.
class FundsManifest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = make_adapter(
        transport, {.system = "crm", .retry = {.max_attempts = 1}, .random = seeded_random(7)},
        {.manifest = "sap_crm_funds.yaml"});
    ASSERT_TRUE(made) << to_string(made.error());
    adapter = *made;
  }
  std::string sent(std::size_t index) const {
    const auto seen = transport->seen();
    EXPECT_LT(index, seen.size());
    return index < seen.size() ? seen[index].body : std::string();
  }

  std::shared_ptr<http::ScriptedTransport> transport =
      std::make_shared<http::ScriptedTransport>("https://crm.example");
  std::shared_ptr<adapter::Adapter> adapter{};
};

}  // namespace channelbridge::soap::test
