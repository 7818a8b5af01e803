#include <gmock/gmock.h>

#include <array>
#include <thread>

#include "channelbridge/mapping/check.hpp"
#include "mapping/jq_internal.hpp"
#include "mapping_support.hpp"

namespace channelbridge::mapping {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

std::string lead_with(const std::string& rules) {
  return "system: a\nobject: Lead\nentity: lead\nid: Id\nfields:\n" + rules;
}

std::string read_with(const std::string& rules, const std::string& text, bool full = true) {
  return read_lines(*mapping_of(lead_with(rules)), text, full);
}

std::string value_of(const std::string& program, const std::string& json,
                     const JqLimits& limits = {}) {
  const auto value = run_jq(program, json, limits);
  return value ? value->text : value.error().message();
}

std::vector<Problem> problems_of_rules(const std::string& rules) {
  const auto mapping =
      Mapping::parse(lead_with(rules), "test.yaml", model::EntityRegistry::built_in());
  return mapping ? std::vector<Problem>() : mapping.error().problems();
}

TEST(MappingJq, AFieldIsComputedFromSeveralPlaces) {
  const std::string rules =
      "  status: { needs: [IsConverted, Status], codes: { converted: x, captured: New },\n"
      "            jq: 'if .IsConverted then \"x\" else .Status end' }\n";
  EXPECT_EQ(read_with(rules, R"({"Id":"1","IsConverted":true,"Status":"New"})"),
            "status=converted\n");
  EXPECT_EQ(read_with(rules, R"({"Id":"1","IsConverted":false,"Status":"New"})"),
            "status=captured\n");
  EXPECT_THAT(read_with(rules, R"({"Id":"1","IsConverted":false,"Status":"Odd"})"),
              HasSubstr("test.yaml:6"));
}

TEST(MappingJq, TheResultIsTypedByTheFieldLikeAnyText) {
  EXPECT_EQ(read_with("  score: { needs: A, jq: '.A | length' }\n", R"({"A":[1,2,3]})"),
            "score=3\n");
  EXPECT_EQ(read_with("  topic: { needs: [A, B], jq: '[.A, .B] | join(\" \")' }\n",
                      R"({"A":"Łódź","B":"上海"})"),
            "topic=Łódź 上海\n");
  EXPECT_EQ(read_with("  topic: { needs: A, jq: .A }\n", R"({"A":null})"), "topic~\n");
  EXPECT_EQ(
      read_with("  customer: { needs: A, jq: '.A | ltrimstr(\"0\")', ref: partner, object: P }\n",
                R"({"A":"07"})"),
      "customer=" +
          model::to_string(model::PendingReference{.system = "crm", .object = "P", .key = "7"}) +
          "\n");
  EXPECT_THAT(read_with("  received_at: { needs: A, jq: .A }\n", R"({"A":"soon"})"),
              HasSubstr("received_at: jq: 'soon'"));
}

TEST(MappingJq, WhatIsNoValueSetsTheRecordAside) {
  const std::string document = R"({"A":"x"})";
  for (const auto& [program, reason] : std::vector<std::pair<std::string, std::string>>{
           {".A, .A", "the program gives several outputs"},
           {"[.A]", "an object or a list, not one value"},
           {".A.B", "the program fails: Cannot index string"},
           {"error(\"odd\")", "the program fails: odd"},
           {".A, error(\"odd\")", "the program fails: odd"},
       }) {
    const std::string text = read_with("  topic: { needs: A, jq: '" + program + "' }\n", document);
    EXPECT_THAT(text, HasSubstr("test.yaml:6: topic: jq: ")) << program;
    EXPECT_THAT(text, HasSubstr(reason)) << program;
  }
}

TEST(MappingJq, NoOutputIsNoStatement) {
  EXPECT_EQ(read_with("  topic: { needs: A, jq: 'if .A == \"\" then empty else .A end' }\n",
                      R"({"A":""})"),
            "");
  EXPECT_EQ(read_with("  topic: { needs: A, jq: 'if .A == \"\" then empty else .A end' }\n",
                      R"({"A":"x"})"),
            "topic=x\n");
}

TEST(MappingJq, WhatJqQuotesOfAPersonStaysOutOfErrors) {
  const std::string text =
      read_with("  contact.email: { needs: A, jq: 'error(.A)' }\n", R"({"A":"anna@example.com"})");
  EXPECT_THAT(text, HasSubstr("the program fails"));
  EXPECT_THAT(text, Not(HasSubstr("anna")));
}

TEST(MappingJq, AProgramSeesItsNeedsAndNothingElse) {
  const std::string document =
      R"({"A":"x","B":"secret","items":{"results":[{"N":1,"Z":"z"},{"N":2,"Z":"z"}]}})";
  EXPECT_EQ(read_with("  topic: { needs: [A, items.N], jq: tojson }\n", document),
            "topic={\"A\":\"x\",\"items\":[{\"N\":1},{\"N\":2}]}\n");
  EXPECT_EQ(read_with("  topic: { needs: A, jq: .B }\n", document), "topic~\n");
  const auto mapping = mapping_of(lead_with("  topic: { needs: [A, items.N], jq: .A }\n"));
  EXPECT_EQ(mapping->required_paths(), (std::vector<std::string>{"A", "items.N"}));
}

TEST(MappingJq, AbsentIsDriftInAFullDocumentAndNoStatementInAPartialOne) {
  const std::string rule = "  topic: { needs: [A, B.C], jq: '.A // \"none\"' }\n";
  EXPECT_THAT(read_with(rule, R"({"A":"x"})"), HasSubstr("needs B, which is absent"));
  EXPECT_THAT(read_with(rule, R"({"A":"x","B":[{"C":1},{}]})"), HasSubstr("needs B.C"));
  EXPECT_THAT(read_with(rule, R"({"A":"x","B":{"__deferred":{"uri":"u"}}})"), HasSubstr("needs B"));
  EXPECT_EQ(read_with(rule, R"({"A":"x","B":null})"), "topic=x\n");
  EXPECT_EQ(read_with(rule, R"({"A":"x","B":[]})"), "topic=x\n");
  EXPECT_EQ(read_with(rule, R"({"A":"x"})", false), "");
  const std::string lenient = "  topic: { needs: A, absent: null, jq: '.A // \"none\"' }\n";
  EXPECT_EQ(read_with(lenient, R"({"Id":"1"})"), "topic=none\n");
}

TEST(MappingJq, ANumberThatJqWouldRoundIsRefused) {
  const std::string rule = "  topic: { needs: A, jq: '.A | tostring' }\n";
  EXPECT_EQ(read_with(rule, R"({"A":123456789012345})"), "topic=123456789012345\n");
  EXPECT_EQ(read_with(rule, R"({"A":100.00})"), "topic=100\n");
  EXPECT_EQ(read_with(rule, R"({"A":1e2})"), "topic=100\n");
  for (const char* number :
       {"12345678901234567890123", "1234567890123456.78", "9007199254740993", "1e400"}) {
    EXPECT_THAT(read_with(rule, std::string(R"({"A":)") + number + "}"),
                HasSubstr("has more: say 'numbers: text'"))
        << number;
    EXPECT_EQ(read_with("  topic: { needs: A, numbers: text, jq: .A }\n",
                        std::string(R"({"A":)") + number + "}"),
              std::string("topic=") + number + "\n");
  }
  // Only what the program sees counts.
  EXPECT_EQ(read_with(rule, R"({"A":1,"Id":12345678901234567890123})"), "topic=1\n");
}

TEST(MappingJq, ANumberThatTheProgramGivesHas15Digits) {
  EXPECT_EQ(value_of("0.1 + 0.2", "null"), "0.3");
  EXPECT_EQ(value_of("-1.15 * 3", "null"), "-3.45");
  EXPECT_EQ(value_of("1e-7", "null"), "0.0000001");
  EXPECT_EQ(value_of("-0", "null"), "0");
  EXPECT_EQ(value_of("999999999999999", "null"), "999999999999999");
  EXPECT_EQ(value_of("2 / 3", "null"), "0.666666666666667");
  for (const char* beyond : {"1e15", "-1e300", "infinite", "nan"})
    EXPECT_THAT(value_of(beyond, "null"), HasSubstr("15 digits only")) << beyond;
}

TEST(MappingJq, AProgramThatGoesOnForeverIsStopped) {
  const JqLimits limits{.processor_time = 200ms, .patience = 5s};
  EXPECT_EQ(value_of("def f: f; f", "null", limits), "the program takes more than 200 ms");
  EXPECT_EQ(value_of("last(repeat(1))", "null", limits), "the program takes more than 200 ms");
  EXPECT_EQ(value_of(".a", R"({"a":"next"})", limits), "next") << "and the next one runs";
  const std::string text = read_with("  topic: { needs: A, jq: 'def f: f; f' }\n", R"({"A":"x"})");
  EXPECT_THAT(text, HasSubstr("test.yaml:6: topic: jq: the program takes more than 1000 ms"));
}

TEST(MappingJq, AProgramThatBuildsAHugeValueIsStopped) {
  const JqLimits limits{.memory = 64U << 20U, .processor_time = 10s, .patience = 30s};
  EXPECT_EQ(value_of("def f: [f, f]; f", "null", limits),
            "the program wants more than 64 MB of memory");
  EXPECT_EQ(value_of("[range(100000000)] | length", "null", limits),
            "the program wants more than 64 MB of memory");
  EXPECT_EQ(value_of(".a", R"({"a":"next"})", limits), "next");
}

TEST(MappingJq, AProgramSeesNothingOutsideItsDocument) {
  for (const char* word :
       {"env", "$ENV", "$ENV.PATH", "input", "[inputs]", "input_filename", "now", "halt", "debug",
        "import \"a\" as a; .", "include \"a\"; .", "$__loc__", "\"\\(env | tostring)\"",
        "(1, (env))", ".a | # no comment ends here\n env"}) {
    const auto compiled = compile_jq(word);
    ASSERT_FALSE(compiled) << word;
    EXPECT_THAT(compiled.error().message(), HasSubstr("is not for mappings")) << word;
  }
  for (const char* word : {".env", "{env: 1} | .env", "\"env\"", "# env\n.", ".a.input",
                           "def environment: 1; environment", "@text \"now\"", ". as $now | $now"})
    EXPECT_TRUE(compile_jq(word)) << word;
  // And what a list of words might not know is empty.
  EXPECT_EQ(value_of("env | length", "null"), "0");
  EXPECT_EQ(value_of("$ENV | length", "null"), "0");
}

TEST(MappingJq, ThreadsHaveProgramsOfTheirOwn) {
  std::vector<std::jthread> threads;
  std::array<int, 4> wrong{};
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    threads.emplace_back([i, &wrong] {
      for (int n = 0; n < 200; ++n) {
        const std::string mine = std::to_string(i) + "." + std::to_string(n);
        wrong[i] += value_of(".a", "{\"a\":\"" + mine + "\"}") == mine ? 0 : 1;
      }
    });
  }
  threads.clear();
  EXPECT_THAT(wrong, ::testing::Each(0));
}

