#include <gmock/gmock.h>

#include "channelbridge/soap/envelope.hpp"
#include "soap_service.hpp"

namespace channelbridge::soap {
namespace {

using document::Tree;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// tns:Send with this content, written from `body`.
struct Service {
  explicit Service(const std::string& content, const std::string& more = {},
                   const std::string& form = "qualified")
      : wsdl(wsdl_of("<xs:element name=\"Send\"><xs:complexType>" + content +
                         "</xs:complexType></xs:element>" + more,
                     form)) {}

  Result<std::string> write(const Tree& tree, Empty empty = Empty::Refuse) const {
    return write_element(wsdl->schema(), *wsdl->schema().element({"urn:t", "Send"}), tree, empty);
  }
  std::string written(const Tree& tree, Empty empty = Empty::Refuse) const {
    const auto out = write(tree, empty);
    return out ? *out : to_string(out.error());
  }
  std::string written(std::string_view body) const { return written(tree_of(body)); }
  std::vector<std::string> refused(const Tree& tree) const {
    const auto out = write(tree);
    if (out) return {*out};
    EXPECT_EQ(out.error().code(), ErrorCode::Rejected);
    return rules_of(out.error());
  }
  std::vector<std::string> refused(std::string_view body) const { return refused(tree_of(body)); }

