// What SAP's own server does that a client must know: its answers to $batch are not the whole
// truth, its refusal of a duplicate is a 500, its pages are shorter than asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "cap_server.hpp"
#include "channelbridge/odata/odata.hpp"

namespace channelbridge::cap {
namespace {

using adapter::Operation;
using adapter::Selection;
using adapter::WriteRequest;
using adapter::WriteStatus;
using ::testing::HasSubstr;

Selection partners() {
  Selection out{.object = "Partners",
                .id = "ID",
                .version = "@etag",
                .modified = "modifiedAt",
                .modified_by = "modifiedBy",
                .correlation = "hubId",
                .paths = {"ID", "name", "hubId"}};
  out.children = {
      {.navigation = "addresses", .object = "Addresses", .paths = {"ID", "kind", "city"}}};
  return out;
}

WriteRequest new_partner(const std::string& name, const std::string& mark) {
  return {.nodes = {{.operation = Operation::Create,
                     .object = "Partners",
                     .body = R"({"name":")" + name + "\"}"}},
          .correlation_path = "hubId",
          .correlation = mark};
}

/// Both protocol versions of the small service.
class CapHabits : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::string why;
    const Installed installed = install(why);
    if (installed == Installed::Unreachable) {
      GTEST_SKIP() << "NOT TESTED: npm cannot be reached, so SAP's own OData server is missing\n"
                   << why;
    }
    ASSERT_EQ(installed, Installed::Ready) << why;
    auto started = CapServer::start();
    ASSERT_TRUE(started) << to_string(started.error());
    server_ = *std::move(started);
    adapter_ = connect({});
  }
  void TearDown() override {
    if (HasFailure() && server_) std::cerr << server_->log_end() << '\n';
  }

  std::shared_ptr<adapter::Adapter> connect(odata::Options options) {
    options.service_path = "/odata/" + GetParam() + "/crm";
    options.user = "channel";
    http::PipelineOptions pipeline{.system = "peer"};
    pipeline.credential = http::make_basic("channel", Secret("Welcome1"));
    return *odata::make_adapter(*http::make_poco_transport(server_->url()), std::move(pipeline),
                                std::move(options));
  }

  std::vector<adapter::WriteOutcome> write(const std::vector<WriteRequest>& requests) {
    auto outcomes = adapter_->write(partners(), requests, context_);
    EXPECT_TRUE(outcomes) << to_string(outcomes.error());
    if (outcomes) return *outcomes;
    std::vector<adapter::WriteOutcome> none;
    for (const WriteRequest& request : requests)
      none.emplace_back().nodes.resize(request.nodes.size());
    return none;
  }
  std::size_t found(const std::string& mark) {
    const auto out = adapter_->find(partners(), mark, context_);
    EXPECT_TRUE(out) << to_string(out.error());
    return out ? out->size() : 99;
  }
  std::int64_t count() { return server_->count("/odata/v4/crm/Partners"); }

  std::unique_ptr<CapServer> server_;
  std::shared_ptr<adapter::Adapter> adapter_;
  Context context_ = Context().with_timeout(std::chrono::minutes(3));
};

TEST_P(CapHabits, ADuplicateIsA500AndALookUpTellsThatItIsThere) {
  ASSERT_EQ(write({new_partner("Nordljus AB", "mark-1")})[0].nodes[0].status, WriteStatus::Created);
  const auto [status, body] =
      server_->as_alice("POST", "/odata/v4/crm/Partners", {{"name", "X"}, {"hubId", "mark-1"}});
  EXPECT_EQ(status, 500) << body;
  // As after a lost answer: the same create goes out again.
  const auto again = write({new_partner("Nordljus AB", "mark-1")})[0].nodes[0];
  EXPECT_EQ(again.status, WriteStatus::Unknown);
  EXPECT_EQ(found("mark-1"), 1U);
  EXPECT_EQ(count(), 1);
}

TEST_P(CapHabits, AMemberOfARolledBackGroupAnswers201AndIsNotThere) {
  ASSERT_EQ(write({new_partner("First", "mark-1")})[0].nodes[0].status, WriteStatus::Created);
  const auto member = [](const char* id, const char* name, const char* mark) {
    return Json{{"id", id},
                {"method", "POST"},
                {"url", "/Partners"},
                {"atomicityGroup", "g"},
                {"headers", {{"content-type", "application/json"}}},
                {"body", {{"name", name}, {"hubId", mark}}}};
  };
  const auto [status, body] = server_->as_alice(
      "POST", "/odata/v4/crm/$batch",
      {{"requests", {member("1", "Second", "mark-2"), member("2", "Third", "mark-1")}}});
  ASSERT_EQ(status, 200) << body;
  EXPECT_EQ(body.at("responses").at(0).at("status"), 201) << body;
  EXPECT_EQ(body.at("responses").at(1).at("status"), 500) << body;
  EXPECT_EQ(count(), 1);
}

