// Systems whose documents are messages: each is said once, and none shows the object as it is.
#include "hub_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::SizeIs;

/// Sends messages, and says later what became of writes.
class MessageSystem final : public FakeSystem {
 public:
  MessageSystem() : FakeSystem("M") {
    capabilities().versions = adapter::Versions::Messages;
    capabilities().conditional = false;
    capabilities().answers_later = true;
    capabilities().reply = adapter::Reply::None;
  }

  /// `correlation`: the record whose object it is, by our mark.
  void says(const std::string& key, int version, nlohmann::json fields, bool full = false,
            const std::string& correlation = {}) {
    fields["Id"] = key;
    messages_.push_back(
        {.key = key,
         .version = std::to_string(version),
         .modified = Timestamp(std::chrono::seconds(1'700'000'000 + version)),
         .correlation = correlation,
         .document = document::Document::of(fields.dump(), document::Format::Json, full)});
  }

  /// All but the first `count` have been moved away.
  void forget(std::size_t count) { messages_.resize(count); }

  Result<adapter::Page> read(const adapter::Selection&, const adapter::Cursor& cursor, std::size_t,
                             const Context&) override {
    adapter::Page page{.next = std::to_string(messages_.size()), .end = true};
    const std::size_t from = cursor.empty() ? 0 : std::stoul(cursor);
    page.changes.assign(messages_.begin() + static_cast<std::ptrdiff_t>(from), messages_.end());
    return page;
  }
  Result<adapter::Change> read_by_key(const adapter::Selection&, std::string_view key,
                                      const Context&) override {
    for (auto message = messages_.rbegin(); message != messages_.rend(); ++message)
      if (message->key == key) return *message;
    return Error(ErrorCode::NotFound, "nothing has been said of it");
  }
  Result<adapter::Page> read_by_keys(const adapter::Selection& selection,
                                     const std::vector<std::string>& keys,
                                     const Context& context) override {
    adapter::Page page{.end = true};
    for (const std::string& key : keys) {
      auto newest = read_by_key(selection, key, context);
      if (newest) page.changes.push_back(*std::move(newest));
    }
    return page;
  }
  Result<std::vector<adapter::WriteOutcome>> write(
      const adapter::Selection&, const std::vector<adapter::WriteRequest>& requests,
      const Context&) override {
    std::vector<adapter::WriteOutcome> out;
    for (const adapter::WriteRequest& request : requests) {
      sent.push_back(request);
      out.push_back({{{.status = adapter::WriteStatus::Unknown}}});
    }
    return out;
  }
  Result<std::vector<adapter::WriteOutcome>> settled(const adapter::Selection&,
                                                     const std::vector<adapter::OpenWrite>& open,
                                                     const Context&) override {
    std::vector<adapter::WriteOutcome> out;
    for (const adapter::OpenWrite& write : open) {
      adapter::NodeOutcome outcome{.status = adapter::WriteStatus::Unknown};
      if (!posted.empty()) {
        const std::string& key = write.request.nodes.front().key;
        outcome = {.status = adapter::WriteStatus::Updated,
                   .key = key.empty() ? created_as : key,
                   .version = posted};
      }
      out.push_back({{std::move(outcome)}});
    }
    return out;
  }

  std::vector<adapter::WriteRequest> sent;
  std::string posted{};  ///< the status of every open write; "" = none yet
  std::string created_as{};

 private:
  std::vector<adapter::Change> messages_;
};

class MessagesOfASystem : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    config_.systems[1] = {"b", erp_};
    config_.spokes[1].first_contact = FirstContact::System;
    open();
  }
  std::vector<store::DeadLetterRow> letters() {
    return hub_->store().dead_letters(true, 10).value();
  }
  store::LinkRow link() {
    auto rows = hub_->store().links_by_key("b-leads", {"M1"});
    EXPECT_TRUE(rows && rows->size() == 1U);
    return rows && !rows->empty() ? rows->front() : store::LinkRow{};
  }
  /// One lead there and here, in line.
  void meet() {
    erp_->says("M1", 1, {{"Topic", "one"}, {"LastName", "Ek"}, {"Email", "ek@a.se"}}, true);
    sync();
    ASSERT_EQ(a_->objects().size(), 1U);
  }
  static nlohmann::json unreadable() { return {{"Status", "no such state"}}; }

  std::shared_ptr<MessageSystem> erp_ = std::make_shared<MessageSystem>();
};

TEST_F(MessagesOfASystem, TheSameWordsOnOurWriteAreTheUsersWord) {
  meet();
  erp_->says("M1", 10, {{"Topic", "A"}});
  sync();
  a_->edit("A1", {{"Topic", "B"}});
  sync();
  ASSERT_THAT(erp_->sent, SizeIs(1));
  erp_->says("M1", 12, {{"Topic", "A"}});
  sync();
  erp_->posted = "11";
  sync();
  EXPECT_EQ(a_->at("A1").fields["Topic"], "A");
  EXPECT_THAT(erp_->sent, SizeIs(1)) << "and is not written over";
}

TEST_F(MessagesOfASystem, TheSameWordsAreNotForgottenForOlderOnes) {
  meet();
  erp_->says("M1", 10, {{"Topic", "A"}});
  sync();
  erp_->says("M1", 12, {{"Topic", "A"}});
  erp_->says("M1", 11, {{"Topic", "B"}});
  sync();
  EXPECT_EQ(a_->at("A1").fields["Topic"], "A");
}

