#include "hub_support.hpp"
#include "sync_calls.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using SyncTest = HubTest;

TEST_F(SyncTest, CarriesALeadAcrossAndWritesNothingTheSecondTime) {
  a_->add(
      {{"Topic", "Pumps"}, {"LastName", "Lind"}, {"Email", "a@example.com"}, {"Status", "New"}});
  const RunReport first = sync();
  EXPECT_EQ(of(first, "b-leads").created, 1U);
  ASSERT_THAT(b_->journal(), SizeIs(1));
  EXPECT_EQ(b_->journal()[0].body["Topic"], "Pumps");
  EXPECT_EQ(b_->journal()[0].body["Status"], "New");
  EXPECT_FALSE(b_->journal()[0].correlation.empty());
  const RunReport second = sync();
  EXPECT_EQ(second.written(), 0U);
  EXPECT_THAT(b_->journal(), SizeIs(1));
  EXPECT_THAT(a_->journal(), SizeIs(0));
}

TEST_F(SyncTest, EditsFlowBothWays) {
  const std::string key =
      a_->add({{"Topic", "Pumps"}, {"LastName", "Lind"}, {"Email", "a@example.com"}});
  sync();
  const std::string other = b_->journal()[0].key;
  a_->edit(key, {{"Topic", "Pumps and valves"}});
  b_->edit(other, {{"LastName", "Lindqvist"}});
  sync();
  EXPECT_EQ(b_->at(other).fields["Topic"], "Pumps and valves");
  EXPECT_EQ(a_->at(key).fields["LastName"], "Lindqvist");
  EXPECT_TRUE(plan().empty());
}

TEST_F(SyncTest, APlanShowsWritesFieldByFieldAndTouchesNothing) {
  const std::string key = a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  std::vector<PlannedAction> actions;
  EXPECT_FALSE(plan(&actions).empty());
  ASSERT_THAT(actions, SizeIs(1));
  EXPECT_TRUE(actions[0].create);
  EXPECT_EQ(b_->writes, 0U);
  EXPECT_EQ(hub_->store().last_change().value(), 0);
  sync();
  a_->edit(key, {{"Topic", "Valves"}});
  actions.clear();
  plan(&actions);
  ASSERT_THAT(actions, SizeIs(1));
  ASSERT_THAT(actions[0].fields, SizeIs(1));
  EXPECT_EQ(actions[0].fields[0].path, "topic");
  EXPECT_EQ(actions[0].fields[0].shown, "Pumps");
  EXPECT_EQ(actions[0].fields[0].written, "Valves");
}

TEST_F(SyncTest, AManualConflictWaitsForAPersonAndHisDecisionIsCarried) {
  config_.entities["lead"].policies.groups["topic"] = {Policy::Kind::Manual, ""};
  open();
  const std::string key = a_->add({{"Topic", "one"}, {"Email", "a@example.com"}});
  sync();
  const std::string other = b_->journal()[0].key;
  a_->edit(key, {{"Topic", "from a"}});
  b_->edit(other, {{"Topic", "from b"}});
  const RunReport report = sync();
  EXPECT_TRUE(report.set_aside());
  const auto conflicts = hub_->store().conflicts().value();
  ASSERT_THAT(conflicts, SizeIs(1));
  EXPECT_EQ(conflicts[0].group, "topic");
  EXPECT_NE(a_->at(key).fields["Topic"], b_->at(other).fields["Topic"]);
  ASSERT_TRUE(hub_->resolve_conflict(conflicts[0].spoke, conflicts[0].key, "topic", Keep::System,
                                     Context()));
  sync();
  EXPECT_EQ(a_->at(key).fields["Topic"], b_->at(other).fields["Topic"]);
  EXPECT_THAT(hub_->store().conflicts().value(), SizeIs(0));
}

TEST_F(SyncTest, AddingAFilledSystemMakesNoDouble) {
  for (int i = 0; i < 5; ++i) {
    const std::string mail = "p" + std::to_string(i) + "@example.com";
    a_->add({{"Topic", "t"}, {"Email", mail}});
    if (i % 2 == 0) b_->add({{"Topic", "t"}, {"Email", mail}});
  }
  sync();
  EXPECT_THAT(b_->journal(), SizeIs(2));
  EXPECT_THAT(a_->journal(), SizeIs(0));
  EXPECT_EQ(hub_->store().counts().value().records, 5);
}

