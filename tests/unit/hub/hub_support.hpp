#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "channelbridge/hub/hub.hpp"
#include "fake_system.hpp"

namespace channelbridge::hub {

inline std::shared_ptr<const mapping::Mapping> mapping_of(const std::string& yaml) {
  auto out = mapping::Mapping::parse(yaml, "test.yaml", model::EntityRegistry::built_in());
  EXPECT_TRUE(out) << (out ? "" : to_string(out.error()));
  return out ? *out : nullptr;
}

inline constexpr const char* kLeads = R"(
system: fake
object: Lead
entity: lead
id: Id
version: Version
format: json
absent: "null"
fields:
  topic: Topic
  contact.last_name: LastName
  contact.email: Email
  status: { path: Status, codes: { captured: New, qualified: Qualified, lost: Lost } }
  customer: { path: Account, ref: partner, object: Account }
)";

inline constexpr const char* kPartners = R"(
system: fake
object: Account
entity: partner
id: Id
version: Version
format: json
absent: "null"
fields:
  name: Name
  partner_number: Number
)";

/// Partners that belong to partners.
inline constexpr const char* kPartnersOfPartners = R"(
system: fake
object: Account
entity: partner
id: Id
version: Version
format: json
absent: "null"
fields:
  name: Name
  parent: { path: Parent, ref: partner, object: Account }
)";

/// A hub over fake systems and a real store file.
class HubTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("cb-hub-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    config_.systems = {{"a", a_}, {"b", b_}};
    config_.spokes = {{.name = "a-leads", .system = "a", .mapping = mapping_of(kLeads)},
                      {.name = "b-leads", .system = "b", .mapping = mapping_of(kLeads)}};
    config_.entities["lead"].match = {"contact.email"};
    open();
  }
  void TearDown() override {
    hub_.reset();
    std::filesystem::remove_all(folder_);
  }

  /// Opens the store file anew, as after a restart.
  void open() {
    hub_.reset();
    auto store = store::open_store("sqlite:" + (folder_ / "hub.db").string());
    ASSERT_TRUE(store) << to_string(store.error());
    hub_ = std::make_unique<Hub>(config_, *std::move(store));
  }
  RunReport sync(RunOptions options = {}) {
    auto report = hub_->sync(options, Context());
    EXPECT_TRUE(report) << (report ? "" : to_string(report.error()));
    if (!report) return {};
    for (const SpokeReport& spoke : report->spokes) {
      EXPECT_TRUE(spoke.stopped.empty() || expect_stop_)
          << spoke.spoke << ": " << spoke.stopped.front();
    }
    return *report;
  }
  PlanSummary plan(std::vector<PlannedAction>* actions = nullptr) {
    auto summary = hub_->plan({}, Context(), [&](const PlannedAction& action) {
      if (actions != nullptr) actions->push_back(action);
    });
    EXPECT_TRUE(summary) << (summary ? "" : to_string(summary.error()));
    return summary ? *summary : PlanSummary{};
  }
  static const SpokeReport& of(const RunReport& report, const std::string& spoke) {
    for (const SpokeReport& line : report.spokes) {
      if (line.spoke == spoke) return line;
    }
    throw std::out_of_range(spoke);
  }

  std::filesystem::path folder_;
  std::shared_ptr<FakeSystem> a_ = std::make_shared<FakeSystem>("A");
  std::shared_ptr<FakeSystem> b_ = std::make_shared<FakeSystem>("B");
  HubConfig config_;
  std::unique_ptr<Hub> hub_;
  bool expect_stop_{};
};

}  // namespace channelbridge::hub
