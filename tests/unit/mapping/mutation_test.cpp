#include "mapping_support.hpp"

namespace channelbridge::mapping {
namespace {

constexpr const char* kYaml = R"(
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

/// A small generator of our own, so that every run sees the same mutants.
class Mutator {
 public:
  std::string mutate(std::string text) {
    const std::size_t changes = 1 + next() % 4;
    for (std::size_t i = 0; i < changes; ++i) {
      const std::size_t at = next() % text.size();
      constexpr std::string_view kBytes = "{}[]\",:\\u0019nt<>/&;= \n\x01\xff-+.eE";
      switch (next() % 4) {
        case 0:
          text[at] = kBytes[next() % kBytes.size()];
          break;
        case 1:
          text.erase(at, 1 + next() % 5);
          break;
        case 2:
          text.insert(at, 1, kBytes[next() % kBytes.size()]);
          break;
        default:
          text.insert(at, text.substr(next() % text.size(), next() % 20));
      }
      if (text.empty()) text = " ";
    }
    return text;
  }

 private:
  std::size_t next() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(state_ >> 33U);
  }
  std::uint64_t state_{42};
};

void survive(const std::string& seed, document::Format format) {
  const auto mapping = mapping_of(kYaml);
  Mutator mutator;
  std::size_t good = 0;
  for (int i = 0; i < 5000; ++i) {
    const auto patch =
        mapping->read(document::Document::of(mutator.mutate(seed), format), nullptr, "s");
    if (!patch) {
      const bool known = patch.error().code() == ErrorCode::Protocol ||
                         patch.error().code() == ErrorCode::Unmappable;
      ASSERT_TRUE(known) << patch.error();
      continue;
    }
    ++good;
    const auto view = mapping->view(fields_of(*patch));
    EXPECT_EQ(lines(mapping->view(view)), lines(view));
  }
  EXPECT_GT(good, 100U);  // otherwise the mutants say nothing
}

TEST(MappingMutants, AMutatedJsonDocumentIsReadOrRefused) {
  survive(
      R"({"x":[{"F":"AG","Name":"n"},{"F":"WE","Name":"m"}],"a":{"b":{"c":"example.com"}},"City":"Ulm","unwanted":[1,{"a":null}],
    "to_A":{"results":[{"K":"1","Kind":"L","C":"Bonn","to_P":{"results":[{"K":"1","N":"2","T":"1","No":"+4930123"}]}}]},"brands":["A","\u00e4"]})",
      document::Format::Json);
}

TEST(MappingMutants, AMutatedXmlDocumentIsReadOrRefused) {
  survive(
      "<Root><x><F>AG</F><Name>n</Name></x><x><F>WE</F><Name>m</Name></x><a><b><c>example.com</c></"
      "b></a><City>Ulm</City>"
      "<to_A><K>1</K><Kind>L</Kind><C>Bonn &amp; "
      "Co</C><to_P><K>1</K><N>2</N><T>1</T><No>+4930123</No></to_P></to_A><brands>A</brands></"
      "Root>",
      document::Format::Xml);
}

}  // namespace
}  // namespace channelbridge::mapping
