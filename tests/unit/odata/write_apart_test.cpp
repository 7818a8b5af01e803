#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "written_partners.hpp"

namespace channelbridge::odata {
namespace {

using adapter::Operation;
using adapter::WriteRequest;
using adapter::WriteStatus;
using ::testing::HasSubstr;

/// Neither $batch nor nested children: each object goes by a request of its own.
class OneByOne : public ::testing::Test {
 protected:
  /// What the service says of the second address.
  std::function<Result<http::Response>()> second{};
  Scripted service = connect();

  Scripted connect() {
    Options options;
    options.batch = options.deep_create = false;
    return script(
        kPartners,
        [this](const http::Request& request) -> Result<http::Response> {
          if (request.target.find("/to_BusinessPartnerAddress") == std::string::npos)
            return json_answer(R"({"d":{"BusinessPartner":"1000001"}})", 201);
          if (request.body.find("Lund") != std::string::npos) return second();
          return json_answer(R"({"d":{"BusinessPartner":"1000001","AddressID":"77"}})", 201);
        },
        options);
  }
  static WriteRequest with_addresses() {
    WriteRequest out = create_with_address();
    for (const char* city : {"Lund", "Ystad"}) {
      out.nodes.push_back(out.nodes[1]);
      out.nodes.back().body = R"({"Country":"SE","CityName":")" + std::string(city) + "\"}";
    }
    return out;
  }
  std::vector<adapter::NodeOutcome> write() {
    const auto outcomes = service.adapter->write(partners(), {with_addresses()}, service.context());
    EXPECT_TRUE(outcomes);
    return outcomes->at(0).nodes;
  }
  std::size_t sent() { return service.transport->requests("A_BusinessPartner").size(); }
};

TEST_F(OneByOne, ChildrenAreCreatedBehindTheirRootUnderItsKey) {
  second = [] {
    return json_answer(R"({"d":{"BusinessPartner":"1000001","AddressID":"78"}})", 201);
  };
  const auto nodes = write();
  for (const adapter::NodeOutcome& node : nodes) EXPECT_EQ(node.status, WriteStatus::Created);
  EXPECT_EQ(nodes[0].key, "1000001");
  EXPECT_EQ(nodes[1].key, "77");
  EXPECT_EQ(nodes[2].key, "78");
  const auto children = service.transport->requests("/to_BusinessPartnerAddress");
  ASSERT_EQ(children.size(), 3U);
  EXPECT_THAT(decoded(children[0].target),
              HasSubstr("A_BusinessPartner('1000001')/to_BusinessPartnerAddress"));
  EXPECT_TRUE(service.transport->requests("$batch").empty());
}

TEST_F(OneByOne, WhatIsBehindARefusedChildHasNotLeft) {
  second = [] { return json_answer(kError, 400); };
  const auto nodes = write();
  EXPECT_EQ(nodes[0].status, WriteStatus::Created);
  EXPECT_EQ(nodes[0].key, "1000001");
  EXPECT_EQ(nodes[1].status, WriteStatus::Created);
  EXPECT_EQ(nodes[1].key, "77");
  EXPECT_EQ(nodes[2].status, WriteStatus::Rejected);
  EXPECT_EQ(nodes[2].error->remote_code(), "R11/401");
  EXPECT_EQ(nodes[3].status, WriteStatus::Retry);
  EXPECT_EQ(sent(), 3U);
}

TEST_F(OneByOne, OnlyTheChildWithoutAnAnswerIsUnknown) {
  second = []() -> Result<http::Response> {
    return Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer);
  };
  const auto nodes = write();
  EXPECT_EQ(nodes[0].status, WriteStatus::Created);
  EXPECT_EQ(nodes[1].status, WriteStatus::Created);
  EXPECT_EQ(nodes[2].status, WriteStatus::Unknown);
  EXPECT_EQ(nodes[3].status, WriteStatus::Retry);
}

