// Settlements in the books, by the manifests that come along: what counts as posted.
#include <gmock/gmock.h>

#include "answer_internal.hpp"
#include "claim_service.hpp"

namespace channelbridge::soap {
namespace {

using adapter::WriteStatus;
using test::answer;
using test::ClaimService;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kPostedKey = "010000008110102026";

/// A document as the lookup shows it.
std::string entry_of(const std::string& number, const std::string& more = {},
                     const std::string& status = "posted") {
  return "<JournalEntry><CompanyCode>1010</CompanyCode><AccountingDocument>" + number +
         "</AccountingDocument><FiscalYear>2026</FiscalYear><FiscalPeriod>03</FiscalPeriod>"
         "<OriginalReferenceDocument>" +
         number +
         "10102026</OriginalReferenceDocument><AccountingDocumentType>KR</AccountingDocumentType>"
         "<DocumentReferenceID>@</DocumentReferenceID><DocumentDate>2026-03-02</DocumentDate>"
         "<PostingDate>2026-03-02</PostingDate><CreatedByUser>CHANNEL</CreatedByUser>" +
         more + "<IsCleared>true</IsCleared><EntryStatus>" + status +
         "</EntryStatus><CreatedAt>2026-03-02T09:00:00Z</"
         "CreatedAt><ChangedAt>2026-03-02T09:00:00Z</ChangedAt></JournalEntry>";
}
http::Response books_show(const std::string& rows) {
  return answer(
      "<q:JournalEntryByReferenceResponse "
      "xmlns:q=\"urn:channelbridge:sandbox:journal-entry-query\">"
      "<ReadAt>2026-03-02T10:00:00Z</ReadAt>" +
      rows + "</q:JournalEntryByReferenceResponse>");
}

struct ManifestBooks {
  explicit ManifestBooks(const std::string& manifest) {
    Options options{.manifest = manifest};
    options.parameters["company_code"] = "1010";
    options.parameters["user"] = "CHANNEL";
    auto out = make_adapter(
        transport, {.system = "fi", .retry = {.max_attempts = 1}, .random = seeded_random(7)},
        options);
    EXPECT_TRUE(out) << to_string(out.error());
    if (out) adapter = *out;
  }
  /// The BAPI has posted; `cookie` is what its answer sets.
  void post(const std::string& cookie = "sap-contextid=abc; path=/",
            const std::string& function = "BAPI_ACC_DOCUMENT_POST") const {
    http::Response posted = answer(
        "<r:" + function +
        ".Response xmlns:r=\"urn:sap-com:document:sap:rfc:functions\"><OBJ_KEY>" +
        std::string(kPostedKey) +
        "</OBJ_KEY><RETURN><item><TYPE>S</TYPE></item></RETURN></r:" + function + ".Response>");
    posted.headers.add("set-cookie", cookie);
    transport->then(std::move(posted));
  }
  void commit() const {
    transport->then(
        answer("<r:BAPI_TRANSACTION_COMMIT.Response "
               "xmlns:r=\"urn:sap-com:document:sap:rfc:functions\"><RETURN><TYPE/></RETURN>"
               "</r:BAPI_TRANSACTION_COMMIT.Response>"));
  }
  adapter::NodeOutcome write() const {
    const adapter::WriteRequest request{
        .nodes = {{.operation = adapter::Operation::Create,
                   .object = "SettlementDocument",
                   .body = "<SettlementDocument><ACCOUNTGL><item><ITEMNO_ACC>1</ITEMNO_ACC>"
                           "<ITEM_TEXT>ST-1</ITEM_TEXT></item></ACCOUNTGL></SettlementDocument>"}},
        .correlation = ClaimService::kRecord,
        .number = ClaimService::kNumber,
        .decided = ClaimService::kDecided};
    auto out = adapter->write({.object = "SettlementDocument", .id = "OriginalReferenceDocument"},
                              {request}, context);
    EXPECT_TRUE(out) << to_string(out.error());
    return out ? out->front().nodes.front() : adapter::NodeOutcome{};
  }

  /// Somebody else has reversed the settlement.
  adapter::NodeOutcome reverse(const std::string& object, const std::string& key) const {
    const adapter::WriteRequest request{
        .nodes = {{.operation = adapter::Operation::Update,
                   .object = object,
                   .key = key,
                   .body = "<" + object + "><EntryStatus>reversed</EntryStatus></" + object + ">"}},
        .correlation = ClaimService::kRecord,
        .number = ClaimService::kNumber,
        .decided = ClaimService::kDecided};
    auto out = adapter->write({.object = object}, {request}, context);
    EXPECT_TRUE(out) << to_string(out.error());
    return out ? out->front().nodes.front() : adapter::NodeOutcome{};
  }

