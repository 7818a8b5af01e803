#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channelbridge/sap_s4hana/sap_s4hana.hpp"
#include "scripted_service.hpp"

/// Contact persons: what is read and written of their relations with companies.
namespace channelbridge::sap_s4hana {
namespace {

using adapter::Operation;
using adapter::WriteOutcome;
using adapter::WriteRequest;
using adapter::WriteStatus;
using odata::decoded;
using odata::group;
using odata::json_answer;
using odata::multipart;
using odata::part;
using odata::ScriptedTransport;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

adapter::Selection persons() {
  return {.object = "A_BusinessPartner",
          .id = "BusinessPartner",
          .version = "@etag",
          .paths = {"BusinessPartner", "LastName",
                    "by_BusinessPartnerPerson[RelationshipCategory=BUR001].BusinessPartnerCompany",
                    "by_BusinessPartnerPerson[RelationshipCategory=BUR001].to_ContactRelationship."
                    "EmailAddress"}};
}
std::string rows(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& row : all) out += (out.empty() ? "" : ",") + row;
  return R"({"d":{"__count":")" + std::to_string(all.size()) + R"(","results":[)" + out + "]}}";
}
std::string person(const std::string& number) {
  return R"({"__metadata":{"etag":"W/\"1\""},"BusinessPartner":")" + number +
         R"(","LastName":"Ek"})";
}
std::string relation(const std::string& person, const std::string& company,
                     const std::string& begins = "null") {
  return R"({"RelationshipNumber":"5","BusinessPartnerCompany":")" + company +
         R"(","BusinessPartnerPerson":")" + person +
         R"(","ValidityEndDate":"/Date(253402214400000)/","ValidityStartDate":)" + begins +
         R"(,"RelationshipCategory":"BUR001"})";
}
WriteRequest says(const std::string& number, const std::string& relation,
                  Operation operation = Operation::Update) {
  return {.nodes = {{.operation = operation,
                     .object = "A_BusinessPartner",
                     .key = number,
                     .body = R"({"by_BusinessPartnerPerson":[)" + relation + "]}"}}};
}
const std::string kToC =
    R"({"RelationshipCategory":"BUR001","BusinessPartnerCompany":"C","to_ContactRelationship":{"EmailAddress":"e@example.com"}})";

/// A system with persons and the relations of them that one query brings.
class ContactRelations : public ::testing::Test {
 protected:
  void open(const std::string& zone = "UTC") {
    transport_ = std::make_shared<ScriptedTransport>(
        [this](const http::Request& request) -> Result<http::Response> {
          if (request.target.find("$metadata") != std::string::npos) {
            return http::Response{.status = 200,
                                  .body = odata::fixture("odata-v2/API_BUSINESS_PARTNER.edmx")};
          }
          if (request.method == "GET") {
            const bool related =
                request.target.find("A_BusinessPartnerContact?") != std::string::npos;
            return json_answer(rows(related ? relations_ : persons_));
          }
          return answer_(request);
        });
    adapter_ =
        *make_adapter(transport_, {.system = "erp"}, Options{.time_zone = zone, .csrf = false});
  }
  adapter::Page read() {
    auto page = adapter_->read(persons(), {}, 10, Context(clock_, {}));
    EXPECT_TRUE(page) << to_string(page.error());
    return page ? *std::move(page) : adapter::Page{};
  }
  std::vector<WriteOutcome> write(const std::vector<WriteRequest>& requests) {
    auto outcomes = adapter_->write(persons(), requests, Context(clock_, {}));
    EXPECT_TRUE(outcomes) << to_string(outcomes.error());
    return outcomes ? *outcomes : std::vector<WriteOutcome>(requests.size());
  }
  std::vector<http::Request> sent() const {
    std::vector<http::Request> out = transport_->requests();
    std::erase_if(out, [](const http::Request& request) { return request.method == "GET"; });
    return out;
  }

  std::vector<std::string> persons_{person("7")};
  std::vector<std::string> relations_;
  ScriptedTransport::Answer answer_ = [](const http::Request&) {
    return http::Response{.status = 204};
  };
  std::shared_ptr<ScriptedTransport> transport_;
  std::shared_ptr<adapter::Adapter> adapter_;
  std::shared_ptr<testing::ManualClock> clock_ = std::make_shared<testing::ManualClock>();
};

TEST_F(ContactRelations, AreReadBeforeTheyAreWrittenAsTheyHaveNoVersion) {
  open();
  EXPECT_FALSE(adapter_->capabilities(persons()).conditional);
  EXPECT_FALSE(adapter_->capabilities(persons()).atomic_group);
  EXPECT_FALSE(adapter_->capabilities(persons()).deep_create) << "a relation is made by itself";
  adapter::Selection without = persons();
  without.paths = {"BusinessPartner", "LastName"};
  EXPECT_TRUE(adapter_->capabilities(without).conditional);
  EXPECT_TRUE(adapter_->capabilities(without).atomic_group);
}

