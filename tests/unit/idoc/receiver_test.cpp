// What an XML HTTP port of SAP posts to us.
#include "channelbridge/adapter/receiver.hpp"

#include <gmock/gmock.h>

#include "channelbridge/http/encoding.hpp"
#include "sap_system.hpp"

namespace channelbridge::idoc {
namespace {

using test::SapSystem;
namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Options posting() { return {.posts_user = "ERP", .posts_password = Secret("Welcome1")}; }

class ReceiverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = system_.adapter->receiver();
    ASSERT_TRUE(made) << to_string(made.error());
    receiver_ = *made;
  }
  static http::Received post(std::string body) {
    return {.path = "/erp",
            .headers = {{"Authorization", "Basic " + http::base64("ERP:Welcome1")},
                        {"Content-Type", "text/xml; charset=utf-8"}},
            .body = std::move(body)};
  }
  int status(const http::Received& request) {
    auto answer = receiver_->take(request);
    EXPECT_TRUE(answer) << (answer ? "" : to_string(answer.error()));
    return answer ? answer->status : 0;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(system_.folder))
      out.push_back(entry.path().filename().string());
    return out;
  }

  SapSystem system_{posting()};
  std::shared_ptr<adapter::Receiver> receiver_;
};

TEST_F(ReceiverTest, WhatIsAnsweredWith200IsReadNext) {
  const auto answer =
      receiver_->take(post(SapSystem::confirmation("0000000000700001", "PO-1", "")));
  ASSERT_TRUE(answer) << to_string(answer.error());
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(answer->body, HasSubstr("IDoc-XML-inbound ok"));
  const adapter::Page page = system_.read(system_.confirmations);
  ASSERT_EQ(page.changes.size(), 1U);
  EXPECT_EQ(page.changes[0].key, "0000301800,PO-1");
}

TEST_F(ReceiverTest, ATransferThatIsRepeatedIsKeptOnce) {
  const http::Received first = post(SapSystem::confirmation("1", "PO-1", ""));
  EXPECT_EQ(status(first), 200);
  EXPECT_EQ(status(first), 200);
  EXPECT_EQ(files().size(), 1U);
  EXPECT_EQ(status(post(SapSystem::confirmation("2", "PO-1", ""))), 200);
  EXPECT_EQ(files().size(), 2U);
}

TEST_F(ReceiverTest, AnIdocThatBreaksTheRulesIsTakenAndSetAside) {
  EXPECT_EQ(status(post("<ORDERS05><IDOC BEGIN=\"1\"><E1EDK01/></IDOC></ORDERS05>")), 200);
  const adapter::Page page = system_.read(system_.confirmations);
  ASSERT_EQ(page.unreadable.size(), 1U);
}

TEST_F(ReceiverTest, NamesOfFilesAreNoPaths) {
  std::string text = SapSystem::confirmation("1", "PO-1", "");
  text.replace(text.find("ORDRSP"), 6, "../../etc/x");
  text.replace(text.find("<DOCNUM>1"), 9, "<DOCNUM>/../1");
  EXPECT_EQ(status(post(text)), 200);
  ASSERT_EQ(files().size(), 1U);
  EXPECT_THAT(files().front(), StartsWith("------etc-x_----1_"));
}

TEST_F(ReceiverTest, RefusesWhatIsNoneOfItsSystem) {
  const std::string good = SapSystem::confirmation("1", "PO-1", "");
  http::Received stranger = post(good);
  stranger.headers.set("Authorization", "Basic " + http::base64("ERP:wrong"));
  const auto answer = receiver_->take(stranger);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 401);
  EXPECT_THAT(answer->headers.get("WWW-Authenticate").value_or(""), StartsWith("Basic "));

  http::Received asked = post(good);
  asked.method = "GET";
  EXPECT_EQ(status(asked), 405);
  http::Received json = post(good);
  json.headers.set("Content-Type", "application/json");
  EXPECT_EQ(status(json), 415);
  for (const char* text : {"", "<ORDERS05>", "<ORDERS05/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"})
    EXPECT_EQ(status(post(text)), 400) << text;
  EXPECT_TRUE(files().empty());
}

TEST_F(ReceiverTest, WhatCannotBeStoredIsNotAnswered) {
  fs::remove_all(system_.folder);
  const auto answer = receiver_->take(post(SapSystem::confirmation("1", "PO-1", "")));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Internal);
}

TEST(NoReceiverTest, SaysWhatIsMissing) {
  SapSystem system;
  const auto receiver = system.adapter->receiver();
  ASSERT_FALSE(receiver);
  EXPECT_EQ(receiver.error().code(), ErrorCode::Invalid);
  EXPECT_THAT(receiver.error().message(), HasSubstr("posts.user"));
}

TEST(NoReceiverTest, ASettingThatCannotWorkIsNamed) {
  for (const auto& [options, named] :
       {std::pair(Options{.listing = "/idocs/", .posts_user = "ERP", .posts_password = Secret("a")},
                  "received"),
        std::pair(Options{.received = "in", .posts_user = "ERP"}, "posts.password"),
        std::pair(Options{.received = "in", .posts_user = "E:P", .posts_password = Secret("a")},
                  "posts.user")}) {
    Options with = options;
    with.partner = {.number = "ERPCLNT100"};
    with.self = {.number = "CHBRIDGE"};
    const auto made = make_adapter(std::make_shared<test::Port>(), {.system = "erp"}, with);
    ASSERT_FALSE(made);
    EXPECT_THAT(to_string(made.error()), HasSubstr(named));
  }
}

}  // namespace
}  // namespace channelbridge::idoc