TEST_F(SyncTest, ALostAnswerIsResolvedByLookingAndNeverSentAgain) {
  int lost = 0;
  b_->lose_answer = [&](const adapter::WriteRequest&) { return lost++ == 0; };
  a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_EQ(hub_->store().counts().value().open_intents, 0);
  const std::string other = b_->journal()[0].key;
  const auto key = a_->objects().begin()->first;
  lost = 0;
  a_->edit(key, {{"Topic", "Valves"}});
  sync();
  EXPECT_THAT(b_->journal(), SizeIs(2));
  EXPECT_EQ(b_->at(other).fields["Topic"], "Valves");
  EXPECT_EQ(sync().written(), 0U);
}

TEST_F(SyncTest, AnAnswerLostBeforeTheEffectIsPlannedAfresh) {
  int failed = 0;
  b_->before_write = [&](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
    if (failed++ > 0) return std::nullopt;
    return adapter::NodeOutcome{
        .status = adapter::WriteStatus::Unknown,
        .error = Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer)};
  };
  a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  sync();
  EXPECT_THAT(b_->journal(), SizeIs(1));
}

TEST_F(SyncTest, AnIntentIsOnTheDiskBeforeTheFirstByteLeaves) {
  const std::string key = a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  a_->edit(key, {{"Topic", "Valves"}});
  const int before = support::sync_calls();
  int at_write = before;
  b_->before_write = [&](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
    at_write = support::sync_calls();
    return std::nullopt;
  };
  sync();
  EXPECT_GT(at_write, before) << "after a loss of power nobody would know of the write";
}

TEST_F(SyncTest, TheCursorMovesWithItsPageOrNotAtAll) {
  config_.spokes[0].mapping =
      mapping_of(std::string(kLeads) + "  score: { path: Score, absent: error }\n");
  open();
  a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}, {"Score", 1}});
  sync();
  const std::string key = a_->add({{"Topic", "Valves"}, {"Email", "b@example.com"}});
  expect_stop_ = true;
  sync();  // a field that is always there is gone: the spoke stops
  expect_stop_ = false;
  EXPECT_EQ(hub_->store().counts().value().records, 1);
  a_->at(key).fields["Score"] = 2;  // the feed does not bring it again
  sync();
  EXPECT_EQ(hub_->store().counts().value().records, 2);
}

TEST_F(SyncTest, AnIntentIsStoredBeforeTheFirstByteLeaves) {
  std::vector<std::string> stored;
  b_->before_write = [&](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
    const auto intents = hub_->store().intents("b-leads", {store::IntentState::Sending}).value();
    for (const store::IntentRow& intent : intents) stored.push_back(intent.record);
    return std::nullopt;
  };
  a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  ASSERT_THAT(b_->journal(), SizeIs(1));
  EXPECT_THAT(stored, ElementsAre(b_->journal()[0].correlation));
}

TEST_F(SyncTest, AParkedLaneIsNotWokenByALookAtItsObject) {
  const std::string key = a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  const std::string other = b_->journal()[0].key;
  b_->before_write = [&](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Rejected,
                                .error = Error(ErrorCode::Rejected, "no")};
  };
  a_->edit(key, {{"Topic", "bad"}});
  sync();
  ASSERT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(1));
  const std::uint64_t writes = b_->writes;
  b_->edit(other, {{"Unmapped", "x"}});
  sync();
  EXPECT_EQ(b_->writes, writes);
}

