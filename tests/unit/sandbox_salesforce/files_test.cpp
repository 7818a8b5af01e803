// Files: versions with their bytes, documents, links to records.
#include "client.hpp"
#include "sandbox/salesforce/base64.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

using namespace std::string_literals;

class Files : public SalesforceSandbox {
 protected:
  explicit Files(FileRules rules = {}) : SalesforceSandbox(with(std::move(rules))) {
    account = create("Account", {{"Name", "Rheinwerk"}});
  }
  static OrgOptions with(FileRules rules) {
    OrgOptions given = options();
    given.files = std::move(rules);
    return given;
  }
  Answer upload(const Json& fields, const std::string& bytes,
                const std::string& part = "VersionData") {
    const std::string body =
        "--b 1\r\nContent-Disposition: form-data; name=\"entity_content\"\r\n"
        "Content-Type: application/json\r\n\r\n" +
        dump_json(fields) + "\r\n--b 1\r\nContent-Disposition: form-data; name=\"" + part +
        "\"; filename=\"x.pdf\"\r\nContent-Type: application/pdf\r\n\r\n" + bytes +
        "\r\n--b 1--\r\n";
    return send("POST", "sobjects/ContentVersion", body,
                {{"Content-Type", "multipart/form-data; boundary=\"b 1\""}});
  }
  Json version(const Answer& answer) {
    EXPECT_EQ(answer.status, 201) << answer.text;
    return org().record(text_of(answer.body, "id"));
  }

  std::string account;
};

TEST_F(Files, AreUploadedInPartsAndComeBackByteByByte) {
  const std::string bytes = "%PDF\0\r\n--b\r\n\xff\xfe end"s;
  const Json shown = version(upload({{"PathOnClient", "c/Faktura 7.pdf"},
                                     {"FirstPublishLocationId", account},
                                     {"Sha256__c", "abc"}},
                                    bytes));
  EXPECT_EQ(shown["Title"], "Faktura 7");
  EXPECT_EQ(shown["FileExtension"], "pdf");
  EXPECT_EQ(shown["FileType"], "PDF");
  EXPECT_EQ(number_text(shown["ContentSize"]), std::to_string(bytes.size()));
  EXPECT_EQ(shown["IsLatest"], true);
  EXPECT_EQ(shown["Evidence_Type__c"], "Other") << "the administrator's default";
  const std::string place = shown["VersionData"];
  EXPECT_EQ(place,
            base + "sobjects/ContentVersion/" + shown["Id"].get<std::string>() + "/VersionData");
  const Answer loaded = call("GET", place);
  EXPECT_EQ(loaded.status, 200);
  EXPECT_EQ(loaded.text, bytes);
  const std::string document = shown["ContentDocumentId"];
  EXPECT_EQ(column("SELECT ContentDocument.Title, ContentDocumentId FROM ContentDocumentLink WHERE "
                   "LinkedEntityId = '" +
                       account + "'",
                   "ContentDocumentId"),
            document);
  EXPECT_EQ(org().record(document)["LatestPublishedVersionId"], shown["Id"]);
}

TEST_F(Files, GoAsBase64InsideJsonToo) {
  const Json shown =
      version(call("POST", "sobjects/ContentVersion",
                   {{"PathOnClient", "a.txt"}, {"VersionData", base64_text("hello")}}));
  EXPECT_EQ(shown["Checksum"], "5d41402abc4b2a76b9719d911017c592") << "the MD5 of hello";
  EXPECT_EQ(call("GET", shown["VersionData"]).text, "hello");
  EXPECT_EQ(
      call("POST", "sobjects/ContentVersion", {{"PathOnClient", "a.txt"}, {"VersionData", "###"}})
          .code(),
      "JSON_PARSER_ERROR");
  EXPECT_EQ(call("POST", "sobjects/ContentVersion", {{"PathOnClient", "a.txt"}}).code(),
            "REQUIRED_FIELD_MISSING");
  EXPECT_EQ(call("PATCH", "sobjects/ContentVersion/" + shown["Id"].get<std::string>(),
                 {{"VersionData", base64_text("other")}})
                .code(),
            "INVALID_FIELD_FOR_INSERT_UPDATE");
}

TEST_F(Files, HaveVersionsOfWhichOneIsTheLatest) {
  const Json first = version(upload({{"PathOnClient", "a.txt"}}, "one"));
  const std::string document = first["ContentDocumentId"];
  const Json second =
      version(upload({{"PathOnClient", "b.txt"}, {"ContentDocumentId", document}}, "two!"));
  EXPECT_EQ(second["VersionNumber"], "2");
  EXPECT_EQ(org().record(first["Id"])["IsLatest"], false);
  EXPECT_EQ(number_text(org().record(document)["ContentSize"]), "4");
  EXPECT_EQ(column("SELECT Id FROM ContentVersion WHERE IsLatest = true", "Id"), second["Id"]);
  EXPECT_EQ(org().count("ContentDocument"), 1U);
}

