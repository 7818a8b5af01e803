#include "client.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

using Graphs = SalesforceSandbox;

Json node(const char* method, const std::string& url, const std::string& reference,
          const Json& body = nullptr) {
  Json result{
      {"method", method}, {"url", "/services/data/v60.0/" + url}, {"referenceId", reference}};
  if (!body.is_null()) result["body"] = body;
  return result;
}

Json account(const std::string& name) {
  return node("POST", "sobjects/Account", "account", {{"Name", name}});
}

Json contact(const Json& fields) { return node("POST", "sobjects/Contact", "contact", fields); }

Json graph(const std::string& id, const Json& nodes) {
  return {{"graphId", id}, {"compositeRequest", nodes}};
}

TEST_F(Graphs, EachIsAllOrNothingByItself) {
  const Json child{{"LastName", "Berg"}, {"AccountId", "@{account.id}"}};
  const Json broken{{"FirstName", "Nobody"}, {"AccountId", "@{account.id}"}};
  const Answer answer = call("POST", "composite/graph",
                             {{"graphs",
                               {graph("good", {account("Nordljus"), contact(child)}),
                                graph("bad", {account("Sydljus"), contact(broken)})}}});
  ASSERT_EQ(answer.status, 200) << answer.text;
  const Json& good = answer.body["graphs"][0];
  EXPECT_EQ(good["graphId"], "good");
  EXPECT_EQ(good["isSuccessful"], true);
  EXPECT_EQ(good["graphResponse"]["compositeResponse"][1]["httpStatusCode"], 201);
  EXPECT_EQ(
      dump_json(answer.body["graphs"][1]),
      R"({"graphId":"bad","graphResponse":{"compositeResponse":[)"
      R"({"body":[{"message":"The transaction was rolled back since another operation in the same transaction failed.","errorCode":"PROCESSING_HALTED"}],"httpHeaders":{},"httpStatusCode":400,"referenceId":"account"},)"
      R"({"body":[{"message":"Required fields are missing: [LastName]","errorCode":"REQUIRED_FIELD_MISSING","fields":["LastName"]}],"httpHeaders":{},"httpStatusCode":400,"referenceId":"contact"}]},"isSuccessful":false})");
  EXPECT_EQ(column("SELECT Name FROM Account", "Name"), "Nordljus");
  EXPECT_EQ(journal().effects(), 2U);
}

TEST_F(Graphs, TheFifteenthIsHaltedWhenFourteenHaveFailed) {
  Json graphs = Json::array();
  for (int i = 0; i < 14; ++i)
    graphs.push_back(graph("g" + std::to_string(i), Json::array({contact(Json::object())})));
  graphs.push_back(graph("last", Json::array({account("Nordljus")})));
  const Answer answer = call("POST", "composite/graph", {{"graphs", graphs}});
  const Json& last = answer.body["graphs"][14];
  EXPECT_EQ(last["isSuccessful"], false);
  EXPECT_EQ(last["graphResponse"]["compositeResponse"][0]["body"][0]["errorCode"],
            "PROCESSING_HALTED");
  EXPECT_EQ(org().count("Account"), 0U);
}

TEST_F(Graphs, RefuseWhatIsNoRowOrTooMuch) {
  const auto status = [&](const Json& nodes) {
    return call("POST", "composite/graph", {{"graphs", {graph("1", nodes)}}}).status;
  };
  EXPECT_EQ(status(Json::array({node("GET", "query?q=SELECT+Id+FROM+Lead", "a")})), 400);
  EXPECT_EQ(status(Json::array({node("GET", "limits", "a")})), 400);
  EXPECT_EQ(status(Json::array({node("PUT", "sobjects/Lead/1", "a")})), 400);
  Json chain = Json::array({account("Root")});
  chain[0]["referenceId"] = "r0";
  for (int i = 1; i < 15; ++i) {
    chain.push_back(node("POST", "sobjects/Account", "r" + std::to_string(i),
                         {{"Name", "A"}, {"ParentId", "@{r" + std::to_string(i - 1) + ".id}"}}));
  }
  EXPECT_EQ(status(chain), 200);
  EXPECT_EQ(org().count("Account"), 15U);
  chain.push_back(
      node("POST", "sobjects/Account", "r15", {{"Name", "A"}, {"ParentId", "@{r14.id}"}}));
  EXPECT_EQ(status(chain), 400);
  Json many = Json::array();
  for (int i = 0; i < 501; ++i)
    many.push_back(node("POST", "sobjects/Account", "r" + std::to_string(i), {{"Name", "A"}}));
  EXPECT_EQ(status(many), 400);
  EXPECT_EQ(org().count("Account"), 15U);
  base = "/services/data/v49.0/";
  EXPECT_EQ(status(Json::array({account("Nordljus")})), 404) << "graphs came with v50.0";
}

