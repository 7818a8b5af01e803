// What CRMXIF functions save beside organizations: persons, relations, hierarchies, products,
// documents.
#include "funds.hpp"

namespace channelbridge::sandbox::test {
namespace {

class Xif : public CrmDesk {
 protected:
  Answer call(const char* path, const std::string& function, const std::string& wsdl,
              const std::string& items) {
    const Answer answer =
        send(*service, Post{.path = path,
                            .body = "<u:" + function +
                                    " xmlns:u=\"urn:sap-com:document:sap:rfc:functions\"><DATA>" +
                                    items + "</DATA></u:" + function + ">"});
    EXPECT_EQ(answer.status, 200) << answer.fault();
    EXPECT_EQ(complaint(wsdl, answer), "") << answer.text;
    return answer;
  }
  Answer partners(const std::string& items) {
    return call(SapCrmService::kPartners, "CRMXIF_PARTNER_SAVE", "partner_save", items);
  }
  Answer relations(const std::string& items) {
    return call(SapCrmService::kRelations, "CRMXIF_PARTNER_REL_SAVE", "partner_rel_save", items);
  }
  Answer hierarchy(const std::string& items) {
    return call(SapCrmService::kHierarchies, "CRMXIF_PARTNER_HIER_SAVE", "partner_hier_save",
                items);
  }
  Answer products(const std::string& items) {
    return call(SapCrmService::kProducts, "CRMXIF_PRODUCT_MATERIAL_SAVE", "product_material_save",
                items);
  }
  Answer documents(const std::string& items) {
    return call(SapCrmService::kDocuments, "CRMXIF_ORDER_SAVE", "order_save", items);
  }
  static std::string item(const std::string& task, const std::string& header,
                          const std::string& blocks = {}) {
    return "<item><HEADER><OBJECT_TASK>" + task + "</OBJECT_TASK>" + header + "</HEADER>" + blocks +
           "</item>";
  }
  /// "S000 E004": types and numbers of all rows.
  static std::string said(const Answer& answer) {
    std::string out;
    const auto types = answer.all("RETURN/item/TYPE");
    const auto codes = answer.all("RETURN/item/NUMBER");
    for (std::size_t i = 0; i < types.size() && i < codes.size(); ++i)
      out += (out.empty() ? "" : " ") + types[i] + codes[i];
    return out;
  }
  /// A person that is saved under this id; the number.
  std::string person(const std::string& id, const std::string& last_name = "Brandt") {
    const Answer answer =
        partners(item("M", "<EXTERNAL_ID>" + id + "</EXTERNAL_ID>",
                      "<CENTRAL><CATEGORY>1</CATEGORY></CENTRAL><PERSON><LASTNAME>" + last_name +
                          "</LASTNAME></PERSON>"));
    EXPECT_EQ(said(answer), "S000");
    return answer.at("RETURN/item/PARTNER");
  }
  static std::string contact(const std::string& task, const std::string& id,
                             const std::string& more = {}, const std::string& company = kNorth,
                             const std::string& category = "BUR001") {
    return item(task,
                "<EXTERNAL_ID>" + id + "</EXTERNAL_ID><CATEGORY>" + category +
                    "</CATEGORY><PARTNER1>" + company + "</PARTNER1><PARTNER2_EXTERNAL_ID>" + id +
                    "</PARTNER2_EXTERNAL_ID>",
                more);
  }
  static std::string place(const std::string& task, const std::string& number,
                           const std::string& parent, const std::string& hierarchy = "CHANNEL") {
    return item(task, "<HIERARCHY>" + hierarchy + "</HIERARCHY><PARTNER>" + number + "</PARTNER>",
                "<NODE><PARENT>" + parent + "</PARENT></NODE><NODEX><PARENT>X</PARENT></NODEX>");
  }
  static std::string product(const std::string& task, const std::string& blocks,
                             const std::string& number = "PU-100") {
    return item(task, "<PRODUCT_ID>" + number + "</PRODUCT_ID>", blocks);
  }
  void add_pump() {
    EXPECT_EQ(said(products(product(
                  "I",
                  "<MATERIAL><CATEGORY>MAT_CHANNEL</CATEGORY><BASE_UOM>PC</BASE_UOM></MATERIAL>"
                  "<SHORT_TEXTS><item><LANGUAGE>EN</LANGUAGE><DATA><TEXT>Pump</TEXT></DATA></item>"
                  "<item><LANGUAGE>DE</LANGUAGE><DATA><TEXT>Pumpe</TEXT></DATA></item>"
                  "</SHORT_TEXTS>"))),
              "S000");
  }
  static std::string order(const std::string& task, const std::string& blocks,
                           const std::string& id = "O-1", const std::string& type = "BUS2000115",
                           const std::string& process = "TA") {
    return item(task,
                "<OBJECT_TYPE>" + type + "</OBJECT_TYPE><PROCESS_TYPE>" + process +
                    "</PROCESS_TYPE><EXTERNAL_ID>" + id + "</EXTERNAL_ID>",
                blocks);
  }
  static std::string lead(const std::string& task, const std::string& blocks,
                          const std::string& id = "L-1") {
    return order(task, blocks, id, "BUS2000108", "LEAD");
  }
  static std::string in_row(const std::string& keys, const std::string& data,
                            const std::string& marks = {}) {
    return "<item>" + keys + "<DATA>" + data + "</DATA>" +
           (marks.empty() ? "" : "<DATAX>" + marks + "</DATAX>") + "</item>";
  }
  static std::string sold_to(const std::string& number, const std::string& marks = {}) {
    return "<PARTNERS>" +
           in_row("<PARTNER_FCT>00000001</PARTNER_FCT>", "<PARTNER_NO>" + number + "</PARTNER_NO>",
                  marks) +
           "</PARTNERS>";
  }
  static std::string line(const std::string& no, const std::string& quantity,
                          const std::string& product = "PU-100") {
    return in_row("<ITEM_NO>" + no + "</ITEM_NO>",
                  "<PRODUCT_ID>" + product + "</PRODUCT_ID><QUANTITY>" + quantity +
                      "</QUANTITY><UNIT>PC</UNIT>",
                  "<PRODUCT_ID>X</PRODUCT_ID><QUANTITY>X</QUANTITY>");
  }
  static constexpr const char* kEuro = "<SALES><CURRENCY>EUR</CURRENCY></SALES>";
  Json document(std::size_t at = 0) { return service->state()["documents"].at(at); }
};

TEST_F(Xif, APersonIsNoOrganizationAndStaysOne) {
  open();
  const std::string id = person("P-1");
  EXPECT_EQ(service->state()["partners"][id]["LASTNAME"], "Brandt");
  EXPECT_EQ(person("P-1", "Ek"), id) << "task M: it is there";
  EXPECT_EQ(service->state()["partners"][id]["LASTNAME"], "Brandt") << "and not marked";
  const std::string named = "<EXTERNAL_ID>P-1</EXTERNAL_ID>";
  EXPECT_EQ(said(partners(item("U", named, "<CENTRAL><CATEGORY>2</CATEGORY></CENTRAL>"))), "E007");
  EXPECT_EQ(said(partners(item("U", named, "<CENTRAL><NAME_ORG1>Ek AG</NAME_ORG1></CENTRAL>"))),
            "E004");
  EXPECT_EQ(said(partners(item("U", named,
                               "<PERSON><FIRSTNAME>Ida</FIRSTNAME></PERSON>"
                               "<PERSONX><LASTNAME>X</LASTNAME></PERSONX>"))),
            "E003")
      << "a change flag without a value empties the field";
  EXPECT_EQ(service->state()["partners"][id]["LASTNAME"], "Brandt");
}

TEST_F(Xif, AContactPersonIsARelationThatIsChangedWhereItIsMarked) {
  open();
  const std::string ida = person("P-1");
  const std::string mail = "<CONTACT><E_MAIL>ida@nord.example</E_MAIL></CONTACT>";
  const Answer made = relations(contact("M", "P-1", mail));
  EXPECT_EQ(said(made), "S000");
  const std::string number = made.at("RETURN/item/RELATION");
  EXPECT_EQ(relations(contact("M", "P-1")).at("RETURN/item/RELATION"), number);
  EXPECT_EQ(said(relations(item("U", "<RELATION>" + number + "</RELATION>",
                                "<CONTACT><MOBILE>+4917</MOBILE><E_MAIL>no</E_MAIL></CONTACT>"
                                "<CONTACTX><MOBILE>X</MOBILE></CONTACTX>"))),
            "S000");
  const Json shown = service->state()["relations"];
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0]["partner1"], kNorth);
  EXPECT_EQ(shown[0]["partner2"], ida);
  EXPECT_EQ(shown[0]["contact"]["E_MAIL"], "ida@nord.example");
  EXPECT_EQ(shown[0]["contact"]["MOBILE"], "+4917");
  EXPECT_EQ(said(relations(item("D", "<EXTERNAL_ID>P-1</EXTERNAL_ID>"))), "S000");
  EXPECT_EQ(service->state()["relations"].size(), 0U);
}