TEST(ODataWrite, ChildrenThatWereWrittenBeforeARefusedOneStand) {
  Options options;
  options.batch = false;
  Scripted service = script(
      kPartners,
      [](const http::Request& request) {
        const bool refused = request.body.find("Lund") != std::string::npos;
        return refused ? json_answer(kError, 400) : json_answer("", 204);
      },
      options);
  WriteRequest request{
      .nodes = {{.operation = Operation::Update, .object = "A_BusinessPartner", .key = "1"}}};
  for (const auto& [key, city] : {std::pair("77", "Ystad"), std::pair("78", "Lund")})
    request.nodes.push_back({.operation = Operation::Update,
                             .object = "A_BusinessPartnerAddress",
                             .key = key,
                             .parent = 0,
                             .navigation = "to_BusinessPartnerAddress",
                             .body = R"({"CityName":")" + std::string(city) + "\"}"});
  const auto outcomes = service.adapter->write(partners(), {request}, service.context());
  ASSERT_TRUE(outcomes);
  const auto& nodes = outcomes->at(0).nodes;
  EXPECT_EQ(nodes[0].status, WriteStatus::Unchanged) << "nothing was said of it";
  EXPECT_EQ(nodes[1].status, WriteStatus::Updated);
  EXPECT_EQ(nodes[2].status, WriteStatus::Rejected);
}

WriteRequest renamed_with_new_address() {
  WriteRequest out = update("1", "Nordkabel");
  out.nodes[0].expected_version.clear();
  out.nodes.push_back({.operation = Operation::Create,
                       .object = "A_BusinessPartnerAddress",
                       .parent = 0,
                       .navigation = "to_BusinessPartnerAddress",
                       .body = R"({"CityName":"Lund"})"});
  out.nodes.push_back({.operation = Operation::Create,
                       .object = "A_AddressPhoneNumber",
                       .parent = 1,
                       .navigation = "to_PhoneNumber",
                       .body = R"({"PhoneNumber":"1"})"});
  return out;
}

TEST(ODataWrite, AChildHasTheFateOfThePostThatItIsNestedIn) {
  Options options;
  options.batch = false;
  const std::vector<std::pair<Result<http::Response>, WriteStatus>> cases{
      {json_answer(kError, 400), WriteStatus::Rejected},
      {Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer), WriteStatus::Unknown}};
  for (const auto& told : cases) {
    Scripted service = script(
        kPartners,
        [&told](const http::Request& request) {
          return request.method == "POST" ? told.first : json_answer("", 204);
        },
        options);
    const auto outcomes =
        service.adapter->write(partners(), {renamed_with_new_address()}, service.context());
    ASSERT_TRUE(outcomes);
    const auto& nodes = outcomes->at(0).nodes;
    EXPECT_EQ(nodes[0].status, WriteStatus::Updated);
    EXPECT_EQ(nodes[1].status, told.second);
    EXPECT_EQ(nodes[2].status, told.second);
    EXPECT_TRUE(nodes[2].error);
  }
}

TEST_F(OneByOne, AChildOfAnAddressThatAnUpdateAddsGoesUnderItsKey) {
  second = [] { return json_answer(R"({"d":{"BusinessPartner":"1","AddressID":"78"}})", 201); };
  for (const bool root_changes : {true, false}) {
    WriteRequest request = renamed_with_new_address();
    if (!root_changes) request.nodes[0].body = "{}";
    const auto outcomes = service.adapter->write(partners(), {request}, service.context());
    ASSERT_TRUE(outcomes);
    EXPECT_EQ(outcomes->at(0).nodes[1].status, WriteStatus::Created);
    EXPECT_EQ(outcomes->at(0).nodes[2].status, WriteStatus::Created);
    const auto phones = service.transport->requests("to_PhoneNumber");
    ASSERT_EQ(phones.size(), root_changes ? 1U : 2U);
    EXPECT_THAT(decoded(phones.back().target), HasSubstr("AddressID='78'"));
    EXPECT_EQ(phones.back().target.find('$'), std::string::npos);
  }
}

}  // namespace
}  // namespace channelbridge::odata
