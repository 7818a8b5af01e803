// Systems that say later, and by themselves, what became of a write.
#include <filesystem>

#include "documents_support.hpp"

namespace channelbridge::hub {
namespace {

/// Takes writes, and says of them what the test lets it say.
class MailboxSystem final : public FakeSystem {
 public:
  MailboxSystem() : FakeSystem("M") {
    capabilities().answers_later = true;
    alter_page = [](adapter::Page& page) { page.changes.clear(); };  // it shows no objects
  }

  Result<std::vector<adapter::WriteOutcome>> write(
      const adapter::Selection& selection, const std::vector<adapter::WriteRequest>& requests,
      const Context& context) override {
    auto done = FakeSystem::write(selection, requests, context);
    std::vector<adapter::WriteOutcome> out;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      effects[requests[i].number] = done->at(i).nodes;
      out.push_back({{{.status = adapter::WriteStatus::Unknown, .taken = takes}}});
    }
    return out;
  }
  Result<std::vector<adapter::WriteOutcome>> settled(const adapter::Selection&,
                                                     const std::vector<adapter::OpenWrite>& open,
                                                     const Context&) override {
    std::vector<adapter::WriteOutcome> out;
    for (const adapter::OpenWrite& write : open) {
      asked.push_back(write.request.number);
      if (write.repeatable) repeatable.push_back(write.request);
      adapter::WriteOutcome outcome{
          {{.status = adapter::WriteStatus::Unknown,
            .error = Error(ErrorCode::Timeout, "nothing has been said of it"),
            .taken = has_it}}};
      if (speaks && effects.contains(write.request.number)) {
        outcome.nodes = effects.at(write.request.number);
        if (!another.empty()) outcome.nodes.front().key = another;
        if (refuses) {
          outcome.nodes = {{.status = adapter::WriteStatus::Rejected,
                            .error = Error(ErrorCode::Rejected, "not wanted")}};
        }
      }
      out.push_back(std::move(outcome));
    }
    return out;
  }

  std::map<std::string, std::vector<adapter::NodeOutcome>> effects;  ///< by number of the write
  std::vector<std::string> asked;
  std::vector<adapter::WriteRequest> repeatable;  ///< of those that were asked about
  std::string another{};                          ///< every message landed under this key
  bool takes{true};                               ///< it answers that it has what is written
  bool has_it{};                                  ///< and says so when it is asked
  bool speaks{};
  bool refuses{};
};

class LaterAnswers : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    config_.systems[1] = {"b", mailbox_};
    open();
    key_ = a_->add({{"Id", "A1"}, {"Topic", "one"}, {"LastName", "Ek"}, {"Status", "New"}});
  }
  std::string explained() {
    auto rows = hub_->store().records_changed("lead", 0, 10);
    EXPECT_TRUE(rows && !rows->empty());
    auto text = hub_->explain("lead", rows->front().id);
    return text ? *text : "";
  }

  std::shared_ptr<MailboxSystem> mailbox_ = std::make_shared<MailboxSystem>();
  std::string key_;
};

TEST_F(LaterAnswers, AreWaitedForFromTheSystemThatOwesThem) {
  sync();
  a_->edit(key_, {{"Topic", "two"}});
  for (int i = 0; i < 2; ++i) {
    open();
    sync();
    const std::vector<Waiting> waits = *hub_->waiting(5);
    ASSERT_EQ(waits.size(), 1U);
    EXPECT_EQ(waits[0].rule, "answer_outstanding");
    EXPECT_NE(waits[0].detail.find("nothing has been said of it"), std::string::npos);
    EXPECT_EQ(waits[0].ends, "when b says what became of it, or a person does in its place");
  }
  mailbox_->speaks = true;
  for (int i = 0; i < 2; ++i) sync();
  EXPECT_TRUE(hub_->waiting(5)->empty());
  EXPECT_EQ(mailbox_->journal().size(), 2U) << "the edit has gone, too";
}