TEST_F(SyncTest, ARefusedWriteIsADeadLetterThatParksOnlyItsLane) {
  b_->before_write =
      [&](const adapter::WriteRequest& request) -> std::optional<adapter::NodeOutcome> {
    if (request.nodes[0].body.find("bad") == std::string::npos) return std::nullopt;
    return adapter::NodeOutcome{
        .status = adapter::WriteStatus::Rejected,
        .error = Error(ErrorCode::Rejected, "no").with_remote("BAD_TOPIC", "not this")};
  };
  const std::string bad = a_->add({{"Topic", "bad"}, {"Email", "a@example.com"}});
  a_->add({{"Topic", "good"}, {"Email", "b@example.com"}});
  const RunReport report = sync();
  EXPECT_EQ(of(report, "b-leads").created, 1U);
  auto letters = hub_->store().dead_letters(true, 10).value();
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_EQ(letters[0].rule, "BAD_TOPIC");
  EXPECT_THAT(letters[0].payload, HasSubstr("bad"));
  const std::uint64_t writes = b_->writes;
  sync();
  EXPECT_EQ(b_->writes, writes) << "a parked lane is not tried again by itself";
  a_->edit(bad, {{"Topic", "better"}});
  sync();
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(0));
  EXPECT_THAT(b_->objects(), SizeIs(2));
}

TEST_F(SyncTest, AReplayedLetterIsTriedAgain) {
  bool refuse = true;
  b_->before_write = [&](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
    if (!refuse) return std::nullopt;
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Rejected,
                                .error = Error(ErrorCode::Rejected, "no")};
  };
  a_->add({{"Topic", "t"}, {"Email", "a@example.com"}});
  sync();
  const auto letters = hub_->store().dead_letters(true, 10).value();
  ASSERT_THAT(letters, SizeIs(1));
  refuse = false;
  ASSERT_TRUE(hub_->replay(letters[0].id.substr(0, 20), Context()));
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(0));
}

TEST_F(SyncTest, ADocumentThatCannotBeReadIsSetAsideAndTheRestFlows) {
  const std::string bad =
      a_->add({{"Topic", "t"}, {"Email", "a@example.com"}, {"Status", "NoSuchStatus"}});
  a_->add({{"Topic", "t2"}, {"Email", "b@example.com"}});
  const RunReport report = sync();
  EXPECT_EQ(of(report, "b-leads").created, 1U);
  auto letters = hub_->store().dead_letters(true, 10).value();
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_EQ(letters[0].key, bad);
  EXPECT_THAT(letters[0].message, HasSubstr("NoSuchStatus"));
  EXPECT_GT(letters[0].line, 0);
  a_->edit(bad, {{"Status", "New"}});
  sync();
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(0));
  EXPECT_THAT(b_->objects(), SizeIs(2));
}

TEST_F(SyncTest, NothingIsPushedOverADocumentThatWasNotUnderstood) {
  const std::string key = a_->add({{"Topic", "t"}, {"Email", "a@example.com"}});
  sync();
  const std::string other = b_->journal()[0].key;
  b_->edit(other, {{"Status", "Unheard"}});
  a_->edit(key, {{"Topic", "new"}});
  sync();
  EXPECT_EQ(b_->at(other).fields["Topic"], "t");
  b_->edit(other, {{"Status", "New"}});
  sync();
  EXPECT_EQ(b_->at(other).fields["Topic"], "new");
}

TEST_F(SyncTest, ADeleteClosesTheLinkAndGoesNoFurther) {
  const std::string key = a_->add({{"Topic", "t"}, {"Email", "a@example.com"}});
  sync();
  const std::string other = b_->journal()[0].key;
  b_->remove(other);
  const RunReport report = sync();
  EXPECT_EQ(of(report, "b-leads").deleted, 1U);
  EXPECT_FALSE(a_->at(key).deleted);
  a_->edit(key, {{"Topic", "still here"}});
  sync();
  EXPECT_THAT(b_->journal(), SizeIs(1)) << "a closed link is never recreated by push";
}

TEST_F(SyncTest, WhatTheSystemNormalisesIsNotWrittenAgain) {
  b_->normalise = [](nlohmann::json& body) {
    if (body.contains("LastName") && body["LastName"].is_string()) {
      std::string name = body["LastName"];
      for (char& c : name) c = static_cast<char>(std::toupper(c));
      body["LastName"] = name;
    }
  };
  const std::string key =
      a_->add({{"Topic", "t"}, {"LastName", "Lind"}, {"Email", "a@example.com"}});
  sync();
  const RunReport second = sync();
  EXPECT_EQ(of(second, "b-leads").normalised, 1U);
  EXPECT_EQ(second.written(), 0U);
  EXPECT_EQ(a_->at(key).fields["LastName"], "Lind");
  EXPECT_TRUE(plan().empty());
}

