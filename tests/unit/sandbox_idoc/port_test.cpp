#include <gtest/gtest.h>

#include "sandbox/idoc/idoc_server.hpp"

namespace channelbridge::sandbox {
namespace {

constexpr const char* kControl =
    "<EDI_DC40 SEGMENT=\"1\"><TABNAM>EDI_DC40</TABNAM><DOCNUM>0000000000000042</DOCNUM><DIRECT>2"
    "</DIRECT><IDOCTYP>ORDERS05</IDOCTYP><MESTYP>ORDERS</MESTYP><SNDPOR>CHBRIDGE</SNDPOR><SNDPRT>LS"
    "</SNDPRT><SNDPRN>CHBRIDGE</SNDPRN><RCVPOR>SAPERP</RCVPOR><RCVPRT>LS</RCVPRT><RCVPRN>ERPCLNT100"
    "</RCVPRN><ARCKEY>key-1</ARCKEY></EDI_DC40>";
constexpr const char* kOrder =
    "<E1EDK01 SEGMENT=\"1\"><CURCY>EUR</CURCY></E1EDK01><E1EDK14 SEGMENT=\"1\"><QUALF>008</QUALF>"
    "<ORGID>1010</ORGID></E1EDK14><E1EDK14 SEGMENT=\"1\"><QUALF>007</QUALF><ORGID>10</ORGID>"
    "</E1EDK14><E1EDK14 SEGMENT=\"1\"><QUALF>006</QUALF><ORGID>00</ORGID></E1EDK14><E1EDK14 "
    "SEGMENT=\"1\"><QUALF>012</QUALF><ORGID>TA</ORGID></E1EDK14><E1EDK03 SEGMENT=\"1\"><IDDAT>002"
    "</IDDAT><DATUM>20261215</DATUM></E1EDK03><E1EDKA1 SEGMENT=\"1\"><PARVW>AG</PARVW><PARTN>"
    "0000301800</PARTN></E1EDKA1><E1EDK02 SEGMENT=\"1\"><QUALF>001</QUALF><BELNR>PO-1</BELNR>"
    "</E1EDK02><E1EDP01 SEGMENT=\"1\"><POSEX>000010</POSEX><MENGE>5</MENGE><MENEE>PCE</MENEE>"
    "<E1EDP19 SEGMENT=\"1\"><QUALF>002</QUALF><IDTNR>TG11</IDTNR></E1EDP19></E1EDP01>";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

class IdocPort : public ::testing::Test {
 protected:
  void open(const IdocOptions& options = {}) {
    auto types = idoc::read_definitions();
    ASSERT_TRUE(types) << to_string(types.error());
    service_ = std::make_unique<IdocService>(options, *std::move(types), desk_);
    service_->add_customer("0000301800", "Nordwind", "Kiel", "DE");
    service_->add_material("TG11", {.name = "Sprinkler", .stock = 2'000});
  }
  Response post(const std::string& idoc, const std::string& type = "ORDERS05",
                const std::string& path = "/sap/bc/idoc_xml?sap-client=100") {
    Request request{.method = "POST"};
    set_target(request, path);
    request.headers.set("Content-Type", "application/xml");
    request.headers.set("Authorization", "Basic Q0hBTk5FTDpXZWxjb21lMQ==");
    request.body = "<" + type + "><IDOC BEGIN=\"1\">" + idoc + "</IDOC></" + type + ">";
    return service_->handle(request);
  }
  std::string last_status() {
    return service_->state()["idocs"].back()["history"].back()["status"].get<std::string>();
  }
  std::string history() {
    std::string out;
    const Json state = service_->state();
    for (const auto& step : state["idocs"].back()["history"])
      out += step["status"].get<std::string>() + " ";
    return out;
  }
  /// The youngest file of this kind.
  std::string sent(const std::string& message) {
    std::string out;
    for (const auto& [name, text] : service_->outbox())
      if (name.starts_with(message)) out = text;
    return out;
  }

  std::shared_ptr<Desk> desk_ = std::make_shared<Desk>();
  std::unique_ptr<IdocService> service_;
};

TEST_F(IdocPort, PostsAnOrderAndAnswersItByItem) {
  open();
  const Response answer = post(std::string(kControl) + kOrder);
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find("IDoc-XML-inbound ok"), std::string::npos);
  EXPECT_EQ(history(), "50 64 62 53 ");
  EXPECT_EQ(service_->orders(), 1U);
  EXPECT_NE(sent("STATUS").find("<STATUS>53</STATUS>"), std::string::npos);
  EXPECT_NE(sent("STATUS").find("<ARCKEY>key-1</ARCKEY>"), std::string::npos);
  const std::string confirmation = sent("ORDRSP");
  EXPECT_NE(confirmation.find("<WMENG>2.000</WMENG><EDATU>20261215</EDATU>"), std::string::npos);
  EXPECT_NE(confirmation.find("<WMENG>3.000</WMENG><EDATU>20270101</EDATU>"), std::string::npos);
  EXPECT_EQ(desk_->journal.effects(), 1U);
}

TEST_F(IdocPort, SavesPartnersOfACrmWhereTheyAreMarked) {
  open();
  const auto save = [this](const std::string& task, const std::string& number,
                           const std::string& segments) {
    std::string control = replaced(kControl, "<DOCNUM>0000000000000042</DOCNUM>", "");
    control = replaced(control, "<ARCKEY>key-1</ARCKEY>", "");
    control = replaced(control, "<IDOCTYP>ORDERS05", "<IDOCTYP>CRMXIF_PARTNER_SAVE_M01");
    control = replaced(control, "<MESTYP>ORDERS", "<MESTYP>CRMXIF_PARTNER_SAVE_M");
    EXPECT_EQ(
        post(control +
                 "<E1CRMXIF_PARTNER_COMPLEX SEGMENT=\"1\"><E1CRMXIF_PARTNER_HEADER "
                 "SEGMENT=\"1\"><OBJECT_TASK>" +
                 task + "</OBJECT_TASK><PARTNER>" + number +
                 "</PARTNER></E1CRMXIF_PARTNER_HEADER>" + segments + "</E1CRMXIF_PARTNER_COMPLEX>",
             "CRMXIF_PARTNER_SAVE_M01")
            .status,
        200);
    return last_status();
  };
  const auto name = [this](const char* number) {
    return service_->state()["customers"][number].get<std::string>();
  };
  const auto central = [](const std::string& text) {
    return "<E1CRMXIF_CENTRAL SEGMENT=\"1\"><NAME_ORG1>" + text + "</NAME_ORG1></E1CRMXIF_CENTRAL>";
  };
  const std::string marked =
      "<E1CRMXIF_CENTRALX SEGMENT=\"1\"><NAME_ORG1>X</NAME_ORG1></E1CRMXIF_CENTRALX>";
  EXPECT_EQ(save("M", "0010100001", central("Seewerk")), "53");
  EXPECT_EQ(name("0010100001"), "Seewerk");
  EXPECT_EQ(save("M", "0010100001", central("Orkan")), "53");
  EXPECT_EQ(name("0010100001"), "Seewerk") << "nothing is marked";
  EXPECT_EQ(save("U", "0010100001", central("Orkan") + marked), "53");
  EXPECT_EQ(name("0010100001"), "Orkan");
  EXPECT_EQ(save("U", "0010100001", marked), "51") << "a change flag without a value";
  EXPECT_EQ(save("I", "0010100001", central("Orkan")), "51");
  EXPECT_EQ(save("U", "0010100009", central("Orkan") + marked), "51");
  EXPECT_EQ(save("M", "0010100009", ""), "51");
  EXPECT_EQ(name("0010100001"), "Orkan");
}

TEST_F(IdocPort, RefusesAtTheDoor) {
  open();
  for (const std::string& broken :
       {std::string("<E1EDK01/>"), std::string(kControl).substr(20) + kOrder,
        replaced(kControl, "<SNDPRN>CHBRIDGE</SNDPRN>", ""),
        replaced(kControl, "<DIRECT>2", "<DIRECT>1"),
        replaced(kControl, "<IDOCTYP>ORDERS05", "<IDOCTYP>ORDERS04"),
        replaced(kControl, "0000000000000042", "00000000000000042"),
        replaced(kControl, "<MESTYP>ORDERS</MESTYP>", "") + kOrder})
    EXPECT_EQ(post(broken).status, 500) << broken;
  EXPECT_EQ(post("", "ORDERS05", "/sap/bc/idoc_xml?sap-client=200").status, 401);
  EXPECT_EQ(post("", "ORDERS05", "/sap/bc/other").status, 404);
  EXPECT_EQ(service_->state()["idocs"].size(), 0U);
}

TEST_F(IdocPort, StoresWhatIsAnIdocAndSaysLaterWhatIsWrong) {
  open();
  const auto status_of = [&](const std::string& idoc, const std::string& type = "ORDERS05") {
    EXPECT_EQ(post(idoc, type).status, 200) << idoc;
    return last_status();
  };
  const std::string control = replaced(kControl, "<DOCNUM>0000000000000042</DOCNUM>", "");
  const std::string open_control = replaced(control, "<ARCKEY>key-1</ARCKEY>", "");
  EXPECT_EQ(status_of(replaced(open_control, "<SNDPRN>CHBRIDGE", "<SNDPRN>STRANGER") + kOrder),
            "56");
  EXPECT_EQ(status_of(replaced(open_control, "<MESTYP>ORDERS", "<MESTYP>INVOIC") + kOrder), "56");
  EXPECT_EQ(status_of(open_control + replaced(kOrder, "<CURCY>EUR", "<CURCY>EURO")), "60");
  EXPECT_EQ(status_of(open_control + "<E1EDX01 SEGMENT=\"1\"/>" + kOrder), "60");
  EXPECT_EQ(status_of(open_control + replaced(kOrder, "<E1EDK01 SEGMENT=\"1\">", "<E1EDK01>")),
            "60");
  EXPECT_EQ(status_of(open_control + "<E1EDP01 SEGMENT=\"1\"/>" + kOrder), "60");  // out of order
  EXPECT_EQ(status_of(open_control + replaced(kOrder, "<CURCY>EUR", "<CURCY>XXX")), "51");
  EXPECT_EQ(status_of(open_control + replaced(kOrder, "0000301800", "0000999999")), "51");
  EXPECT_EQ(status_of(open_control + replaced(kOrder, "<MENGE>5", "<MENGE>-5")), "51");
  EXPECT_EQ(status_of(open_control + replaced(kOrder, "TG11", "TG99")), "51");
  EXPECT_EQ(service_->orders(), 0U);
  EXPECT_NE(sent("STATUS").find("Material of item &amp;1 not defined"), std::string::npos);
}

TEST_F(IdocPort, DoesNotPostTheSameNumberTwice) {
  open();
  post(std::string(kControl) + kOrder);
  post(std::string(kControl) + kOrder);
  EXPECT_EQ(last_status(), "51");
  EXPECT_EQ(service_->orders(), 1U);
}

TEST_F(IdocPort, PostsInItsOwnTimeAndAuditsWhereItIsAsked) {
  open({.process_after = std::chrono::hours(1), .audit = true});
  post(std::string(kControl) + kOrder);
  EXPECT_EQ(history(), "50 ");
  EXPECT_EQ(sent("ALEAUD"), "");
  desk_->clock->advance(std::chrono::hours(2));
  EXPECT_EQ(last_status(), "53");
  EXPECT_NE(sent("ALEAUD").find("<DOCNUM>0000000000000042</DOCNUM><STATUS>53</STATUS>"),
            std::string::npos);
}

TEST_F(IdocPort, PeopleProcessAnErrorAgainOrEndIt) {
  open();
  post(std::string(kControl) + replaced(kOrder, "0000301800", "0000999999"));
  ASSERT_EQ(last_status(), "51");
  service_->add_customer("0000999999", "Südwind", "Ulm", "DE");
  Request request{.method = "POST", .path = "/__sandbox/idocs"};
  const auto act = [&](const std::string& action) {
    request.body = "{\"number\":\"" +
                   service_->state()["idocs"].back()["number"].get<std::string>() +
                   "\",\"action\":\"" + action + "\"}";
    return service_->administer(request)->status;
  };
  EXPECT_EQ(act("dance"), 400);
  EXPECT_EQ(act("process"), 200);
  EXPECT_EQ(last_status(), "53");
  EXPECT_EQ(act("end"), 409);
}

TEST_F(IdocPort, SettingsAreSaidByName) {
  IdocOptions options;
  EXPECT_TRUE(change_setting(options, "process_after=5s"));
  EXPECT_EQ(options.process_after, std::chrono::seconds(5));
  EXPECT_TRUE(change_setting(options, "audit=true"));
  EXPECT_TRUE(change_setting(options, "currencies=EUR,USD"));
  EXPECT_EQ(options.currencies.size(), 2U);
  for (const char* wrong : {"audit=maybe", "audits=true", "process_after=soon", "statuses"})
    EXPECT_FALSE(change_setting(options, wrong)) << wrong;
}

}  // namespace
}  // namespace channelbridge::sandbox