TEST_F(LaterAnswers, StayOpenUntilTheSystemSpeaks) {
  EXPECT_EQ(of(sync(), "b-leads").unknown, 1U);
  open();
  EXPECT_EQ(of(sync(), "b-leads").unknown, 1U);
  EXPECT_EQ(mailbox_->journal().size(), 1U);  // not sent again
  EXPECT_NE(explained().find("nothing has been said of it"), std::string::npos) << explained();
  mailbox_->speaks = true;
  open();
  const RunReport report = sync();
  EXPECT_EQ(of(report, "b-leads").unknown, 0U);
  EXPECT_EQ(of(report, "b-leads").created, 1U);
  EXPECT_EQ(mailbox_->journal().size(), 1U);
  for (const std::string& number : mailbox_->asked) EXPECT_EQ(number, mailbox_->asked.front());
  std::vector<PlannedAction> actions;
  plan(&actions);
  EXPECT_TRUE(actions.empty());
}

TEST_F(LaterAnswers, ThatComeInTheSameRunEndIt) {
  mailbox_->speaks = true;
  const RunReport report = sync();
  EXPECT_EQ(of(report, "b-leads").created, 1U);
  EXPECT_EQ(of(report, "b-leads").unknown, 0U);
  a_->edit(key_, {{"Topic", "two"}});
  EXPECT_EQ(of(sync(), "b-leads").updated, 1U);
  EXPECT_EQ(mailbox_->journal().size(), 2U);
}

TEST_F(LaterAnswers, ThatRefuseAreDeadLetters) {
  mailbox_->speaks = mailbox_->refuses = true;
  const RunReport report = sync();
  EXPECT_EQ(of(report, "b-leads").dead_letters, 1U);
  EXPECT_EQ(of(report, "b-leads").unknown, 0U);
  EXPECT_EQ(mailbox_->journal().size(), 1U);
}

TEST_F(LaterAnswers, WhatChangesMeanwhileWaits) {
  sync();
  a_->edit(key_, {{"Topic", "two"}});
  sync();
  EXPECT_EQ(mailbox_->journal().size(), 1U);  // one at a time
  mailbox_->speaks = true;
  sync();
  ASSERT_EQ(mailbox_->journal().size(), 2U);
  EXPECT_EQ(mailbox_->journal().back().body.value("Topic", ""), "two");
}

TEST_F(LaterAnswers, OneThatTheSystemHasIsNeverRepeatable) {
  sync();
  open();
  sync();
  EXPECT_TRUE(mailbox_->repeatable.empty());
}

TEST_F(LaterAnswers, OneThatIsLostIsTheSameUntilTheSystemHasIt) {
  mailbox_->takes = false;
  sync();
  a_->edit(key_, {{"Topic", "two"}});
  open();
  sync();
  ASSERT_EQ(mailbox_->repeatable.size(), 2U);
  const adapter::WriteRequest& first = mailbox_->repeatable.front();
  const adapter::WriteRequest& again = mailbox_->repeatable.back();
  EXPECT_EQ(first.number, again.number);
  EXPECT_EQ(first.decided, again.decided);
  EXPECT_EQ(first.nodes.front().body, again.nodes.front().body);
  EXPECT_EQ(mailbox_->journal().size(), 1U) << "what is younger waits for it";
  mailbox_->has_it = true;
  sync();
  mailbox_->repeatable.clear();
  mailbox_->has_it = false;
  open();
  sync();
  EXPECT_TRUE(mailbox_->repeatable.empty()) << "what was said once is remembered";
}

TEST_F(LaterAnswers, ARunThatOnlyLinksRepeatsNothing) {
  mailbox_->takes = false;
  sync();
  mailbox_->repeatable.clear();
  sync({.link_only = true});
  EXPECT_TRUE(mailbox_->repeatable.empty());
}