TEST_F(Xif, ARelationIsRefusedWithItsReasonAndChangesNothing) {
  open();
  service->add_partner("0010100002", "Seewerk");
  person("P-1");
  EXPECT_EQ(said(relations(contact("I", "P-1"))), "S000");
  const auto effects = desk->journal.effects();
  EXPECT_EQ(said(relations(contact("I", "P-1"))), "E001");
  EXPECT_EQ(said(relations(item("U", "<EXTERNAL_ID>P-9</EXTERNAL_ID>"))), "E002");
  EXPECT_EQ(said(relations(item("M", "<RELATION>9</RELATION>"))), "E002");
  EXPECT_EQ(said(relations(contact("M", "P-2", "", kNorth, "BUR999"))), "E004");
  EXPECT_EQ(said(relations(contact("M", "P-2", "", "0010100009"))), "E005");
  EXPECT_EQ(said(relations(contact("M", "P-2"))), "E006") << "nobody was saved under that id";
  EXPECT_EQ(said(relations(contact("M", "P-1", "", "0010100002"))), "E007") << "both ends stay";
  EXPECT_EQ(said(relations(item("I", "<CATEGORY>BUR001</CATEGORY><PARTNER1>" + std::string(kNorth) +
                                         "</PARTNER1><PARTNER2>0010100002</PARTNER2>"))),
            "E004")
      << "no organization is a contact person";
  EXPECT_EQ(desk->journal.effects(), effects);
}