TEST_F(ContactRelations, OfACreateAreRefusedBeforeItIsSent) {
  open();
  answer_ = [](const http::Request& request) {
    return request.method == "POST" ? json_answer(R"({"d":)" + relation("7", "C") + "}", 201)
                                    : http::Response{.status = 204};
  };
  const auto outcomes = write({says("", kToC, Operation::Create), says("7", kToC)});
  EXPECT_EQ(outcomes[0].nodes[0].status, WriteStatus::Rejected);
  EXPECT_EQ(outcomes[0].nodes[0].error->code(), ErrorCode::Unsupported);
  EXPECT_EQ(outcomes[1].nodes[0].status, WriteStatus::Updated);
  EXPECT_THAT(sent(), SizeIs(2)) << "the relation of the other, and what it says";
}

TEST_F(ContactRelations, ThatCannotBeReadSetTheirPersonAsideAndNobodyElse) {
  open();
  persons_ = {person("7"), person("8")};
  relations_ = {
      relation("8", "A"),
      R"({"RelationshipNumber":null,"BusinessPartnerPerson":"7","BusinessPartnerCompany":"A"})"};
  const adapter::Page page = read();
  ASSERT_THAT(page.changes, SizeIs(1));
  EXPECT_EQ(page.changes[0].key, "8");
  ASSERT_THAT(page.unreadable, SizeIs(1));
  EXPECT_EQ(page.unreadable[0].key, "7");
  EXPECT_FALSE(adapter_->read_by_key(persons(), "7", Context(clock_, {})));
  const auto outcomes = write({says("7", kToC)});
  EXPECT_EQ(outcomes[0].nodes[0].status, WriteStatus::Retry);
  EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(ContactRelations, ThatBeginLaterCountOnlyWhereNoneIsValidToday) {
  open();
  const auto later = std::chrono::duration_cast<std::chrono::milliseconds>(
      (clock_->now() + std::chrono::hours(24 * 17)).time_since_epoch());
  const std::string begins = "\"/Date(" + std::to_string(later.count()) + ")/\"";
  relations_ = {relation("7", "A"), relation("7", "B", begins)};
  EXPECT_THAT(std::string(read().changes.at(0).document.text()),
              ::testing::AllOf(HasSubstr(R"("BusinessPartnerCompany":"A")"),
                               Not(HasSubstr(R"("BusinessPartnerCompany":"B")"))));
  relations_ = {relation("7", "C", begins)};
  EXPECT_THAT(std::string(read().changes.at(0).document.text()),
              HasSubstr(R"("BusinessPartnerCompany":"C")"));
  write({says("7", R"({"RelationshipCategory":"BUR001","BusinessPartnerCompany":"C"})")});
  EXPECT_THAT(sent(), IsEmpty()) << "a second relation would stand beside it";
}

TEST_F(ContactRelations, AreThoseOfTheSystemsOwnDay) {
  const auto asked = [this](const std::string& zone) {
    open(zone);
    read();
    return decoded(transport_->requests("A_BusinessPartnerContact?").at(0).target);
  };
  const Timestamp now = clock_->now();
  const std::string before = to_iso8601(now - std::chrono::hours(12)).substr(0, 10);
  const std::string after = to_iso8601(now + std::chrono::hours(14)).substr(0, 10);
  ASSERT_NE(before, after);
  EXPECT_THAT(asked("Etc/GMT+12"), HasSubstr("ValidityEndDate ge datetime'" + before));
  EXPECT_THAT(asked("Etc/GMT-14"), HasSubstr("ValidityEndDate ge datetime'" + after));
}

TEST_F(ContactRelations, OfManyPersonsAreAskedForAndWrittenTogether) {
  open();
  relations_ = {relation("7", "A"), relation("8", "C")};
  answer_ = [](const http::Request& request) {
    if (request.body.find("A_BPContactToFuncAndDept") != std::string::npos) {
      return multipart({group({part("204 No Content")}), group({part("204 No Content")}),
                        group({part("204 No Content")})});
    }
    const auto made = [](const std::string& number) {
      return part("201 Created", R"({"d":)" + relation(number, "C") + "}");
    };
    return multipart({group({made("7"), part("204 No Content")}), group({made("9")})});
  };
  const auto outcomes = write({says("7", kToC), says("8", kToC), says("9", kToC)});
  for (const WriteOutcome& outcome : outcomes)
    EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Updated)
        << (outcome.nodes[0].error ? to_string(*outcome.nodes[0].error) : "");
  EXPECT_THAT(transport_->requests("A_BusinessPartnerContact?"), SizeIs(1));
  ASSERT_THAT(sent(), SizeIs(2)) << "the moves, then what the relations say";
  EXPECT_THAT(sent()[0].body, HasSubstr("DELETE A_BusinessPartnerContact("));
  EXPECT_THAT(sent()[1].body, HasSubstr("BusinessPartnerPerson='9'"));
}

TEST_F(ContactRelations, OneThatIsRefusedLeavesItsNeighboursAlone) {
  open();
  answer_ = [](const http::Request& request) {
    if (request.target.find("$batch") == std::string::npos) return http::Response{.status = 204};
    return multipart({part("400 Bad Request",
                           R"({"error":{"code":"R1/1","message":{"value":"No such company"}}})"),
                      group({part("201 Created", R"({"d":)" + relation("8", "C") + "}")})});
  };
  const auto outcomes = write({says("7", kToC), says("8", kToC)});
  EXPECT_EQ(outcomes[0].nodes[0].status, WriteStatus::Rejected);
  EXPECT_EQ(outcomes[1].nodes[0].status, WriteStatus::Updated);
}

}  // namespace
}  // namespace channelbridge::sap_s4hana