using Trees = SalesforceSandbox;

Json leaf(const char* type, const char* reference, const Json& fields) {
  Json record{{"attributes", {{"type", type}, {"referenceId", reference}}}};
  record.update(fields);
  return record;
}

Json forest(const char* email) {
  Json first = leaf("Account", "ref1", {{"Name", "Nordljus"}});
  first["Contacts"]["records"] = {leaf("Contact", "ref2", {{"LastName", "Berg"}}),
                                  leaf("Contact", "ref3", {{"LastName", "Ek"}, {"Email", email}})};
  return {{"records", {first, leaf("Account", "ref4", {{"Name", "Sydljus"}})}}};
}

TEST_F(Trees, CreateParentsBeforeChildren) {
  const Answer answer = call("POST", "composite/tree/Account", forest("ek@example.com"));
  ASSERT_EQ(answer.status, 201) << answer.text;
  EXPECT_EQ(answer.body["hasErrors"], false);
  std::string references;
  for (const Json& result : answer.body["results"])
    references += text_of(result, "referenceId") + " ";
  EXPECT_EQ(references, "ref1 ref4 ref2 ref3 ");
  const Json& results = answer.body["results"];
  EXPECT_EQ(text_of(org().record(text_of(results[3], "id")), "AccountId"),
            text_of(results[0], "id"));
  EXPECT_EQ(journal().effects(), 4U);
}

TEST_F(Trees, TellTheFirstErrorAndLeaveNothingBehind) {
  const Answer answer = call("POST", "composite/tree/Account", forest("123"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(
      answer.text,
      R"({"hasErrors":true,"results":[{"referenceId":"ref3","errors":[{"statusCode":"INVALID_EMAIL_ADDRESS","message":"Email: invalid email address: 123","fields":["Email"]}]}]})");
  EXPECT_EQ(org().count("Account") + org().count("Contact"), 0U);
  EXPECT_EQ(journal().effects(), 0U);
}

TEST_F(Trees, RefuseWhatIsMalformed) {
  const auto code = [&](const char* object, const Json& records) {
    return call("POST", std::string("composite/tree/") + object, {{"records", records}}).code();
  };
  EXPECT_EQ(code("Foo", Json::array({leaf("Foo", "a", Json::object())})), "NOT_FOUND");
  EXPECT_EQ(code("Account", Json::array()), "INVALID_INPUT");
  EXPECT_EQ(
      code("Account", Json::array({leaf("Lead", "a", {{"LastName", "x"}, {"Company", "x"}})})),
      "INVALID_INPUT");
  const Json one = leaf("Account", "a", {{"Name", "x"}});
  EXPECT_EQ(code("Account", {one, one}), "INVALID_INPUT") << "a reference is one record's alone";
  Json nested = leaf("Account", "5", {{"Name", "x"}});
  for (const char* reference : {"4", "3", "2", "1"}) {
    Json parent = leaf("Account", reference, {{"Name", "x"}});
    parent["ChildAccounts"]["records"] = Json::array({nested});
    nested = parent;
  }
  EXPECT_EQ(call("POST", "composite/tree/Account", {{"records", {nested}}}).status, 201);
  Json sixth = leaf("Account", "0", {{"Name", "x"}});
  sixth["ChildAccounts"]["records"] = Json::array({nested});
  EXPECT_EQ(code("Account", Json::array({sixth})), "INVALID_INPUT");
  EXPECT_EQ(org().count("Account"), 5U);
}

}  // namespace
}  // namespace channelbridge::sandbox::salesforce
