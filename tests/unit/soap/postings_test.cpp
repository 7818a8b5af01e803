// Postings in the books: two calls of one session, and the journal entry with its confirmation.
#include <gmock/gmock.h>

#include "claim_service.hpp"

namespace channelbridge::soap {
namespace {

using adapter::WriteStatus;
using test::answer;
using test::ClaimService;
using test::fault;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// The manifest sap_fi_bapi.yaml with its two calls in one session.
struct Bapi {
  explicit Bapi(const std::map<std::string, std::string>& parameters = {}) {
    Options options{.manifest = "sap_fi_bapi.yaml"};
    options.parameters["client"] = "100";
    for (const auto& [name, value] : parameters) options.parameters[name] = value;
    auto out = make_adapter(
        transport, {.system = "fi", .retry = {.max_attempts = 1}, .random = seeded_random(7)},
        options);
    EXPECT_TRUE(out) << to_string(out.error());
    if (out) adapter = *out;
  }
  static http::Response said(const std::string& function, const std::string& inside,
                             bool cookie = false) {
    http::Response out =
        answer("<r:" + function + ".Response xmlns:r=\"urn:sap-com:document:sap:rfc:functions\">" +
               inside + "</r:" + function + ".Response>");
    if (cookie) {
      out.headers.add("set-cookie", "sap-contextid=abc%3d; path=/; HttpOnly");
      out.headers.add("set-cookie", "sap-usercontext=sap-client=100; path=/");
    }
    return out;
  }
  static std::string table(const std::string& type, const std::string& text = "m") {
    return "<RETURN><item><TYPE>" + type + "</TYPE><ID>F5</ID><NUMBER>507</NUMBER><MESSAGE>" +
           text + "</MESSAGE><FIELD>COMP_CODE</FIELD></item></RETURN>";
  }
  static http::Response posted(bool cookie = true) {
    return said("BAPI_ACC_DOCUMENT_POST", "<OBJ_KEY>010000008110102024</OBJ_KEY>" + table("S"),
                cookie);
  }
  adapter::NodeOutcome write() const {
    const adapter::WriteRequest request{
        .nodes = {{.operation = adapter::Operation::Create,
                   .object = "AccountingDocument",
                   .body = "<D><DOCUMENTHEADER><COMP_CODE>1010</COMP_CODE><BUS_ACT>RFBU</BUS_ACT>"
                           "</DOCUMENTHEADER></D>"}},
        .number = ClaimService::kNumber,
        .decided = ClaimService::kDecided};
    auto out =
        adapter->write({.object = "AccountingDocument", .id = "OBJ_KEY"}, {request}, Context());
    EXPECT_TRUE(out) << to_string(out.error());
    return out ? out->front().nodes.front() : adapter::NodeOutcome{};
  }
  std::vector<std::string> actions() const {
    std::vector<std::string> out;
    for (const http::Request& each : transport->seen()) {
      const std::size_t at = each.body.find("BAPI_");
      out.push_back(each.body.substr(at, each.body.find_first_of(" />", at) - at) + ' ' +
                    each.target);
    }
    return out;
  }

