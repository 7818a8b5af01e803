#include "partner_folder.hpp"

namespace channelbridge::file::test {
namespace {

using adapter::Operation;
using adapter::WriteStatus;

constexpr const char* kHeader = "id,company,status,bridge_id,channelbridge_changed\r\n";

TEST(FileWrite, ACreateIsARowUnderTheRecordsId) {
  Partner partner;
  const auto outcome =
      partner.write(Operation::Create, "", R"({"company":"Acme","status":"new"})", "018f-a");
  EXPECT_EQ(outcome.status, WriteStatus::Created);
  EXPECT_EQ(outcome.key, "018f-a");
  EXPECT_NE(outcome.document.text().find("Acme"), std::string::npos);
  EXPECT_TRUE(outcome.document.full());
  EXPECT_EQ(partner.ours(),
            std::string(kHeader) + "018f-a,Acme,new,018f-a,2020-01-01T00:00:00.000000Z\r\n");
}

TEST(FileWrite, TheSameCreateTwiceGivesOneRow) {
  Partner partner;
  partner.write(Operation::Create, "", R"({"company":"Acme"})", "018f-a");
  const std::string before = partner.ours();
  const auto again = partner.write(Operation::Create, "", R"({"company":"Acme"})", "018f-a");
  EXPECT_EQ(again.status, WriteStatus::Unchanged);
  EXPECT_EQ(partner.ours(), before);
}

TEST(FileWrite, AnUpdateTouchesItsRowAndItsColumnsOnly) {
  Partner partner;
  partner.write(Operation::Create, "", R"({"id":"1","company":"A, B","status":"new"})", "r1");
  partner.write(Operation::Create, "", R"({"id":"2","company":"C","status":"new"})", "r2");
  partner.clock->advance(std::chrono::hours(1));
  const auto outcome = partner.write(Operation::Update, "1", R"({"status":"accepted"})");
  EXPECT_EQ(outcome.status, WriteStatus::Updated);
  EXPECT_EQ(partner.ours(), std::string(kHeader) +
                                "1,\"A, B\",accepted,r1,2020-01-01T01:00:00.000000Z\r\n"
                                "2,C,new,r2,2020-01-01T00:00:00.000000Z\r\n");
}

TEST(FileWrite, ANewColumnIsAddedForEveryRow) {
  Partner partner;
  partner.write(Operation::Create, "", R"({"id":"1","company":"A"})", "r1");
  partner.write(Operation::Update, "1", R"({"remark":"late"})");
  EXPECT_TRUE(partner.ours().starts_with(
      "id,company,status,bridge_id,channelbridge_changed,remark\r\n1,A,,r1,"));
}

TEST(FileWrite, ACreateIsFoundByItsCorrelation) {
  Partner partner;
  EXPECT_TRUE(partner.adapter->find(partner.leads, "r1", partner.context)->empty());
  partner.write(Operation::Create, "", R"({"id":"1","company":"A"})", "r1");
  auto found = partner.adapter->find(partner.leads, "r1", partner.context);
  ASSERT_TRUE(found) << found.error();
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().key, "1");
  EXPECT_EQ(found->front().correlation, "r1");
}

TEST(FileWrite, ARowOfThePartnerIsTakenOverWhenItIsFirstUpdated) {
  Partner partner;
  partner.leaves("lead.csv", "id,company,status,city\nP-1,Dealer,new,Lund\n");
  const auto outcome = partner.write(Operation::Update, "P-1", R"({"status":"accepted"})");
  EXPECT_EQ(outcome.status, WriteStatus::Updated);
  EXPECT_NE(partner.ours().find("P-1,Dealer,accepted,Lund"), std::string::npos) << partner.ours();
}

TEST(FileWrite, AnUpdateOfARowThatIsInNoFileBeginsOneWithWhatItStates) {
  Partner partner;
  const auto outcome = partner.write(Operation::Update, "P-1", R"({"status":"accepted"})");
  EXPECT_EQ(outcome.status, WriteStatus::Updated);
  EXPECT_EQ(outcome.document.text(), R"({"status":"accepted","id":"P-1"})");
  EXPECT_FALSE(outcome.document.full()) << "the company was not stated, and is not empty";
  EXPECT_TRUE(partner.ours().find("\r\nP-1,,accepted,2020-") != std::string::npos)
      << partner.ours();
  EXPECT_EQ(partner.look("P-1").document.text(), R"({"id":"P-1","status":"accepted"})");
}

TEST(FileWrite, AnEmptiedCellIsAnEmptyTextAndNoMissingOne) {
  Partner partner;
  partner.write(Operation::Create, "", R"({"id":"1","company":"A"})", "r1");
  partner.write(Operation::Update, "1", R"({"company":""})");
  EXPECT_NE(partner.ours().find("\r\n1,\"\",,r1,"), std::string::npos) << partner.ours();
  EXPECT_EQ(partner.look("1").document.text(), R"({"id":"1","company":null,"bridge_id":"r1"})");
  EXPECT_EQ(partner.write(Operation::Update, "1", R"({"company":""})").status,
            WriteStatus::Unchanged);
}

TEST(FileWrite, ADeleteRemovesTheRow) {
  Partner partner;
  partner.write(Operation::Create, "", R"({"id":"1","company":"A"})", "r1");
  EXPECT_EQ(partner.write(Operation::Delete, "1", "").status, WriteStatus::Deleted);
  EXPECT_EQ(partner.ours(), kHeader);
  EXPECT_TRUE(partner.write(Operation::Delete, "1", "").not_found);
}

TEST(FileWrite, ALookBeforeAWriteShowsWhatThePartnerSaidSince) {
  Partner partner;
  partner.write(Operation::Create, "", R"({"id":"1","company":"A","status":"new"})", "r1");
  partner.leaves("lead-status.csv", "id,status\n1,accepted\n");
  auto look = partner.adapter->read_by_key(partner.leads, "1", partner.context);
  ASSERT_TRUE(look) << look.error();
  EXPECT_EQ(look->document.text(),
            R"({"id":"1","company":"A","status":"accepted","bridge_id":"r1"})");
  // After our next write the partner's older word no longer counts.
  partner.clock->advance(std::chrono::hours(48));
  partner.write(Operation::Update, "1", R"({"status":"won"})");
  look = partner.adapter->read_by_key(partner.leads, "1", partner.context);
  EXPECT_NE(look->document.text().find("\"won\""), std::string::npos);
}

TEST(FileWrite, ACopiedTimeOfOursIsNoStatement) {
  Partner partner;
  partner.leaves("lead.csv", "id,company,status,channelbridge_changed\n1,A,new,2026-01-01\n");
  EXPECT_EQ(partner.read().changes.front().document.text(),
            R"({"id":"1","company":"A","status":"new"})");
}

TEST(FileWrite, OneBadWriteDoesNotStopTheBatch) {
  Options options;
  options.encoding = Encoding::Latin1;
  Partner partner(options);
  const auto request = [](const std::string& body, const std::string& correlation) {
    return adapter::WriteRequest{.nodes = {{.object = "lead", .body = body}},
                                 .correlation_path = "bridge_id",
                                 .correlation = correlation};
  };
  auto outcomes = partner.adapter->write(
      partner.leads,
      {request(R"({"company":"Müller"})", "a"), request(R"({"company":"北京"})", "b"),
       request(R"({"company":{"nested":1}})", "c"), request("no json", "d"),
       request(R"({"company":"again"})", "a"), request(R"({"company":"last"})", "e")},
      partner.context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  const WriteStatus expected[] = {WriteStatus::Created,  WriteStatus::Rejected,
                                  WriteStatus::Rejected, WriteStatus::Rejected,
                                  WriteStatus::Rejected, WriteStatus::Created};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ((*outcomes)[i].nodes[0].status, expected[i]) << i;
  EXPECT_NE(partner.ours().find("M\xFCller"), std::string::npos);
}

TEST(FileWrite, LinesOfJsonAreWrittenTheSameWay) {
  Options options;
  options.format = Format::Ndjson;
  Partner partner(options);
  partner.write(Operation::Create, "", R"({"id":"1","amount":100.00,"tags":["a"]})", "r1");
  partner.write(Operation::Update, "1", R"({"status":"won"})");
  EXPECT_EQ(partner.ours("lead.ndjson"),
            R"({"id":"1","amount":100.00,"tags":["a"],"bridge_id":"r1",)"
            R"("channelbridge_changed":"2020-01-01T00:00:00.000000Z","status":"won"})"
            "\n");
}

TEST(FileWrite, AFailedWriteLeavesTheOldFileAsItWas) {
  Partner partner;
  partner.write(Operation::Create, "", R"({"id":"1","company":"A"})", "r1");
  const std::string before = partner.ours();
  fs::create_directory(partner.folder / "to-partner" / ".lead.csv.tmp");  // nothing can be created
  auto outcomes = partner.adapter->write(
      partner.leads, {{.nodes = {{.operation = Operation::Delete, .object = "lead", .key = "1"}}}},
      partner.context);
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().code(), ErrorCode::Internal);
  EXPECT_EQ(outcomes.error().sent(), Sent::No);
  EXPECT_EQ(partner.ours(), before);
}

TEST(FileWrite, AFileOfOursInAnotherFormIsLeftAlone) {
  const auto write_as = [](const Partner& partner, Options options) {
    const auto adapter = *make_file("dealer", partner.folder.string(), std::move(options));
    return adapter->write(
        partner.leads,
        {{.nodes = {{.operation = Operation::Update, .key = "1", .body = R"({"status":"won"})"}}}},
        partner.context);
  };
  Options before;
  before.separator = ';';
  before.encoding = Encoding::Windows1252;
  Options separator = before;
  separator.separator = ',';
  Options encoding = before;
  encoding.encoding = Encoding::Utf8;
  Options column = before;
  column.changed_column = "stamp";
  for (const Options& after : {separator, encoding, column}) {
    Partner partner(before);
    partner.write(Operation::Create, "", R"({"id":"1","company":"Kabel åäö","status":"new"})", "r");
    const std::string old = partner.ours();
    const auto outcomes = write_as(partner, after);
    ASSERT_FALSE(outcomes);
    EXPECT_EQ(outcomes.error().code(), ErrorCode::Invalid);
    EXPECT_EQ(outcomes.error().sent(), Sent::No);
    EXPECT_NE(outcomes.error().message().find("lead.csv, line "), std::string::npos);
    EXPECT_EQ(partner.ours(), old);
    EXPECT_TRUE(write_as(partner, before));
  }
}

TEST(FileWrite, ADamagedRowOfOursIsNoReasonToBeginItAnew) {
  for (const Format format : {Format::Csv, Format::Ndjson}) {
    const std::string name = format == Format::Csv ? "lead.csv" : "lead.ndjson";
    Partner partner({.format = format});
    partner.write(Operation::Create, "", R"({"id":"1","company":"Acme","status":"new"})", "r");
    std::string damaged = partner.ours(name);
    damaged[damaged.find("Acme")] = '\xFF';
    std::ofstream(partner.folder / "to-partner" / name, std::ios::binary) << damaged;
    EXPECT_FALSE(partner.adapter->read_by_key(partner.leads, "1", partner.context));
    const auto outcomes = partner.adapter->write(
        partner.leads,
        {{.nodes = {{.operation = Operation::Create, .body = R"({"id":"1","status":"won"})"}}}},
        partner.context);
    EXPECT_FALSE(outcomes);
    EXPECT_EQ(partner.ours(name), damaged);
  }
}

TEST(FileWrite, NoTemporaryFileStaysBehind) {
  Partner partner;
  partner.write(Operation::Create, "", R"({"id":"1","company":"A"})", "r1");
  partner.write(Operation::Create, "", R"({"id":"1","company":"A"})", "r1");
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(partner.folder / "to-partner"))
    ++files;
  EXPECT_EQ(files, 1U);
}

