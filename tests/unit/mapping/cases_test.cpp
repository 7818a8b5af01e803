#include <cstdio>
#include <filesystem>
#include <fstream>

#include "mapping_support.hpp"

namespace channelbridge::mapping {
namespace {

class MappingCases : public ::testing::Test {
 protected:
  std::string file(const std::string& text) {
    const std::string path =
        (std::filesystem::path(::testing::TempDir()) / "mapping.cases.yaml").string();
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  std::vector<Problem> run(const std::string& text) {
    const auto problems = run_cases(*mapping_of(kLeadYaml), file(text));
    EXPECT_TRUE(problems) << (problems ? "" : to_string(problems.error()));
    return problems ? *problems : std::vector<Problem>{};
  }
};

constexpr const char* kGood = R"(
source: a test
read:
  - name: an open lead
    partial: true
    document: { Name: Offer, UserStatusCode: "01", Score: 7, ContactFirstName: "", AccountPartyID: "77" }
    references: { CorporateAccountCollection: { "77": 018f } }
    patch: { topic: Offer, status: captured, score: 7, contact.first_name: null, customer: 018f }
    complete: []
  - name: an unknown code
    partial: true
    document: '{"UserStatusCode":"77"}'
    error: "'77' is not in the code map"
write:
  - name: a create
    create: true
    fields: { topic: Offer, score: 7, customer: 018f }
    body: { Score: 7, Name: Offer }
    withheld: [customer]
  - name: a synonym stays
    groups: [status]
    present: { UserStatusCode: "1" }
    fields: { status: captured }
    nodes: [ { operation: update, object: LeadCollection, body: { UserStatusCode: "1" } } ]
)";

TEST_F(MappingCases, PassWhenTheyHold) {
  for (const Problem& problem : run(kGood)) ADD_FAILURE() << to_string(problem);
}

TEST_F(MappingCases, FailWithCaseLineAndDifference) {
  std::string text = kGood;
  text.replace(text.find("topic: Offer, status"), 12, "topic: Other");
  text.replace(text.find("body: { Score: 7"), 16, "body: { Score: 8");
  text.replace(text.find("withheld: [customer]"), 20, "withheld: []");
  const auto problems = run(text);
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_EQ(problems[0].path, "read an open lead");
  EXPECT_GT(problems[0].line, 0);
  EXPECT_NE(problems[0].message.find("topic = 'Offer', expected 'Other'"), std::string::npos)
      << problems[0].message;
}

TEST_F(MappingCases, NeedASourceAndKnownKeywords) {
  const auto problems =
      run("read:\n  - { name: x, dokument: {}, document: {}, partial: true, patch: {} }\n");
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].rule, "no_source");
  EXPECT_EQ(problems[1].suggestion, "document");
}

TEST_F(MappingCases, KeepTheLensLaw) {
  const auto mapping = mapping_of(
      "system: a\nobject: b\nentity: lead\nid: c\nfields: { source: { path: S, codes: { event: E, "
      "other: \"*\" } } }\n");
  const auto problems = run_cases(
      *mapping,
      file("source: a test\nread:\n  - { document: { S: X }, patch: { source: other } }\n"));
  ASSERT_TRUE(problems);
  ASSERT_EQ(problems->size(), 1U);
  EXPECT_EQ(problems->at(0).rule, "lens_law");
}

}  // namespace
}  // namespace channelbridge::mapping
