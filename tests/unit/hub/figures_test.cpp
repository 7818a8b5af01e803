#include "channelbridge/model/fields.hpp"
#include "documents_support.hpp"
#include "merge_internal.hpp"

/// What a record takes of figures that others compute: nothing that its state locks, nothing of a
/// part, no total that its lines contradict.
namespace channelbridge::hub {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

class Figures : public DocumentsTest {
 protected:
  static nlohmann::json& line_of(FakeSystem& system, const std::string& key, int no) {
    for (nlohmann::json& each : system.at(key).fields["Lines"])
      if (each["No"] == no) return each;
    throw std::out_of_range("line");
  }
  /// Every value that a field has had in the record.
  std::set<std::string> had(const std::string& path) {
    std::set<std::string> out;
    const auto rows = hub_->store().records_changed("order", 0, 10).value();
    const auto state = parse_record_state(rows.front().state);
    if (const auto now = model::get(state->fields, path)) out.insert(*now);
    const auto versions = hub_->store().versions(rows.front().id).value();
    for (const store::VersionRow& version : versions) {
      const nlohmann::json fields = nlohmann::json::parse(version.changes).at("fields");
      if (fields.contains(path) && fields[path]["new"].is_string())
        out.insert(fields[path]["new"].get<std::string>());
    }
    return out;
  }
  std::vector<std::string> reasons() {
    std::vector<std::string> out;
    for (const store::ConflictRow& row : conflicts()) out.push_back(row.reason);
    return out;
  }
  std::string line_field(const std::string& no, const std::string& field) {
    const auto rows = hub_->store().records_changed("order", 0, 10).value();
    const auto state = parse_record_state(rows.front().state);
    for (const auto& [path, value] : state->fields) {
      const auto inside = model::split_element(path);
      if (!inside || inside->list != "lines" || inside->field != "no" || value != no) continue;
      return model::get(state->fields, model::element_path("lines", inside->element, field))
          .value_or("");
    }
    return "";
  }
};

/// Each field a group of its own, the line as one.
class ClaimImage : public Image {
 public:
  const std::vector<GroupShape>& groups() const override { return shapes_; }
  model::Value image(std::string_view /*path*/, const model::Value& value) const override {
    return value;
  }

