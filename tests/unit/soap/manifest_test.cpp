#include "manifest_internal.hpp"

#include <gmock/gmock.h>

#include "claim_service.hpp"

namespace channelbridge::soap {
namespace {

using test::altered;
using test::Replacements;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

/// "line path rule suggestion" of each problem of the manifest of claims, altered.
std::vector<std::string> problems_of(const Replacements& changes,
                                     const ManifestOverrides& overrides = {}) {
  const std::string file = fixture("claims.yaml");
  const auto manifest =
      load_manifest({.file = file, .text = altered(test::file_text(file), changes)}, overrides);
  std::vector<std::string> out;
  if (manifest) return out;
  EXPECT_EQ(manifest.error().code(), ErrorCode::Invalid);
  for (const Problem& each : manifest.error().problems()) {
    EXPECT_FALSE(each.message.empty());
    EXPECT_EQ(each.file, file);
    out.push_back(std::to_string(each.line) + ' ' + each.path + ' ' + each.rule +
                  (each.suggestion.empty() ? "" : " -> " + each.suggestion));
  }
  return out;
}
/// The line of the unaltered manifest where a text first stands.
std::string line_of(const std::string& text) {
  const std::string all = test::file_text(fixture("claims.yaml"));
  const std::size_t at = all.find(text);
  EXPECT_NE(at, std::string::npos) << text;
  return std::to_string(
      1 + std::count(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

TEST(SoapManifest, OneThatFitsItsDescriptionHasNoProblem) {
  EXPECT_THAT(problems_of({}), IsEmpty());
}

TEST(SoapManifest, WhatComesAlongFitsItsDescriptions) {
  EXPECT_THAT(shipped_manifests(), IsSupersetOf({"sap_crm_funds.yaml", "sap_fi_bapi.yaml",
                                                 "sap_fi_journal_entry.yaml"}));
  for (const std::string& name : shipped_manifests()) {
    const auto source = find_manifest(name);
    ASSERT_TRUE(source) << to_string(source.error());
    const auto manifest = load_manifest(*source);
    EXPECT_TRUE(manifest) << to_string(manifest.error());
  }
}

TEST(SoapManifest, WhatComesAlongCommitsInNoSessionButItsOwn) {
  std::size_t committing = 0;
  for (const std::string& name : shipped_manifests()) {
    const auto source = find_manifest(name);
    ASSERT_TRUE(source) << to_string(source.error());
    const auto manifest = load_manifest(*source);
    ASSERT_TRUE(manifest) << to_string(manifest.error());
    for (const auto& [object, rules] : (*manifest)->objects) {
      if (!rules.create || !rules.create->commit) continue;
      ++committing;
      // Else the cookie of a proxy is one, and a commit elsewhere succeeds and saves nothing.
      EXPECT_THAT((*manifest)->session_cookie.names(), ElementsAre("parameter.session_cookie"))
          << name << ", " << object;
      const auto parameter = (*manifest)->parameters.find("session_cookie");
      ASSERT_NE(parameter, (*manifest)->parameters.end()) << name;
      EXPECT_EQ(parameter->second.fallback, "sap-contextid") << name;
    }
  }
  EXPECT_EQ(committing, 2U);
}

struct Mistake {
  const char* name{};
  Replacements changes{};
  std::string at{};    ///< a text on the line that is told, in the unaltered manifest
  std::string told{};  ///< path, rule and suggestion
};

void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }

class AMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(AMistake, IsNamedWithLineAndNearestName) {
  const Mistake& mistake = GetParam();
  EXPECT_THAT(problems_of(mistake.changes), Contains(line_of(mistake.at) + ' ' + mistake.told));
}

const Mistake kMistakes[] = {
    {"Keyword",
     {{"    modified:", "    modifeid:"}},
     "    modified:",
     "objects.Claim.modifeid unknown_key -> modified"},
    {"KeywordOfACall",
     {{"      rows: Claim", "      row: Claim"}},
     "      rows: Claim",
     "objects.Claim.read.row unknown_key -> rows"},
    {"KeywordAtTheTop", {{"faults:", "fautls:"}}, "faults:", "fautls unknown_key -> faults"},
    {"Operation",
     {{"operation: ClaimQuery", "operation: ClaimQurey"}},
     "operation: ClaimQuery",
     "objects.Claim.read.operation unknown_operation -> ClaimQuery"},
    {"OneWayOperation",
     {{"operation: ClaimQuery", "operation: ClaimNotify"}},
     "operation: ClaimQuery",
     "objects.Claim.read.operation one_way"},
    {"Element",
     {{"Filter/ChangedSince", "Filter/ChangedSinse"}},
     "Filter/ChangedSince",
     "objects.Claim.read.request.Filter/ChangedSinse unknown_path -> ChangedSince"},
    {"NestedElement",
     {{"Filter: { ClaimID:", "Filter: { ClaimId:"}},
     "Filter: { ClaimID:",
     "objects.Claim.read_by_key.request.Filter/ClaimId unknown_path -> ClaimID"},
    {"Rows",
     {{"rows: Claim", "rows: Claims"}},
     "rows: Claim",
     "objects.Claim.read.rows unknown_path -> Claim"},
    {"Key",
     {{"key: ClaimID", "key: ClaimNo"}},
     "key: ClaimID",
     "objects.Claim.read: the object's key unknown_path -> ClaimID"},
    {"Version",
     {{"version: Version", "version: Vresion"}},
     "version: Version",
     "objects.Claim.read: the object's version unknown_path -> Version"},
    {"Token",
     {{"next: NextToken", "next: NextTokne"}},
     "next: NextToken",
     "objects.Claim.read.next unknown_path -> NextToken"},
    {"ConditionPath",
     {{"refused: { Log/Severity:", "refused: { Log/Severty:"}},
     "refused: { Log/Severity:",
     "objects.Claim.read.refused.Log/Severty unknown_path -> Severity"},
    {"ConditionValue",
     {{"Status: [gone]", "Status: [gon]"}},
     "Status: [gone]",
     "objects.Claim.read: the object's deleted.Status value -> gone"},
    {"MessagePath",
     {{"code: TypeID", "code: TypeId"}},
     "code: TypeID",
     "objects.Claim.read.messages.code unknown_path -> TypeID"},
    {"Body",
     {{"      body: Claim", "      body: Klaim"}},
     "      body: Claim",
     "objects.Claim.create.body unknown_path -> Claim"},
    {"BodyThatIsAText",
     {{"      body: Claim", "      body: Ref"}},
     "      body: Claim",
     "objects.Claim.create.body shape"},
    {"AnswerPath",
     {{"match: Ref", "match: Reff"}},
     "match: Ref",
     "objects.Claim.create.answer.match unknown_path -> Ref"},
    {"TextWhereElementsStand",
     {{"Filter/ExternalID: \"{record.hex}\"", "Filter: x"}},
     "Filter/ExternalID",
     "objects.Claim.find.request.Filter shape"},
    {"ConstantThatDoesNotFit",
     {{"PageSize: \"{page_size}\"", "PageSize: many"}},
     "PageSize:",
     "objects.Claim.read.request.PageSize type"},
    {"Placeholder",
     {{"\"{page_size}\"", "\"{pagesize}\""}},
     "{page_size}",
     "objects.Claim.read.request.PageSize placeholder -> page_size"},
    {"PlaceholderOfAnotherCall",
     {{"\"{record.hex}\"", "\"{number.hex}\""}},
     "{record.hex}",
     "objects.Claim.find.request.Filter/ExternalID placeholder"},
    {"RecordInAChange",  // the hub gives our record id to creates alone
     {{"request: { ClaimID: \"{key}\", Version",
       "request: { ClaimID: \"{record.short}\", Version"}},
     "request: { ClaimID: \"{key}\", Version",
     "objects.Claim.update.request.ClaimID placeholder"},
    {"RecordThatNoCreateCarries",
     {{"correlation: ExternalID", "correlation: ClaimID"}},
     "operation: ClaimSubmit",
     "objects.Claim.create correlation"},
    {"SessionCookie",
     {{"addressing: true", "addressing: true\nsession: { cookie: \"{parameter.cookie}\" }"}},
     "wsdl: claims.wsdl",
     "session.cookie placeholder -> parameter.client"},
    {"ParameterThatIsNotDeclared",
     {{"{parameter.organisation}", "{parameter.organization}"}},
     "{parameter.organisation}",
     "objects.Claim.read.request.Organisation placeholder -> parameter.organisation"},
    {"OpenBrace",
     {{"\"{token}\"", "\"{token\""}},
     "{token}",
     "objects.Claim.read.request.Token placeholder"},
    {"MissingElement",
     {{"        Organisation: \"{parameter.organisation}\"\n", ""}},
     "operation: ClaimQuery",
     "objects.Claim.read.request missing"},
    {"MissingBesideTheBody",
     {{", At: \"{decided}\"", ""}},
     "operation: ClaimSubmit",
     "objects.Claim.create.request missing"},
    {"TokenWithoutPlace",
     {{"      next: NextToken\n", ""}},
     "operation: ClaimQuery",
     "objects.Claim.read.next paging"},
    {"KeyOfTheAnswer",
     {{"        key: ClaimID\n", ""}},
     "operation: ClaimSubmit",
     "objects.Claim.create.answer.key key"},
    {"UpdateWithoutLook",
     {{"    read_by_key:\n      operation: ClaimQuery\n      request: { Filter: "
       "{ ClaimID: \"{key}\" }, Organisation: "
       "\"{parameter.organisation}\" }\n      rows: Claim\n",
       "#\n#\n#\n#\n"}},
     "operation: ClaimChange",
     "objects.Claim.update read_by_key"},
    {"ConditionalWithoutVersion",
     {{", Version: \"{version}\"", ""}},
     "operation: ClaimChange",
     "objects.Claim.update.conditional conditional"},
    {"BatchWithoutMatch",
     {{"        match: Ref\n", ""}},
     "operation: ClaimSubmit",
     "objects.Claim.create.batch batch"},
    {"FaultWord",
     {{"means: conflict", "means: conflikt"}},
     "means: conflict",
     "faults[1].means one_of -> conflict"},
    {"NoObjects", {{"objects:", "objcets:"}}, "objects:", "objcets unknown_key -> objects"},
    {"ServiceThatIsNone",
     {{"      operation: ClaimQuery", "      service: lookup\n      operation: ClaimQuery"},
      {"about: claims, read and written\n", ""}},
     "operation: ClaimQuery",
     "objects.Claim.read.service unknown_service"},
};

INSTANTIATE_TEST_SUITE_P(SoapManifest, AMistake, ::testing::ValuesIn(kMistakes),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(SoapManifest, AllMistakesAreToldAtOnce) {
  const auto told = problems_of({{"rows: Claim", "rows: Claims"},
                                 {"operation: ClaimSubmit", "operation: ClaimSumbit"},
                                 {"    modified:", "    modifeid:"}});
  EXPECT_EQ(told.size(), 3U);
}

TEST(SoapManifest, ACommitNeedsItsSessionAndIsNoBatch) {
  const std::string body = "      body: Claim\n      batch: 3\n";
  const auto told = problems_of(
      {{body, body +
                  "      commit:\n        operation: ClaimChange\n        request: { ClaimID: x }\n"
                  "        answer: { done: { Log/Severity: [\"1\"] } }\n"}});
  EXPECT_THAT(told, Contains(HasSubstr("create.commit session")));
  EXPECT_THAT(told, Contains(HasSubstr("create.batch batch")));
}

TEST(SoapManifest, RowsByNumberNeedACountAndNoMovingFilter) {
  const auto told = problems_of({{"        Token: \"{token}\"\n", "        Skip: \"{skip}\"\n"},
                                 {"      next: NextToken\n", ""}});
  EXPECT_THAT(told, ElementsAre(HasSubstr("read.request paging"), HasSubstr("read.total paging"),
                                HasSubstr("read.more paging")));
}

TEST(SoapManifest, WhatAProjectOverridesIsChecked) {
  EXPECT_THAT(problems_of({}, {.port = "Clams"}), ElementsAre(HasSubstr("port unknown_port")));
  EXPECT_THAT(problems_of({}, {.version = Version::Soap12}),
              ElementsAre(HasSubstr("unknown_port")));
  EXPECT_THAT(problems_of({{"wsdl: claims.wsdl\n", ""}}), ElementsAre(HasSubstr("wsdl required")));
  const auto gone = load_manifest(
      {.file = fixture("claims.yaml"), .text = test::file_text(fixture("claims.yaml"))},
      {.wsdl = "/nowhere/claims.wsdl"});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().problems().at(0).file, "/nowhere/claims.wsdl");
}

TEST(SoapManifest, WhatIsNoYamlIsToldWithItsLine) {
  for (const auto& [text, rule] :
       {std::pair{"wsdl: [", "syntax"}, std::pair{"- a", "wrong_type"},
        std::pair{"wsdl: a\nwsdl: b", "duplicate_key"}, std::pair{"a: &a [*a]", "too_large"}}) {
    const auto manifest = load_manifest({.file = "m.yaml", .text = text});
    ASSERT_FALSE(manifest) << text;
    EXPECT_EQ(manifest.error().problems().at(0).rule, rule) << text;
    EXPECT_EQ(manifest.error().problems().at(0).file, "m.yaml");
  }
}

TEST(SoapManifest, AMisspeltNameOfOneThatComesAlongIsTold) {
  const auto out = find_manifest("/project/sap_fi_bpai.yaml");
  ASSERT_FALSE(out);
  EXPECT_THAT(out.error().message(), HasSubstr("did you mean 'sap_fi_bapi.yaml'?"));
}

TEST(SoapManifest, ParametersAreAskedForWithTheirSentence) {
  Options options{.manifest = fixture("claims.yaml")};
  options.parameters["organization"] = "1010";
  const auto out =
      make_adapter(std::make_shared<http::ScriptedTransport>(), {.system = "crm"}, options);
  ASSERT_FALSE(out);
  const std::string told = to_string(out.error());
  EXPECT_THAT(told, HasSubstr("whose claims are read"));
  EXPECT_THAT(told, HasSubstr("did you mean 'organisation'?"));
}

TEST(SoapDescribe, KnowsTypesLengthsDecimalsAndValuesOfAllMessages) {
  test::ClaimService service;
  const auto claim = service.adapter->describe("Claim", service.context);
  ASSERT_TRUE(claim) << to_string(claim.error());
  EXPECT_THAT(claim->keys, ElementsAre("ClaimID"));
  const auto& properties = claim->properties;
  EXPECT_EQ(properties.at("Partner").max_length, 10U);
  EXPECT_FALSE(properties.at("Partner").nullable);
  EXPECT_TRUE(properties.at("Partner").creatable);
  EXPECT_EQ(properties.at("Amount").type, "decimal");
  EXPECT_EQ(properties.at("Amount").scale, 2);
  EXPECT_EQ(properties.at("ActivityDate").type, "date");
  EXPECT_THAT(properties.at("Status").values, ElementsAre("open", "approved", "gone"));
  EXPECT_FALSE(properties.at("Status").creatable) << "shown, and taken by no message";
  EXPECT_EQ(claim->navigations.at("Line"), "Claim/Line");
  const auto line = service.adapter->describe("Claim/Line", service.context);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->properties.at("No").type, "integer");
  const auto none = service.adapter->describe("Clam", service.context);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::NotFound);
}

TEST(SoapDescribe, AKeyOfTheAnswerIsAPropertyThatNobodyWrites) {
  const auto entry = kind().published("JournalEntry", "");
  ASSERT_TRUE(entry) << to_string(entry.error());
  EXPECT_TRUE(entry->properties.at("CompanyCode").creatable);
  ASSERT_TRUE(entry->properties.contains("FiscalYear"));
  EXPECT_FALSE(entry->properties.at("FiscalYear").creatable);
  EXPECT_EQ(entry->properties.at("DocumentReferenceID").max_length, 16U);
  const auto item = kind().published("JournalEntry/DebtorItem/PaymentDetails", "");
  ASSERT_TRUE(item) << to_string(item.error());
  EXPECT_TRUE(item->properties.contains("PaymentReference"));
  EXPECT_TRUE(kind().published("AccountingDocument/ACCOUNTGL/item", ""));
  EXPECT_EQ(kind().published("JournalEntri", "").error().code(), ErrorCode::NotFound);
}

}  // namespace
}  // namespace channelbridge::soap