TEST_F(LaterAnswers, ThatNameAnotherRecordsObjectAreALetterWithBoth) {
  mailbox_->speaks = true;
  sync();
  const std::string first = hub_->store().records_changed("lead", 0, 10)->front().id;
  mailbox_->another = "M1";
  const std::string second = a_->add({{"Id", "A2"}, {"Topic", "two"}, {"LastName", "Ek"}});
  const RunReport report = sync();
  EXPECT_EQ(of(report, "b-leads").unknown, 0U) << "nobody waits for a word that has been said";
  const auto letters = hub_->store().dead_letters(true, 10).value();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].rule, "possible_duplicate");
  EXPECT_NE(letters[0].record, first);
  for (const std::string& named : {first, letters[0].record, std::string("M1")})
    EXPECT_NE(letters[0].message.find(named), std::string::npos) << letters[0].message;
  const auto pairs = hub_->store().duplicates().value();
  ASSERT_EQ(pairs.size(), 1U);
  EXPECT_EQ(std::set<std::string>({pairs[0].record, pairs[0].other}),
            std::set<std::string>({first, letters[0].record}));

  a_->edit(second, {{"Topic", "three"}});
  sync();
  EXPECT_EQ(mailbox_->journal().size(), 2U) << "it would land there once more";
}

/// Orders with lines to such a system.
class LaterOrder : public DocumentsTest {
 protected:
  void SetUp() override {
    DocumentsTest::SetUp();
    config_.systems[1] = {"b", mailbox_};
    open();
    key_ = a_->add(order());
  }
  std::shared_ptr<MailboxSystem> mailbox_ = std::make_shared<MailboxSystem>();
};

TEST_F(LaterOrder, ALineThatIsRemovedBeforeTheAnswerIsRemovedThereToo) {
  sync();
  nlohmann::json fewer = a_->at(key_).fields["Lines"];
  fewer.erase(1);
  a_->edit(key_, {{"Lines", fewer}, {"Net", 50}, {"Total", 50}});
  sync();
  ASSERT_THAT(mailbox_->at("M1").fields["Lines"], ::testing::SizeIs(2));
  mailbox_->speaks = true;
  sync();
  sync();
  EXPECT_THAT(mailbox_->at("M1").fields["Lines"], ::testing::SizeIs(1));
  EXPECT_THAT(a_->at(key_).fields["Lines"], ::testing::SizeIs(1));
  EXPECT_TRUE(plan().empty());
}

/// A run that is killed leaves the store as it was at that moment.
class KilledRun : public LaterAnswers {
 protected:
  /// Makes `count` leads and a copy of the store when the message `at` leaves.
  void send_and_kill(int count, int at) {
    for (int i = 1; i < count; ++i)
      a_->add({{"Topic", "T" + std::to_string(i)}, {"LastName", "Ek"}, {"Status", "New"}});
    int sent = 0;
    mailbox_->before_write =
        [&](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
      if (++sent == at) {
        for (const char* part : {"hub.db", "hub.db-wal"})
          std::filesystem::copy_file(folder_ / part, folder_ / (std::string("copy-") + part));
      }
      return std::nullopt;
    };
    sync();
    mailbox_->before_write = nullptr;
    hub_.reset();
    std::filesystem::remove(folder_ / "hub.db-shm");
    for (const char* part : {"hub.db", "hub.db-wal"})
      std::filesystem::rename(folder_ / (std::string("copy-") + part), folder_ / part);
    open();
  }
};

TEST_F(KilledRun, WaitsForTheMessageThatWasLeavingAndSendsTheRest) {
  mailbox_->capabilities().batch_records = 1;
  send_and_kill(5, 3);
  // The copy is the store of a process that was killed with its third message: only two and this
  // one had left.
  mailbox_->effects.clear();
  mailbox_->repeatable.clear();
  const std::size_t before = mailbox_->journal().size();
  const RunReport report = sync();
  EXPECT_EQ(mailbox_->journal().size() - before, 2U) << "those that never left";
  EXPECT_EQ(mailbox_->repeatable.size(), 1U) << "the one that was leaving";
  EXPECT_EQ(of(report, "b-leads").unknown, 5U);
}

}  // namespace
}  // namespace channelbridge::hub