 private:
  static GroupShape shape(const std::string& name, const std::string& field) {
    return {.name = name, .fields = {field}, .readable = {field}, .writable = {field}};
  }
  std::vector<GroupShape> shapes_{shape("currency", "currency"),
                                  shape("claimed_amount", "claimed_amount"),
                                  shape("lines[a]", "lines[a].claimed")};
};

TEST(HoldBackElements, ALineWaitsWhereAPersonIsAskedAboutTheTotalThatItContradicts) {
  ClaimImage image;
  const SystemTraits system{.name = "crm"};
  Policies policies;
  const auto entity = model::EntityRegistry::built_in().find("claim");
  const MergeContext context{image, system, policies, {"crm"}, &*entity};
  const RecordState record{
      .fields = {{"currency", "EUR"}, {"claimed_amount", "1000"}, {"lines[a].claimed", "1000"}}};
  LinkState link;
  link.groups["currency"].held = {{"currency", "EUR"}};
  link.groups["claimed_amount"].held = {{"claimed_amount", "900"}};
  link.groups["lines[a]"].held = {{"lines[a].claimed", "900"}};
  const auto held_back = [&](const LinkState& state, std::vector<std::string>& left) {
    std::vector<Needed> writes;
    for (const GroupShape& shape : image.groups()) writes.push_back({.shape = &shape});
    writes[2].changed = {"lines[a].claimed"};
    std::string words = hold_back_elements(record, state, context, writes);
    left = writes[2].changed;
    return words;
  };
  std::vector<std::string> left;
  EXPECT_EQ(held_back(link, left), "") << "nobody is asked: the total is computed there";
  EXPECT_THAT(left, SizeIs(1));

  link.groups["claimed_amount"].conflict = Conflict{.reason = ConflictReason::Manual};
  EXPECT_THAT(held_back(link, left), HasSubstr("claimed_amount"));
  EXPECT_THAT(left, IsEmpty());
  LinkState in_part = link;
  in_part.in_part = true;
  EXPECT_EQ(held_back(in_part, left), "") << "what we wrote in part is completed";
  EXPECT_THAT(left, SizeIs(1));
  link.groups["claimed_amount"].conflict->reason = ConflictReason::DoesNotAddUp;
  EXPECT_EQ(held_back(link, left), "") << "the lines are right, and the total is not";
  link.groups["claimed_amount"].conflict->reason = ConflictReason::Manual;
  link.groups["claimed_amount"].held = {{"claimed_amount", "1000"}};
  EXPECT_EQ(held_back(link, left), "") << "it does not contradict";
  EXPECT_THAT(left, SizeIs(1));
}

TEST_F(Figures, ALockHoldsWhereALostUpdateIsContested) {
  ship();
  // Our write of the line does not arrive, and somebody edits it there.
  a_->before_write = [&](const adapter::WriteRequest&) {
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Unknown,
                                .error = Error(ErrorCode::Timeout, "lost")};
  };
  nlohmann::json lines = b_->at("B1").fields["Lines"];
  for (nlohmann::json& each : lines)
    if (each["No"] == 10) each["Shipped"] = 5;
  b_->edit("B1", {{"Lines", lines}});
  sync({.only = {"b-orders"}});
  bool edited = false;
  a_->before_write = [&](const adapter::WriteRequest&) {
    if (!std::exchange(edited, true)) {
      nlohmann::json changed = order(3);
      changed["Lines"][0]["Shipped"] = 4;
      a_->edit(key_, changed);
    }
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Unknown,
                                .error = Error(ErrorCode::Timeout, "lost")};
  };
  sync();
  ASSERT_TRUE(edited);
  a_->before_write = nullptr;
  sync();
  EXPECT_EQ(line_field("10", "qty.value"), "5") << "five are shipped";
  EXPECT_EQ(row(*b_, "B1", 10)["Qty"], 5);
  EXPECT_EQ(b_->at("B1").fields["Total"], 90);
  EXPECT_THAT(reasons(), ::testing::Contains("locked"));
}

TEST_F(Figures, ALockHoldsWhereAnAnswerShowsTheWholeObject) {
  a_->capabilities().reply = adapter::Reply::Full;
  a_->capabilities().conditional = false;
  ship();
  b_->edit("B1", {{"Channel", "web-7"}});
  bool edited = false;
  a_->before_write = [&](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
    if (!std::exchange(edited, true)) {  // between our look and our write
      nlohmann::json changed = order(3);
      changed["Lines"][0]["Shipped"] = 4;
      a_->edit(key_, changed);
    }
    return std::nullopt;
  };
  sync();
  ASSERT_TRUE(edited);
  EXPECT_EQ(line_field("10", "qty.value"), "5");
  EXPECT_EQ(row(*b_, "B1", 10)["Qty"], 5);
  EXPECT_EQ(b_->at("B1").fields["Total"], 90);
  EXPECT_THAT(reasons(), ::testing::Contains("locked"));
}

TEST_F(Figures, ALockHoldsForWhatASystemComputesOfOurWrite) {
  std::string entered = kOrders;
  for (const char* line :
       {"  totals.lines_net: Net\n", "  totals.grand_total: Total\n", "      net_amount: Amount\n"})
    entered = replaced(entered, line, "");
  std::string computed = kOrders;
  for (const auto& [field, path] : std::map<std::string, std::string>{{"lines_net", "Net"},
                                                                      {"grand_total", "Total"},
                                                                      {"price", "Price"},
                                                                      {"amount", "Amount"}})
    computed = replaced(computed, field + ": " + path,
                        field + ": { path: " + path + ", direction: read }");
  config_.spokes[0].mapping = mapping_of(entered);
  config_.spokes[1].mapping = mapping_of(computed);
  open();
  int price = 10;  // of the first line
  b_->lose_answer = [&](const adapter::WriteRequest&) {
    int total = 0;
    for (nlohmann::json& each : b_->at("B1").fields["Lines"]) {
      each["Price"] = each["No"] == 10 ? price : 20;
      each["Amount"] = each["Price"].get<int>() * each["Qty"].get<int>();
      total += each["Amount"].get<int>();
    }
    b_->at("B1").fields["Net"] = b_->at("B1").fields["Total"] = total;
    return false;
  };
  key_ = a_->add(order());
  sync();
  sync();
  ASSERT_EQ(line_field("10", "net_amount"), "50");
  line_of(*b_, "B1", 10)["Shipped"] = 4;
  b_->edit("B1", {{"Channel", nullptr}});
  sync();
  ASSERT_EQ(row(*a_, key_, 10)["Shipped"], 4);
  price = 9;
  nlohmann::json lines = a_->at(key_).fields["Lines"];
  for (nlohmann::json& each : lines)
    if (each["No"] == 10) each["Qty"] = 6;
  a_->edit(key_, {{"Lines", lines}});
  sync();
  sync();
  ASSERT_EQ(row(*b_, "B1", 10)["Qty"], 6);
  EXPECT_EQ(line_field("10", "net_price"), "10") << "four are shipped at this price";
  EXPECT_EQ(row(*a_, key_, 10)["Price"], 10);
  EXPECT_THAT(reasons(), ::testing::Contains("locked"));
}

