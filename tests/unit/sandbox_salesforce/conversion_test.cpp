#include <gmock/gmock.h>

#include "client.hpp"

/// convertLead of the SOAP partner API.
namespace channelbridge::sandbox::salesforce {
namespace {

using ::testing::HasSubstr;

class ConvertLead : public SalesforceSandbox {
 protected:
  ConvertLead() {
    lead_ = create("Lead", {{"LastName", "Berg"},
                            {"Company", "Nord AB"},
                            {"Email", "berg@nord.example"},
                            {"Phone", "+46 8 1"},
                            {"LeadSource", "Web"}});
  }
  std::string convert_xml(const std::string& lead, const std::string& more = "",
                          const std::string& status = "Closed - Converted") const {
    return "<leadConverts>" + more + "<convertedStatus>" + status + "</convertedStatus><leadId>" +
           lead +
           "</leadId><overwriteLeadSource>false</overwriteLeadSource>"
           "<sendNotificationEmail>false</sendNotificationEmail></leadConverts>";
  }
  Answer soap(const std::string& converts, const std::string& session_id) {
    return send("POST", "/services/Soap/u/60.0",
                "<env:Envelope xmlns:env=\"http://schemas.xmlsoap.org/soap/envelope/\">"
                "<env:Header><SessionHeader xmlns=\"urn:partner.soap.sforce.com\"><sessionId>" +
                    session_id +
                    "</sessionId></SessionHeader></env:Header><env:Body>"
                    "<convertLead xmlns=\"urn:partner.soap.sforce.com\">" +
                    converts + "</convertLead></env:Body></env:Envelope>",
                {{"Content-Type", "text/xml; charset=utf-8"}, {"SOAPAction", "\"\""}});
  }
  Answer soap(const std::string& converts) { return soap(converts, token); }

  std::string lead_;
};

TEST_F(ConvertLead, MakesAnAccountAContactAndAnOpportunity) {
  const Answer answer = soap(convert_xml(lead_));
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.text, HasSubstr("<success>true</success>"));
  const Json lead = org().record(lead_);
  EXPECT_EQ(lead["IsConverted"], true);
  for (const char* field : {"ConvertedAccountId", "ConvertedContactId", "ConvertedOpportunityId"})
    EXPECT_THAT(answer.text, HasSubstr(text_of(lead, field)));
  EXPECT_EQ(org().record(text_of(lead, "ConvertedAccountId"))["Name"], "Nord AB");
  EXPECT_EQ(lead["LastModifiedById"],
            org().record(text_of(lead, "ConvertedAccountId"))["CreatedById"]);
}

TEST_F(ConvertLead, FillsOnlyWhatIsEmptyInRecordsThatAreNamed) {
  const std::string account = create("Account", {{"Name", "Nord Group"}});
  const std::string contact = create(
      "Contact", {{"LastName", "Berg"}, {"Email", "b@nord.example"}, {"LeadSource", "Other"}});
  EXPECT_THAT(
      soap(convert_xml(lead_, "<accountId>" + account + "</accountId><contactId>" + contact +
                                  "</contactId><doNotCreateOpportunity>true"
                                  "</doNotCreateOpportunity>"))
          .text,
      HasSubstr("<success>true</success>"));
  EXPECT_EQ(org().record(account)["Name"], "Nord Group");
  EXPECT_EQ(org().record(account)["Phone"], "+46 8 1");
  EXPECT_EQ(org().record(contact)["Email"], "b@nord.example");
  EXPECT_EQ(org().record(contact)["LeadSource"], "Other");
  EXPECT_TRUE(org().record(lead_)["ConvertedOpportunityId"].is_null());
  EXPECT_EQ(org().count("Opportunity"), 0U);
}

TEST_F(ConvertLead, RefusesEachLeadByItself) {
  const std::string other = create("Lead", {{"LastName", "Lind"}, {"Company", "Syd AB"}});
  const Answer answer = soap(convert_xml(lead_, "", "Open - Not Contacted") + convert_xml(other) +
                             convert_xml(other));
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.text, HasSubstr("<statusCode>INVALID_STATUS</statusCode>"));
  EXPECT_THAT(answer.text, HasSubstr("<statusCode>CANNOT_UPDATE_CONVERTED_LEAD</statusCode>"));
  EXPECT_EQ(org().record(lead_)["IsConverted"], false);
  EXPECT_EQ(org().record(other)["IsConverted"], true);
  EXPECT_EQ(org().count("Account"), 1U) << "what was begun for the refused one is taken back";
}

TEST_F(ConvertLead, AnswersWithFaultsWhereNothingCanBeDone) {
  const Answer expired = soap(convert_xml(lead_), "00D!nobody");
  EXPECT_EQ(expired.status, 500);
  EXPECT_THAT(expired.text, HasSubstr("<sf:exceptionCode>INVALID_SESSION_ID</sf:exceptionCode>"));
  std::string many;
  for (int i = 0; i < 101; ++i) many += convert_xml(lead_);
  EXPECT_THAT(soap(many).text, HasSubstr("EXCEEDED_LEAD_CONVERT_LIMIT"));
  EXPECT_THAT(send("POST", "/services/Soap/u/60.0", "<a", {{"Content-Type", "text/xml"}}).text,
              HasSubstr("XML_PARSER_ERROR"));
  EXPECT_EQ(org().record(lead_)["IsConverted"], false);
}

}  // namespace
}  // namespace channelbridge::sandbox::salesforce