TEST_F(MessagesOfASystem, OfAnObjectThatWeMakeAreHeardAll) {
  for (const bool marked : {true, false}) {  // they name our record, or are found by their key
    const std::string email = marked ? "one@a.se" : "two@a.se";
    const std::string object = marked ? "M8" : "M9";
    const std::string key = a_->add({{"Topic", "one"}, {"LastName", "Ek"}, {"Email", email}});
    erp_->posted = "";
    sync();
    ASSERT_FALSE(erp_->sent.empty());
    const std::string mark = marked ? erp_->sent.back().correlation : "";
    erp_->says(object, 6, {{"Topic", "corrected"}, {"Email", email}}, false, mark);
    erp_->says(object, 7, {{"LastName", "Ekman"}, {"Email", email}}, false, mark);
    sync();
    erp_->created_as = object;
    erp_->posted = "5";
    sync();
    EXPECT_EQ(a_->at(key).fields["Topic"], "corrected") << marked;
    EXPECT_EQ(a_->at(key).fields["LastName"], "Ekman") << marked;
  }
  EXPECT_THAT(letters(), SizeIs(0));
}

TEST_F(MessagesOfASystem, AnOlderOneLeavesTheLetterOfAYoungerOneOpen) {
  meet();
  erp_->says("M1", 10, unreadable());
  sync();
  ASSERT_THAT(letters(), SizeIs(1));
  // Said once more, late, and from before all that.
  erp_->says("M1", 1, {{"Topic", "one"}, {"LastName", "Ek"}, {"Email", "ek@a.se"}}, true);
  sync();
  erp_->says("M1", 5, {{"Topic", "five"}, {"LastName", "Ek"}, {"Email", "ek@a.se"}}, true);
  sync();
  EXPECT_EQ(a_->at("A1").fields["Topic"], "five");
  erp_->says("M1", 4, {{"Topic", "four"}, {"LastName", "Ek"}, {"Email", "ek@a.se"}}, true);
  sync();
  EXPECT_THAT(letters(), SizeIs(1));
  EXPECT_TRUE(link().stale);
  a_->edit("A1", {{"Topic", "hub"}});
  sync();
  EXPECT_THAT(erp_->sent, SizeIs(0)) << "nothing goes over what was not understood";
  erp_->says("M1", 12, {{"Topic", "twelve"}, {"LastName", "Ek"}, {"Email", "ek@a.se"}}, true);
  sync();
  EXPECT_THAT(letters(), SizeIs(0));
  EXPECT_FALSE(link().stale);
}

TEST_F(MessagesOfASystem, ABrokenOlderOneDoesNotTakeTheLetterOfAYoungerOne) {
  meet();
  erp_->says("M1", 10, unreadable());
  sync();
  erp_->says("M1", 5, {{"Topic", "five"}, {"Status", "none such"}}, true);
  sync();
  EXPECT_THAT(letters(), SizeIs(2));
}

TEST_F(MessagesOfASystem, AnOlderOneThatMakesTheObjectLeavesTheLetterOfAYoungerOneOpen) {
  const nlohmann::json whole{{"LastName", "Ek"}, {"Email", "ek@a.se"}};
  const auto full = [&](const std::string& topic) {
    nlohmann::json out = whole;
    out["Topic"] = topic;
    return out;
  };
  erp_->says("M1", 10, unreadable());
  sync();
  ASSERT_THAT(letters(), SizeIs(1));
  // Nor does an older one that cannot be read take its place.
  erp_->says("M1", 4, {{"Topic", "four"}, {"Status", "none such"}}, true);
  sync();
  EXPECT_THAT(letters(), SizeIs(2));
  erp_->says("M1", 5, full("five"), true);
  sync();
  EXPECT_EQ(a_->at("A1").fields["Topic"], "five");
  EXPECT_FALSE(letters().empty());
  EXPECT_TRUE(link().stale);
  a_->edit("A1", {{"Topic", "hub"}});
  sync();
  EXPECT_THAT(erp_->sent, SizeIs(0)) << "nothing goes over what was not understood";
  erp_->says("M1", 12, full("twelve"), true);
  sync();
  EXPECT_THAT(letters(), SizeIs(0));
  EXPECT_FALSE(link().stale);
}

TEST_F(MessagesOfASystem, OfAnObjectThatWeMakeTheUnreadHoldBackWhatIsWritten) {
  a_->add({{"Topic", "one"}, {"LastName", "Ek"}, {"Email", "ek@a.se"}});
  sync();
  ASSERT_THAT(erp_->sent, SizeIs(1));
  erp_->says("M1", 10, unreadable());
  sync();
  ASSERT_THAT(letters(), SizeIs(1));
  erp_->created_as = "M1";
  erp_->posted = "5";
  sync();
  EXPECT_TRUE(link().stale);
  a_->edit("A1", {{"Topic", "hub"}});
  sync();
  EXPECT_THAT(erp_->sent, SizeIs(1)) << "nothing goes over what was not understood";
  erp_->says("M1", 12, {{"Topic", "twelve"}, {"LastName", "Ek"}, {"Email", "ek@a.se"}}, true);
  sync();
  EXPECT_FALSE(link().stale);
}

TEST_F(MessagesOfASystem, AReplayedLetterLetsGoWhatItHeldBack) {
  meet();
  erp_->says("M1", 10, unreadable());
  erp_->says("M1", 11, {{"Status", "nor this"}});
  sync();
  a_->edit("A1", {{"Topic", "hub"}});
  sync();
  ASSERT_THAT(erp_->sent, SizeIs(0));
  ASSERT_THAT(letters(), SizeIs(2));
  ASSERT_TRUE(hub_->replay(letters().front().id, Context()));
  EXPECT_TRUE(link().stale) << "the other is open";
  ASSERT_TRUE(hub_->replay(letters().front().id, Context()));
  EXPECT_FALSE(link().stale);
  erp_->forget(1);  // both have been moved away
  sync();
  EXPECT_THAT(erp_->sent, SizeIs(1));
}

}  // namespace
}  // namespace channelbridge::hub