/// b computes the totals itself.
class FiguresOfAPart : public Figures {
 protected:
  void SetUp() override {
    Figures::SetUp();
    std::string computed = replaced(kOrders, "totals.lines_net: Net",
                                    "totals.lines_net: { path: Net, direction: read }");
    computed = replaced(computed, "totals.grand_total: Total",
                        "totals.grand_total: { path: Total, direction: read }\n"
                        "  totals.tax: { path: Tax, direction: read }");
    config_.spokes[1].mapping = mapping_of(computed);
    config_.spokes[0].mapping = mapping_of(replaced(
        kOrders, "totals.grand_total: Total", "totals.grand_total: Total\n  totals.tax: Tax"));
    open();
    b_->before_child = [this](const adapter::WriteNode& node) { return write(node); };
  }
  std::optional<adapter::NodeOutcome> write(const adapter::WriteNode& node) {
    const bool second = node.body.find("20") != std::string::npos;
    const int total = second && !refuses_ ? 90 : 50;
    nlohmann::json& fields = b_->at("B1").fields;
    fields["Net"] = total;
    fields["Total"] = total;
    fields["Tax"] = 7;
    if (!second || !refuses_) return std::nullopt;
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Retry,
                                .error = Error(ErrorCode::Unavailable, "material is blocked")};
  }
  static nlohmann::json taxed() {
    nlohmann::json out = order();
    out["Tax"] = nullptr;
    return out;
  }
  bool refuses_{true};
};

TEST_F(FiguresOfAPart, AreNotTakenBeforeTheDocumentIsWhole) {
  key_ = a_->add(taxed());
  sync();
  sync();
  ASSERT_EQ(b_->at("B1").fields["Total"], 50);
  EXPECT_THAT(had("totals.grand_total"), UnorderedElementsAre("90"));
  EXPECT_THAT(had("totals.lines_net"), UnorderedElementsAre("90"));
  EXPECT_THAT(had("totals.tax"), IsEmpty());
  EXPECT_EQ(a_->at(key_).fields["Total"], 90);
  EXPECT_THAT(conflicts(), IsEmpty()) << "nobody has to decide anything";

  refuses_ = false;
  sync();
  sync();
  ASSERT_THAT(b_->at("B1").fields["Lines"], SizeIs(2));
  EXPECT_THAT(had("totals.grand_total"), UnorderedElementsAre("90"));
  EXPECT_THAT(had("totals.tax"), UnorderedElementsAre("7")) << "a fact, now that it is whole";
  EXPECT_EQ(a_->at(key_).fields["Tax"], 7);
  EXPECT_TRUE(plan().empty());
}

TEST_F(FiguresOfAPart, AreTakenWhenTheRestIsNotWantedAnyMore) {
  key_ = a_->add(taxed());
  sync();
  nlohmann::json shorter = taxed();
  shorter["Lines"].erase(1);
  shorter["Net"] = shorter["Total"] = 50;
  a_->edit(key_, shorter);
  sync();
  sync();
  EXPECT_THAT(b_->at("B1").fields["Lines"], SizeIs(1));
  EXPECT_THAT(had("totals.tax"), UnorderedElementsAre("7"));
  EXPECT_EQ(a_->at(key_).fields["Tax"], 7);
}