  std::shared_ptr<http::ScriptedTransport> transport =
      std::make_shared<http::ScriptedTransport>("https://erp.example");
  std::shared_ptr<adapter::Adapter> adapter{};
};

TEST(SoapSession, CommitsInTheSessionThatPosted) {
  Bapi bapi;
  bapi.transport->then(Bapi::posted())
      .then(Bapi::said("BAPI_TRANSACTION_COMMIT", "<RETURN><TYPE/></RETURN>"));
  const auto out = bapi.write();
  EXPECT_EQ(out.status, WriteStatus::Created);
  EXPECT_EQ(out.key, "010000008110102024");
  EXPECT_THAT(bapi.actions(), ElementsAre("BAPI_ACC_DOCUMENT_POST "
                                          "/sap/bc/soap/rfc?sap-client=100&sap-sessioncmd=open",
                                          "BAPI_TRANSACTION_COMMIT "
                                          "/sap/bc/soap/rfc?sap-client=100&sap-sessioncmd=close"));
  const auto seen = bapi.transport->seen();
  EXPECT_FALSE(seen[0].headers.get("cookie"));
  EXPECT_EQ(seen[1].headers.get("cookie"), "sap-contextid=abc%3d; sap-usercontext=sap-client=100");
  EXPECT_THAT(seen[1].body, HasSubstr("<WAIT>X</WAIT>"));
  EXPECT_EQ(seen[0].headers.get("soapaction"), "\"\"");
}

TEST(SoapSession, ASessionIsNeverTakenIntoTheNextWrite) {
  Bapi bapi;
  for (int i = 0; i < 2; ++i) {
    bapi.transport->then(Bapi::posted())
        .then(Bapi::said("BAPI_TRANSACTION_COMMIT", "<RETURN><TYPE>S</TYPE></RETURN>"));
    EXPECT_EQ(bapi.write().status, WriteStatus::Created);
  }
  EXPECT_FALSE(bapi.transport->seen()[2].headers.get("cookie"));
}

TEST(SoapSession, ARefusedPostingIsRolledBackAndTold) {
  Bapi bapi;
  bapi.transport
      ->then(Bapi::said("BAPI_ACC_DOCUMENT_POST",
                        "<OBJ_KEY>$</OBJ_KEY>" + Bapi::table("E", "Period 03/2026 is not open"),
                        true))
      .then(Bapi::said("BAPI_TRANSACTION_ROLLBACK", "<RETURN/>"));
  const auto out = bapi.write();
  EXPECT_EQ(out.status, WriteStatus::Rejected);
  EXPECT_EQ(out.error->remote_code(), "F5 507");
  EXPECT_EQ(out.error->remote_message(), "Period 03/2026 is not open");
  EXPECT_EQ(out.error->problems().at(0).path, "COMP_CODE");
  ASSERT_THAT(bapi.transport->seen(), SizeIs(2));
  EXPECT_THAT(bapi.actions()[1], HasSubstr("BAPI_TRANSACTION_ROLLBACK"));
}

TEST(SoapSession, WhateverHappensToTheCommitIsUnknown) {
  const std::vector<std::function<void(http::ScriptedTransport&)>> ends{
      [](auto& transport) { transport.fails(ErrorCode::Timeout, Sent::NoAnswer); },
      [](auto& transport) { transport.fails(ErrorCode::Unavailable, Sent::No); },
      [](auto& transport) { transport.then(401); },
      [](auto& transport) { transport.then(fault("e:Client", "no")); },
      [](auto& transport) {
        transport.then(
            Bapi::said("BAPI_TRANSACTION_COMMIT",
                       "<RETURN><TYPE>E</TYPE><MESSAGE>update ended</MESSAGE></RETURN>"));
      }};
  for (const auto& end : ends) {
    Bapi bapi;
    bapi.transport->then(Bapi::posted());
    end(*bapi.transport);
    EXPECT_EQ(bapi.write().status, WriteStatus::Unknown);
  }
}

TEST(SoapSession, ACommitThatOpensAnotherSessionIsUnknown) {
  const auto committed = [](const std::string& cookie) {
    Bapi bapi;
    http::Response commit =
        Bapi::said("BAPI_TRANSACTION_COMMIT", "<RETURN><TYPE>S</TYPE></RETURN>");
    commit.headers.add("set-cookie", cookie);
    bapi.transport->then(Bapi::posted()).then(std::move(commit));
    return bapi.write();
  };
  const auto out = committed("sap-contextid=another; path=/; HttpOnly");
  EXPECT_EQ(out.status, WriteStatus::Unknown);
  EXPECT_THAT(out.error->message(), HasSubstr("another session"));
  for (const char* end : {"sap-contextid=; path=/", "sap-contextid=abc%3d; path=/",
                          "sap-contextid=0; path=/; expires=Tue, 01-Jan-1980 00:00:01 GMT",
                          "BIGipServerpool=1.3; path=/"})
    EXPECT_EQ(committed(end).status, WriteStatus::Created) << end;
}

TEST(SoapSession, TheKeyOfNothingIsNoPosting) {
  Bapi bapi;
  bapi.transport
      ->then(Bapi::said("BAPI_ACC_DOCUMENT_POST", "<OBJ_KEY>$</OBJ_KEY>" + Bapi::table("S"), true))
      .then(Bapi::said("BAPI_TRANSACTION_ROLLBACK", "<RETURN/>"));
  EXPECT_EQ(bapi.write().status, WriteStatus::Unknown);
  ASSERT_THAT(bapi.transport->seen(), SizeIs(2));
  EXPECT_THAT(bapi.actions()[1], HasSubstr("BAPI_TRANSACTION_ROLLBACK"));
}

TEST(SoapSession, TheCookieOfALogonOrAProxyIsNoSession) {
  Bapi bapi;
  http::Response posted = Bapi::posted(false);
  posted.headers.add("set-cookie", "sap-usercontext=sap-client=100; path=/");
  posted.headers.add("set-cookie", "BIGipServerpool=1.2; path=/");
  bapi.transport->then(std::move(posted));
  const auto out = bapi.write();
  EXPECT_EQ(out.status, WriteStatus::Unknown) << "a commit elsewhere would save nothing";
  EXPECT_THAT(out.error->message(), HasSubstr("'sap-contextid'"));
  EXPECT_THAT(bapi.transport->seen(), SizeIs(1));
}

TEST(SoapSession, AProjectMayTakeAnyCookieForASession) {
  std::map<std::string, std::string> any;
  any["session_cookie"] = "";
  Bapi bapi(any);
  http::Response posted = Bapi::posted(false);
  posted.headers.add("set-cookie", "SESSION=1; path=/");
  bapi.transport->then(std::move(posted))
      .then(Bapi::said("BAPI_TRANSACTION_COMMIT", "<RETURN><TYPE/></RETURN>"));
  EXPECT_EQ(bapi.write().status, WriteStatus::Created);
}

TEST(SoapSession, WithoutASessionNothingIsCommittedAndNothingMoreSent) {
  Bapi bapi;
  bapi.transport->then(Bapi::posted(false));
  const auto out = bapi.write();
  EXPECT_EQ(out.status, WriteStatus::Unknown);
  EXPECT_THAT(out.error->message(), HasSubstr("set no cookie"));
  EXPECT_THAT(bapi.transport->seen(), SizeIs(1));
  const auto next = bapi.adapter->write({.object = "AccountingDocument"}, {}, Context());
  EXPECT_FALSE(next);
}

TEST(SoapJournalEntry, IsDecidedByDocumentNumberAndSeverityNotByStatus) {
  const auto transport = std::make_shared<http::ScriptedTransport>("https://erp.example");
  const auto made_fi = make_adapter(transport, {.system = "fi", .random = seeded_random(7)},
                                    {.manifest = "sap_fi_journal_entry.yaml"});
  ASSERT_TRUE(made_fi) << to_string(made_fi.error());
  const auto confirmed = [&](const std::string& document, const std::string& year,
                             const std::string& severity, const std::string& more = {}) {
    const std::string header =
        "<MessageHeader><ReferenceID>018f2b6a5c1e7d3a9b1faaaaaaaaaaaa"
        "</ReferenceID><CreationDateTime>2026-03-02T00:00:00Z"
        "</CreationDateTime></MessageHeader>";
    transport->then(answer(
        "<n0:JournalEntryBulkCreateConfirmation xmlns:n0=\"http://sap.com/xi/SAPSCORE/SFIN\">" +
        header + "<JournalEntryCreateConfirmation>" + header +
        "<JournalEntryCreateConfirmation><AccountingDocument>" + document +
        "</AccountingDocument><CompanyCode>1010</CompanyCode><FiscalYear>" + year +
        "</FiscalYear></JournalEntryCreateConfirmation><Log><MaximumLogItemSeverityCode>" +
        severity + "</MaximumLogItemSeverityCode><Item><TypeID>609(RW)</TypeID><SeverityCode>" +
        severity + "</SeverityCode><Note>said</Note></Item>" + more + "</Log>" +
        "</JournalEntryCreateConfirmation><Log/></n0:JournalEntryBulkCreateConfirmation>"));
    const adapter::WriteRequest request{
        .nodes = {{.operation = adapter::Operation::Create,
                   .object = "JournalEntry",
                   .body = "<J><CompanyCode>1010</CompanyCode><CreatedByUser>CB</CreatedByUser>"
                           "<AccountingDocumentType>DG</AccountingDocumentType>"
                           "<OriginalReferenceDocumentType>BKPFF</OriginalReferenceDocumentType>"
                           "<BusinessTransactionType>RFBU</BusinessTransactionType>"
                           "<DocumentDate>2026-03-02</DocumentDate>"
                           "<PostingDate>2026-03-02</PostingDate></J>"}},
        .number = ClaimService::kNumber,
        .decided = ClaimService::kDecided};
    auto out = (*made_fi)->write(
        {.object = "JournalEntry", .id = "AccountingDocument,CompanyCode,FiscalYear"}, {request},
        Context());
    EXPECT_TRUE(out) << to_string(out.error());
    return out ? out->front().nodes.front() : adapter::NodeOutcome{};
  };
  const auto posted = confirmed("0100000081", "2026", "1");
  EXPECT_EQ(posted.status, WriteStatus::Created);
  EXPECT_EQ(posted.key, "0100000081,1010,2026");
  EXPECT_EQ(confirmed("0100000082", "2026", "2").status, WriteStatus::Created) << "a warning";
  const auto refused_one = confirmed("", "0000", "3");
  EXPECT_EQ(refused_one.status, WriteStatus::Rejected);
  EXPECT_EQ(refused_one.error->remote_code(), "609(RW)");
  const auto why = confirmed("", "0000", "3",
                             "<Item><TypeID>201(F5)</TypeID><SeverityCode>3</SeverityCode><Note>"
                             "Posting period 006 2026 is not open</Note></Item>");
  EXPECT_EQ(why.error->remote_code(), "201(F5)") << "609(RW) only says that others follow";
  EXPECT_THAT(to_string(*why.error), AllOf(HasSubstr("is not open"), HasSubstr("said")));
  EXPECT_EQ(confirmed("0100000083", "2026", "3").status, WriteStatus::Unknown);
  EXPECT_EQ(confirmed("", "0000", "1").status, WriteStatus::Unknown);
}

}  // namespace
}  // namespace channelbridge::soap
