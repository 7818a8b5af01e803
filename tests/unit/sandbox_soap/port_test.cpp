// Logon, envelopes, schema and faults: what is refused before any rule of the application.
#include "entries.hpp"

namespace channelbridge::sandbox::test {
namespace {

using Port = FiDesk;

constexpr const char* kWrong = "Basic Q0hBTk5FTDpXcm9uZw==";  // CHANNEL:Wrong

TEST_F(Port, AsksWhoIsThere) {
  open();
  const Post post{.path = SapFiService::kJournalEntry, .body = bulk(kEntry)};
  for (const std::string& authorization :
       {std::string(), std::string(kWrong), std::string("Bearer x")}) {
    Post other = post;
    other.authorization = authorization;
    const Answer answer = send(*service, other);
    EXPECT_EQ(answer.status, 401) << authorization;
    EXPECT_NE(answer.headers.get("WWW-Authenticate").find("[S4H/100]"), std::string::npos);
  }
  Post other = post;
  other.path += "?sap-client=200";
  EXPECT_EQ(send(*service, other).status, 401);
  EXPECT_EQ(service->documents(), 0U);
}

TEST_F(Port, LetsNobodyInWithoutAuthorization) {
  fi::FiOptions options;
  options.port.unauthorized = {"CHANNEL"};
  open(options);
  EXPECT_EQ(post(kEntry).status, 403);
  const Answer rfc =
      send(*service, Post{.path = SapFiService::kRfc,
                          .body = "<u:BAPI_TRANSACTION_COMMIT "
                                  "xmlns:u=\"urn:sap-com:document:sap:rfc:functions\"/>"});
  EXPECT_EQ(rfc.status, 500);
  EXPECT_NE(rfc.fault().find("RFC_AUTHORIZATION_FAILURE"), std::string::npos);
  EXPECT_EQ(rfc.at("faultcode"), "SOAP-ENV:Client");
}

TEST_F(Port, PublishesItsWsdlWithItsAddress) {
  open();
  const Response wsdl = get(*service, std::string(SapFiService::kJournalEntry) + "?wsdl");
  EXPECT_EQ(wsdl.status, 200);
  EXPECT_NE(wsdl.body.find("location=\"http://sap.test:8000" +
                           std::string(SapFiService::kJournalEntry) + "\""),
            std::string::npos);
  EXPECT_EQ(wsdl.body.find("sap.example"), std::string::npos);
  EXPECT_EQ(get(*service, SapFiService::kJournalEntry).status, 405);
  EXPECT_EQ(get(*service, "/sap/bc/other").status, 404);
}

TEST_F(Port, PublishesOnlyTheFunctionsThatAreAskedFor) {
  open();
  const std::string path = SapFiService::kRfcWsdl;
  const Response one = get(*service, path + "?services=BAPI_TRANSACTION_COMMIT");
  EXPECT_NE(one.body.find("operation name=\"BAPI_TRANSACTION_COMMIT\""), std::string::npos);
  EXPECT_EQ(one.body.find("operation name=\"BAPI_ACC_DOCUMENT_POST\""), std::string::npos);
  EXPECT_NE(one.body.find(std::string("location=\"http://sap.test:8000") + SapFiService::kRfc),
            std::string::npos);
  EXPECT_EQ(get(*service, path + "?services=BAPI_USER_GETLIST").status, 404);
  EXPECT_EQ(get(*service, path).status, 400);
}

TEST_F(Port, SpeaksBothVersionsAtOneAddress) {
  open();
  const Answer older = post(kEntry);
  EXPECT_EQ(older.status, 200);
  EXPECT_EQ(older.headers.get("Content-Type"), "text/xml; charset=utf-8");
  const Answer newer = send(*service, Post{.path = SapFiService::kJournalEntry,
                                           .body = bulk(kEntry),
                                           .content_type = "application/soap+xml; charset=utf-8"});
  EXPECT_EQ(newer.status, 200);
  EXPECT_EQ(newer.headers.get("Content-Type"), "application/soap+xml; charset=utf-8");
  EXPECT_EQ(complaint("journal_entry", newer), "");
  EXPECT_EQ(service->documents(), 2U);
}

TEST_F(Port, RefusesAMediaTypeOrAVersionThatIsAnother) {
  open();
  Post post{.path = SapFiService::kJournalEntry, .body = bulk(kEntry)};
  post.content_type = "application/json";
  EXPECT_EQ(send(*service, post).status, 415);
  post.content_type = "text/xml";
  const Answer mixed = send_text(*service, post, envelope(post.body, "", true));
  EXPECT_EQ(mixed.status, 500);
  EXPECT_EQ(mixed.at("faultcode"), "soap-env:VersionMismatch");
  EXPECT_EQ(service->documents(), 0U);
}

TEST_F(Port, ChecksTheSoapAction) {
  open();
  Post post{.path = SapFiService::kJournalEntry, .body = bulk(kEntry)};
  post.action = "\"http://other\"";
  EXPECT_EQ(send(*service, post).status, 500);
  post.action =
      "\"http://sap.com/xi/SAPSCORE/SFIN/JournalEntryCreateRequestConfirmation_In/"
      "JournalEntryCreateRequestConfirmation_InRequest\"";
  EXPECT_EQ(send(*service, post).status, 200);
}

TEST_F(Port, UnderstandsHeadersOrRefusesThem) {
  open();
  Post post{.path = SapFiService::kJournalEntry, .body = bulk(kEntry)};
  post.header = "<x:Trace xmlns:x=\"urn:x\">1</x:Trace>";
  EXPECT_EQ(send(*service, post).status, 200);
  post.header = "<x:Trace xmlns:x=\"urn:x\" s:mustUnderstand=\"1\">1</x:Trace>";
  const Answer refused = send(*service, post);
  EXPECT_EQ(refused.status, 500);
  EXPECT_EQ(refused.at("faultcode"), "soap-env:MustUnderstand");
  post.header =
      "<a:MessageID xmlns:a=\"http://www.w3.org/2005/08/addressing\" "
      "s:mustUnderstand=\"1\">urn:uuid:1</a:MessageID>";
  const Answer related = send(*service, post);
  EXPECT_EQ(related.status, 200);
  EXPECT_NE(related.text.find(">urn:uuid:1</wsa:RelatesTo>"), std::string::npos);
}

TEST_F(Port, AnswersMalformedXmlWithAFault) {
  open();
  const Post post{.path = SapFiService::kJournalEntry};
  const std::string whole = envelope(bulk(kEntry));
  for (const std::string& text :
       {std::string(), std::string("no xml"), whole.substr(0, whole.size() - 5),
        "<!DOCTYPE a [<!ENTITY e \"x\">]>" + whole, std::string("<a/>"), envelope(""),
        envelope(bulk(kEntry) + bulk(kEntry)), envelope("<x:Other xmlns:x=\"urn:x\"/>"),
        replaced(whole, "http://sap.com/xi/SAPSCORE/SFIN", "urn:other"),
        replaced(whole, "SUB_1", "SUB_1\xff")}) {
    const Answer answer = send_text(*service, post, text);
    EXPECT_EQ(answer.status, 500) << text;
    EXPECT_EQ(answer.at("faultcode"), "soap-env:Server") << text;
    EXPECT_NE(answer.fault(), " | ") << text;
  }
  EXPECT_EQ(service->documents(), 0U);
}

TEST_F(Port, SaysAFaultInTheWordsOfSoap12) {
  open();
  const Answer answer = send_text(
      *service, Post{.path = SapFiService::kJournalEntry, .content_type = "application/soap+xml"},
      "no xml");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.at("env:Code/env:Value"), "env:Receiver");
  EXPECT_NE(answer.fault(), " | ");
}

/// One change to a good entry, and a word that the fault's detail has to have.
struct Breach {
  const char* name;
  const char* from;
  const char* to;
  const char* word;
};

class Schema : public FiDesk, public ::testing::WithParamInterface<Breach> {};

TEST_P(Schema, RefusesWhatTheWsdlDoesNotAllow) {
  open();
  const Breach& breach = GetParam();
  const Answer answer = post(replaced(kEntry, breach.from, breach.to));
  EXPECT_EQ(answer.status, 500);
  EXPECT_NE(answer.fault().find(breach.word), std::string::npos) << answer.fault();
  EXPECT_EQ(service->documents(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Breaches, Schema,
    ::testing::Values(
        Breach{"order", "<CreatedByUser>CHANNEL</CreatedByUser><CompanyCode>1010</CompanyCode>",
               "<CompanyCode>1010</CompanyCode><CreatedByUser>CHANNEL</CreatedByUser>",
               "CompanyCode"},
        Breach{"required", "<CompanyCode>1010</CompanyCode>", "", "CompanyCode"},
        Breach{"empty", "<CompanyCode>1010</CompanyCode>", "<CompanyCode/>", "CompanyCode"},
        Breach{"length", "CLAIM-4711", "CLAIM-4711-AND-MORE", "DocumentReferenceID"},
        Breach{"number", "-500.00<", "-500,00<", "AmountInTransactionCurrency"},
        Breach{"exponent", "-500.00<", "-5E2<", "AmountInTransactionCurrency"},
        Breach{"decimals", "-500.00<", "-500.0000001<", "AmountInTransactionCurrency"},
        Breach{"currency", " currencyCode=\"EUR\">-500", ">-500", "currencyCode"},
        Breach{"code", "<DebitCreditCode>H", "<DebitCreditCode>D", "DebitCreditCode"},
        Breach{"date", "<PostingDate>2024-06-01", "<PostingDate>01.06.2024", "PostingDate"},
        Breach{"zone", "09:00:00.0000000Z", "09:00:00", "CreationDateTime"},
        Breach{"unknown", "<CompanyCode>1010</CompanyCode>",
               "<CompanyCode>1010</CompanyCode><Colour>red</Colour>", "Colour"},
        Breach{"qualified", "<JournalEntry>",
               "<JournalEntry xmlns=\"http://sap.com/xi/SAPSCORE/SFIN\">", "JournalEntry"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST_F(Port, ReadsTextWhateverItIsWrittenAs) {
  open();
  EXPECT_EQ(number(post(replaced(kEntry, "-500.00<", "<![CDATA[-500]]>.<!-- cents -->00<"))),
            "0100000000");
  EXPECT_EQ(number(post(replaced(kEntry, ">500.00<", "> +500.00 <"))), "0100000001");
}

TEST_F(Port, BreaksOnDemand) {
  open();
  desk->faults.add(Fault{.kind = "row_lock"});
  const Answer locked = post(kEntry);
  EXPECT_EQ(types(locked), (std::vector<std::string>{"609(RW)", "011(ZFI)"}));
  EXPECT_EQ(number(post(kEntry)), "0100000000");
}

}  // namespace
}  // namespace channelbridge::sandbox::test