TEST_P(CapHabits, AGroupWithARefusedMemberIsNeverTakenForDone) {
  adapter_ = connect({.deep_create = false});
  ASSERT_EQ(server_
                ->as_alice("POST", "/odata/v4/crm/Partners",
                           {{"name", "First"},
                            {"addresses", {{{"ID", "018f0000-0000-7000-8000-000000000001"}}}}})
                .first,
            201);
  const auto with_address = [](const std::string& name, const std::string& id) {
    WriteRequest request = new_partner(name, name);
    request.nodes.push_back({.operation = Operation::Create,
                             .object = "Addresses",
                             .parent = 0,
                             .navigation = "addresses",
                             .body = R"({"ID":")" + id + R"(","city":"Lund"})"});
    return request;
  };
  const auto outcomes = write({with_address("Before", "018f0000-0000-7000-8000-000000000002"),
                               with_address("Refused", "018f0000-0000-7000-8000-000000000001"),
                               with_address("Behind", "018f0000-0000-7000-8000-000000000003")});
  const auto described = [&](std::size_t i) {
    const auto& error = outcomes[i].nodes[0].error;
    return error ? to_string(*error) : std::string("no error");
  };
  EXPECT_EQ(outcomes[0].nodes[0].status, WriteStatus::Created) << described(0);
  EXPECT_EQ(outcomes[0].nodes[1].status, WriteStatus::Created) << described(0);
  EXPECT_EQ(outcomes[1].nodes[0].status, WriteStatus::Unknown) << described(1);
  EXPECT_EQ(outcomes[2].nodes[0].status, WriteStatus::Created) << described(2);
  EXPECT_EQ(found("Refused"), 0U);
  EXPECT_EQ(found("Behind"), 1U);
  EXPECT_EQ(count(), 3);
}

TEST_P(CapHabits, AStaleVersionIsAConflict) {
  const auto created = write({new_partner("Nordljus AB", "mark-1")})[0].nodes[0];
  ASSERT_EQ(created.status, WriteStatus::Created);
  EXPECT_FALSE(created.version.empty());
  ASSERT_EQ(server_
                ->as_alice("PATCH", "/odata/v4/crm/Partners(" + created.key + ")",
                           {{"website", "https://nordljus.example"}})
                .first,
            200);
  const auto rename = [&](const std::string& version) {
    return WriteRequest{.nodes = {{.operation = Operation::Update,
                                   .object = "Partners",
                                   .key = created.key,
                                   .body = R"({"name":"Nordljus Handels AB"})",
                                   .expected_version = version}}};
  };
  EXPECT_EQ(write({rename(created.version)})[0].nodes[0].status, WriteStatus::Conflict);
  const auto now = adapter_->read_by_key(partners(), created.key, context_);
  ASSERT_TRUE(now) << to_string(now.error());
  EXPECT_FALSE(now->modified_by_us);
  const auto done = write({rename(now->version)})[0].nodes[0];
  EXPECT_EQ(done.status, WriteStatus::Updated) << (done.error ? to_string(*done.error) : "");
}

TEST_P(CapHabits, PagesShorterThanAskedForAreReadToTheEnd) {
  Json requests = Json::array();
  for (int i = 0; i < 250; ++i) {
    requests.push_back({{"id", std::to_string(i)},
                        {"method", "POST"},
                        {"url", "/Partners"},
                        {"headers", {{"content-type", "application/json"}}},
                        {"body", {{"name", "Partner " + std::to_string(i)}}}});
    if (requests.size() < 50) continue;
    ASSERT_EQ(server_->as_alice("POST", "/odata/v4/crm/$batch", {{"requests", requests}}).first,
              200);
    requests.clear();
  }
  std::set<std::string> keys;
  adapter::Cursor cursor;
  bool end = false;
  for (int pages = 0; !end && pages < 50; ++pages) {
    const auto page = adapter_->read(partners(), cursor, 1'000, context_);
    ASSERT_TRUE(page) << to_string(page.error());
    EXPECT_LE(page->changes.size(), 100U);
    for (const adapter::Change& change : page->changes) keys.insert(change.key);
    cursor = page->next;
    end = page->end;
  }
  EXPECT_TRUE(end);
  EXPECT_EQ(keys.size(), 250U);
}

INSTANTIATE_TEST_SUITE_P(Cap, CapHabits, ::testing::Values("v2", "v4"),
                         [](const auto& run) { return run.param; });

}  // namespace
}  // namespace channelbridge::cap