  std::shared_ptr<const Wsdl> wsdl;
};

std::string sent(const std::string& inside) {
  return "<n0:Send xmlns:n0=\"urn:t\">" + inside + "</n0:Send>";
}

/// tns:Send with one element of a built-in or given type.
Service one(const std::string& type, const std::string& more = {}) {
  return Service("<xs:sequence><xs:element name=\"V\" type=\"" + type + "\"/></xs:sequence>", more);
}

bool takes(const std::string& type, const std::string& text) {
  Tree tree{.kind = Tree::Kind::Object, .name = "Send"};
  tree.children.push_back({.kind = Tree::Kind::Text, .name = "V", .text = text});
  return one(type).write(tree).has_value();
}

constexpr const char* kEntry =
    "<R><JournalEntryCreateRequest><JournalEntry>"
    "<DebtorItem><DebitCreditCode>H</DebitCreditCode>"
    "<AmountInTransactionCurrency currencyCode='EUR'>-500.00</AmountInTransactionCurrency>"
    "<Debtor>0010100001</Debtor><NetPaymentDays>P30D</NetPaymentDays>"
    "<ReferenceDocumentItem>2</ReferenceDocumentItem></DebtorItem>"
    "<Item><AmountInTransactionCurrency currencyCode='EUR'>500.00</AmountInTransactionCurrency>"
    "<GLAccount>0044000000</GLAccount><AccountAssignment><CostCenter>0010101101</CostCenter>"
    "</AccountAssignment></Item>"
    "<PostingDate>2024-06-01</PostingDate><DocumentDate>2024-06-01</DocumentDate>"
    "<CompanyCode>1010</CompanyCode><CreatedByUser>CHANNEL</CreatedByUser>"
    "<OriginalReferenceDocumentType>BKPFF</OriginalReferenceDocumentType></JournalEntry>"
    "<MessageHeader><CreationDateTime>2024-06-01T09:00:00.0000000Z</CreationDateTime>"
    "<ID>SUB_1</ID></MessageHeader></JournalEntryCreateRequest>"
    "<MessageHeader><CreationDateTime>2024-06-01T09:00:00Z</CreationDateTime></MessageHeader></R>";

TEST(SoapWrite, PutsEveryElementInTheSchemasOrderAndOnlyTheRootInItsNamespace) {
  const auto wsdl = loaded("journal-entry.wsdl");
  const QName root{"http://sap.com/xi/SAPSCORE/SFIN", "JournalEntryBulkCreateRequest"};
  const auto out = write_element(wsdl->schema(), *wsdl->schema().element(root), tree_of(kEntry));
  ASSERT_TRUE(out) << to_string(out.error());
  EXPECT_EQ(
      *out,
      "<n0:JournalEntryBulkCreateRequest xmlns:n0=\"http://sap.com/xi/SAPSCORE/SFIN\">"
      "<MessageHeader><CreationDateTime>2024-06-01T09:00:00Z</CreationDateTime></MessageHeader>"
      "<JournalEntryCreateRequest><MessageHeader><ID>SUB_1</ID>"
      "<CreationDateTime>2024-06-01T09:00:00.0000000Z</CreationDateTime></MessageHeader>"
      "<JournalEntry><OriginalReferenceDocumentType>BKPFF</OriginalReferenceDocumentType>"
      "<CreatedByUser>CHANNEL</CreatedByUser><CompanyCode>1010</CompanyCode>"
      "<DocumentDate>2024-06-01</DocumentDate><PostingDate>2024-06-01</PostingDate>"
      "<Item><GLAccount>0044000000</GLAccount>"
      "<AmountInTransactionCurrency currencyCode=\"EUR\">500.00</AmountInTransactionCurrency>"
      "<AccountAssignment><CostCenter>0010101101</CostCenter></AccountAssignment></Item>"
      "<DebtorItem><ReferenceDocumentItem>2</ReferenceDocumentItem><Debtor>0010100001</Debtor>"
      "<AmountInTransactionCurrency currencyCode=\"EUR\">-500.00</AmountInTransactionCurrency>"
      "<DebitCreditCode>H</DebitCreditCode><NetPaymentDays>P30D</NetPaymentDays></DebtorItem>"
      "</JournalEntry></JournalEntryCreateRequest></n0:JournalEntryBulkCreateRequest>");
}

TEST(SoapWrite, NamesEverythingThatDoesNotFitAtOnce) {
  const auto wsdl = loaded("journal-entry.wsdl");
  const QName root{"http://sap.com/xi/SAPSCORE/SFIN", "JournalEntryBulkCreateRequest"};
  const auto out = write_element(
      wsdl->schema(), *wsdl->schema().element(root),
      tree_of("<R><MessageHeader/><JournalEntryCreateRequest><MessageHeader><CreationDateTime>"
              "today</CreationDateTime></MessageHeader><JournalEntry>"
              "<OriginalReferenceDocumentType>B</OriginalReferenceDocumentType>"
              "<CreatdByUser>C</CreatdByUser><CompanyCode>10100</CompanyCode>"
              "<DocumentDate>2024-06-31</DocumentDate><PostingDate>2024-06-01</PostingDate>"
              "<Item><GLAccount>1</GLAccount><AmountInTransactionCurrency>1.0000001"
              "</AmountInTransactionCurrency></Item><Item><GLAccount>1</GLAccount>"
              "<AmountInTransactionCurrency currencyCode='eur'>1E2</AmountInTransactionCurrency>"
              "<DebitCreditCode>X</DebitCreditCode></Item>"
              "</JournalEntry></JournalEntryCreateRequest></R>"));
  ASSERT_FALSE(out);
  const std::string top = "JournalEntryBulkCreateRequest/";
  const std::string entry = top + "JournalEntryCreateRequest/JournalEntry/";
  EXPECT_THAT(rules_of(out.error()),
              ElementsAre(top + "MessageHeader/CreationDateTime missing",
                          top + "JournalEntryCreateRequest/MessageHeader/CreationDateTime type",
                          entry + "CreatedByUser missing", entry + "CreatdByUser unknown",
                          entry + "CompanyCode length", entry + "DocumentDate type",
                          entry + "Item[0]/AmountInTransactionCurrency/@currencyCode missing",
                          entry + "Item[0]/AmountInTransactionCurrency digits",
                          entry + "Item[1]/AmountInTransactionCurrency/@currencyCode pattern",
                          entry + "Item[1]/AmountInTransactionCurrency type",
                          entry + "Item[1]/DebitCreditCode enumeration"));
  EXPECT_EQ(out.error().problems()[3].suggestion, "CreatedByUser");
}

TEST(SoapWrite, QualifiesLocalsAndFormsAsDeclared) {
  const Service service(
      "<xs:sequence><xs:element name=\"A\" type=\"xs:string\"/>"
      "<xs:element name=\"B\" type=\"xs:string\" form=\"unqualified\"/>"
      "<xs:element ref=\"o:Note\"/></xs:sequence>"
      "<xs:attribute name=\"q\" type=\"xs:int\" form=\"qualified\"/><xs:attribute name=\"l\"/>");
  EXPECT_EQ(service.written("<x q='1' l='2'><Note>n</Note><B>b</B><A>a</A></x>"),
            "<n0:Send xmlns:n1=\"urn:other\" xmlns:n0=\"urn:t\" n0:q=\"1\" l=\"2\">"
            "<n0:A>a</n0:A><B>b</B><n1:Note>n</n1:Note></n0:Send>");
}

TEST(SoapWrite, AsksForTheNamespaceOfANameThatIsDeclaredInTwo) {
  const Service service(
      "<xs:sequence><xs:element name=\"Code\" type=\"xs:int\"/>"
      "<xs:element ref=\"o:Code\" minOccurs=\"0\"/></xs:sequence>");
  EXPECT_THAT(service.refused("<x><Code>1</Code></x>"),
              ElementsAre("Send/Code ambiguous", "Send/Code missing"));
  Tree tree{.kind = Tree::Kind::Object, .name = "Send"};
  tree.children.push_back({.kind = Tree::Kind::Text, .name = "{urn:other}Code", .text = "b"});
  tree.children.push_back({.kind = Tree::Kind::Text, .name = "{urn:t}Code", .text = "1"});
  EXPECT_EQ(service.written(tree),
            "<n0:Send xmlns:n1=\"urn:other\" xmlns:n0=\"urn:t\">"
            "<n0:Code>1</n0:Code><n1:Code>b</n1:Code></n0:Send>");
}

TEST(SoapWrite, WritesNilOnlyWhereItMay) {
  const Service service(
      "<xs:sequence><xs:element name=\"A\" nillable=\"true\"><xs:complexType><xs:simpleContent>"
      "<xs:extension base=\"xs:decimal\"><xs:attribute name=\"cur\"/></xs:extension>"
      "</xs:simpleContent></xs:complexType></xs:element>"
      "<xs:element name=\"B\" type=\"xs:string\" minOccurs=\"0\"/></xs:sequence>");
  Tree tree{.kind = Tree::Kind::Object, .name = "Send"};
  Tree nil{.kind = Tree::Kind::Null, .name = "A"};
  nil.children.push_back({.kind = Tree::Kind::Text, .name = "@cur", .text = "EUR"});
  tree.children.push_back(nil);
  const std::string expected =
      "<n0:Send xmlns:n0=\"urn:t\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">"
      "<n0:A cur=\"EUR\" xsi:nil=\"true\"/></n0:Send>";
  EXPECT_EQ(service.written(tree), expected);
  tree.children.push_back({.kind = Tree::Kind::Null, .name = "B"});
  EXPECT_THAT(service.refused(tree), ElementsAre("Send/B nil"));
  EXPECT_EQ(service.written(tree, Empty::Null), expected);  // B may be left out
}

TEST(SoapWrite, AnEmptyTextIsNullOnlyWhereThatIsAskedForAndTheTypeHasNone) {
  const Service service(
      "<xs:sequence><xs:element name=\"D\" type=\"xs:date\" nillable=\"true\"/>"
      "<xs:element name=\"S\" type=\"xs:string\"/>"
      "<xs:element name=\"N\" type=\"xs:int\" minOccurs=\"0\"/></xs:sequence>");
  const Tree tree = tree_of("<x><D/><S/><N/></x>");
  EXPECT_THAT(service.refused(tree), ElementsAre("Send/D type", "Send/N type"));
  EXPECT_EQ(service.written(tree, Empty::Null),
            "<n0:Send xmlns:n0=\"urn:t\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">"
            "<n0:D xsi:nil=\"true\"/><n0:S/></n0:Send>");
}

TEST(SoapWrite, ChoosesOneOfAChoice) {
  const Service service(
      "<xs:sequence><xs:choice><xs:element name=\"A\" type=\"xs:string\"/>"
      "<xs:sequence><xs:element name=\"B\" type=\"xs:string\"/>"
      "<xs:element name=\"C\" type=\"xs:string\"/></xs:sequence></xs:choice>"
      "<xs:element name=\"D\" type=\"xs:string\"/></xs:sequence>");
  EXPECT_EQ(service.written("<x><D/><C/><B/></x>"), sent("<n0:B/><n0:C/><n0:D/>"));
  EXPECT_EQ(service.written("<x><D/><A/></x>"), sent("<n0:A/><n0:D/>"));
  EXPECT_THAT(service.refused("<x><D/></x>"), ElementsAre("Send/A choice"));
  EXPECT_THAT(service.refused("<x><A/><D/><B/></x>"), ElementsAre("Send/B choice"));
  EXPECT_THAT(service.refused("<x><B/><D/></x>"), ElementsAre("Send/C missing"));
}

TEST(SoapWrite, RepeatsListsChoicesAndGroups) {
  const Service list(
      "<xs:sequence><xs:element name=\"A\" type=\"xs:int\" minOccurs=\"2\" "
      "maxOccurs=\"3\"/></xs:sequence>");
  EXPECT_EQ(list.written("<x><A>1</A><A>2</A></x>"), sent("<n0:A>1</n0:A><n0:A>2</n0:A>"));
  EXPECT_THAT(list.refused("<x><A>1</A></x>"), ElementsAre("Send/A missing"));
  EXPECT_THAT(list.refused("<x><A>1</A><A>1</A><A>1</A><A>1</A></x>"),
              ElementsAre("Send/A too_many"));
  const Service choice(
      "<xs:choice maxOccurs=\"unbounded\"><xs:element name=\"A\" type=\"xs:int\"/>"
      "<xs:element name=\"B\" type=\"xs:int\"/></xs:choice>");
  EXPECT_EQ(choice.written("<x><B>1</B><A>2</A><B>3</B></x>"),
            sent("<n0:B>1</n0:B><n0:A>2</n0:A><n0:B>3</n0:B>"));
  const Service group(
      "<xs:sequence><xs:sequence minOccurs=\"0\" maxOccurs=\"unbounded\">"
      "<xs:element name=\"A\" type=\"xs:int\" minOccurs=\"0\"/>"
      "<xs:element name=\"B\" type=\"xs:int\"/></xs:sequence>"
      "<xs:element name=\"Z\" type=\"xs:int\"/></xs:sequence>");
  EXPECT_EQ(group.written("<x><Z>9</Z><B>1</B><A>2</A><B>3</B></x>"),
            sent("<n0:B>1</n0:B><n0:A>2</n0:A><n0:B>3</n0:B><n0:Z>9</n0:Z>"));
  EXPECT_THAT(group.refused("<x><A>1</A><A>2</A><B>3</B><Z>9</Z></x>"),
              ElementsAre("Send/B missing"));
  EXPECT_EQ(group.written("<x><Z>9</Z></x>"), sent("<n0:Z>9</n0:Z>"));
}

TEST(SoapWrite, ANameThatADeclarationHasTwiceFillsBothPlaces) {
  const Service service(
      "<xs:sequence><xs:element name=\"A\" type=\"xs:int\"/>"
      "<xs:element name=\"B\" type=\"xs:int\"/>"
      "<xs:element name=\"A\" type=\"xs:int\"/></xs:sequence>");
  EXPECT_EQ(service.written("<x><A>1</A><A>2</A><B>3</B></x>"),
            sent("<n0:A>1</n0:A><n0:B>3</n0:B><n0:A>2</n0:A>"));
}

constexpr const char* kDerived = R"(<xs:complexType name="Base" abstract="true"><xs:sequence>
  <xs:element name="A" type="xs:int"/></xs:sequence></xs:complexType>
<xs:complexType name="More"><xs:complexContent><xs:extension base="tns:Base"><xs:sequence>
  <xs:element name="B" type="xs:int"/></xs:sequence><xs:attribute name="k" use="required"/>
</xs:extension></xs:complexContent></xs:complexType>)";

TEST(SoapWrite, WritesADerivedTypeByItsNameBehindWhatItExtends) {
  const Service service = one("tns:Base", kDerived);
  EXPECT_EQ(service.written("<x xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>"
                            "<V xsi:type='More' k='1'><B>2</B><A>1</A></V></x>"),
            "<n0:Send xmlns:n0=\"urn:t\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">"
            "<n0:V xsi:type=\"n0:More\" k=\"1\"><n0:A>1</n0:A><n0:B>2</n0:B></n0:V></n0:Send>");
  EXPECT_THAT(service.refused("<x><V><A>1</A></V></x>"), ElementsAre("Send/V abstract"));
  EXPECT_THAT(service.refused("<x xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>"
                              "<V xsi:type='Mor'/></x>"),
              ElementsAre("Send/V/@xsi:type type"));
}

TEST(SoapWrite, AWildcardTakesItsNamespace) {
  const auto wsdl = loaded("partner-v27.wsdl");
  const QName create{"urn:partner.soap.sforce.com", "create"};
  const auto out = write_element(wsdl->schema(), *wsdl->schema().element(create),
                                 tree_of("<create><sObjects><Amount>1.50</Amount><type>Claim</type>"
                                         "<Id>a00000000000000AAA</Id></sObjects></create>"));
  ASSERT_TRUE(out) << to_string(out.error());
  EXPECT_EQ(*out,
            "<n0:create xmlns:n0=\"urn:partner.soap.sforce.com\" "
            "xmlns:n1=\"urn:sobject.partner.soap.sforce.com\"><n0:sObjects><n1:type>Claim"
            "</n1:type><n1:Id>a00000000000000AAA</n1:Id><n1:Amount>1.50</n1:Amount>"
            "</n0:sObjects></n0:create>");
  const Service other(
      "<xs:sequence><xs:any namespace=\"##other\" processContents=\"skip\"/>"
      "</xs:sequence>");
  EXPECT_THAT(other.refused("<x><A/></x>"), ElementsAre("Send/A ambiguous"));
  const Service strict("<xs:sequence><xs:any namespace=\"urn:other\"/></xs:sequence>");
  EXPECT_THAT(strict.refused("<x><A/></x>"), ElementsAre("Send/A unknown"));
  EXPECT_THAT(strict.refused("<x/>"), ElementsAre("Send/* missing"));
}

TEST(SoapWrite, RefusesShapesThatAreNotTheSchemas) {
  const Service service("<xs:sequence><xs:element name=\"A\" type=\"xs:string\"/></xs:sequence>");
  EXPECT_THAT(service.refused("<x>t<A><B/></A></x>"), ElementsAre("Send shape", "Send/A shape"));
  EXPECT_THAT(service.refused("<x k='1'><A k='2'/></x>"),
              ElementsAre("Send/@k unknown", "Send/A/@k unknown"));
  EXPECT_THAT(service.refused(Tree{.kind = Tree::Kind::Array, .name = "Send"}),
              ElementsAre("Send shape"));
  Tree tree = tree_of("<x><A>a</A></x>");
  tree.children[0].text = std::string("a\x01", 2);
  EXPECT_THAT(service.refused(tree), ElementsAre("Send/A xml"));
}

TEST(SoapWrite, KeepsTextsAndMarkupExactly) {
  const Service service = one("xs:string");
  EXPECT_EQ(service.written("<x><V> a&amp;b &lt;<!-- c -->d<![CDATA[]]&gt;]]>&#13;</V></x>"),
            sent("<n0:V> a&amp;b &lt;d]]&amp;gt;&#13;</n0:V>"));
}

TEST(SoapWrite, NumbersAreExactAndNeverConverted) {
  for (const char* text : {"1234567890123456789012345678.123456", "-0.10", "+1", ".5", "5.", "007"})
    EXPECT_TRUE(takes("xs:decimal", text)) << text;
  for (const char* text : {"1E2", "1,5", "", " 1", "1 ", ".", "-", "INF", "0x1", "1.2.3"})
    EXPECT_FALSE(takes("xs:decimal", text)) << text;
  EXPECT_TRUE(takes("xs:long", "9223372036854775807"));
  EXPECT_TRUE(takes("xs:long", "-9223372036854775808"));
  EXPECT_FALSE(takes("xs:long", "9223372036854775808"));
  EXPECT_FALSE(takes("xs:long", "1.0"));
  EXPECT_TRUE(takes("xs:unsignedLong", "18446744073709551615"));
  EXPECT_FALSE(takes("xs:unsignedLong", "-1"));
  EXPECT_TRUE(takes("xs:unsignedByte", "-0"));
  EXPECT_FALSE(takes("xs:byte", "128"));
  EXPECT_FALSE(takes("xs:positiveInteger", "0"));
  EXPECT_TRUE(takes("xs:integer", "123456789012345678901234567890"));
  EXPECT_TRUE(takes("xs:double", "1.5E-3"));
  EXPECT_FALSE(takes("xs:double", "1.5E"));
}

TEST(SoapWrite, DatesTimesAndBytesHaveTheirForms) {
  EXPECT_TRUE(takes("xs:date", "2024-02-29"));
  EXPECT_TRUE(takes("xs:date", "2024-02-29+14:00"));
  for (const char* text : {"2023-02-29", "0000-00-00", "2024-2-9", "20240209", "2024-02-09T",
                           "2024-02-09+14:01", "2024-13-01"})
    EXPECT_FALSE(takes("xs:date", text)) << text;
  EXPECT_TRUE(takes("xs:dateTime", "2024-06-01T24:00:00"));
  EXPECT_FALSE(takes("xs:dateTime", "2024-06-01T24:00:01"));
  EXPECT_FALSE(takes("xs:dateTime", "2024-06-01 09:00:00"));
  EXPECT_TRUE(takes("xs:time", "09:00:00.123Z"));
  for (const char* text : {"P30D", "-P1Y2M", "PT1.5S", "P1DT1H"})
    EXPECT_TRUE(takes("xs:duration", text)) << text;
  for (const char* text : {"P", "P1", "PT", "P1DT", "P1.5D", "30D", "P1D1Y"})
    EXPECT_FALSE(takes("xs:duration", text)) << text;
  EXPECT_TRUE(takes("xs:base64Binary", "AQID"));
  EXPECT_FALSE(takes("xs:base64Binary", "AQI"));
  EXPECT_FALSE(takes("xs:hexBinary", "0g"));
  EXPECT_FALSE(takes("xs:boolean", "TRUE"));
}

TEST(SoapWrite, FacetsCountCharactersDigitsAndItems) {
  const auto facet = [](const std::string& base, const std::string& facets) {
    return one("tns:T", "<xs:simpleType name=\"T\"><xs:restriction base=\"" + base + "\">" +
                            facets + "</xs:restriction></xs:simpleType>");
  };
  const auto text = [](const std::string& value) { return "<x><V>" + value + "</V></x>"; };
  const Service two = facet("xs:string", "<xs:length value=\"2\"/>");
  EXPECT_THAT(two.refused(text("äöü")), ElementsAre("Send/V length"));
  EXPECT_THAT(two.written(text("äö")), HasSubstr("äö"));
  const Service amount = facet("xs:decimal",
                               "<xs:totalDigits value=\"4\"/><xs:fractionDigits "
                               "value=\"2\"/><xs:minExclusive value=\"0\"/>");
  EXPECT_THAT(amount.written(text("0012.5000")), HasSubstr(">0012.5000<"));
  EXPECT_THAT(amount.refused(text("123.45")), ElementsAre("Send/V digits"));
  EXPECT_THAT(amount.refused(text("1.234")), ElementsAre("Send/V digits"));
  EXPECT_THAT(amount.refused(text("-0.00")), ElementsAre("Send/V range"));
  const Service codes = facet("xs:token",
                              "<xs:enumeration value=\"open\"/><xs:enumeration "
                              "value=\"closed\"/>");
  const auto near = codes.write(tree_of(text("opne")));
  ASSERT_FALSE(near);
  EXPECT_EQ(near.error().problems()[0].suggestion, "open");
  // A pattern with a class by name is kept and not applied.
  const Service named = facet("xs:string", "<xs:pattern value=\"\\p{Lu}+\"/>");
  EXPECT_THAT(named.written(text("x")), HasSubstr(">x<"));
  const Service plain = facet("xs:string", "<xs:pattern value=\"[A-Z]{2}\\d+\"/>");
  EXPECT_THAT(plain.refused(text("ab1")), ElementsAre("Send/V pattern"));
  EXPECT_THAT(plain.written(text("AB12")), HasSubstr("AB12"));
  const Service list = one("tns:T",
                           "<xs:simpleType name=\"T\"><xs:list itemType=\"xs:int\"/>"
                           "</xs:simpleType>");
  EXPECT_THAT(list.written(text("1 2")), HasSubstr(">1 2<"));
  EXPECT_THAT(list.refused(text("1 b")), ElementsAre("Send/V type"));
  const Service either = one("tns:T",
                             "<xs:simpleType name=\"T\"><xs:union memberTypes=\"xs:int "
                             "xs:date\"/></xs:simpleType>");
  EXPECT_THAT(either.written(text("2024-01-01")), HasSubstr("2024"));
  EXPECT_THAT(either.refused(text("b")), ElementsAre("Send/V type"));
}

}  // namespace
}  // namespace channelbridge::soap
