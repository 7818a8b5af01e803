// Leads that are distributed to sales partners, and the import of partners.
#include "funds.hpp"

namespace channelbridge::sandbox::test {
namespace {

class Leads : public CrmDesk {
 protected:
  void start() {
    open();
    service->add_lead({.number = "0000008001", .description = "Ten pumps", .prospect = "Hafen"});
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
  std::string status() {
    return ask("LeadQuery", "<Selection><Number>0000008001</Number></Selection>")
        .at("Lead/UserStatus");
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
