// Leads that are distributed to sales partners, and the import of partners.
#include "funds.hpp"

namespace channelbridge::sandbox::test {
namespace {

class Leads : public CrmDesk {
 protected:
  static constexpr const char* kSouth = "0010100002";

  void start(const crm::CrmOptions& options = {}) {
    open(options);
    service->add_partner(kSouth, "Südwind GmbH");
    service->add_lead({.number = "0000008001",
                       .description = "Ten pumps",
                       .prospect = "Hafen",
                       .qualification = "02"});
  }
  Answer ask(const std::string& operation, const std::string& content) {
    const Answer answer =
        send(*service, Post{.path = SapCrmService::kLeads,
                            .body = "<z:" + operation +
                                    " xmlns:z=\"http://example.com/zcrm/lead_dispatch\">" +
                                    content + "</z:" + operation + ">"});
    EXPECT_EQ(answer.status, 200) << answer.fault();
    EXPECT_EQ(complaint("lead_dispatch", answer), "") << answer.text;
    return answer;
  }
  Answer reply(int change, const std::string& code, const std::string& more = {}) {
    return ask("LeadDispatchAnswer", "<LeadNumber>0000008001</LeadNumber><ChangeNumber>" +
                                         std::to_string(change) + "</ChangeNumber><Answer>" + code +
                                         "</Answer>" + more + "<AnsweredBy>NORTH</AnsweredBy>");
  }
  Answer distribute(const std::string& partner, const std::string& more = {},
                    const std::string& change = {}, const std::string& code = "DIST") {
    return ask("LeadDistribute",
               "<LeadNumber>0000008001</LeadNumber>" +
                   (change.empty() ? "" : "<ChangeNumber>" + change + "</ChangeNumber>") +
                   (partner.empty() ? "" : "<SalesPartner>" + partner + "</SalesPartner>") +
                   "<UserStatus>" + code + "</UserStatus>" + more +
                   "<DistributedBy>CHANNEL</DistributedBy>");
  }
  Answer create(const std::string& reference, const std::string& type = "LEAD") {
    return ask("LeadCreate", "<TransactionType>" + type + "</TransactionType><ExternalReference>" +
                                 reference +
                                 "</ExternalReference><ProspectName>Werft</ProspectName>"
                                 "<CreatedBy>CHANNEL</CreatedBy>");
  }
  Answer edit(const std::string& change, const std::string& fields) {
    return ask("LeadChange", "<LeadNumber>0000008001</LeadNumber><ChangeNumber>" + change +
                                 "</ChangeNumber>" + fields + "<ChangedBy>CHANNEL</ChangedBy>");
  }
  Answer lead() { return ask("LeadQuery", "<Selection><Number>0000008001</Number></Selection>"); }
  std::string status() { return lead().at("Lead/UserStatus"); }
  /// Where its offers stand, in order.
  std::vector<std::string> offers(const std::string& selection = {}) {
    return ask("LeadOfferQuery", "<Selection>" + selection + "</Selection>")
        .all("LeadOffer/UserStatus");
  }
};

TEST_F(Leads, AreDistributedAcceptedAndWon) {
  start();
  EXPECT_EQ(status(), "OPEN");
  EXPECT_EQ(numbers(reply(1, "SPAC")), "005");
  ASSERT_TRUE(service->dispatch("0000008001", kNorth));
  EXPECT_FALSE(service->dispatch("0000008001", kNorth));
  const Answer offered = ask("LeadQuery", "<Selection><Partner>0010100001</Partner></Selection>");
  EXPECT_EQ(offered.at("Lead/UserStatus"), "DIST");
  EXPECT_EQ(offered.at("Lead/AnswerDue"), "2026-06-03T10:00:00.0000000Z");
  EXPECT_EQ(numbers(reply(1, "SPAC")), "003");
  const Answer accepted = reply(2, "SPAC", "<ExternalReference>L-77</ExternalReference>");
  EXPECT_EQ(numbers(accepted), "000");
  EXPECT_EQ(accepted.at("Lead/ExternalReference"), "L-77");
  EXPECT_EQ(numbers(reply(3, "SPAC")), "005");
  EXPECT_EQ(numbers(reply(3, "LOST")), "016");
  EXPECT_EQ(
      numbers(reply(3, "WONN", "<ExpectedRevenue currencyCode=\"EUR\">900.00</ExpectedRevenue>")),
      "000");
  EXPECT_EQ(ask("LeadQuery", "<Selection><ExternalReference>L-77</ExternalReference></Selection>")
                .at("Lead/ExpectedRevenue"),
            "900.00");
  EXPECT_EQ(desk->journal.counters()["by_object"]["LeadAnswer"]["created"], 2);
}

TEST_F(Leads, AreRejectedAndGoToSomebodyElse) {
  start();
  ASSERT_TRUE(service->dispatch("0000008001", kNorth));
  EXPECT_EQ(numbers(reply(2, "SPRE")), "016");
  EXPECT_EQ(numbers(reply(2, "SPRE", "<Reason>No capacity</Reason>")), "000");
  EXPECT_EQ(administer(*service, "dispatch", "{\"lead\":\"0000008001\",\"partner\":\"0010100002\"}")
                .status,
            204);
  EXPECT_EQ(status(), "DIST");
}

TEST_F(Leads, FallBackWhenNobodyAnswers) {
  start();
  ASSERT_TRUE(service->dispatch("0000008001", kNorth));
  clock->advance(std::chrono::hours(49));
  EXPECT_EQ(status(), "INPR");
  EXPECT_EQ(numbers(reply(3, "SPAC")), "005");
}

TEST_F(Leads, AreDistributedByTheService) {
  start();
  const Answer given =
      distribute(kNorth,
                 "<AnswerDue>2026-06-02T10:00:00Z</AnswerDue><ExternalReference>A-1"
                 "</ExternalReference>",
                 "1");
  EXPECT_EQ(numbers(given), "000");
  EXPECT_EQ(given.at("Lead/SalesPartner"), kNorth);
  EXPECT_EQ(given.at("Lead/UserStatus"), "DIST");
  EXPECT_EQ(given.at("LeadOffer/OfferNumber"), "1");
  EXPECT_EQ(given.at("LeadOffer/AnswerDue"), "2026-06-02T10:00:00.0000000Z");
  EXPECT_EQ(given.at("LeadOffer/ChangeNumber"), "2");
  EXPECT_EQ(offers("<ExternalReference>A-1</ExternalReference>").size(), 1U);
  EXPECT_TRUE(offers("<ExternalReference>A-2</ExternalReference>").empty());
  const Answer answered = reply(2, "SPAC");
  EXPECT_EQ(answered.at("LeadOffer/UserStatus"), "SPAC");
  EXPECT_EQ(numbers(reply(3, "WONN")), "000");
  EXPECT_EQ(offers(), std::vector<std::string>{"SPAC"}) << "what comes after is the lead's";
  EXPECT_EQ(desk->journal.counters()["by_object"]["LeadDistribution"]["created"], 1);
}

TEST_F(Leads, AreDistributedOnceAndToSomebodyWhoMayHaveThem) {
  start();
  service->add_partner("0010100003", "Gesperrt", /*blocked=*/true);
  service->add_partner("0010100004", "Lieferant", /*blocked=*/false, /*sales_partner=*/false);
  EXPECT_EQ(numbers(distribute("")), "018") << "nobody";
  EXPECT_EQ(numbers(distribute("0010100009")), "018");
  EXPECT_EQ(numbers(distribute("0010100003")), "019");
  EXPECT_EQ(numbers(distribute("0010100004")), "041");
  EXPECT_EQ(numbers(distribute(kNorth, "", "7")), "003");
  EXPECT_EQ(numbers(distribute(kNorth, "", "", "SPAC")), "004");
  EXPECT_EQ(numbers(distribute(kNorth, "<AnswerDue>2026-06-01T09:00:00Z</AnswerDue>")), "015");
  ASSERT_TRUE(service->lock("Lead", "0000008001", "MILLER"));
  EXPECT_EQ(numbers(distribute(kNorth)), "002");
  ASSERT_TRUE(service->lock("Lead", "0000008001", ""));
  EXPECT_EQ(numbers(edit("1", "<QualificationLevel/>")), "000");
  EXPECT_EQ(numbers(distribute(kNorth)), "040");
  EXPECT_EQ(numbers(edit("2", "<QualificationLevel>03</QualificationLevel>")), "000");
  EXPECT_TRUE(offers().empty()) << "what is refused changes nothing";
  EXPECT_EQ(numbers(distribute(kNorth)), "000");
  EXPECT_EQ(numbers(distribute(kSouth)), "004") << "it is distributed already";
  EXPECT_EQ(offers().size(), 1U);
}

TEST_F(Leads, AreInProcessWithoutASalesPartnerOrAfterAnError) {
  start();
  ASSERT_TRUE(service->dispatch("0000008001", ""));
  EXPECT_EQ(status(), "INPR");
  EXPECT_TRUE(offers().empty());
  ASSERT_TRUE(service->dispatch("0000008001", kNorth));
  EXPECT_EQ(administer(*service, "workflow_error", "{\"lead\":\"0000008001\"}").status, 204);
  EXPECT_EQ(status(), "INPR");
  EXPECT_EQ(offers(), std::vector<std::string>{"INPR"});
  EXPECT_EQ(numbers(distribute("")), "000") << "to the partner that it names";
  EXPECT_EQ(offers(), (std::vector<std::string>{"INPR", "DIST"}));
}

TEST_F(Leads, ThatAreOverdueGoToAnotherPartner) {
  start();
  ASSERT_TRUE(service->dispatch("0000008001", kNorth));
  clock->advance(std::chrono::hours(49));
  EXPECT_EQ(administer(*service, "redispatch", "{\"partner\":\"0010100002\"}").status, 200);
  EXPECT_EQ(lead().at("Lead/SalesPartner"), kSouth);
  EXPECT_EQ(status(), "DIST");
  EXPECT_EQ(offers(), (std::vector<std::string>{"INPR", "DIST"}));
  clock->advance(std::chrono::hours(49));
  const auto again = service->redispatch(kSouth);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->empty()) << "it had its time";
  EXPECT_FALSE(service->redispatch("0010100009"));
}

TEST_F(Leads, OfOtherSystemsAreCreatedAndChanged) {
  start({.unique_reference = true});
  const Answer made = create("L-1");
  EXPECT_EQ(numbers(made), "000");
  EXPECT_EQ(made.at("Lead/UserStatus"), "OPEN");
  EXPECT_EQ(made.at("Lead/ExternalReference"), "L-1");
  EXPECT_EQ(numbers(create("L-1")), "020");
  EXPECT_EQ(numbers(create("L-2", "ZLED")), "001");
  EXPECT_EQ(numbers(edit("1", "<SalesPartner>0010100009</SalesPartner>")), "018");
  const Answer changed = edit("1", "<SalesPartner>0010100001</SalesPartner><Phone>+49431</Phone>");
  EXPECT_EQ(changed.at("Lead/Phone"), "+49431");
  EXPECT_EQ(changed.at("Lead/Description"), "Ten pumps") << "of which it said nothing";
  EXPECT_EQ(numbers(edit("1", "<Phone/>")), "003");
  EXPECT_EQ(edit("2", "<Phone/>").at("Lead/Phone"), "");
  ASSERT_TRUE(service->dispatch("0000008001", kNorth));
  EXPECT_EQ(numbers(edit("4", "<SalesPartner>0010100002</SalesPartner>")), "004");
  EXPECT_EQ(numbers(edit("4", "<City>Kiel</City>")), "000") << "the partner keeps it";
  EXPECT_EQ(numbers(reply(5, "SPAC")), "000");
  EXPECT_EQ(numbers(reply(6, "WONN")), "000");
  EXPECT_EQ(numbers(edit("7", "<City>Lübeck</City>")), "005");
}

TEST_F(Leads, KeepTheReferenceThatTheyHave) {
  start();
  ASSERT_TRUE(service->dispatch("0000008001", kNorth));
  EXPECT_EQ(numbers(reply(2, "SPAC", "<ExternalReference>L-77</ExternalReference>")), "000");
  EXPECT_EQ(numbers(reply(3, "WONN", "<ExternalReference>L-78</ExternalReference>")), "020");
}

TEST_F(Leads, KnowOnlyTheAnswersOfTheTenant) {
  start();
  ASSERT_TRUE(service->dispatch("0000008001", kNorth));
  EXPECT_EQ(numbers(reply(2, "DIST")), "004");
  EXPECT_EQ(numbers(reply(2, "YES")), "004");
}

class Partners : public CrmDesk {
 protected:
  Answer save(const std::string& items) {
    const Answer answer =
        send(*service, Post{.path = SapCrmService::kPartners,
                            .body = "<u:CRMXIF_PARTNER_SAVE "
                                    "xmlns:u=\"urn:sap-com:document:sap:rfc:functions\"><DATA>" +
                                    items + "</DATA></u:CRMXIF_PARTNER_SAVE>"});
    EXPECT_EQ(answer.status, 200) << answer.fault();
    EXPECT_EQ(complaint("partner_save", answer), "") << answer.text;
    return answer;
  }
  static std::string partner(const std::string& task, const std::string& id,
                             const std::string& blocks) {
    return "<item><HEADER><OBJECT_TASK>" + task + "</OBJECT_TASK><EXTERNAL_ID>" + id +
           "</EXTERNAL_ID></HEADER>" + blocks + "</item>";
  }
  std::string field(const std::string& id, const std::string& name) {
    return service->state()["partners"][id][name].get<std::string>();
  }
};

TEST_F(Partners, AreInsertedChangedWhereMarkedAndDeleted) {
  open();
  const std::string blocks =
      "<CENTRAL><NAME_ORG1>Sturm</NAME_ORG1><PARTNER_STATUS>Z001</PARTNER_STATUS></CENTRAL>"
      "<ADDRESS><CITY>Kiel</CITY></ADDRESS>";
  const Answer inserted = save(partner("I", "P-1", blocks));
  EXPECT_EQ(inserted.at("RETURN/item/TYPE"), "S");
  const std::string id = inserted.at("RETURN/item/PARTNER");
  EXPECT_EQ(field(id, "CITY"), "Kiel");
  const Answer changed = save(
      partner("U", "P-1",
              "<CENTRAL><NAME_ORG1>Orkan</NAME_ORG1><PARTNER_STATUS>Z009</PARTNER_STATUS></CENTRAL>"
              "<CENTRALX><PARTNER_STATUS>X</PARTNER_STATUS></CENTRALX><ADDRESSX><CITY>X</CITY>"
              "</ADDRESSX>"));
  EXPECT_EQ(changed.at("RETURN/item/PARTNER"), id);
  EXPECT_EQ(field(id, "NAME_ORG1"), "Sturm");
  EXPECT_EQ(field(id, "PARTNER_STATUS"), "Z009");
  EXPECT_EQ(field(id, "CITY"), "");
  EXPECT_EQ(save(partner("D", "P-1", "")).at("RETURN/item/TYPE"), "S");
  EXPECT_FALSE(service->state()["partners"].contains(id));
}

TEST_F(Partners, AreSavedEachByItself) {
  open();
  const std::string name = "<CENTRAL><NAME_ORG1>Sturm</NAME_ORG1></CENTRAL>";
  const Answer answer =
      save(partner("I", "P-1", name) + partner("I", "P-1", name) + partner("U", "P-9", name) +
           partner("I", "P-2", "") + partner("M", "P-3", name));
  EXPECT_EQ(answer.all("RETURN/item/TYPE"), (std::vector<std::string>{"S", "E", "E", "E", "S"}));
  EXPECT_EQ(answer.all("RETURN/item/EXTERNAL_ID"),
            (std::vector<std::string>{"P-1", "P-1", "P-9", "P-2", "P-3"}));
  EXPECT_EQ(desk->journal.effects(), 2U);
}

}  // namespace
}  // namespace channelbridge::sandbox::test
