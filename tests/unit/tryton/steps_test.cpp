#include "steps_internal.hpp"

#include <gmock/gmock.h>

#include "scripted_database.hpp"

namespace channelbridge::tryton {
namespace {

using adapter::Operation;
using adapter::WriteRequest;
using adapter::WriteStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string method_of(std::string_view from, std::string_view to) {
  const auto step = next_step(default_workflows().at("sale.sale"), from, to);
  return step ? step->method : "";
}

TEST(TrytonSteps, TheShortestWayIsTaken) {
  EXPECT_EQ(method_of("draft", "confirmed"), "quote");
  EXPECT_EQ(method_of("quotation", "confirmed"), "confirm");
  EXPECT_EQ(method_of("draft", "cancelled"), "cancel");
  EXPECT_EQ(method_of("confirmed", "cancelled"), "draft");
  EXPECT_EQ(method_of("done", "draft"), "");
  EXPECT_EQ(method_of("draft", "done"), "");
}

/// A sale whose state its methods change as the real one's do.
struct Sale {
  std::string state{"draft"};
  std::string refused{};      ///< this method is refused by a UserError
  std::string lost{};         ///< this method's answer is lost, and it lands
  std::string not_arrived{};  ///< this method's answer is lost, and it does not land
  std::string passed_over{};  ///< this method does nothing
  bool goes_on{};             ///< confirming processes at once
  std::string shipments{"none"};
  std::string cancelled_before{};  ///< somebody cancels right before this method
  std::string changed_after{};     ///< somebody changes it right after this method

  bool changed{};

  Result<std::string> operator()(const Call& call) {
    if (call.method.ends_with(".search_read"))
      return "\"result\":[{" + (changed ? stamps(3, 8, 11) : stamps(3, 7, 10)) + ",\"state\":\"" +
             state + "\",\"shipment_state\":\"" + shipments + "\",\"lines.\":[]}]";
    const std::string method = call.method.substr(call.method.rfind('.') + 1);
    const Error silence = Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer);
    if (method == cancelled_before) state = "cancelled";
    if (method == refused) return std::string(R"("error":["UserError",["No address","",null]])");
    if (method == not_arrived) return silence;
    if (method != passed_over) {
      if (method == "quote" && state == "draft") state = "quotation";
      if (method == "confirm" && state == "quotation") state = goes_on ? "processing" : "confirmed";
    }
    if (method == changed_after) changed = true;
    if (method == lost) return silence;
    return std::string(R"("result":null)");
  }
};

adapter::NodeOutcome written(Sale& sale, const std::string& body, const Scripted& erp) {
  static_cast<void>(sale);
  const WriteRequest request{
      .nodes = {{.operation = Operation::Update, .object = "sale.sale", .key = "3", .body = body}}};
  const auto outcomes = erp.adapter->write(sales(), {request}, erp.context());
  EXPECT_TRUE(outcomes) << outcomes.error();
  return outcomes->front().nodes.front();
}

std::vector<std::string> steps_of(const Scripted& erp) {
  std::vector<std::string> out;
  for (const std::string& method : erp.database->methods()) {
    const std::string name = method.substr(method.rfind('.') + 1);
    if (name != "search_read") out.push_back(name);
  }
  return out;
}

TEST(TrytonSteps, WhatALostAnswerLeftBetweenTwoStepsIsKnownAsThat) {
  const Scripted erp = script(Sale());
  const auto halfway = [&](const std::string& from, const std::string& to, const std::string& now) {
    const auto shows = [](const std::string& state) {
      return document::Document::of(R"({"state":")" + state + "\"}", document::Format::Json, true);
    };
    const WriteRequest request{.nodes = {{.operation = Operation::Update,
                                          .object = "sale.sale",
                                          .key = "3",
                                          .body = R"({"state":")" + to + "\"}"}}};
    return erp.adapter->halfway(sales(), shows(from), request, shows(now), erp.context());
  };
  using adapter::Halfway;
  EXPECT_EQ(halfway("confirmed", "cancelled", "draft"), Halfway::Fields) << "fields go before";
  EXPECT_EQ(halfway("draft", "processing", "confirmed"), Halfway::Fields);
  EXPECT_EQ(halfway("confirmed", "cancelled", "confirmed"), Halfway::No);
  EXPECT_EQ(halfway("confirmed", "cancelled", "cancelled"), Halfway::No);
  EXPECT_EQ(halfway("confirmed", "cancelled", "processing"), Halfway::No);
  EXPECT_EQ(halfway("draft", "sent", "quotation"), Halfway::No) << "no step leads there";
}