TEST_F(SyncTest, AReferenceIsKeptPendingAndSentWhenItsRecordArrives) {
  config_.spokes.push_back({.name = "a-partners", .system = "a", .mapping = mapping_of(kPartners)});
  auto accounts_a = std::make_shared<FakeSystem>("PA");
  auto accounts_b = std::make_shared<FakeSystem>("PB");
  config_.systems = {{"a", a_}, {"b", b_}, {"pa", accounts_a}, {"pb", accounts_b}};
  // Leads and partners live in the same configured system; two fakes stand for its two objects.
  config_.spokes = {{.name = "a-leads", .system = "a", .mapping = mapping_of(kLeads)},
                    {.name = "b-leads", .system = "b", .mapping = mapping_of(kLeads)}};
  open();
  a_->add({{"Topic", "t"}, {"Email", "a@example.com"}, {"Account", "PA1"}});
  sync();
  ASSERT_THAT(b_->journal(), SizeIs(1));
  EXPECT_FALSE(b_->journal()[0].body.contains("Account"))
      << "an unknown reference is withheld, never written as null";
  const auto rows = hub_->store().records_changed("lead", 0, 10).value();
  EXPECT_THAT(rows.at(0).state, HasSubstr("pending:a/Account/PA1"));
  EXPECT_THAT(hub_->store().pending("a", "Account", {"PA1"}, 10).value(), SizeIs(1));
}

TEST_F(SyncTest, AnErrorOfOneSystemStopsThatSystemAlone) {
  expect_stop_ = true;
  a_->add({{"Topic", "t"}, {"Email", "a@example.com"}});
  sync();
  a_->read_error = Error(ErrorCode::Unauthenticated, "the password is wrong").with_system("a");
  b_->edit(b_->journal()[0].key, {{"Topic", "changed"}});
  const RunReport report = sync();
  EXPECT_TRUE(report.stopped());
  EXPECT_THAT(of(report, "a-leads").stopped, SizeIs(1));
  EXPECT_THAT(of(report, "b-leads").stopped, SizeIs(0));
  EXPECT_EQ(of(report, "b-leads").changed, 1U);
  a_->read_error.reset();
  sync();
  EXPECT_EQ(a_->objects().begin()->second.fields["Topic"], "changed");
}

TEST_F(SyncTest, ManyRecordsFlowInPagesAndBatches) {
  for (int i = 0; i < 1203; ++i) {
    a_->add(
        {{"Topic", "t" + std::to_string(i)}, {"Email", "p" + std::to_string(i) + "@example.com"}});
  }
  const RunReport first = sync();
  EXPECT_EQ(of(first, "b-leads").created, 1203U);
  EXPECT_LE(b_->writes, 1203U / 50 + 10);
  EXPECT_EQ(sync().written(), 0U);
}

TEST_F(SyncTest, TheLimitHoldsAndTheRestFollows) {
  for (int i = 0; i < 10; ++i)
    a_->add({{"Topic", "t"}, {"Email", "p" + std::to_string(i) + "@example.com"}});
  EXPECT_EQ(sync({.limit = 4}).written(), 4U);
  EXPECT_EQ(sync().written(), 6U);
}

TEST_F(SyncTest, OnlyRecordsThatPassTheFilterArePushed) {
  auto filter =
      Filter::parse("status = qualified", *model::EntityRegistry::built_in().find("lead"));
  ASSERT_TRUE(filter);
  config_.spokes[1].filter = *filter;
  config_.spokes[1].direction = SpokeDirection::Push;
  open();
  const std::string key = a_->add({{"Topic", "t"}, {"Email", "a@example.com"}, {"Status", "New"}});
  sync();
  EXPECT_THAT(b_->journal(), SizeIs(0));
  a_->edit(key, {{"Status", "Qualified"}});
  sync();
  EXPECT_THAT(b_->journal(), SizeIs(1));
}

TEST_F(SyncTest, ASpokeThatOnlyPushesWritesForeignEditsBack) {
  config_.spokes[1].direction = SpokeDirection::Push;
  open();
  const std::string key = a_->add({{"Topic", "ours"}, {"Email", "a@example.com"}});
  sync();
  const std::string other = b_->journal()[0].key;
  b_->edit(other, {{"Topic", "theirs"}});
  sync();
  EXPECT_EQ(a_->at(key).fields["Topic"], "ours");
  EXPECT_EQ(b_->at(other).fields["Topic"], "ours");
}