  std::shared_ptr<http::ScriptedTransport> transport =
      std::make_shared<http::ScriptedTransport>("https://erp.example");
  std::shared_ptr<adapter::Adapter> adapter{};
  std::shared_ptr<testing::ManualClock> clock =
      std::make_shared<testing::ManualClock>(ClaimService::kDecided);
  Context context{clock, {}};
};

TEST(SoapSettlement, IsPostedWhereTheBooksShowIt) {
  const ManifestBooks books("sap_fi_settlement_bapi.yaml");
  books.post();
  books.commit();
  books.transport->then(books_show(entry_of("0100000081")));
  const auto out = books.write();
  EXPECT_EQ(out.status, WriteStatus::Created) << (out.error ? to_string(*out.error) : "");
  EXPECT_EQ(out.key, kPostedKey);
}

TEST(SoapSettlement, MayShowALittleLater) {
  const ManifestBooks books("sap_fi_settlement_bapi.yaml");
  books.post();
  books.commit();
  books.transport->then(books_show("")).then(books_show(entry_of("0100000081")));
  EXPECT_EQ(books.write().status, WriteStatus::Created);
  EXPECT_THAT(books.clock->sleeps(), SizeIs(1));
}

TEST(SoapSettlement, WhoseCommitSavedNothingIsTold) {
  const ManifestBooks books("sap_fi_settlement_bapi.yaml");
  books.post();
  books.commit();
  books.transport->then(books_show("")).then(books_show(""));
  const auto out = books.write();
  EXPECT_EQ(out.status, WriteStatus::Rejected) << "nothing goes again by itself";
  ASSERT_TRUE(out.error);
  EXPECT_THAT(out.error->message(), HasSubstr(kPostedKey));
}

TEST(SoapSettlement, IsPostedWhereNobodyCanLook) {
  const ManifestBooks books("sap_fi_settlement_bapi.yaml");
  books.post();
  books.commit();
  books.transport->then(503);
  EXPECT_EQ(books.write().status, WriteStatus::Created) << "the commit has said so";
}

TEST(SoapSettlement, IsNotCommittedInTheSessionOfAProxy) {
  const ManifestBooks books("sap_fi_settlement_bapi.yaml");
  books.post("BIGipServerpool=1.2; path=/");
  EXPECT_EQ(books.write().status, WriteStatus::Unknown);
  EXPECT_THAT(books.transport->seen(), SizeIs(1)) << "nothing was committed";
}

/// The text of the last element of this name.
std::string last_text(const std::string& body, const std::string& name) {
  const std::string begin = "<" + name + ">";
  const std::size_t at = body.rfind(begin);
  if (at == std::string::npos) return {};
  const std::size_t start = at + begin.size();
  return body.substr(start, body.find('<', start) - start);
}

constexpr const char* kEntryKey = "0100000081,1010,2026";

/// The service's confirmation of the one entry of a request.
Result<http::Response> confirm(const http::Request& request, const Context&) {
  return answer(
      "<n:JournalEntryBulkCreateConfirmation xmlns:n=\"http://sap.com/xi/SAPSCORE/SFIN\">"
      "<JournalEntryCreateConfirmation><MessageHeader><ReferenceID>" +
      last_text(request.body, "ID") +
      "</ReferenceID></MessageHeader><JournalEntryCreateConfirmation>"
      "<AccountingDocument>0100000082</AccountingDocument><CompanyCode>1010</CompanyCode>"
      "<FiscalYear>2026</FiscalYear></JournalEntryCreateConfirmation><Log>"
      "<MaximumLogItemSeverityCode>1</MaximumLogItemSeverityCode></Log>"
      "</JournalEntryCreateConfirmation><Log/></n:JournalEntryBulkCreateConfirmation>");
}

TEST(SoapSettlement, IsReversedByAnEntryOfItsOwn) {
  const ManifestBooks books("sap_fi_settlement.yaml");
  books.transport->then(books_show(entry_of("0100000081")))
      .then(http::ScriptedTransport::Step(confirm));
  const auto out = books.reverse("SettlementPosting", kEntryKey);
  EXPECT_EQ(out.status, WriteStatus::Updated) << (out.error ? to_string(*out.error) : "");
  ASSERT_THAT(books.transport->seen(), SizeIs(2)) << "it was looked at first";
  const std::string sent = books.transport->seen()[1].body;
  EXPECT_EQ(last_text(sent, "ReversalReferenceDocument"), kPostedKey);
  EXPECT_EQ(last_text(sent, "ReversalReason"), "01");
  EXPECT_EQ(last_text(sent, "BusinessTransactionType"), "RFBU");
  EXPECT_EQ(last_text(sent, "PostingDate"), "2026-03-02");
  EXPECT_EQ(last_text(sent, "EntryStatus"), "") << "which call it is says so";
  EXPECT_EQ(last_text(sent, "ReferenceDocumentItem"), "") << "it has no items";
  const std::string reference = last_text(sent, "DocumentReferenceID");
  EXPECT_EQ(reference, short_id(kEntryKey)) << "the same however often it is sent";
  EXPECT_NE(reference, short_id(ClaimService::kRecord)) << "and none of a settlement";
}

TEST(SoapSettlement, IsNotReversedASecondTime) {
  const ManifestBooks books("sap_fi_settlement.yaml");
  books.transport->then(
      books_show(entry_of("0100000081", "<ReversedBy>0100000082</ReversedBy>", "reversed")));
  EXPECT_EQ(books.reverse("SettlementPosting", kEntryKey).status, WriteStatus::Unchanged);
  EXPECT_THAT(books.transport->seen(), SizeIs(1)) << "nothing was sent";
}

TEST(SoapSettlement, WhoseReversalHasNoAnswerIsLookedFor) {
  const ManifestBooks books("sap_fi_settlement.yaml");
  books.transport->then(books_show(entry_of("0100000081"))).then(502);
  EXPECT_EQ(books.reverse("SettlementPosting", kEntryKey).status, WriteStatus::Unknown);
}

TEST(SoapSettlement, IsReversedByBapiWhereTheBooksShowIt) {
  const ManifestBooks books("sap_fi_settlement_bapi.yaml");
  books.transport->then(books_show(entry_of("0100000081")));
  books.post("sap-contextid=abc; path=/", "BAPI_ACC_DOCUMENT_REV_POST");
  books.commit();
  books.transport->then(
      books_show(entry_of("0100000081", "<ReversedBy>0100000082</ReversedBy>", "reversed")));
  const auto out = books.reverse("SettlementDocument", kPostedKey);
  EXPECT_EQ(out.status, WriteStatus::Updated) << (out.error ? to_string(*out.error) : "");
  const std::string sent = books.transport->seen()[1].body;
  EXPECT_EQ(last_text(sent, "OBJ_KEY_R"), kPostedKey);
  EXPECT_EQ(last_text(sent, "REASON_REV"), "01");
  EXPECT_EQ(last_text(sent, "PSTNG_DATE"), "2026-03-02");
}

TEST(SoapSettlement, WhoseReversalWasCommittedElsewhereIsTold) {
  const ManifestBooks books("sap_fi_settlement_bapi.yaml");
  books.transport->then(books_show(entry_of("0100000081")));
  books.post("sap-contextid=abc; path=/", "BAPI_ACC_DOCUMENT_REV_POST");
  books.commit();
  books.transport->then(books_show(entry_of("0100000081")))
      .then(books_show(entry_of("0100000081")));
  const auto out = books.reverse("SettlementDocument", kPostedKey);
  EXPECT_EQ(out.status, WriteStatus::Rejected) << "the commit has saved nothing";
  ASSERT_TRUE(out.error);
  EXPECT_THAT(out.error->message(), HasSubstr("as 'reversed'"));
}

TEST(SoapSettlement, IsNotTheDocumentThatReversesIt) {
  const std::pair<const char*, const char*> manifests[] = {
      {"sap_fi_settlement.yaml", "SettlementPosting"},
      {"sap_fi_settlement_bapi.yaml", "SettlementDocument"}};
  for (const auto& [manifest, object] : manifests) {
    const ManifestBooks books(manifest);
    const adapter::Selection selection{.object = object};
    const std::string rows = entry_of("0100000082", "<ReversalOf>0100000081</ReversalOf>") +
                             entry_of("0100000081", "<ReversedBy>0100000082</ReversedBy>");
    books.transport->then(books_show(rows));
    const auto page = books.adapter->read(selection, {}, 50, books.context);
    ASSERT_TRUE(page) << to_string(page.error());
    ASSERT_THAT(page->changes, SizeIs(1)) << "a reversal is cleared, and would count as paid";
    EXPECT_THAT(page->changes[0].key, HasSubstr("0100000081"));

    // What the reference is of the record, the manifest makes of it: the request tells.
    books.transport->then(http::ScriptedTransport::Step(
        [&rows](const http::Request& request, const Context&) -> Result<http::Response> {
          const std::string begin = "DocumentReferenceID>";
          const std::size_t at = request.body.find(begin) + begin.size();
          std::string text = rows;
          for (std::size_t hit = text.find('@'); hit != std::string::npos; hit = text.find('@'))
            text.replace(hit, 1, request.body.substr(at, request.body.find('<', at) - at));
          return books_show(text);
        }));
    const auto found = books.adapter->find(selection, ClaimService::kRecord, books.context);
    ASSERT_TRUE(found) << to_string(found.error());
    ASSERT_THAT(*found, SizeIs(1));
    EXPECT_THAT(found->front().key, HasSubstr("0100000081"));
  }
}

}  // namespace
}  // namespace channelbridge::soap
