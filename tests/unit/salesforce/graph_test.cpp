#include "org_script.hpp"

namespace channelbridge::salesforce::test {
namespace {

using adapter::NodeOutcome;
using adapter::Operation;
using adapter::WriteNode;
using adapter::WriteRequest;
using adapter::WriteStatus;
using nlohmann::json;

const std::string kRoot = "001R00000064wc7IAA";
const std::string kContact = "003R000000DDMlTIAX";
const std::string kGone = "003R000000DDMlUIAX";

adapter::Selection documents() {
  return {.object = "Account",
          .id = "Id",
          .version = "SystemModstamp",
          .correlation = "ChannelbridgeId__c",
          .paths = {"Name"},
          .children = {{.navigation = "Contacts", .object = "Contact", .paths = {"LastName"}}}};
}

WriteNode child(Operation operation, const std::string& key, const std::string& body) {
  return {.operation = operation,
          .object = "Contact",
          .key = key,
          .parent = 0,
          .navigation = "Contacts",
          .body = body};
}
WriteNode new_contact(const std::string& name) {
  return child(Operation::Create, "", json{{"LastName", name}}.dump());
}

WriteRequest create(const std::string& record, int contacts = 1) {
  WriteRequest request{.nodes = {{.object = "Account", .body = R"({"Name":"Acme"})"}},
                       .correlation_path = "ChannelbridgeId__c",
                       .correlation = record};
  for (int i = 0; i < contacts; ++i) request.nodes.push_back(new_contact("C" + std::to_string(i)));
  return request;
}

WriteRequest update(const std::vector<WriteNode>& children,
                    const std::string& body = R"({"Name":"Moved"})",
                    const std::string& key = kRoot) {
  WriteRequest request{
      .nodes = {{.operation = Operation::Update, .object = "Account", .key = key, .body = body}}};
  request.nodes.insert(request.nodes.end(), children.begin(), children.end());
  return request;
}

json part(std::size_t node, int status, json body) {
  return {{"body", std::move(body)},
          {"httpHeaders", json::object()},
          {"httpStatusCode", status},
          {"referenceId", "n" + std::to_string(node)}};
}
json made(std::size_t node, const std::string& id) {
  return part(node, 201, {{"id", id}, {"success", true}, {"errors", json::array()}});
}
json refused(std::size_t node, const std::string& code, const std::string& message, int at = 400) {
  return part(
      node, at,
      json::array({{{"errorCode", code}, {"message", message}, {"fields", json::array()}}}));
}
json halted(std::size_t node) {
  return refused(node, "PROCESSING_HALTED",
                 "The transaction was rolled back since another operation in the same transaction "
                 "failed.");
}
json graph(int id, const std::vector<json>& parts, bool good = true) {
  return {{"graphId", std::to_string(id)},
          {"graphResponse", {{"compositeResponse", parts}}},
          {"isSuccessful", good}};
}
std::string answer_of(const std::vector<json>& graphs) { return json{{"graphs", graphs}}.dump(); }

std::vector<NodeOutcome> write_one(Org& org, const WriteRequest& request) {
  auto outcomes = org.adapter->write(documents(), {request}, org.context);
  EXPECT_TRUE(outcomes) << (outcomes ? "" : to_string(outcomes.error()));
  if (!outcomes) return std::vector<NodeOutcome>(request.nodes.size());
  EXPECT_EQ(outcomes->front().nodes.size(), request.nodes.size());
  return outcomes->front().nodes;
}

json nodes_sent(const Org& org, std::size_t call = 0, std::size_t graph = 0) {
  return json::parse(org.script->requests.at(call).body)["graphs"].at(graph)["compositeRequest"];
}

TEST(SalesforceGraph, ANewRecordAndItsChildrenAreOneGraphWithTheParentByReference) {
  Org org;
  org.script->say(200, answer_of({graph(0, {made(0, kRoot), made(1, kContact)})}));
  const auto nodes = write_one(org, create("record-1"));
  ASSERT_EQ(org.script->requests.size(), 1U);
  const http::Request& request = org.script->requests.front();
  EXPECT_EQ(request.method + " " + request.target, "POST /services/data/v60.0/composite/graph");
  EXPECT_EQ(request.repeatable, http::Repeatable::No);
  EXPECT_EQ(nodes_sent(org),
            json::array({{{"method", "POST"},
                          {"url", "/services/data/v60.0/sobjects/Account"},
                          {"referenceId", "n0"},
                          {"body", {{"ChannelbridgeId__c", "record-1"}, {"Name", "Acme"}}}},
                         {{"method", "POST"},
                          {"url", "/services/data/v60.0/sobjects/Contact"},
                          {"referenceId", "n1"},
                          {"body", {{"AccountId", "@{n0.id}"}, {"LastName", "C0"}}}}}));
  EXPECT_EQ(nodes[0].status, WriteStatus::Created);
  EXPECT_EQ(nodes[0].key, kRoot);
  EXPECT_EQ(nodes[1].status, WriteStatus::Created);
  EXPECT_EQ(nodes[1].key, kContact);
}

TEST(SalesforceGraph, AnUpdateMakesChangesAndRemovesChildrenByTheirIds) {
  Org org;
  org.script->say(200, answer_of({graph(0, {part(0, 204, nullptr), made(1, "003R00000000001"),
                                            part(2, 204, nullptr), part(3, 204, nullptr)})}));
  const auto nodes = write_one(
      org, update({new_contact("New"), child(Operation::Update, kContact, R"({"Phone":null})"),
                   child(Operation::Delete, kGone, "")}));
  const json sent = nodes_sent(org);
  EXPECT_EQ(sent[0]["method"], "PATCH");
  EXPECT_EQ(sent[0]["url"], "/services/data/v60.0/sobjects/Account/" + kRoot);
  EXPECT_EQ(sent[1]["body"], (json{{"AccountId", kRoot}, {"LastName", "New"}}));
  EXPECT_EQ(sent[2]["method"], "PATCH");
  EXPECT_EQ(sent[2]["url"], "/services/data/v60.0/sobjects/Contact/" + kContact);
  EXPECT_EQ(sent[2]["body"], (json{{"Phone", nullptr}}));
  EXPECT_EQ(sent[3], (json{{"method", "DELETE"},
                           {"url", "/services/data/v60.0/sobjects/Contact/" + kGone},
                           {"referenceId", "n3"}}));
  EXPECT_EQ(nodes[0].status, WriteStatus::Updated);
  EXPECT_EQ(nodes[1].status, WriteStatus::Created);
  EXPECT_EQ(nodes[1].key.size(), 18U);
  EXPECT_EQ(nodes[2].status, WriteStatus::Updated);
  EXPECT_EQ(nodes[3].status, WriteStatus::Deleted);
}

TEST(SalesforceGraph, ARootWithoutChangesIsNoPartOfTheCall) {
  Org org;
  org.script->say(200, answer_of({graph(0, {made(1, kContact)})}));
  const auto nodes = write_one(org, update({new_contact("New")}, "{}"));
  ASSERT_EQ(nodes_sent(org).size(), 1U);
  EXPECT_EQ(nodes_sent(org)[0]["body"]["AccountId"], kRoot);
  EXPECT_EQ(nodes[0].status, WriteStatus::Unchanged);
  EXPECT_EQ(nodes[0].key, kRoot);
  EXPECT_EQ(nodes[1].status, WriteStatus::Created);
}

TEST(SalesforceGraph, WithoutACorrelationARootIsCreatedAsItIs) {
  Org org;
  WriteRequest request = create("");
  request.correlation_path.clear();
  org.script->say(200, answer_of({graph(0, {made(0, kRoot), made(1, kContact)})}));
  EXPECT_EQ(write_one(org, request)[0].status, WriteStatus::Created);
  EXPECT_EQ(nodes_sent(org)[0]["body"], (json{{"Name", "Acme"}}));
  request.correlation_path = "ChannelbridgeId__c";  // and one that the body has already is kept
  request.nodes[0].body = R"({"ChannelbridgeId__c":"r-1"})";
  org.script->say(200, answer_of({graph(0, {made(0, kRoot), made(1, kContact)})}));
  write_one(org, request);
  const std::string& body = org.script->requests[1].body;
  EXPECT_NE(body.find(R"("ChannelbridgeId__c":"r-1")"), std::string::npos);
  EXPECT_EQ(body.find("ChannelbridgeId__c"), body.rfind("ChannelbridgeId__c"));
}

TEST(SalesforceGraph, AlertsOfDuplicateRulesArePassedOnlyWhereTheSettingsSaySo) {
  for (const bool passed : {false, true}) {
    Options options = Org::with_overlay();
    options.allow_duplicates = passed;
    Org org(options);
    org.script->say(200, answer_of({graph(0, {made(0, kRoot), made(1, kContact)})}));
    write_one(org, create("a"));
    for (const json& node : nodes_sent(org)) EXPECT_EQ(node.contains("httpHeaders"), passed);
  }
}

TEST(SalesforceGraph, NumbersGoOutAsTheyAre) {
  Org org;
  org.script->say(200, answer_of({graph(0, {part(0, 204, nullptr), made(1, kContact)})}));
  write_one(org, update({new_contact("New")}, R"({ "AnnualRevenue": 12345678901234567890.10 })"));
  EXPECT_NE(org.script->requests[0].body.find("12345678901234567890.10"), std::string::npos);
}

TEST(SalesforceGraph, ARefusedChildRefusesItsRecordAndSaysSo) {
  Org org;
  org.script->say(
      200, answer_of({graph(0,
                            {halted(0), halted(1),
                             refused(2, "REQUIRED_FIELD_MISSING", "Required fields: [LastName]")},
                            false),
                      graph(1, {made(0, kRoot), made(1, kContact)})}));
  auto outcomes = org.adapter->write(documents(), {create("a", 2), create("b")}, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  const auto& nodes = (*outcomes)[0].nodes;
  for (const NodeOutcome& node : nodes) {
    EXPECT_EQ(node.status, WriteStatus::Rejected) << "nothing of the record was made";
    EXPECT_TRUE(node.key.empty());
    ASSERT_TRUE(node.error);
    EXPECT_EQ(node.error->remote_code(), "REQUIRED_FIELD_MISSING") << "the cause, not the halt";
    EXPECT_EQ(node.error->operation(), "write Contact");
    EXPECT_EQ(node.error->system(), "crm");
  }
  EXPECT_EQ((*outcomes)[1].nodes[1].status, WriteStatus::Created);
}

TEST(SalesforceGraph, AnswersAreMatchedByNameAndNotByPlace) {
  Org org;
  org.script->say(200,
                  answer_of({graph(1, {made(1, "003R00000000003"), made(0, "001R00000000002")}),
                             graph(0, {made(1, kContact), made(0, kRoot)})}));
  auto outcomes = org.adapter->write(documents(), {create("a"), create("b")}, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ((*outcomes)[0].nodes[0].key, kRoot);
  EXPECT_EQ((*outcomes)[0].nodes[1].key, kContact);
  EXPECT_TRUE((*outcomes)[1].nodes[0].key.starts_with("001R00000000002"));
}

TEST(SalesforceGraph, ARootThatIsGoneClosesAndAChildThatIsGoneAsksForALook) {
  Org org;
  org.script->say(
      200, answer_of({graph(
               0, {refused(0, "ENTITY_IS_DELETED", "entity is deleted", 404), halted(1)}, false)}));
  auto nodes = write_one(org, update({new_contact("New")}));
  EXPECT_EQ(nodes[0].status, WriteStatus::Rejected);
  EXPECT_TRUE(nodes[0].not_found);
  org.script->say(
      200, answer_of({graph(
               0, {halted(0), refused(1, "ENTITY_IS_DELETED", "entity is deleted", 404)}, false)}));
  nodes = write_one(org, update({child(Operation::Delete, kGone, "")}));
  EXPECT_EQ(nodes[0].status, WriteStatus::Conflict);
  EXPECT_FALSE(nodes[0].not_found) << "the root is there";
  EXPECT_TRUE(nodes[1].not_found);
  // What a new child refers to is its content, like any other.
  org.script->say(
      200, answer_of({graph(
               0, {halted(0), refused(1, "ENTITY_IS_DELETED", "entity is deleted", 404)}, false)}));
  nodes = write_one(org, update({new_contact("New")}));
  EXPECT_EQ(nodes[0].status, WriteStatus::Rejected);
  EXPECT_FALSE(nodes[0].not_found || nodes[1].not_found);
}

TEST(SalesforceGraph, ACreateThatArrivesTwiceIsRefusedAndNamesTheFirst) {
  Org org;
  org.script->say(
      200,
      answer_of({graph(0,
                       {refused(0, "DUPLICATE_VALUE",
                                "duplicate value found: ChannelbridgeId__c duplicates value on "
                                "record with id: 001R00000064wc7"),
                        halted(1)},
                       false)}));
  const auto nodes = write_one(org, create("record-1"));
  EXPECT_EQ(nodes[0].status, WriteStatus::Rejected);
  EXPECT_EQ(nodes[0].duplicate_of, kRoot);
}

TEST(SalesforceGraph, ALostAnswerMakesEveryNodeUnknownAndIsNotRepeated) {
  Org org;
  org.script->say(
      Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer).with_system("crm"));
  auto outcomes = org.adapter->write(
      documents(), {create("a", 2), update({child(Operation::Delete, kGone, "")})}, org.context);
  ASSERT_TRUE(outcomes) << "an Error would say that nothing was sent";
  for (const auto& outcome : *outcomes) {
    EXPECT_GE(outcome.nodes.size(), 2U);
    for (const NodeOutcome& node : outcome.nodes) EXPECT_EQ(node.status, WriteStatus::Unknown);
  }
}

TEST(SalesforceGraph, ALostCallIsNotHiddenByOneThatCouldNotBeSent) {
  Options options = Org::with_overlay();
  options.batch_records = 1;
  Org org(options);
  org.script->say(Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer));
  for (int i = 0; i < 5; ++i)
    org.script->say(Error(ErrorCode::Unavailable, "no connection").with_sent(Sent::No));
  auto outcomes = org.adapter->write(documents(), {create("a"), create("b")}, org.context);
  ASSERT_TRUE(outcomes) << "an Error would say that nothing was sent";
  EXPECT_EQ((*outcomes)[0].nodes[1].status, WriteStatus::Unknown);
  EXPECT_EQ((*outcomes)[1].nodes[1].status, WriteStatus::Retry);
}

TEST(SalesforceGraph, AnAnswerThatSaysTooLittleMakesTheRecordUnknown) {
  const std::string answers[] = {
      "{\"graphs\":[{",
      "[]",
      answer_of({}),
      answer_of({graph(0, {made(0, kRoot)})}),
      answer_of({graph(0, {made(0, kRoot), part(1, 201, {{"success", true}})})}),
      answer_of({graph(0, {made(0, kRoot), part(1, 201, {{"id", kContact}, {"success", false}})})}),
      answer_of({graph(0, {halted(0)}, false)}),
      answer_of({graph(0, {made(0, kRoot), made(1, kContact)}, false)}),
      answer_of({graph(7, {made(0, kRoot), made(1, kContact)})})};
  for (const std::string& body : answers) {
    Org org;
    org.script->say(200, body);
    for (const NodeOutcome& node : write_one(org, create("a")))
      EXPECT_EQ(node.status, WriteStatus::Unknown) << body;
  }
}

TEST(SalesforceGraph, LockedRecordsAreSentAgainAloneAndTheOthersAreNot) {
  Org org;
  const auto locked = [](int id) {
    return graph(id,
                 {halted(0), refused(1, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access")},
                 false);
  };
  org.script->say(200, answer_of({graph(0, {made(0, kRoot), made(1, kContact)}), locked(1)}));
  org.script->say(200, answer_of({graph(0, {made(0, "001R00000000002"), made(1, kContact)})}));
  auto outcomes = org.adapter->write(documents(), {create("a"), create("b")}, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ((*outcomes)[0].nodes[0].key, kRoot);
  EXPECT_EQ((*outcomes)[1].nodes[0].status, WriteStatus::Created);
  const json again = json::parse(org.script->requests[1].body)["graphs"];
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0]["compositeRequest"][0]["body"]["ChannelbridgeId__c"], "b");

  for (int i = 0; i < 4; ++i) org.script->say(200, answer_of({locked(0)}));
  for (const NodeOutcome& node : write_one(org, create("c")))
    EXPECT_EQ(node.status, WriteStatus::Retry);
}

TEST(SalesforceGraph, WhatTheOrgDidNotBeginGoesOutWithTheNextCall) {
  Org org;
  const json bad = {halted(0), refused(1, "STRING_TOO_LONG", "too long")};
  org.script->say(200, answer_of({graph(0, bad, false), graph(1, {halted(0), halted(1)}, false),
                                  graph(2, {halted(0), halted(1)}, false)}));
  org.script->say(200, answer_of({graph(0, {made(0, kRoot), made(1, kContact)}),
                                  graph(1, {halted(0), halted(1)}, false)}));
  org.script->say(200, answer_of({graph(0, {halted(0), halted(1)}, false)}));
  auto outcomes =
      org.adapter->write(documents(), {create("a"), create("b"), create("c")}, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ((*outcomes)[0].nodes[0].status, WriteStatus::Rejected);
  EXPECT_EQ((*outcomes)[1].nodes[0].status, WriteStatus::Created);
  EXPECT_EQ((*outcomes)[2].nodes[0].status, WriteStatus::Retry) << "and not for ever";
}

TEST(SalesforceGraph, CallsHoldSeventyFiveGraphsFiveHundredNodesAndSoManyBytes) {
  const auto sizes = [](const std::vector<WriteRequest>& requests, std::size_t bytes) {
    Options options = Org::with_overlay();
    options.batch_bytes = bytes;
    Org org(options);
    for (std::size_t i = 0; i < 8; ++i)
      org.script->say(Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer));
    EXPECT_TRUE(org.adapter->write(documents(), requests, org.context));
    std::vector<std::size_t> graphs;
    for (const http::Request& request : org.script->requests)
      graphs.push_back(json::parse(request.body)["graphs"].size());
    org.script->forget();
    return graphs;
  };
  const auto many = [](int count, int contacts) {
    std::vector<WriteRequest> requests;
    for (int i = 0; i < count; ++i)
      requests.push_back(create("record-" + std::to_string(i), contacts));
    return requests;
  };
  EXPECT_EQ(sizes(many(80, 1), 1U << 20U), (std::vector<std::size_t>{75, 5}));
  EXPECT_EQ(sizes(many(11, 49), 1U << 20U), (std::vector<std::size_t>{10, 1}));
  EXPECT_EQ(sizes(many(3, 1), 600), (std::vector<std::size_t>{2, 1}));
}

TEST(SalesforceGraph, ARecordThatNoCallCanHoldIsRefusedAloneAndUnsent) {
  Org org;
  org.script->say(200, answer_of({graph(0, {made(0, kRoot), made(1, kContact)})}));
  WriteRequest reference = create("b");
  reference.nodes[1].body = R"({"LastName":"see @{n0.id}"})";
  auto outcomes =
      org.adapter->write(documents(), {create("a", 500), reference, create("c")}, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ((*outcomes)[0].nodes.size(), 501U);
  EXPECT_EQ((*outcomes)[0].nodes[0].status, WriteStatus::Rejected);
  EXPECT_EQ((*outcomes)[0].nodes[0].error->sent(), Sent::No);
  EXPECT_EQ((*outcomes)[1].nodes[1].status, WriteStatus::Rejected)
      << "the org would put an id in place of the text";
  EXPECT_EQ((*outcomes)[2].nodes[0].status, WriteStatus::Created);
}

TEST(SalesforceGraph, SingleRecordsStillGoThroughCollections) {
  Org org;
  org.script->say(200, answer_of({graph(0, {made(0, kRoot), made(1, kContact)})}));
  org.script->say(200, R"([{"id":"001R00000000002","success":true,"errors":[],"created":true}])");
  auto outcomes =
      org.adapter->write(documents(), {create("alone", 0), create("with")}, org.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_TRUE((*outcomes)[0].nodes[0].key.starts_with("001R00000000002"));
  EXPECT_EQ((*outcomes)[1].nodes[0].key, kRoot);
  EXPECT_EQ(org.script->requests[1].target,
            "/services/data/v60.0/composite/sobjects/Account/ChannelbridgeId__c");
}

TEST(SalesforceGraph, WhatCannotFollowItsGraphsIsTriedAgainLater) {
  Org org;
  org.script->say(200, answer_of({graph(0, {made(0, kRoot), made(1, kContact)})}));
  for (int i = 0; i < 5; ++i)
    org.script->say(Error(ErrorCode::Unavailable, "no connection").with_sent(Sent::No));
  auto outcomes =
      org.adapter->write(documents(), {create("alone", 0), create("with")}, org.context);
  ASSERT_TRUE(outcomes) << "an Error would say that the graph was not sent";
  EXPECT_EQ((*outcomes)[0].nodes[0].status, WriteStatus::Retry);
  EXPECT_EQ((*outcomes)[1].nodes[0].status, WriteStatus::Created);
}

TEST(SalesforceGraph, WhatIsNoRequestOfThisSystemIsRefusedBeforeSending) {
  Org org;
  const auto code = [&org](WriteRequest request) {
    auto outcomes = org.adapter->write(documents(), {std::move(request)}, org.context);
    EXPECT_FALSE(outcomes);
    EXPECT_TRUE(outcomes || outcomes.error().sent() == Sent::No);
    return outcomes ? ErrorCode::Internal : outcomes.error().code();
  };
  WriteRequest request = create("a");
  request.nodes[1].navigation = "Contact";
  EXPECT_EQ(code(request), ErrorCode::Invalid);
  request = create("a");
  request.nodes[1].object = "Case";
  EXPECT_EQ(code(request), ErrorCode::Invalid);
  request = create("a");
  request.nodes[1].parent = 1;
  EXPECT_EQ(code(request), ErrorCode::Invalid);
  request = create("a");
  request.nodes[1].body = R"({"LastName":"x","AccountId":null})";
  EXPECT_EQ(code(request), ErrorCode::Invalid);
  request = create("a");
  request.correlation_path = "Id";  // found again by it, but not unique in what people write
  EXPECT_EQ(code(request), ErrorCode::Invalid);
  EXPECT_EQ(code(update({child(Operation::Update, "' OR", R"({"Phone":"1"})")})),
            ErrorCode::Invalid);
  EXPECT_TRUE(org.script->requests.empty());

  Options old = Org::with_overlay();
  old.api_version = "49.0";
  Org before(old);
  auto outcomes = before.adapter->write(documents(), {update({new_contact("x")})}, before.context);
  EXPECT_EQ(outcomes.error().code(), ErrorCode::Unsupported);
  EXPECT_FALSE(before.adapter->capabilities(documents()).deep_create);
}

TEST(SalesforceGraph, CapabilitiesFollowTheSelection) {
  Org org;
  const adapter::Capabilities deep = org.adapter->capabilities(documents());
  EXPECT_TRUE(deep.deep_create);
  EXPECT_TRUE(deep.deep_update);
  EXPECT_TRUE(deep.atomic_group);
  EXPECT_EQ(deep.batch_records, 75U);
  EXPECT_EQ(deep.idempotency, adapter::Idempotency::Find) << "a second create is refused";
  const adapter::Capabilities flat = org.adapter->capabilities(leads());
  EXPECT_FALSE(flat.deep_create);
  EXPECT_EQ(flat.batch_records, 200U);
}

}  // namespace
}  // namespace channelbridge::salesforce::test
