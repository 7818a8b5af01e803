#include "channelbridge/soap/wsdl.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "soap_service.hpp"

namespace channelbridge::soap {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kSend = R"(<xs:element name="Send" type="xs:string"/>)";

const Operation& operation(const Wsdl& wsdl, std::string_view name,
                           std::optional<Version> version = std::nullopt) {
  const auto port = wsdl.port("", version);
  EXPECT_TRUE(port) << to_string(port.error());
  const auto found = Wsdl::operation(**port, name);
  EXPECT_TRUE(found) << to_string(found.error());
  return **found;
}

TEST(Wsdl, ReadsBothVersionsOfAService) {
  const auto wsdl = loaded("calculator-soap11and12.wsdl");
  ASSERT_EQ(wsdl->services().size(), 1U);
  ASSERT_EQ(wsdl->services()[0].ports.size(), 2U);
  const Operation& add = operation(*wsdl, "Add");
  EXPECT_EQ(add.soap_action, "http://tempuri.org/Add");
  ASSERT_NE(add.input.root, nullptr);
  EXPECT_EQ(to_string(add.input.root->name), "{http://tempuri.org/}Add");
  ASSERT_TRUE(add.output);
  EXPECT_EQ(add.output->root->name.local, "AddResponse");
  EXPECT_EQ((*wsdl->port("", Version::Soap12))->version, Version::Soap12);
  EXPECT_EQ((*wsdl->port())->version, Version::Soap11);
}

TEST(Wsdl, ReadsThePartnerServiceWithItsHeadersFaultsAndTypes) {
  const auto wsdl = loaded("partner-v27.wsdl");
  const Operation& create = operation(*wsdl, "create");
  EXPECT_EQ(create.soap_action, "");
  EXPECT_EQ(create.input.headers.front()->name.local, "SessionHeader");
  EXPECT_FALSE(create.faults.empty());
  const Type* object = wsdl->schema().type({"urn:sobject.partner.soap.sforce.com", "sObject"});
  ASSERT_NE(object, nullptr);
  ASSERT_EQ(object->content->parts.size(), 4U);
  EXPECT_EQ(object->content->parts[1].max, Particle::kUnbounded);
  EXPECT_TRUE(object->content->parts[2].element->nillable);
  EXPECT_THAT(object->content->parts[3].spaces, ElementsAre("urn:sobject.partner.soap.sforce.com"));
  const Type* id = wsdl->schema().type({"urn:partner.soap.sforce.com", "ID"});
  ASSERT_TRUE(id->text);
  EXPECT_EQ(id->text->facets.length, 18U);
  EXPECT_EQ(id->text->facets.patterns.size(), 1U);
}

TEST(Wsdl, NamesEveryFaultOfAnOperation) {
  const auto wsdl = loaded("manyfaults.wsdl");
  const Operation& check = operation(*wsdl, "checkPetExistance");
  ASSERT_EQ(check.faults.size(), 3U);
  EXPECT_EQ(check.faults[0].element->name.local, "AccessDeniedException");
  const Particle& first = check.input.root->type->content->parts.front();
  EXPECT_EQ(to_string(first.element->name), "wsSessionId");  // unqualified
}

TEST(Wsdl, ReadsTypesThatReferToThemselves) {
  const auto wsdl = loaded("loopReferences.wsdl");
  EXPECT_NE(wsdl->schema().type({"http://tempuri.org/", "DeedsPerson"}), nullptr);
}

TEST(Wsdl, ReadsImportsWithoutPlaceAndEmptyInputs) {
  const auto wsdl = loaded("emptyInput.wsdl");
  EXPECT_FALSE(operation(*wsdl, "DoSomething").input.root->type->content);
}

TEST(Wsdl, ReadsXsdFilesBesideItAndLendsThemANamespace) {
  const auto wsdl = loaded("journal-entry.wsdl");
  const std::string space = "http://sap.com/xi/SAPSCORE/SFIN";
  const Type* amount = wsdl->schema().type({space, "Amount"});
  ASSERT_NE(amount, nullptr);
  EXPECT_EQ(amount->text->facets.total_digits, 28U);
  EXPECT_EQ(amount->attributes.at(0).name, (QName{"", "currencyCode"}));
  EXPECT_TRUE(amount->attributes.at(0).required);
  const Operation& post = operation(*wsdl, "JournalEntryCreateRequestConfirmation_In");
  EXPECT_EQ(to_string(post.input.root->name), '{' + space + "}JournalEntryBulkCreateRequest");
  EXPECT_EQ(to_string(post.input.root->type->content->parts[0].element->name), "MessageHeader");
  EXPECT_EQ(post.input.action, post.soap_action);
  EXPECT_EQ(post.output->action, space +
                                     "/JournalEntryCreateRequestConfirmation_In/"
                                     "JournalEntryCreateRequestConfirmation_InResponse");
}

TEST(Wsdl, TakesLocalFilesForAddressesAndNamesTheNearestBinding) {
  const WsdlOptions options{
      .locations = {{"http://example.com/stockquote/stockquote.wsdl", "stockquote.wsdl"},
                    {"http://example.com/stockquote/stockquote.xsd", "stockquote.xsd"}}};
  const auto wsdl = Wsdl::load(fixture("split/stockquoteservice.wsdl"), options);
  ASSERT_FALSE(wsdl);
  EXPECT_EQ(wsdl.error().code(), ErrorCode::Invalid);
  ASSERT_EQ(wsdl.error().problems().size(), 1U);  // all else is found
  const Problem& problem = wsdl.error().problems().front();
  EXPECT_EQ(problem.rule, "unknown_binding");
  EXPECT_EQ(problem.suggestion, "StockQuoteSoapBinding");
  EXPECT_EQ(problem.line, 25);
  EXPECT_THAT(problem.file, HasSubstr("stockquoteservice.wsdl"));
}

TEST(Wsdl, FetchesNothing) {
  const auto wsdl = Wsdl::load(fixture("split/stockquoteservice.wsdl"));
  ASSERT_FALSE(wsdl);
  EXPECT_EQ(wsdl.error().problems().front().rule, "not_local");
}

TEST(Wsdl, RefusesWhatIsNoWsdl) {
  EXPECT_THAT(to_string(Wsdl::load(fixture("calculator-invalid.wsdl")).error()),
              HasSubstr("definitionsw"));
  EXPECT_THAT(to_string(Wsdl::load(fixture("SAMLV11Token.wsdl")).error()),
              HasSubstr("prefix is not bound"));
  EXPECT_EQ(Wsdl::load(fixture("none.wsdl")).error().problems().front().rule, "file");
  EXPECT_EQ(Wsdl::load(fixture("")).error().problems().front().rule, "file");
  EXPECT_EQ(Wsdl::parse("<!DOCTYPE a><a/>", "a.wsdl").error().problems().front().rule, "xml");
  EXPECT_THAT(
      to_string(Wsdl::parse("<description xmlns='http://www.w3.org/ns/wsdl'/>", "a").error()),
      HasSubstr("WSDL 2.0"));
  EXPECT_THAT(
      to_string(
          Wsdl::parse("<definitions xmlns='http://schemas.xmlsoap.org/wsdl/'/>", "a").error()),
      HasSubstr("no service"));
}

TEST(Wsdl, ReadsPoliciesWithoutFollowingThem) {
  EXPECT_EQ(loaded("UsernameToken.wsdl")->services().size(), 1U);
  EXPECT_EQ(loaded("StockQuoteW3Modified.wsdl")->services().size(), 1U);
}

TEST(Wsdl, NamesTheNearestPortAndOperation) {
  const auto wsdl = loaded("calculator-soap11and12.wsdl");
  EXPECT_THAT(wsdl->port("CalculatorSop").error().message(), HasSubstr("CalculatorSoap"));
  EXPECT_THAT(Wsdl::operation(**wsdl->port(), "Ad").error().message(), HasSubstr("Add"));
  EXPECT_EQ(wsdl->port("x").error().code(), ErrorCode::NotFound);
}

TEST(Wsdl, NamesEveryWrongNameOfASchemaAtOnce) {
  const auto wsdl = Wsdl::parse(wsdl_text(R"(<xs:element name="Send" type="tns:Ordr"/>
<xs:complexType name="Order"><xs:sequence>
  <xs:element name="A" type="xs:decimale"/>
  <xs:element ref="tns:Sent"/>
  <xs:element name="B" type="q:X"/>
  <xs:element name="C" type="xs:string" minOccurs="2"/>
  <xs:group ref="tns:None"/>
</xs:sequence><xs:attribute ref="o:none"/></xs:complexType>
<xs:complexType name="Round"><xs:complexContent><xs:extension base="tns:Round"/></xs:complexContent></xs:complexType>
<xs:redefine schemaLocation="x.xsd"/>)"),
                                "dir/test.wsdl");
  ASSERT_FALSE(wsdl);
  std::vector<std::string> rules;
  for (const Problem& problem : wsdl.error().problems()) {
    rules.push_back(problem.rule);
    EXPECT_EQ(problem.file, "dir/test.wsdl");
    EXPECT_GE(problem.line, 4);
    if (problem.rule == "unknown_element") {
      EXPECT_EQ(problem.suggestion, "Send");
    }
    if (problem.path == "Send") {
      EXPECT_EQ(problem.suggestion, "Order");
    }
    if (problem.path == "Order/A") {
      EXPECT_EQ(problem.suggestion, "decimal");
    }
  }
  EXPECT_THAT(rules,
              ::testing::UnorderedElementsAre("unsupported", "unknown_type", "unknown_type",
                                              "unknown_element", "unbound_prefix", "occurrence",
                                              "unknown_group", "unknown_attribute", "circle"));
}

TEST(Wsdl, AGroupThatHoldsItselfIsAProblem) {
  const auto wsdl = Wsdl::parse(wsdl_text(R"(<xs:element name="Send" type="tns:T"/>
<xs:group name="G"><xs:sequence><xs:group ref="tns:G"/></xs:sequence></xs:group>
<xs:simpleType name="Loop"><xs:restriction base="tns:Loop"/></xs:simpleType>
<xs:complexType name="T"><xs:group ref="tns:G"/></xs:complexType>)"),
                                "t.wsdl");
  ASSERT_FALSE(wsdl);
  for (const Problem& problem : wsdl.error().problems()) EXPECT_EQ(problem.rule, "circle");
}

TEST(Wsdl, ATypeMayHoldWhatExtendsIt) {
  const auto wsdl = wsdl_of(R"(<xs:element name="Send" type="tns:Base"/>
<xs:complexType name="Base"><xs:sequence><xs:element name="Child" type="tns:More" minOccurs="0"/></xs:sequence></xs:complexType>
<xs:complexType name="More"><xs:complexContent><xs:extension base="tns:Base"><xs:sequence>
  <xs:element name="Own" type="xs:string"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>)");
  const Type* more = wsdl->schema().type({"urn:t", "More"});
  ASSERT_NE(more, nullptr);
  EXPECT_EQ(more->content->parts.size(), 2U);
  EXPECT_TRUE(Schema::derives(*more, *wsdl->schema().type({"urn:t", "Base"})));
}

std::string rpc(const std::string& use, const std::string& part) {
  std::string text = wsdl_text(kSend);
  const auto replace = [&](const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
  };
  replace("<soap:binding ", "<soap:binding style=\"rpc\" ");
  replace("use=\"literal\"", "use=\"" + use + "\" namespace=\"urn:call\"");
  replace("element=\"tns:Send\"", part);
  return text;
}

TEST(Wsdl, MakesTheWrapperOfAnRpcCall) {
  const auto wsdl = Wsdl::parse(rpc("literal", "type=\"xs:long\""), "t.wsdl");
  ASSERT_TRUE(wsdl) << to_string(wsdl.error());
  const Operation& send = operation(**wsdl, "Send");
  EXPECT_TRUE(send.rpc);
  EXPECT_EQ(to_string(send.input.root->name), "{urn:call}Send");
  EXPECT_EQ(to_string(send.input.root->type->content->parts.at(0).element->name), "p");
  EXPECT_FALSE(send.output);  // one-way
}

TEST(Wsdl, RefusesTheEncodedOperationAloneWithItsPlace) {
  const auto wsdl = Wsdl::parse(rpc("encoded", "type=\"xs:long\""), "t.wsdl");
  ASSERT_TRUE(wsdl) << to_string(wsdl.error());
  const auto send = Wsdl::operation(**(*wsdl)->port(), "Send");
  ASSERT_FALSE(send);
  EXPECT_EQ(send.error().code(), ErrorCode::Unsupported);
  EXPECT_THAT(send.error().message(), HasSubstr("t.wsdl:13"));
  EXPECT_THAT(send.error().message(), HasSubstr("rpc/encoded"));
}

TEST(Wsdl, RefusesPartsThatTheirStyleDoesNotAllow) {
  const auto element = Wsdl::parse(rpc("literal", "element=\"tns:Send\""), "t.wsdl");
  ASSERT_TRUE(element);
  EXPECT_EQ(Wsdl::operation(**(*element)->port(), "Send").error().code(), ErrorCode::Unsupported);
  std::string text = wsdl_text(kSend);
  text.replace(text.find("element=\"tns:Send\""), 18, "type=\"xs:string\"");
  const auto type = Wsdl::parse(text, "t.wsdl");
  ASSERT_TRUE(type);
  EXPECT_THAT(Wsdl::operation(**(*type)->port(), "Send").error().message(),
              HasSubstr("document style"));
  text = wsdl_text(kSend);
  text.insert(text.find("</message>"), "<part name=\"q\" element=\"tns:Send\"/>");
  const auto two = Wsdl::parse(text, "t.wsdl");
  ASSERT_TRUE(two);
  EXPECT_THAT(Wsdl::operation(**(*two)->port(), "Send").error().message(),
              HasSubstr("several parts"));
}

TEST(Wsdl, FilesMayImportEachOther) {
  const std::filesystem::path folder =
      std::filesystem::path(CHANNELBRIDGE_BINARY_DIR) / "soap-import-circle";
  std::filesystem::create_directories(folder);
  const auto write = [&](const char* name, const std::string& text) {
    std::ofstream(folder / name) << text;
  };
  const std::string head = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' ";
  write("a.xsd", head +
                     "targetNamespace='urn:a' xmlns:b='urn:b'>"
                     "<xs:import namespace='urn:b' schemaLocation='b.xsd'/>"
                     "<xs:element name='A' type='b:B'/></xs:schema>");
  write("b.xsd", head +
                     "targetNamespace='urn:b' xmlns:a='urn:a'>"
                     "<xs:import namespace='urn:a' schemaLocation='a.xsd'/>"
                     "<xs:complexType name='B'><xs:sequence><xs:element ref='a:A' minOccurs='0'/>"
                     "</xs:sequence></xs:complexType></xs:schema>");
  const std::string schema =
      "<xs:import namespace='urn:a' schemaLocation='a.xsd'/>" + std::string(kSend);
  const auto wsdl = Wsdl::parse(wsdl_text(schema), (folder / "t.wsdl").string());
  ASSERT_TRUE(wsdl) << to_string(wsdl.error());
  EXPECT_NE((*wsdl)->schema().element({"urn:a", "A"}), nullptr);
  const auto other = Wsdl::parse(
      wsdl_text("<xs:import namespace='urn:x' schemaLocation='a.xsd'/>" + std::string(kSend)),
      (folder / "t.wsdl").string());
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().problems().front().message, HasSubstr("'urn:a', not 'urn:x'"));
}

}  // namespace
}  // namespace channelbridge::soap