/// The record leaves the filter before b has all of it.
class FiguresOfAPartThatIsLeft : public FiguresOfAPart {
 protected:
  void leave(const nlohmann::json& record) {
    config_.spokes[1].filter =
        *Filter::parse("buyer_po_number = PO-1", *model::EntityRegistry::built_in().find("order"));
    open();
    key_ = a_->add(taxed());
    sync();
    ASSERT_THAT(had("totals.tax"), IsEmpty());
    nlohmann::json left = record;
    left["Po"] = "PO-2";
    a_->edit(key_, left);
    sync();
    sync();
    ASSERT_EQ(b_->at("B1").fields["Po"], "PO-1");
  }
  static nlohmann::json shorter() {
    nlohmann::json out = taxed();
    out["Lines"].erase(1);
    out["Net"] = out["Total"] = 50;
    return out;
  }
};

TEST_F(FiguresOfAPartThatIsLeft, AreTakenWhereItHasAllLinesOfTheRecord) {
  leave(shorter());
  EXPECT_THAT(had("totals.tax"), UnorderedElementsAre("7"));
  EXPECT_EQ(a_->at(key_).fields["Tax"], 7);
  EXPECT_TRUE(plan().empty());
}

TEST_F(FiguresOfAPartThatIsLeft, AreTakenBesideTheValuesThatItIsGiven) {
  config_.spokes[1].on_leave = {{"status", "cancelled"}};
  leave(shorter());
  EXPECT_EQ(b_->at("B1").fields["Status"], "Cancelled");
  EXPECT_EQ(a_->at(key_).fields["Status"], "Submitted");
  EXPECT_THAT(had("totals.tax"), UnorderedElementsAre("7"));
  EXPECT_TRUE(plan().empty());
}

TEST_F(FiguresOfAPartThatIsLeft, AreNotTakenWhereALineIsMissing) {
  config_.spokes[1].on_leave = {{"status", "cancelled"}};
  leave(taxed());
  EXPECT_EQ(b_->at("B1").fields["Status"], "Cancelled");
  EXPECT_THAT(had("totals.tax"), IsEmpty());
  EXPECT_THAT(had("totals.grand_total"), UnorderedElementsAre("90"));
  EXPECT_THAT(conflicts(), IsEmpty()) << "nobody has to decide anything";
  EXPECT_TRUE(plan().empty());
}

/// Nothing that b can show differs any more, so that its object is not due for a write either.
TEST_F(FiguresOfAPartThatIsLeft, AreTakenOnceAUserHasCompletedItByHand) {
  std::string here = replaced(kOrders, "  buyer_po_number: Po\n", "");
  here =
      replaced(here, "totals.lines_net: Net", "totals.lines_net: { path: Net, direction: read }");
  here = replaced(here, "totals.grand_total: Total",
                  "totals.grand_total: { path: Total, direction: read }\n"
                  "  totals.tax: { path: Tax, direction: read }");
  config_.spokes[1].mapping = mapping_of(here);
  config_.spokes[1].filter =
      *Filter::parse("buyer_po_number = PO-1", *model::EntityRegistry::built_in().find("order"));
  open();
  key_ = a_->add(taxed());
  sync();
  a_->edit(key_, {{"Po", "PO-2"}});
  for (int i = 0; i < 2; ++i) sync();
  ASSERT_THAT(had("totals.tax"), IsEmpty());
  nlohmann::json lines = b_->at("B1").fields["Lines"];
  ASSERT_THAT(lines, SizeIs(1));
  lines.push_back(line("by hand", 20, 2, 20));
  b_->edit("B1", {{"Lines", lines}, {"Net", 90}, {"Total", 90}});
  for (int i = 0; i < 2; ++i) sync();
  EXPECT_THAT(had("totals.tax"), UnorderedElementsAre("7"));
  EXPECT_EQ(a_->at(key_).fields["Tax"], 7);
  EXPECT_THAT(a_->at(key_).fields["Lines"], SizeIs(2));
  EXPECT_TRUE(plan().empty());
}