TEST(MappingJq, ManyProgramsTakeTurns) {
  for (int n = 0; n < 36; ++n) {
    const int i = n % 34;  // more than one process knows
    ASSERT_EQ(value_of(".a + " + std::to_string(i), R"({"a":1})"), std::to_string(i + 1));
  }
}

TEST(MappingJq, ASyntaxErrorNamesFileLineAndColumn) {
  const auto problems = problems_of_rules(
      "  topic: Name\n"
      "  score:\n"
      "    needs: A\n"
      "    jq: |\n"
      "      if .A > 1 then 2\n"
      "      else .A |\n"
      "        many\n"
      "      end\n");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].file, "test.yaml");
  EXPECT_EQ(problems[0].line, 12);
  EXPECT_EQ(problems[0].rule, "jq");
  EXPECT_EQ(problems[0].message, "many/0 is not defined (line 3, column 3 of the program)");
  const auto short_one = problems_of_rules("  score: { needs: A, jq: '.A +' }\n");
  ASSERT_EQ(short_one.size(), 1U);
  EXPECT_EQ(short_one[0].line, 6);
  EXPECT_THAT(short_one[0].message, HasSubstr("syntax error"));
  EXPECT_THAT(short_one[0].message, HasSubstr("(line 1, column 4 of the program)"));
}