TEST(TrytonSteps, ACreateIsOneTransactionAndAnUpdateWithItsStepsIsNot) {
  const Scripted scripted = script(Sale());
  const adapter::Capabilities sale = scripted.adapter->capabilities(sales());
  EXPECT_TRUE(sale.deep_create) << "a sale and its lines are there, or nothing is";
  EXPECT_FALSE(sale.atomic_group) << "its fields may be there, and its state not yet";
  EXPECT_TRUE(scripted.adapter->capabilities(parties()).atomic_group);
}

TEST(TrytonSteps, AStateIsReachedByItsMethods) {
  Sale sale;
  const Scripted erp = script(std::ref(sale));
  const auto outcome = written(sale, R"({"state":"confirmed"})", erp);
  EXPECT_EQ(outcome.status, WriteStatus::Updated);
  EXPECT_THAT(std::string(outcome.document.text()), HasSubstr(R"("state":"confirmed")"));
  EXPECT_THAT(steps_of(erp), ElementsAre("quote", "confirm"));
}

TEST(TrytonSteps, FieldsGoBeforeTheSteps) {
  Sale sale;
  const Scripted erp = script(std::ref(sale));
  const auto outcome = written(sale, R"({"reference":"PO 1","state":"quotation"})", erp);
  EXPECT_EQ(outcome.status, WriteStatus::Updated);
  EXPECT_THAT(steps_of(erp), ElementsAre("write", "quote"));
}

TEST(TrytonSteps, AServerThatGoesOnByItselfHasReachedIt) {
  Sale sale{.goes_on = true};
  const Scripted erp = script(std::ref(sale));
  EXPECT_EQ(written(sale, R"({"state":"confirmed"})", erp).status, WriteStatus::Updated);
}

TEST(TrytonSteps, ASaleInProcessingWhoseShipmentsAreSentShowsThat) {
  Sale sale{.state = "processing", .shipments = "sent"};
  const Scripted erp = script(std::ref(sale));
  const auto shown = erp.adapter->read_by_key(sales(), "3", erp.context());
  ASSERT_TRUE(shown) << shown.error();
  EXPECT_THAT(std::string(shown->document.text()), HasSubstr(R"("state":"sent")"));
  EXPECT_THAT(erp.database->calls().front().params, HasSubstr(R"("shipment_state")"));
  EXPECT_EQ(written(sale, R"({"state":"sent"})", erp).status, WriteStatus::Updated);
  sale.shipments = "waiting";
  const auto outcome = written(sale, R"({"state":"sent"})", erp);
  EXPECT_EQ(outcome.status, WriteStatus::Rejected) << "no step leads there";
  EXPECT_THAT(steps_of(erp), ElementsAre());
  sale = {.state = "done", .shipments = "sent"};
  const auto done = erp.adapter->read_by_key(sales(), "3", erp.context());
  ASSERT_TRUE(done) << done.error();
  EXPECT_THAT(std::string(done->document.text()), HasSubstr(R"("state":"done")"));
}

TEST(TrytonSteps, AnOrderThatSomebodyCancelsMeanwhileStaysCancelled) {
  for (const char* method : {"quote", "confirm"}) {
    Sale sale{.cancelled_before = method};
    const Scripted erp = script(std::ref(sale));
    const auto outcome = written(sale, R"({"state":"confirmed"})", erp);
    EXPECT_EQ(outcome.status, WriteStatus::Conflict) << method;
    EXPECT_EQ(sale.state, "cancelled") << method;
  }
}