TEST_F(Xif, APartnerStandsInAHierarchyBelowAnotherOne) {
  open();
  service->add_partner("0010100002", "Seewerk");
  EXPECT_EQ(said(hierarchy(place("M", "0010100002", kNorth))), "E009") << "it stands nowhere yet";
  EXPECT_EQ(said(hierarchy(place("M", kNorth, "") + place("M", "0010100002", kNorth))),
            "S000 S000");
  EXPECT_EQ(service->state()["hierarchies"]["CHANNEL"]["0010100002"], kNorth);
  EXPECT_EQ(said(hierarchy(place("I", kNorth, ""))), "E001");
  EXPECT_EQ(said(hierarchy(place("U", kNorth, "0010100002"))), "E008");
  EXPECT_EQ(said(hierarchy(place("U", "0010100009", ""))), "E005");
  EXPECT_EQ(said(hierarchy(place("U", "0010100002", "0010100009"))), "E005");
  EXPECT_EQ(said(hierarchy(place("M", kNorth, "", "OTHER"))), "E004");
  EXPECT_EQ(said(hierarchy(place("D", kNorth, ""))), "E009") << "another one stands below";
  EXPECT_EQ(said(hierarchy(place("U", "0010100002", ""))), "S000");
  EXPECT_EQ(service->state()["hierarchies"]["CHANNEL"]["0010100002"], "");
  EXPECT_EQ(said(hierarchy(place("D", kNorth, ""))), "S000");
}

TEST_F(Xif, AProductIsChangedWhereItIsMarkedAndSoAreItsTexts) {
  open();
  add_pump();
  EXPECT_EQ(said(products(product(
                "U",
                "<MATERIAL><GTIN>4012345678901</GTIN><BRAND>Nord</BRAND></MATERIAL>"
                "<MATERIALX><GTIN>X</GTIN></MATERIALX><SHORT_TEXTS>" +
                    in_row("<LANGUAGE>EN</LANGUAGE>", "<TEXT>Large pump</TEXT>", "<TEXT>X</TEXT>") +
                    in_row("<LANGUAGE>DE</LANGUAGE>", "<TEXT>Anders</TEXT>") + "</SHORT_TEXTS>"))),
            "S000");
  Json shown = service->state()["products"]["PU-100"];
  EXPECT_EQ(shown["material"]["GTIN"], "4012345678901");
  EXPECT_FALSE(shown["material"].contains("BRAND"));
  EXPECT_EQ(shown["texts"]["EN"]["TEXT"], "Large pump");
  EXPECT_EQ(shown["texts"]["DE"]["TEXT"], "Pumpe");
  EXPECT_EQ(said(products(product(
                "U", "<SHORT_TEXTS>" +
                         in_row("<LANGUAGE>EN</LANGUAGE>", "<TEXT>Pump</TEXT>", "<TEXT>X</TEXT>") +
                         "</SHORT_TEXTS><SHORT_TEXTSX>X</SHORT_TEXTSX>"))),
            "S000");
  shown = service->state()["products"]["PU-100"];
  EXPECT_FALSE(shown["texts"].contains("DE")) << "the marked table says all of its rows";
}

