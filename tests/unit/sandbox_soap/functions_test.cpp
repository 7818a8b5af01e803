// The accounting BAPIs by SOAP RFC, and the session that a commit needs.
#include "entries.hpp"

namespace channelbridge::sandbox::test {
namespace {

using Rows = std::vector<std::string>;

constexpr const char* kDocument =
    "<ACCOUNTGL><item><ITEMNO_ACC>1</ITEMNO_ACC><GL_ACCOUNT>0044000000</GL_ACCOUNT></item>"
    "</ACCOUNTGL><ACCOUNTRECEIVABLE><item><ITEMNO_ACC>2</ITEMNO_ACC><CUSTOMER>0010100001"
    "</CUSTOMER></item></ACCOUNTRECEIVABLE><CURRENCYAMOUNT><item><ITEMNO_ACC>1</ITEMNO_ACC>"
    "<CURRENCY>EUR</CURRENCY><AMT_DOCCUR>500.00</AMT_DOCCUR></item><item><ITEMNO_ACC>2"
    "</ITEMNO_ACC><CURR_TYPE>00</CURR_TYPE><CURRENCY>EUR</CURRENCY><AMT_DOCCUR>-500.0000"
    "</AMT_DOCCUR></item></CURRENCYAMOUNT><DOCUMENTHEADER><BUS_ACT>RFBU</BUS_ACT><USERNAME>"
    "CHANNEL</USERNAME><COMP_CODE>1010</COMP_CODE><DOC_DATE>2024-06-01</DOC_DATE><PSTNG_DATE>"
    "20240601</PSTNG_DATE><TRANS_DATE>0000-00-00</TRANS_DATE><DOC_TYPE>DG</DOC_TYPE><REF_DOC_NO>"
    "CLAIM-4711</REF_DOC_NO></DOCUMENTHEADER><RETURN/>";

class Functions : public FiDesk {
 protected:
  Answer call(const std::string& function, const std::string& content,
              const std::string& path = SapFiService::kRfc) {
    const Answer answer =
        send(*service, Post{.path = path,
                            .body = "<u:" + function +
                                    " xmlns:u=\"urn:sap-com:document:sap:rfc:functions\">" +
                                    content + "</u:" + function + ">",
                            .cookie = cookie});
    const std::string set = answer.headers.get("Set-Cookie");
    if (keep_cookie && !set.empty()) cookie = set.substr(0, set.find(';'));
    return answer;
  }
  Answer post_document(const std::string& content = kDocument) {
    return call("BAPI_ACC_DOCUMENT_POST", content);
  }
  std::string cookie{};
  bool keep_cookie{true};
};

TEST_F(Functions, SaveWithTheCommitOfTheirSession) {
  open();
  const Answer posted = post_document();
  EXPECT_EQ(posted.status, 200);
  EXPECT_EQ(complaint("accounting_rfc", posted), "");
  EXPECT_STREQ(posted.content.name(), "rfc:BAPI_ACC_DOCUMENT_POST.Response");
  EXPECT_EQ(posted.at("OBJ_KEY"), "010000000010102024");
  EXPECT_EQ(posted.at("OBJ_TYPE"), "BKPFF");
  EXPECT_EQ(posted.all("RETURN/item/ID"), Rows{"RW"});
  EXPECT_EQ(posted.all("RETURN/item/NUMBER"), Rows{"605"});
  EXPECT_EQ(service->documents(), 0U);
  EXPECT_EQ(desk->journal.effects(), 0U);
  const Answer committed = call("BAPI_TRANSACTION_COMMIT", "<WAIT>X</WAIT>");
  EXPECT_EQ(complaint("accounting_rfc", committed), "");
  EXPECT_EQ(committed.at("RETURN/TYPE"), "");
  EXPECT_EQ(service->documents(), 1U);
  EXPECT_EQ(desk->journal.effects(), 1U);
  call("BAPI_TRANSACTION_COMMIT", "");
  EXPECT_EQ(service->documents(), 1U);
}

TEST_F(Functions, LoseWhatAnotherSessionCommits) {
  open();
  keep_cookie = false;
  post_document();
  EXPECT_EQ(call("BAPI_TRANSACTION_COMMIT", "").status, 200);
  EXPECT_EQ(service->documents(), 0U);
  EXPECT_EQ(desk->journal.effects(), 0U);
}

TEST_F(Functions, RollBackAndLeaveAGapInTheNumbers) {
  open();
  post_document();
  EXPECT_EQ(complaint("accounting_rfc", call("BAPI_TRANSACTION_ROLLBACK", "")), "");
  call("BAPI_TRANSACTION_COMMIT", "");
  EXPECT_EQ(service->documents(), 0U);
  EXPECT_EQ(post_document().at("OBJ_KEY"), "010000000110102024");
}

TEST_F(Functions, BeginASessionByCommandWhereTheSystemWantsIt) {
  fi::FiOptions options;
  options.session_by_command = true;
  open(options);
  EXPECT_FALSE(post_document().headers.find("Set-Cookie"));
  const std::string path = SapFiService::kRfc;
  EXPECT_TRUE(call("BAPI_ACC_DOCUMENT_POST", kDocument, path + "?sap-sessioncmd=open")
                  .headers.find("Set-Cookie"));
  call("BAPI_TRANSACTION_COMMIT", "", path + "?sap-sessioncmd=close");
  EXPECT_EQ(service->documents(), 1U);
  call("BAPI_TRANSACTION_COMMIT", "");
  EXPECT_EQ(service->documents(), 1U);
}

TEST_F(Functions, ForgetASessionThatIsTooOldOrEnded) {
  open();
  post_document();
  desk->clock->advance(std::chrono::hours(1));
  call("BAPI_TRANSACTION_COMMIT", "");
  post_document();
  desk->faults.add({.kind = "expire_sessions", .match = SapFiService::kRfc});
  call("BAPI_TRANSACTION_COMMIT", "");
  EXPECT_EQ(service->documents(), 0U);
}

TEST_F(Functions, CollectErrorsBehindOneOfTheirOwn) {
  open();
  const std::string wrong =
      replaced(replaced(kDocument, "0010100001", "0010100009"), "-500.0000", "-499.0000");
  for (const char* function : {"BAPI_ACC_DOCUMENT_POST", "BAPI_ACC_DOCUMENT_CHECK"}) {
    const Answer answer = call(function, wrong);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(complaint("accounting_rfc", answer), "");
    EXPECT_EQ(answer.all("RETURN/item/TYPE"), (Rows{"E", "E", "E"}));
    EXPECT_EQ(answer.all("RETURN/item/ID"), (Rows{"RW", "F5", "F5"}));
    EXPECT_EQ(answer.all("RETURN/item/NUMBER"), (Rows{"609", "102", "702"}));
    EXPECT_EQ(answer.all("RETURN/item/MESSAGE_V1"), (Rows{"BKPFF", "0010100009", "EUR"}));
  }
  call("BAPI_TRANSACTION_COMMIT", "");
  EXPECT_EQ(service->documents(), 0U);
}

TEST_F(Functions, CheckWithoutAnEffect) {
  open();
  const Answer answer = call("BAPI_ACC_DOCUMENT_CHECK", kDocument);
  EXPECT_EQ(answer.all("RETURN/item/TYPE"), Rows{"S"});
  call("BAPI_TRANSACTION_COMMIT", "");
  EXPECT_EQ(service->documents(), 0U);
}

TEST_F(Functions, GiveATableBackOnlyWhenTheRequestHasIt) {
  open();
  const Answer silent = post_document(replaced(kDocument, "<RETURN/>", ""));
  EXPECT_FALSE(silent.content.child("RETURN"));
  EXPECT_EQ(silent.at("OBJ_KEY"), "010000000010102024");
}

TEST_F(Functions, WantAnAmountForEachItem) {
  open();
  const Answer answer = post_document(replaced(kDocument, "<ITEMNO_ACC>2</ITEMNO_ACC><CURR_TYPE>",
                                               "<ITEMNO_ACC>3</ITEMNO_ACC><CURR_TYPE>"));
  EXPECT_EQ(answer.all("RETURN/item/NUMBER"), (Rows{"609", "018"}));
}

TEST_F(Functions, AreRefusedByTheSchemaAsRfcRefuses) {
  open();
  for (const auto& [from, to] :
       {std::pair{"<REF_DOC_NO>CLAIM-4711", "<REF_DOC_NO>CLAIM-4711-AND-MORE"},
        std::pair{"<DOC_DATE>2024-06-01", "<DOC_DATE>1.6.2024"},
        std::pair{"<AMT_DOCCUR>500.00<", "<AMT_DOCCUR>500,00<"},
        std::pair{"<RETURN/>", "<RETURNS/>"}}) {
    const Answer answer = post_document(replaced(kDocument, from, to));
    EXPECT_EQ(answer.status, 500) << to;
    EXPECT_EQ(answer.at("faultcode"), "SOAP-ENV:Client") << to;
  }
}

TEST_F(Functions, AnswerWithoutTheDotAtTheServiceDefinition) {
  open();
  const Answer answer = call("BAPI_ACC_DOCUMENT_POST", kDocument, SapFiService::kRfcService);
  EXPECT_STREQ(answer.content.name(), "rfc:BAPI_ACC_DOCUMENT_POSTResponse");
  call("BAPI_TRANSACTION_COMMIT", "", SapFiService::kRfcService);
  EXPECT_EQ(service->documents(), 1U);
}

TEST_F(Functions, ReverseADocument) {
  open();
  post_document();
  call("BAPI_TRANSACTION_COMMIT", "");
  const Answer reversed =
      call("BAPI_ACC_DOCUMENT_REV_POST",
           "<BUS_ACT>RFBU</BUS_ACT><RETURN/><REVERSAL><OBJ_TYPE>BKPFF</OBJ_TYPE><OBJ_KEY_R>"
           "010000000010102024</OBJ_KEY_R><PSTNG_DATE>2024-06-02</PSTNG_DATE><COMP_CODE>1010"
           "</COMP_CODE><REASON_REV>01</REASON_REV></REVERSAL>");
  EXPECT_EQ(complaint("accounting_rfc", reversed), "");
  EXPECT_EQ(reversed.all("RETURN/item/NUMBER"), Rows{"605"});
  call("BAPI_TRANSACTION_COMMIT", "");
  const Json documents = service->state()["documents"];
  ASSERT_EQ(documents.size(), 2U);
  EXPECT_EQ(documents[0]["reversed_by"], "0100000001");
}

}  // namespace
}  // namespace channelbridge::sandbox::test