TEST(TrytonSteps, AnOrderThatSomebodyChangesMeanwhileIsNotMovedOn) {
  for (const char* method : {"write", "quote"}) {
    Sale sale{.changed_after = method};
    const Scripted erp = script(std::ref(sale));
    const auto outcome = written(sale, R"({"reference":"PO 1","state":"confirmed"})", erp);
    EXPECT_EQ(outcome.status, WriteStatus::Conflict) << method;
    EXPECT_EQ(steps_of(erp).back(), method);
  }
}

TEST(TrytonSteps, AStepCarriesTheStampsOfTheLookBeforeIt) {
  Sale sale;
  const Scripted erp = script(std::ref(sale));
  written(sale, R"({"reference":"PO 1","state":"quotation"})", erp);
  for (const Call& call : erp.database->calls()) {
    if (!call.method.ends_with(".quote")) continue;
    EXPECT_THAT(call.params, HasSubstr(R"("_timestamp":{"sale.sale,3":"stamp 10"})"));
  }
}

TEST(TrytonSteps, ARefusedStepSaysWhatIsDone) {
  Sale sale{.refused = "confirm"};
  const Scripted erp = script(std::ref(sale));
  const auto outcome = written(sale, R"({"state":"confirmed"})", erp);
  EXPECT_EQ(outcome.status, WriteStatus::Rejected);
  EXPECT_THAT(outcome.error->message(), HasSubstr("'quote' is done; "));
  EXPECT_EQ(outcome.error->operation(), "confirm sale.sale");
  EXPECT_EQ(outcome.error->remote_message(), "No address");
}

TEST(TrytonSteps, AStepThatIsPassedOverIsRefused) {
  Sale sale{.passed_over = "quote"};
  const Scripted erp = script(std::ref(sale));
  EXPECT_EQ(written(sale, R"({"state":"quotation"})", erp).status, WriteStatus::Rejected);
}

TEST(TrytonSteps, AStepThatLandedWithoutAnAnswerIsNotSentAgain) {
  Sale sale{.lost = "quote"};
  const Scripted erp = script(std::ref(sale));
  EXPECT_EQ(written(sale, R"({"state":"confirmed"})", erp).status, WriteStatus::Updated);
  EXPECT_THAT(steps_of(erp), ElementsAre("quote", "confirm"));
}

TEST(TrytonSteps, AStepThatMayBeUnderWayIsUnknown) {
  Sale sale{.not_arrived = "quote"};
  const Scripted erp = script(std::ref(sale));
  EXPECT_EQ(written(sale, R"({"state":"confirmed"})", erp).status, WriteStatus::Unknown);
  EXPECT_THAT(steps_of(erp), ElementsAre("quote"));
}

TEST(TrytonSteps, NoWayIsSaidBeforeAnyStep) {
  Sale sale{.state = "done"};
  const Scripted erp = script(std::ref(sale));
  const auto outcome = written(sale, R"({"state":"draft"})", erp);
  EXPECT_EQ(outcome.status, WriteStatus::Rejected);
  EXPECT_THAT(outcome.error->message(), HasSubstr("no declared step"));
  EXPECT_TRUE(steps_of(erp).empty());
}

TEST(TrytonSteps, NoSaleBeginsConfirmed) {
  Sale sale;
  const Scripted erp = script(std::ref(sale));
  const WriteRequest request{.nodes = {{.operation = Operation::Create,
                                        .object = "sale.sale",
                                        .body = R"({"state":"confirmed"})"}}};
  const auto outcomes = erp.adapter->write(sales(), {request}, erp.context());
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(outcomes->front().nodes.front().status, WriteStatus::Rejected);
  EXPECT_TRUE(erp.database->methods().empty());
}

TEST(TrytonSteps, TheSettingsReplaceAWorkflow) {
  Sale sale{.state = "draft"};
  const Scripted erp =
      script(std::ref(sale),
             {.workflows = {{"sale.sale",
                             {.initial = "draft", .steps = {{"draft", "quotation", "quote"}}}}}});
  EXPECT_EQ(written(sale, R"({"state":"confirmed"})", erp).status, WriteStatus::Rejected);
}

}  // namespace
}  // namespace channelbridge::tryton