TEST_F(SyncTest, AChangedMappingWritesOnlyWhenItsEffectIsAccepted) {
  const std::string key = a_->add(
      {{"Topic", "Pumps"}, {"LastName", "Lind"}, {"Email", "a@example.com"}, {"Status", "New"}});
  sync();
  ASSERT_THAT(b_->journal(), SizeIs(1));
  std::string changed = kLeads;
  changed.replace(changed.find("captured: New"), 13, "captured: Fresh");
  config_.spokes[1].mapping = mapping_of(changed);
  open();
  // b shows "New", which the changed mapping does not know: nothing is written over what is not
  // understood.
  expect_stop_ = true;
  const RunReport held = sync();
  EXPECT_THAT(of(held, "b-leads").stopped, SizeIs(1));
  EXPECT_THAT(of(held, "b-leads").stopped.front(), HasSubstr("--accept-mapping-change"));
  EXPECT_THAT(b_->journal(), SizeIs(1));
  b_->edit(b_->journal()[0].key, {{"Status", "Fresh"}});
  expect_stop_ = false;
  sync({.accept_mapping_change = true});
  a_->edit(key, {{"Topic", "Valves"}});
  sync();
  EXPECT_EQ(b_->at(b_->journal()[0].key).fields["Topic"], "Valves");
  EXPECT_TRUE(plan().empty());
}

TEST_F(SyncTest, ReferencesInsideOnePageFindEachOther) {
  config_.spokes = {
      {.name = "a-partners", .system = "a", .mapping = mapping_of(kPartnersOfPartners)},
      {.name = "b-partners", .system = "b", .mapping = mapping_of(kPartnersOfPartners)}};
  open();
  a_->add({{"Name", "daughter"}, {"Parent", "A2"}});
  a_->add({{"Name", "mother"}});
  for (int i = 0; i < 3; ++i) sync();
  std::string mother;
  for (const auto& [key, object] : b_->objects()) {
    if (object.fields["Name"] == "mother") mother = key;
  }
  for (const auto& [key, object] : b_->objects()) {
    if (object.fields["Name"] == "daughter") {
      EXPECT_EQ(object.fields["Parent"], mother);
    }
  }
  EXPECT_THAT(b_->objects(), SizeIs(2));
  EXPECT_TRUE(plan().empty());
}

TEST_F(SyncTest, ACreateInSomebodysWayIsALetterAndNotForgotten) {
  b_->before_write = [&](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Conflict,
                                .error = Error(ErrorCode::Conflict, "exists")};
  };
  a_->add({{"Topic", "t"}, {"Email", "a@example.com"}});
  sync();
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(1));
}

TEST_F(SyncTest, TwoStrongKeysThatNameTwoRecordsWaitForAPerson) {
  config_.entities["lead"].match = {"contact.email", "topic"};
  open();
  a_->add({{"Topic", "one"}, {"Email", "one@example.com"}});
  a_->add({{"Topic", "two"}, {"Email", "two@example.com"}});
  sync();
  const std::size_t before = a_->journal().size();
  b_->add({{"Topic", "one"}, {"Email", "two@example.com"}});
  sync();
  EXPECT_THAT(hub_->store().duplicates().value(), SizeIs(1));
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(2)) << "one for each record";
  EXPECT_THAT(a_->journal(), SizeIs(before)) << "the document went to neither record";
}

TEST_F(SyncTest, AWiderFilterBringsWhatItHadLeftOut) {
  const auto lead = model::EntityRegistry::built_in().find("lead");
  config_.spokes[1].filter = *Filter::parse("status = qualified", *lead);
  open();
  a_->add({{"Topic", "t"}, {"Email", "a@example.com"}, {"Status", "New"}});
  sync();
  EXPECT_THAT(b_->journal(), SizeIs(0));
  config_.spokes[1].filter = *Filter::parse("status in (qualified, captured)", *lead);
  open();
  sync();
  EXPECT_THAT(b_->journal(), SizeIs(1));
}