/// Two systems change different lines, each with its own totals, at the same time.
class ContradictingTotals : public Figures {
 protected:
  void edit_both() {
    key_ = a_->add(order());
    sync();
    a_->edit(key_, order(3));  // 30 + 40
    nlohmann::json lines = b_->at("B1").fields["Lines"];
    for (nlohmann::json& each : lines) {
      if (each["No"] != 20) continue;
      each["Qty"] = 4;
      each["Amount"] = 80;
    }
    b_->edit("B1", {{"Channel", nullptr}});                            // later than a's edit
    b_->edit("B1", {{"Lines", lines}, {"Net", 130}, {"Total", 130}});  // 50 + 80
    sync({.only = {"a-orders"}});
    from_ = {a_->journal().size(), b_->journal().size()};
    sync();
  }
  /// Totals that we have written since.
  std::vector<nlohmann::json> written() const {
    std::vector<nlohmann::json> out;
    const auto note = [&](const FakeSystem& system, std::size_t from) {
      for (std::size_t i = from; i < system.journal().size(); ++i)
        for (const char* field : {"Net", "Total"})
          if (system.journal()[i].body.contains(field))
            out.push_back(system.journal()[i].body[field]);
    };
    note(*a_, from_.first);
    note(*b_, from_.second);
    return out;
  }
  std::pair<std::size_t, std::size_t> from_{};
  std::shared_ptr<FakeSystem> c_ = std::make_shared<FakeSystem>("C");
};

TEST_F(ContradictingTotals, AreParkedWithTheFiguresAndWrittenNowhere) {
  edit_both();
  EXPECT_EQ(row(*a_, key_, 20)["Qty"], 4) << "the lines cross";
  EXPECT_EQ(row(*b_, "B1", 10)["Qty"], 3);
  EXPECT_THAT(written(), IsEmpty()) << "neither 70 nor 130";
  EXPECT_THAT(reasons(), UnorderedElementsAre("does_not_add_up", "does_not_add_up"));
  for (const store::ConflictRow& conflict : conflicts()) {
    EXPECT_THAT(conflict.detail, HasSubstr("130"));
    EXPECT_THAT(conflict.detail, HasSubstr("110"));
  }
}

TEST_F(ContradictingTotals, AreSettledByASystemThatComputesThemAnew) {
  edit_both();
  a_->edit(key_, {{"Net", 110}, {"Total", 110}});
  b_->edit("B1", {{"Net", 110}, {"Total", 110}});
  sync();
  EXPECT_THAT(conflicts(), IsEmpty());
  EXPECT_THAT(letters(), IsEmpty());
  sync();
  EXPECT_THAT(had("totals.grand_total"), UnorderedElementsAre("90", "70", "110"));
  EXPECT_THAT(written(), IsEmpty());
  EXPECT_TRUE(plan().empty());
}

TEST_F(ContradictingTotals, AreNotWrittenForAPersonEither) {
  edit_both();
  for (const store::ConflictRow& conflict : conflicts())
    ASSERT_TRUE(
        hub_->resolve_conflict(conflict.spoke, conflict.key, conflict.group, Keep::Hub, Context()));
  sync();
  EXPECT_THAT(written(), IsEmpty()) << "the hub's total is none of these lines either";
}

TEST_F(ContradictingTotals, WaitInTheRecordUntilItsLinesMakeThem) {
  config_.systems.push_back({"c", c_});
  config_.spokes.push_back({.name = "c-orders", .system = "c", .mapping = mapping_of(kOrders)});
  open();
  edit_both();
  EXPECT_EQ(c_->at("C1").fields["Total"], 90) << "as it was";
  const auto waiting = hub_->store().waiting("c-orders", "", 10).value();
  ASSERT_THAT(waiting, SizeIs(1));
  EXPECT_THAT(waiting[0].detail, HasSubstr("70.00, but the sum of lines[].net_amount"));
  a_->edit(key_, {{"Net", 110}, {"Total", 110}});
  b_->edit("B1", {{"Net", 110}, {"Total", 110}});
  c_->edit("C1", {{"Net", 110}, {"Total", 110}});
  sync();
  EXPECT_EQ(row(*c_, "C1", 20)["Qty"], 4);
  EXPECT_THAT(hub_->store().waiting("c-orders", "", 10).value(), IsEmpty());
}

}  // namespace
}  // namespace channelbridge::hub