TEST_F(Files, AreLinkedToARecordOnce) {
  const Json shown = version(upload({{"PathOnClient", "a.txt"}}, "one"));
  const Json link{{"ContentDocumentId", shown["ContentDocumentId"]},
                  {"LinkedEntityId", account},
                  {"ShareType", "V"}};
  create("ContentDocumentLink", link);
  EXPECT_EQ(call("POST", "sobjects/ContentDocumentLink", link).code(), "DUPLICATE_VALUE");
  Json without = link;
  without.erase("ShareType");
  EXPECT_EQ(call("POST", "sobjects/ContentDocumentLink", without).code(), "REQUIRED_FIELD_MISSING");
  Json wrong = link;
  wrong["LinkedEntityId"] = shown["Id"];
  EXPECT_EQ(call("POST", "sobjects/ContentDocumentLink", wrong).code(), "MALFORMED_ID");
}

TEST_F(Files, LinksAreAskedForByTheirEndsAlone) {
  EXPECT_EQ(query("SELECT Id FROM ContentDocumentLink").code(), "MALFORMED_QUERY");
  EXPECT_EQ(query("SELECT Id FROM ContentDocumentLink WHERE ShareType = 'V'").code(),
            "MALFORMED_QUERY");
  EXPECT_EQ(
      query("SELECT Id FROM ContentDocumentLink WHERE ShareType = 'V' AND LinkedEntityId = '" +
            account + "'")
          .status,
      200);
  const std::string title = "ContentDocument.Title = 'a' AND ";
  const std::string links = "SELECT Id FROM ContentDocumentLink WHERE ";
  EXPECT_EQ(query(links + title + "LinkedEntityId = '" + account + "'").status, 200);
  EXPECT_EQ(query(links + title + "ContentDocumentId = '069000000000001AAA'").code(),
            "MALFORMED_QUERY");
  EXPECT_EQ(query(links + "LinkedEntity.Name = 'a' AND LinkedEntityId = '" + account + "'").code(),
            "MALFORMED_QUERY");
}

TEST_F(Files, OfARecordThatIsDeletedLoseTheirLink) {
  const Json shown =
      version(upload({{"PathOnClient", "a.txt"}, {"FirstPublishLocationId", account}}, "one"));
  EXPECT_EQ(org().count("ContentDocumentLink"), 1U);
  EXPECT_EQ(call("DELETE", "sobjects/Account/" + account).status, 204);
  EXPECT_EQ(org().count("ContentDocumentLink"), 0U);
  EXPECT_EQ(org().count("ContentVersion"), 1U) << "the file itself stays";
}

class SmallFiles : public Files {
 protected:
  SmallFiles() : Files({.most_bytes = 8, .most_base64_bytes = 8}) {}
};

TEST_F(SmallFiles, LargerOnesAreRefusedAndLeaveNothing) {
  EXPECT_EQ(upload({{"PathOnClient", "a.txt"}}, "12345678").status, 201);
  EXPECT_EQ(upload({{"PathOnClient", "b.txt"}}, "123456789").code(), "MAXIMUM_SIZE_OF_DOCUMENT");
  EXPECT_EQ(call("POST", "sobjects/ContentVersion",
                 {{"PathOnClient", "c.txt"}, {"VersionData", base64_text("1234567")}})
                .code(),
            "MAXIMUM_SIZE_OF_DOCUMENT");
  EXPECT_EQ(upload({{"PathOnClient", "d.txt"}}, "1", "Body").code(), "INVALID_FIELD");
  EXPECT_EQ(org().count("ContentVersion"), 1U);
}

TEST(Base64, IsReadStrictlyAndGivesBackWhatWasWritten) {
  for (const std::string& text : {""s, "a"s, "ab"s, "abc"s, "\0\xff"s})
    EXPECT_EQ(base64_bytes(base64_text(text)), text);
  EXPECT_EQ(base64_text("ab"), "YWI=");
  EXPECT_EQ(base64_bytes("YW\r\nI="), "ab");
  for (const char* wrong : {"YWI", "Y===", "YW=I", "YW*="})
    EXPECT_FALSE(base64_bytes(wrong)) << wrong;
}

}  // namespace
}  // namespace channelbridge::sandbox::salesforce
