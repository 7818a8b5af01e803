#include "mapping_support.hpp"

namespace channelbridge::mapping {
namespace {

TEST(MappingView, ShowsWhatTheSystemWouldShow) {
  const auto mapping = mapping_of(kLeadYaml);
  const std::string name(50, 'x');
  const model::Fields fields{{"topic", "t"},         {"company.name", name},
                             {"status", "captured"}, {"rating", "hot"},
                             {"customer", "018f"},   {"estimated_value.amount", "1.5"}};
  EXPECT_EQ(lines(mapping->view(fields)),
            "company.name=" + name.substr(0, 40) +
                "\ncustomer=018f\nestimated_value.amount=1.5\nstatus=captured\ntopic=t\n");
  EXPECT_EQ(mapping->image("company.name", name), name.substr(0, 40));
  EXPECT_EQ(mapping->image("company.name", std::nullopt), std::nullopt);
  EXPECT_EQ(mapping->image("status", "lost"), std::nullopt);
}

TEST(MappingView, LeavesOutElementsThatTheSystemCannotHold) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: partner
id: c
fields: { name: N, "addresses[kind=billing].city": BillingCity }
children: { identifiers: { object: I, navigation: to_I, id: K, fields: { scheme: { path: S, codes: { "0060": D } }, value: V } } }
)");
  const model::Fields fields{{"name", "n"},
                             {"addresses[a].kind", "billing"},
                             {"addresses[a].city", "Ulm"},
                             {"addresses[b].kind", "legal"},
                             {"identifiers[i].scheme", "0060"},
                             {"identifiers[i].value", "1"},
                             {"identifiers[j].scheme", "0088"},
                             {"identifiers[j].value", "2"}};
  EXPECT_EQ(lines(mapping->view(fields)),
            "addresses[a].city=Ulm\naddresses[a].kind=billing\nidentifiers[i].scheme="
            "0060\nidentifiers[i].value=1\nname=n\n");
}

TEST(MappingView, AConstantKeepsTheRecordsOwnValue) {
  const auto mapping = mapping_of(
      "system: a\nobject: b\nentity: lead\nid: c\nfields: { estimated_value.amount: A, "
      "estimated_value.currency: { const: EUR } }\n");
  EXPECT_EQ(
      lines(mapping->view({{"estimated_value.amount", "5"}, {"estimated_value.currency", "USD"}})),
      "estimated_value.amount=5\nestimated_value.currency=USD\n");
}

TEST(MappingView, AConstantAloneIsNoStatement) {
  const auto mapping = mapping_of(
      "system: a\nobject: b\nentity: lead\nid: c\nfields: { topic: T, estimated_value.amount: A, "
      "estimated_value.currency: { const: EUR } }\n");
  EXPECT_EQ(lines(mapping->view({{"topic", "t"}, {"estimated_value.currency", "EUR"}})),
            "topic=t\n");
}

/// The law that makes merge and push quiet: what is written and read again is the view.
TEST(MappingView, EqualsWhatIsWrittenAndReadAgain) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: lead
id: c
format: odata_v2
fields:
  topic: { path: T, normalised: [trim, upper] }
  number: { path: N, normalised: "alpha:10" }
  company.name: { path: x.Company, max_length: 5, lossy: short }
  status: { path: S, codes: { captured: [A, B], lost: C } }
  estimated_value.amount: { path: A, scale: 2, lossy: cents }
  estimated_value.currency: C
  received_at: { path: D, as: datetimeoffset }
  qualification.at: { path: E, as: date, lossy: day }
  score: Sc
)");
  const model::Fields fields{{"topic", " Straße "},
                             {"number", "000123"},
                             {"company.name", "Ågren AB"},
                             {"status", "lost"},
                             {"estimated_value.amount", "1.2351"},
                             {"estimated_value.currency", "SEK"},
                             {"received_at", "2020-03-01T14:38:39.123Z"},
                             {"qualification.at", "2020-03-01T14:38:39Z"},
                             {"score", "-3"}};
  const auto written = mapping->write(fields, {.create = true}, {}, nullptr);
  ASSERT_TRUE(written) << to_string(written.error());
  const auto read =
      mapping->read(document::Document::of(written->nodes.at(0).body), nullptr, "crm");
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(lines(fields_of(*read)), lines(mapping->view(fields)));
  const auto view = mapping->view(fields);
  EXPECT_EQ(lines(mapping->view(view)), lines(view));
}

}  // namespace
}  // namespace channelbridge::mapping
