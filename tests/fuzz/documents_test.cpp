#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "channelbridge/document/tree.hpp"
#include "channelbridge/mapping/mapping.hpp"
#include "fuzz.hpp"

namespace channelbridge::fuzz {
namespace {

using document::Document;
using document::Format;

constexpr const char* kMapping = R"(
system: a
object: Root
entity: partner
id: Id
absent: unchanged
fields: { name: "x[F=AG].Name", legal_name: "x[0].Name", website: a.b.c, "addresses[kind=billing].city": City }
children:
  addresses: { list: addresses, object: A, navigation: to_A, id: K, fields: { kind: { path: Kind, codes: { legal: L } }, city: C } }
  phones: { object: P, parent: addresses, navigation: to_P, id: [K, N], fields: { kind: { path: T, codes: { main: "1" } }, number: No } }
  own_brands: { path: brands, key: name, fields: { name: "\".\"" } }
)";

/// A document is read or refused, and what was read can be shown and shown again.
Taken read(const mapping::Mapping& mapping, const std::string& text, Format format) {
  const auto patch = mapping.read(Document::of(text, format), nullptr, "s");
  if (patch) {
    model::Fields fields;
    for (const auto& entry : patch->entries) model::set(fields, entry.path, entry.value);
    const model::Fields shown = mapping.view(fields);
    EXPECT_EQ(mapping.view(shown), shown) << text;
    return Taken::Yes;
  }
  EXPECT_TRUE(patch.error().code() == ErrorCode::Protocol ||
              patch.error().code() == ErrorCode::Unmappable)
      << patch.error();
  return Taken::Refused;
}

std::shared_ptr<const mapping::Mapping> partner_mapping() {
  auto made = mapping::Mapping::parse(kMapping, "m.yaml", model::EntityRegistry::built_in());
  EXPECT_TRUE(made) << made.error();
  return *made;
}

const std::string kPartnerJson =
    R"({"x":[{"F":"AG","Name":"n"},{"F":"WE","Name":"m"}],"a":{"b":{"c":"example.com"}},"City":"Ulm","more":[1,-2.50e3,{"a":null}],
"to_A":{"results":[{"K":"1","Kind":"L","C":"Bonn","to_P":{"results":[{"K":"1","N":"2","T":"1","No":"+4930123"}]}}]},"brands":["A","\u00e4"]})";

Language json() {
  return {.seeds = {kPartnerJson, fixture("sap/c4c/lead-collection-01.json"),
                    fixture("sap/c4c/corporate-account-01.json"),
                    fixture("salesforce/rest/sobject_upsert_multiple_error_response.json"),
                    R"([[],{},"",0,-0.5e+10,true,false,null,12345678901234567890123.4500])"},
          .words = {"{", "}", "[", "]", ",", ":", "\"", "\\", "\\\"", "true", "null", "1.0", "-",
                    "\"a\":", "{\"a\":1}", "\\u00e4", "\\ud83d\\ude00"},
          .openers = {"[", "{\"a\":", "[[],", "\"\\\\", "{\"results\":["}};
}

/// Says a parser that is not ours. A number beyond a double is none of its grammar's business.
bool well_formed(const std::string& text) {
  try {
    return !nlohmann::json::parse(text).is_discarded();
  } catch (const nlohmann::json::out_of_range&) {
    return true;
  } catch (const nlohmann::json::parse_error&) {
    return false;
  }
}

/// Everything that reads JSON agrees on what is JSON, and so does a parser that is not ours.
TEST(Fuzz, JsonIsReadOrRefusedByAllReadersAlike) {
  run({.name = "json",
       .language = json(),
       .parse =
           [](const std::string& text) {
             const bool good = document::check_json(text).has_value();
             EXPECT_EQ(document::parse_tree(text, Format::Json).has_value(), good);
             const auto page = document::Page::make(text, Format::Json);
             const auto records =
                 document::json_records(*page, "d.results", {"ID", "x.y"}, {"d.__next"});
             if (records) {
               EXPECT_TRUE(good);
               for (const auto& span : records->records)
                 EXPECT_LE(span.offset + span.length, text.size());
             }
             EXPECT_TRUE(!good || well_formed(text));
             return good ? Taken::Yes : Taken::Refused;
           },
       .cases = 4000});
}

TEST(Fuzz, AJsonDocumentIsMappedOrRefused) {
  const auto mapping = partner_mapping();
  Language language = json();
  language.seeds = {kPartnerJson};
  run({.name = "json record",
       .language = std::move(language),
       .parse = [&](const std::string& text) { return read(*mapping, text, Format::Json); },
       .cases = 5000});
}

/// What a document makes of a program ends that document at most.
TEST(Fuzz, AJsonDocumentIsComputedOrRefused) {
  const auto made = mapping::Mapping::parse(
      "system: a\nobject: Root\nentity: partner\nid: Id\nfields:\n"
      "  name: { needs: [x.F, x.Name, a.b.c], absent: null, jq: '[.x[]? | .Name | tostring] | "
      "join(\", \")' }\n"
      "  legal_name: { needs: [more, City], absent: null, numbers: text, jq: '.more | tojson' }\n"
      "  website: { needs: [to_A, more], absent: null, jq: '[.. | numbers] | add' }\n",
      "m.yaml", model::EntityRegistry::built_in());
  ASSERT_TRUE(made) << made.error();
  Language language = json();
  language.seeds = {kPartnerJson};
  run({.name = "json computed",
       .language = std::move(language),
       .parse = [&](const std::string& text) { return read(**made, text, Format::Json); },
       .cases = 3000});
}

TEST(Fuzz, XmlIsReadOrRefused) {
  const auto mapping = partner_mapping();
  run({.name = "xml",
       .language =
           {.seeds =
                {"<Root><x><F>AG</F><Name>n</Name></x><x><F>WE</F><Name>m</Name></x><a><b><c>"
                 "example.com</c></b></a><City>Ulm</City><to_A><K>1</K><Kind>L</Kind><C>Bonn "
                 "&amp; Co</C><to_P><K>1</K><N>2</N><T>1</T><No>+4930123</No></to_P></to_A>"
                 "<brands>A</brands></Root>",
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<s:a xmlns:s=\"urn:s\"><s:b "
                 "xmlns:t='urn:t' t:c='1' xml:lang='de'/><!-- c -->&#228;<![CDATA[<&]]></s:a>"},
            .words = {"<",
                      ">",
                      "</",
                      "/>",
                      "<a>",
                      "</a>",
                      "<!DOCTYPE a>",
                      "<!--",
                      "-->",
                      "<![CDATA[",
                      "]]>",
                      "<?",
                      "?>",
                      "&amp;",
                      "&lt;",
                      "&a;",
                      "=",
                      "\"",
                      "'",
                      "xmlns:a=\"urn:a\"",
                      "a:",
                      " a='1'",
                      "encoding='utf-16'"},
            .openers = {"<a>", "<a b='c'>", "<x:y xmlns:x='u'>", "<!--", "&"}},
       .parse =
           [&](const std::string& text) {
             const bool good = document::check_xml(text).has_value();
             EXPECT_EQ(document::parse_tree(text, Format::Xml).has_value(), good);
             const Taken taken = read(*mapping, text, Format::Xml);
             EXPECT_TRUE(good || taken == Taken::Refused);
             return taken;
           },
       .cases = 5000});
}

}  // namespace
}  // namespace channelbridge::fuzz