TEST_F(Xif, AProductIsRefusedWithItsReason) {
  open();
  add_pump();
  const std::string text =
      "<SHORT_TEXTS><item><LANGUAGE>EN</LANGUAGE><DATA><TEXT>x</TEXT></DATA>"
      "</item></SHORT_TEXTS>";
  const auto material = [](const std::string& fields) {
    return "<MATERIAL>" + fields + "</MATERIAL>";
  };
  const std::string category = "<CATEGORY>MAT_CHANNEL</CATEGORY>";
  EXPECT_EQ(said(products(product("I", text))), "E001");
  EXPECT_EQ(said(products(product("U", text, "PU-9"))), "E002");
  EXPECT_EQ(said(products(product("I", material(category) + text, "PU-9"))), "E003");
  EXPECT_EQ(said(products(product("I", material(category + "<BASE_UOM>PC</BASE_UOM>"), "PU-9"))),
            "E003")
      << "no text";
  EXPECT_EQ(
      said(products(product("I", material(category + "<BASE_UOM>CRT</BASE_UOM>") + text, "PU-9"))),
      "E004");
  EXPECT_EQ(said(products(product("U",
                                  "<MATERIAL><BASE_UOM>KG</BASE_UOM></MATERIAL>"
                                  "<MATERIALX><BASE_UOM>X</BASE_UOM></MATERIALX>"))),
            "E007");
  EXPECT_EQ(said(products(product("U", "<MATERIALX><BASE_UOM>X</BASE_UOM></MATERIALX>"))), "E003")
      << "a change flag without a value";
}

TEST_F(Xif, AnOrderHasItsItemsPartnersDatesAndStatus) {
  open();
  service->add_partner("0010100002", "Seewerk");
  add_pump();
  const Answer made = documents(
      order("M", kEuro + sold_to(kNorth) + "<DATES>" +
                     in_row("<APPT_TYPE>REQDELIVERY</APPT_TYPE>", "<DATE>2026-06-30</DATE>") +
                     "</DATES><ITEMS>" + line("10", "5") + line("20", "2") + "</ITEMS>"));
  EXPECT_EQ(said(made), "S000");
  EXPECT_EQ(document()["STATUS"]["USER_STATUS"], "OPEN");
  const std::string named = "<OBJECT_TYPE>BUS2000115</OBJECT_TYPE><OBJECT_ID>" +
                            made.at("RETURN/item/OBJECT_ID") + "</OBJECT_ID>";
  EXPECT_EQ(said(documents(item("U", named, "<ITEMS>" + line("000010", "7") + "</ITEMS>"))),
            "S000");
  EXPECT_EQ(document()["ITEMS"]["10"]["QUANTITY"], "7");
  EXPECT_TRUE(document()["ITEMS"].contains("20")) << "what is not named stays";
  EXPECT_EQ(
      said(documents(item("U", named,
                          "<STATUS><USER_STATUS>COMP</USER_STATUS></STATUS><STATUSX><USER_STATUS>X"
                          "</USER_STATUS></STATUSX>" +
                              sold_to("0010100002", "<PARTNER_NO>X</PARTNER_NO>") + "<DATES>" +
                              in_row("<APPT_TYPE>REQDELIVERY</APPT_TYPE>", "", "<DATE>X</DATE>") +
                              "</DATES><ITEMS>" + line("10", "7") + "</ITEMS><ITEMSX>X</ITEMSX>"))),
      "S000");
  EXPECT_FALSE(document()["ITEMS"].contains("20")) << "the marked table says all of its rows";
  EXPECT_EQ(document()["PARTNERS"]["00000001"]["PARTNER_NO"], "0010100002");
  EXPECT_EQ(document()["DATES"].size(), 0U);
  EXPECT_EQ(document()["STATUS"]["USER_STATUS"], "COMP");
  EXPECT_EQ(service->state()["documents"].size(), 1U);
}