TEST(MappingJq, AComputedFieldIsOnlyRead) {
  const auto mapping = mapping_of(lead_with("  topic: { needs: A, jq: .A }\n  number: N\n"));
  EXPECT_EQ(mapping->rules()[0].direction, Direction::Read);
  const auto written =
      mapping->write({{"topic", "t"}, {"number", "7"}}, {.create = true}, {}, nullptr);
  ASSERT_TRUE(written);
  EXPECT_EQ(written->nodes.at(0).body, R"({"N":"7"})");
  for (const char* more :
       {"direction: both", "direction: write", "path: B", "const: x", "default: x", "max_length: 3",
        "numbers: exact", "needs: \"A[B=1].C\""}) {
    const bool again = std::string_view(more).starts_with("needs");
    const auto problems = problems_of_rules("  topic: { jq: .A, " +
                                            std::string(again ? "" : "needs: A, ") + more + " }\n");
    ASSERT_FALSE(problems.empty()) << more;
    EXPECT_EQ(problems[0].line, 6) << more;
  }
  EXPECT_EQ(problems_of_rules("  topic: { jq: .A }\n").at(0).rule, "missing");
  EXPECT_EQ(problems_of_rules("  topic: { path: A, needs: B }\n").at(0).rule, "bad_value");
}

TEST(MappingJq, NeedsAreCheckedAgainstTheSystemsMetadata) {
  const auto mapping =
      mapping_of(lead_with("  topic: { needs: [Name, to_Item.Amont], jq: .Name }\n"));
  ObjectFacts lead;
  lead.properties = {{"Id", {}}, {"Name", {}}};
  lead.navigations = {{"to_Item", "Item"}};
  ObjectFacts item;
  item.properties = {{"Amount", {}}};
  const auto problems = check(*mapping, [&](std::string_view name) {
    return name == "Lead" ? &lead : name == "Item" ? &item : nullptr;
  });
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].rule, "unknown_property");
  EXPECT_EQ(problems[0].line, 6);
  EXPECT_EQ(problems[0].suggestion, "Amount");
}

TEST(MappingJq, XmlHasLocalNamesAttributesAndRepeatedElements) {
  const std::string rules = "  topic: { needs: [R.A, \"R.B.@unit\"], jq: tojson }\n";
  const auto mapping =
      mapping_of("system: a\nobject: Lead\nentity: lead\nid: Id\nformat: xml\nfields:\n" + rules);
  EXPECT_EQ(
      read_lines(*mapping,
                 "<Root xmlns:n='urn:n'><R><n:A>1</n:A><n:A>2</n:A><B unit='EA'>5</B></R></Root>"),
      "topic={\"R\":{\"A\":[\"1\",\"2\"],\"B\":{\"@unit\":\"EA\",\"#text\":\"5\"}}}\n");
}

}  // namespace
}  // namespace channelbridge::mapping