TEST(FileWrite, TenThousandRowsAreUpdatedInOnePass) {
  Partner partner;
  std::vector<adapter::WriteRequest> creates;
  std::vector<adapter::WriteRequest> updates;
  for (int i = 0; i < 5'000; ++i) {
    const std::string id = std::to_string(i);
    creates.push_back({.nodes = {{.object = "lead", .body = R"({"id":")" + id + R"("})"}},
                       .correlation_path = "bridge_id",
                       .correlation = "r" + id});
    updates.push_back({.nodes = {{.operation = Operation::Update,
                                  .object = "lead",
                                  .key = id,
                                  .body = R"({"status":"won"})"}}});
  }
  ASSERT_TRUE(partner.adapter->write(partner.leads, creates, partner.context));
  auto outcomes = partner.adapter->write(partner.leads, updates, partner.context);
  ASSERT_TRUE(outcomes);
  for (const auto& outcome : *outcomes) ASSERT_EQ(outcome.nodes[0].status, WriteStatus::Updated);
}

TEST(FileSettings, EveryProblemIsNamedAtOnce) {
  adapter::SystemSettings system{.name = "dealer"};
  system.settings.children["separator"].text = "||";
  system.settings.children["encoding"].text = "ebcdic";
  auto made = kind().make(system);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().problems().size(), 3U);  // the folder is missing too
}

}  // namespace
}  // namespace channelbridge::file::test