TEST_F(Xif, AnOrderIsRefusedWithItsReasonAndChangesNothing) {
  open();
  add_pump();
  const std::string whole = kEuro + sold_to(kNorth) + "<ITEMS>" + line("10", "5") + "</ITEMS>";
  EXPECT_EQ(said(documents(order("I", whole))), "S000");
  const Json before = service->state()["documents"];
  EXPECT_EQ(said(documents(order("I", whole))), "E001");
  EXPECT_EQ(said(documents(order("U", whole, "O-9"))), "E002");
  EXPECT_EQ(said(documents(order("U", whole, "O-1", "BUS2000108", "LEAD"))), "E007");
  EXPECT_EQ(said(documents(order("I", whole, "O-9", "BUS2000115", "ZZZ"))), "E004");
  EXPECT_EQ(said(documents(order("I", whole, "O-9", "BUS2000115", "LEAD"))), "E004");
  EXPECT_EQ(
      said(documents(order(
          "I", kEuro + sold_to("0010100009") + "<ITEMS>" + line("10", "5") + "</ITEMS>", "O-9"))),
      "E005");
  EXPECT_EQ(said(documents(order("I", kEuro + sold_to(kNorth), "O-9"))), "E003");
  EXPECT_EQ(
      said(documents(order(
          "I", kEuro + sold_to(kNorth) + "<ITEMS>" + line("10", "5", "PU-9") + "</ITEMS>", "O-9"))),
      "E011");
  EXPECT_EQ(said(documents(order("I",
                                 kEuro + sold_to(kNorth) + "<ITEMS>" + line("10", "5") +
                                     line("010", "6") + "</ITEMS>",
                                 "O-9"))),
            "E010");
  EXPECT_EQ(said(documents(order("U", sold_to("", "<PARTNER_NO>X</PARTNER_NO>")))), "E003")
      << "an order without its sold-to party";
  EXPECT_EQ(said(documents(order("U",
                                 "<STATUS><USER_STATUS>WHAT</USER_STATUS></STATUS><STATUSX>"
                                 "<USER_STATUS>X</USER_STATUS></STATUSX>"))),
            "E004");
  EXPECT_EQ(service->state()["documents"], before);
}

TEST_F(Xif, ALeadHasAProspectAndNoSales) {
  open();
  add_pump();
  const std::string prospect = "<PROSPECT><COMPANY>Hafen</COMPANY></PROSPECT>";
  EXPECT_EQ(said(documents(lead("M", "<LEAD><SOURCE>004</SOURCE></LEAD>"))), "E003");
  EXPECT_EQ(said(documents(lead("M", prospect + kEuro))), "E004");
  EXPECT_EQ(said(documents(
                lead("M", "<LEAD><SOURCE>004</SOURCE></LEAD>" + prospect + "<TEXTS>" +
                              in_row("<TDID>A001</TDID>", "<TEXT>Wants a visit</TEXT>") +
                              "</TEXTS><ITEMS>" + in_row("", "<PRODUCT_ID>PU-100</PRODUCT_ID>") +
                              in_row("", "<PRODUCT_ID>PU-100</PRODUCT_ID>") + "</ITEMS>"))),
            "S000");
  EXPECT_EQ(document()["LEAD"]["SOURCE"], "004");
  EXPECT_TRUE(document()["ITEMS"].contains("20")) << "numbered in tens";
  EXPECT_EQ(document()["TEXTS"]["A001"]["TEXT"], "Wants a visit");
  EXPECT_EQ(
      said(documents(lead("M", prospect + "<STATUS><USER_STATUS>WONN</USER_STATUS></STATUS>"
                                          "<STATUSX><USER_STATUS>X</USER_STATUS></STATUSX>"))),
      "S000");
  EXPECT_EQ(document()["STATUS"]["USER_STATUS"], "WONN");
  EXPECT_EQ(service->state()["documents"].size(), 1U);
}

TEST_F(Xif, CustomisingIsTheTenants) {
  crm::CrmOptions options;
  for (const char* each : {"relation_categories=ZCH001", "hierarchies=SALES",
                           "process_type.ZOR=BUS2000115", "units=CRT"})
    ASSERT_TRUE(crm::change_setting(options, each)) << each;
  EXPECT_FALSE(crm::change_setting(options, "process_type.ZOR="));
  open(options);
  person("P-1");
  EXPECT_EQ(said(relations(contact("M", "P-1"))), "E004");
  EXPECT_EQ(said(relations(contact("M", "P-1", "", kNorth, "ZCH001"))), "S000");
  EXPECT_EQ(said(hierarchy(place("M", kNorth, "", "SALES"))), "S000");
}

}  // namespace
}  // namespace channelbridge::sandbox::test
