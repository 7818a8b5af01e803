#include "client.hpp"
#include "sandbox/sap/messages.hpp"

namespace channelbridge::sandbox::test {
namespace {

using PartnerWords = PartnerServer;

Json organization(const Json& phone) {
  return Json{{"BusinessPartnerCategory", "2"},
              {"OrganizationBPName1", "Nordljus AB"},
              {"to_BusinessPartnerAddress",
               Json::array({Json{{"Country", "SE"}, {"to_PhoneNumber", Json::array({phone})}}})}};
}

TEST_F(PartnerWords, SayAnErrorInTheLanguageOfTheLogon) {
  const auto message = [&](const std::string& path, Headers headers = {}) {
    headers.set("Accept", "application/json");
    return client().send("GET", path, {}, headers).json().at("error").at("message");
  };
  const Json english{{"lang", "en"}, {"value", "Property 'Nonsense' is invalid"}};
  const Json german{{"lang", "de"}, {"value", "Die Eigenschaft 'Nonsense' ist ungültig"}};
  EXPECT_EQ(message("A_BusinessPartner?$select=Nonsense"), english);
  EXPECT_EQ(message("A_BusinessPartner?$select=Nonsense&sap-language=EN"), english);
  EXPECT_EQ(message("A_BusinessPartner?$select=Nonsense&sap-language=FR"), english);
  EXPECT_EQ(message("A_BusinessPartner?$select=Nonsense&sap-language=DE"), german);
  EXPECT_EQ(message("A_BusinessPartner?$select=Nonsense", {{"Accept-Language", "de-DE,de"}}),
            german);
  EXPECT_EQ(message("A_BusinessPartner?$filter=Nonsense%20eq%201&sap-language=DE").at("value"),
            "Ungültiger Filter: die Eigenschaft 'Nonsense' ist unbekannt");
}

TEST_F(PartnerWords, KeepTheLanguageInsideABatch) {
  Client user = client();
  user.fetch_token();
  const Answer answer = user.send(
      "POST", "$batch?sap-language=DE",
      "--b\r\nContent-Type: application/http\r\n\r\nGET A_BusinessPartner('77') HTTP/1.1\r\n"
      "Accept: application/json\r\n\r\n\r\n--b--\r\n",
      {{"X-CSRF-Token", user.token()}, {"Content-Type", "multipart/mixed; boundary=b"}});
  EXPECT_EQ(answer.status, 202);
  EXPECT_NE(answer.body.find("wurde keine Ressource gefunden"), std::string::npos) << answer.body;
}

TEST(SapWords, KnowEachOfTheirTexts) {
  using odata::in_language;
  EXPECT_EQ(in_language("Business partner 'a' does not exist' does not exist", "de"),
            "Der Geschäftspartner 'a' does not exist' ist nicht vorhanden");
  EXPECT_EQ(in_language("A_SalesOrderType '7' does not exist", "de"),
            "A_SalesOrderType '7' ist nicht vorhanden");
  EXPECT_EQ(in_language("Property '&1' is longer than 40 characters", "de"),
            "Die Eigenschaft '&1' ist länger als 40 Zeichen");
  EXPECT_EQ(in_language("Invalid filter: '&' expected", "de"),
            "Ungültiger Filter: '&' wird erwartet");
  EXPECT_EQ(in_language("Nobody has written this", "de"), "Nobody has written this");
  EXPECT_EQ(in_language("Invalid $expand", "fr"), "Invalid $expand");
}

TEST_F(PartnerWords, WarnWithAGoodAnswerInAHeaderOfPlainAscii) {
  Client user = client();
  const Answer good =
      user.write("POST", "A_BusinessPartner", organization({{"PhoneNumber", "+46 40 1"}}));
  EXPECT_EQ(good.status, 201);
  EXPECT_FALSE(good.headers.find("sap-message"));
  const Answer warned =
      user.write("POST", "A_BusinessPartner?sap-language=DE",
                 organization({{"PhoneNumber", "Å 7"}, {"DestinationLocationCountry", "XX"}}));
  ASSERT_EQ(warned.status, 201) << warned.body;
  const std::string header = warned.headers.get("sap-message");
  EXPECT_NE(header.find("\\u00c5 7"), std::string::npos) << header;
  const Json message = Json::parse(header);
  EXPECT_EQ(message.at("severity"), "warning");
  EXPECT_EQ(message.at("target"), "/A_AddressPhoneNumber/PhoneNumber");
  EXPECT_EQ(message.at("message"),
            "Die Telefonnummer 'Å 7' bleibt unverändert: ihr Land ist nicht bekannt");
  EXPECT_EQ(message.at("details"), Json::array());
}

TEST(SapWarnings, AreAListInV4AndStandInsideABatch) {
  const auto spec = [](const std::string& file) {
    SapServiceSpec made = *published_service(fixture(file));
    made.settings.before_save = [](odata::Transaction& transaction, const std::string&,
                                   odata::Row&) {
      transaction.warn("X/1", "first", "Name");
      transaction.warn("X/2", "second", "");
    };
    return made;
  };
  const SapServiceSpec v4 = spec("odata-v4/SDK_Grocery_Store.edmx");
  const SapServiceSpec v2 = spec("odata-v2/SDK_Grocery_Store.edmx");
  const auto server = start({v2, v4});
  Client modern(server->url(), v4.path + "/");
  const Json list =
      Json::parse(modern.write("POST", "Customers", {{"Name", "A"}}).headers.get("sap-messages"));
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list.at(0).at("numericSeverity"), 3);
  Client classic(server->url(), v2.path + "/");
  const Answer batch = classic.batch(
      "--batch_1\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n"
      "Content-Type: application/http\r\n\r\nPOST Customers HTTP/1.1\r\n"
      "Content-Type: application/json\r\n\r\n{\"Name\":\"A\"}\r\n--c--\r\n--batch_1--\r\n");
  EXPECT_NE(batch.body.find("sap-message: {\"code\":\"X/1\""), std::string::npos) << batch.body;
  EXPECT_NE(batch.body.find("\"details\":[{\"code\":\"X/2\""), std::string::npos) << batch.body;
}

}  // namespace
}  // namespace channelbridge::sandbox::test