TEST_F(SyncTest, ALostCreateInASystemWhereNothingCanBeFoundIsRecognisedByItsContent) {
  b_->capabilities().idempotency = adapter::Idempotency::None;
  int lost = 0;
  b_->lose_answer = [&](const adapter::WriteRequest&) { return lost++ == 0; };
  a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_THAT(b_->journal(), SizeIs(1));
}

TEST_F(SyncTest, ARefusedWriteParksWhatItCarriedNotWhatCameMeanwhile) {
  const std::string key = a_->add({{"Topic", "bad"}, {"Email", "a@example.com"}});
  int refused = 0;
  b_->before_write = [&](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
    if (++refused > 1) return std::nullopt;
    // Another system's pull merges the mended value while this write is under way.
    store::Store& store = hub_->store();
    store::RecordRow row = store.records_changed("lead", 0, 1).value()[0];
    RecordState state = *parse_record_state(row.state);
    change_group(state, "topic", {{"topic", "good"}}, {.system = "a"});
    row.state = to_json(state);
    row.version += 1;
    const store::VersionRow version{.record = row.id,
                                    .entity = "lead",
                                    .version = row.version,
                                    .actor = "a-leads",
                                    .changes = "{}"};
    EXPECT_TRUE(store.commit({.records = {row}, .versions = {version}}));
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Rejected,
                                .error = Error(ErrorCode::Rejected, "bad topic")};
  };
  sync();
  sync();
  ASSERT_THAT(b_->journal(), SizeIs(1));
  EXPECT_EQ(b_->journal()[0].body["Topic"], "good");
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), IsEmpty());
}

TEST_F(SyncTest, AReferenceThatArrivesIsWrittenThoughAnotherOneNeverDoes) {
  const auto partner = model::EntityRegistry::built_in().find("partner");
  const std::string leads =
      std::string(kLeads) +
      "  assigned_partner: { path: Partner, ref: partner, object: Account }\n";
  config_.spokes = {{.name = "a-partners", .system = "a", .mapping = mapping_of(kPartners)},
                    {.name = "b-partners", .system = "b", .mapping = mapping_of(kPartners)},
                    {.name = "a-leads", .system = "a", .mapping = mapping_of(leads)},
                    {.name = "b-leads", .system = "b", .mapping = mapping_of(leads)}};
  config_.spokes[1].filter = *Filter::parse("partner_number = 7", *partner);
  config_.entities["partner"].match = {"name"};
  open();
  a_->kind_field = b_->kind_field = "Kind";
  const std::string never = a_->add({{"Kind", "Account"}, {"Name", "Never"}});
  const std::string later = a_->add({{"Kind", "Account"}, {"Name", "Later"}});
  a_->add({{"Kind", "Lead"},
           {"Topic", "Pumps"},
           {"Email", "a@example.com"},
           {"Partner", never},
           {"Account", later}});
  for (int i = 0; i < 3; ++i) sync();  // until nothing but the arrival can bring it up again
  ASSERT_THAT(b_->journal(), SizeIs(1));
  a_->edit(later, {{"Number", "7"}});
  sync();
  const auto& lead = b_->at(b_->journal()[0].key).fields;
  EXPECT_EQ(lead.value("Account", ""), b_->journal()[1].key);
  EXPECT_FALSE(lead.contains("Partner"));
}

TEST_F(SyncTest, ExplainTellsWhereEachValueComesFromAndWhereItWent) {
  const std::string key = a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  const auto story = hub_->explain("lead", key);
  ASSERT_TRUE(story) << to_string(story.error());
  const nlohmann::json parsed = nlohmann::json::parse(*story);
  EXPECT_EQ(parsed["fields"]["topic"]["value"], "Pumps");
  EXPECT_EQ(parsed["fields"]["topic"]["system"], "a");
  EXPECT_THAT(parsed["fields"]["topic"]["rule"].get<std::string>(), HasSubstr("test.yaml:"));
  EXPECT_THAT(parsed["links"], SizeIs(2));
  EXPECT_EQ(parsed["writes"][0]["state"], "done");
  EXPECT_FALSE(hub_->explain("lead", "nothing"));
}

}  // namespace
}  // namespace channelbridge::hub
