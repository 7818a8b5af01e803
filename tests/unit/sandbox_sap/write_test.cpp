#include "client.hpp"

namespace channelbridge::sandbox::test {
namespace {

class PartnerWriting : public PartnerServer {
 protected:
  PartnerWriting() { seed_partner("11", "Nordljus AB"); }

  std::string etag(const std::string& path = "A_BusinessPartner('11')") const {
    return client().get(path).headers.get("ETag");
  }
  Client user = client();
};

const Json kOrganization{{"BusinessPartnerCategory", "2"},
                         {"OrganizationBPName1", "Vistula Sp. z o.o."}};

Json with(Json row, const Json& more) {
  row.update(more);
  return row;
}

TEST_F(PartnerWriting, CreatesWithANumberOfItsOwn) {
  const Answer answer =
      user.write("POST", "A_BusinessPartner", with(kOrganization, {{"SearchTerm1", "vistula  "}}));
  ASSERT_EQ(answer.status, 201) << answer.body;
  const Json row = answer.json().at("d");
  EXPECT_EQ(row.at("BusinessPartner"), "1000000");
  EXPECT_EQ(answer.headers.get("Location"), server->url() + root + "A_BusinessPartner('1000000')");
  EXPECT_EQ(row.at("SearchTerm1"), "VISTULA");
  EXPECT_EQ(server->journal().entries().at(0).rewritten, 1U);
  EXPECT_EQ(row.at("BusinessPartnerFullName"), "Vistula Sp. z o.o.");
  EXPECT_EQ(row.at("CreatedByUser"), "CHANNEL");
  EXPECT_EQ(row.at("__metadata").at("etag"), answer.headers.get("ETag"));
}

TEST_F(PartnerWriting, TakesBodiesInTheirEnvelopeToo) {
  EXPECT_EQ(user.write("POST", "A_BusinessPartner", Json{{"d", kOrganization}}).status, 201);
  const Json echoed = with(
      kOrganization, {{"__metadata", Json{{"type", "API_BUSINESS_PARTNER.A_BusinessPartnerType"}}},
                      {"to_Customer", Json{{"__deferred", Json{{"uri", "x"}}}}}});
  EXPECT_EQ(user.write("POST", "A_BusinessPartner", echoed).status, 201);
}

struct Refused {
  Json change;
  const char* target;
};

TEST_F(PartnerWriting, RefusesWhatTheRealSystemRefuses) {
  const Refused cases[] = {
      {{{"Nonsense", "x"}}, "/A_BusinessPartner/Nonsense"},
      {{{"BusinessPartnerFullName", "x"}}, "/A_BusinessPartner/BusinessPartnerFullName"},
      {{{"OrganizationBPName1", std::string(41, 'x')}}, "/A_BusinessPartner/OrganizationBPName1"},
      {{{"BirthDate", "01.05.2020"}}, "/A_BusinessPartner/BirthDate"},
      {{{"OrganizationBPName1", 12}}, "/A_BusinessPartner/OrganizationBPName1"},
      {{{"IsMale", "X"}}, "/A_BusinessPartner/IsMale"},
      {{{"BusinessPartnerCategory", "9"}}, "/A_BusinessPartner/BusinessPartnerCategory"},
      {{{"OrganizationBPName1", ""}}, "/A_BusinessPartner/OrganizationBPName1"},
      {{{"InternationalLocationNumber1", "12A"}},
       "/A_BusinessPartner/InternationalLocationNumber1"},
      {{{"BusinessPartner", "11"}}, "/A_BusinessPartner/BusinessPartner"},
  };
  for (const Refused& each : cases) {
    const Answer answer = user.write("POST", "A_BusinessPartner", with(kOrganization, each.change));
    EXPECT_EQ(answer.status, 400) << dump_json(each.change);
    const Json error = answer.json().at("error");
    EXPECT_EQ(error.at("innererror").at("errordetails").at(0).at("target"), each.target);
    EXPECT_EQ(error.at("innererror").at("transactionid").get<std::string>().size(), 32U);
    EXPECT_EQ(error.at("message").at("lang"), "en");
  }
  EXPECT_EQ(partners->count("A_BusinessPartner"), 1U);
  EXPECT_EQ(server->journal().effects(), 0U);
}

TEST_F(PartnerWriting, RefusesBodiesThatAreNoJson) {
  user.fetch_token();
  const auto post = [&](const std::string& body, const std::string& type) {
    return user
        .send("POST", "A_BusinessPartner", body,
              {{"X-CSRF-Token", user.token()},
               {"Content-Type", type},
               {"Accept", "application/json"}})
        .status;
  };
  EXPECT_EQ(post("{\"BusinessPartnerCategory\":", "application/json"), 400);
  EXPECT_EQ(post("[]", "application/json"), 400);
  EXPECT_EQ(post("<entry/>", "application/atom+xml"), 415);
}

TEST_F(PartnerWriting, HonoursWhatMayNotBeCreatedOrDeleted) {
  EXPECT_EQ(user.write("POST", "A_Customer", {{"Customer", "11"}}).status, 405);
  EXPECT_EQ(user.write("DELETE", "A_BusinessPartner('11')", nullptr).status, 405);
}

TEST_F(PartnerWriting, DemandsTheETagAndMovesIt) {
  const Json change{{"OrganizationBPName2", "Försäljning"}};
  EXPECT_EQ(user.write("PATCH", "A_BusinessPartner('11')", change).status, 428);
  const std::string first = etag();
  const Answer done = user.write("PATCH", "A_BusinessPartner('11')", change, {{"If-Match", first}});
  EXPECT_EQ(done.status, 204);
  EXPECT_EQ(done.body, "");
  const std::string second = etag();
  EXPECT_NE(first, second);
  const Answer stale =
      user.write("PATCH", "A_BusinessPartner('11')", change, {{"If-Match", first}});
  EXPECT_EQ(stale.status, 412);
  EXPECT_EQ(stale.error("code"), "/IWBEP/CM_MGW_RT/190");
  EXPECT_EQ(
      user.write("MERGE", "A_BusinessPartner('11')", {{"SearchTerm1", "n"}}, {{"If-Match", second}})
          .status,
      204);
  EXPECT_EQ(user.write("POST", "A_BusinessPartner('11')", {{"SearchTerm1", "m"}},
                       {{"If-Match", "*"}, {"X-HTTP-Method", "MERGE"}})
                .status,
            204);
  const Json row = user.get("A_BusinessPartner('11')").json().at("d");
  EXPECT_EQ(row.at("OrganizationBPName2"), "Försäljning");
  EXPECT_EQ(row.at("SearchTerm1"), "M");
  EXPECT_EQ(row.at("LastChangedByUser"), "CHANNEL");
}

TEST_F(PartnerWriting, RefusesAGoodETagAsIfSomebodyHadBeenFaster) {
  server->faults().add(Fault{.kind = "precondition_failed", .match = "A_BusinessPartner('11')"});
  const Headers condition{{"If-Match", etag()}};
  const Json change{{"SearchTerm1", "x"}};
  const Answer raced = user.write("PATCH", "A_BusinessPartner('11')", change, condition);
  EXPECT_EQ(raced.status, 412);
  EXPECT_EQ(raced.error("code"), "/IWBEP/CM_MGW_RT/190");
  EXPECT_EQ(server->journal().effects(), 0U);
  EXPECT_EQ(user.write("PATCH", "A_BusinessPartner('11')", change, condition).status, 204);
}

TEST_F(PartnerWriting, CarriesOutADuplicateDeliveryTwiceAndAnswersTheSecond) {
  server->faults().add(Fault{.kind = "duplicate_delivery", .match = "POST"});
  const Answer created = user.write("POST", "A_BusinessPartner", kOrganization);
  EXPECT_EQ(created.json().at("d").at("BusinessPartner"), "1000001");
  EXPECT_EQ(partners->count("A_BusinessPartner"), 3U);
  EXPECT_EQ(server->journal().effects(), 2U);
  server->faults().add(Fault{.kind = "duplicate_delivery", .match = "PATCH"});
  const Answer second = user.write("PATCH", "A_BusinessPartner('11')", {{"SearchTerm1", "x"}},
                                   {{"If-Match", etag()}});
  EXPECT_EQ(second.status, 412) << "the first delivery has moved the ETag";
  EXPECT_EQ(partners->row("A_BusinessPartner", {"11"}).at("SearchTerm1"), "X");
}

TEST_F(PartnerWriting, LeavesEtagAndTimeAloneWhenNothingChanges) {
  const std::string before = etag();
  EXPECT_EQ(user.write("PATCH", "A_BusinessPartner('11')",
                       {{"OrganizationBPName1", "Nordljus AB "}}, {{"If-Match", "*"}})
                .status,
            204);
  EXPECT_EQ(etag(), before);
  EXPECT_EQ(server->journal().effects(), 1U);
}

TEST_F(PartnerWriting, ReplacesWithPut) {
  ASSERT_TRUE(
      partners->edit("ANNA", "A_BusinessPartner", {"11"}, {{"SearchTerm1", "OLD"}}).has_value());
  EXPECT_EQ(user.write("PUT", "A_BusinessPartner('11')", kOrganization, {{"If-Match", "*"}}).status,
            204);
  const Json row = partners->row("A_BusinessPartner", {"11"});
  EXPECT_EQ(row.at("SearchTerm1"), "");
  EXPECT_EQ(row.at("OrganizationBPName1"), "Vistula Sp. z o.o.");
}

TEST_F(PartnerWriting, ChangesNoKeysAndNoChildrenInline) {
  EXPECT_EQ(user.write("PATCH", "A_BusinessPartner('11')", {{"BusinessPartner", "12"}},
                       {{"If-Match", "*"}})
                .status,
            400);
  EXPECT_EQ(user.write("PATCH", "A_BusinessPartner('11')",
                       {{"to_BusinessPartnerTax", Json::array()}}, {{"If-Match", "*"}})
                .status,
            400);
  EXPECT_EQ(user.write("PATCH", "A_BusinessPartner('0000000011')",
                       {{"BusinessPartner", "0011"}, {"SearchTerm2", "x"}}, {{"If-Match", "*"}})
                .status,
            204);
}

TEST_F(PartnerWriting, CreatesChangesAndDeletesChildren) {
  const Json address{{"Country", "se"}, {"CityName", "Malmö"}, {"PostalCode", "0211"}};
  const std::string before = etag();
  const Answer created =
      user.write("POST", "A_BusinessPartner('11')/to_BusinessPartnerAddress", address);
  ASSERT_EQ(created.status, 201) << created.body;
  const Json row = created.json().at("d");
  EXPECT_EQ(row.at("BusinessPartner"), "11");
  EXPECT_EQ(row.at("Country"), "SE");
  EXPECT_EQ(row.at("PostalCode"), "0211");
  EXPECT_NE(etag(), before) << "a change of a child is a change of its partner";
  const std::string path = "A_BusinessPartnerAddress(BusinessPartner='11',AddressID='" +
                           row.at("AddressID").get<std::string>() + "')";
  EXPECT_EQ(user.write("PATCH", path, {{"CityName", "Lund"}}).status, 204);
  EXPECT_EQ(user.get(path).json().at("d").at("CityName"), "Lund");
  EXPECT_EQ(
      user.write("POST", path + "/to_EmailAddress", {{"EmailAddress", "info@nordljus.example"}})
          .status,
      201);
  EXPECT_EQ(partners->count("A_AddressEmailAddress"), 1U);
  EXPECT_EQ(user.write("DELETE", path, nullptr).status, 204);
  EXPECT_EQ(user.get(path).status, 404);
  EXPECT_EQ(partners->count("A_AddressEmailAddress"), 0U) << "goes with its address";
}

TEST_F(PartnerWriting, KnowsNoChildrenOfNobody) {
  const Answer answer =
      user.write("POST", "A_BusinessPartnerTaxNumber",
                 {{"BusinessPartner", "77"}, {"BPTaxType", "SE0"}, {"BPTaxNumber", "SE556677"}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.error("message").find("'77' does not exist"), std::string::npos);
  EXPECT_EQ(user.write("POST", "A_BusinessPartnerTaxNumber", {{"BusinessPartner", "11"}}).status,
            400);
  EXPECT_EQ(user.write("POST", "A_BusinessPartnerTaxNumber",
                       {{"BusinessPartner", "11"}, {"BPTaxType", "se0"}})
                .status,
            201);
  const Answer twice = user.write("POST", "A_BusinessPartnerTaxNumber",
                                  {{"BusinessPartner", "11"}, {"BPTaxType", "SE0"}});
  EXPECT_EQ(twice.status, 400);
  EXPECT_NE(twice.error("message").find("already exists"), std::string::npos);
}

TEST_F(PartnerWriting, WritesItsEffectsIntoTheJournal) {
  ASSERT_EQ(user.write("POST", "A_BusinessPartner",
                       with(kOrganization, {{"BusinessPartnerIDByExtSystem", "cb-000123"}}))
                .status,
            201);
  const std::vector<JournalEntry> entries = server->journal().entries();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].object, "A_BusinessPartner");
  EXPECT_EQ(entries[0].key, "1000000");
  EXPECT_EQ(entries[0].kind, EffectKind::Created);
  EXPECT_EQ(entries[0].correlation, "CB-000123");
  EXPECT_EQ(entries[0].user, "CHANNEL");
}

TEST_F(PartnerWriting, RefusesWhatSomebodyElseHasLocked) {
  partners->lock("A_BusinessPartner", {"11"}, "MUELLER");
  const Answer answer =
      user.write("PATCH", "A_BusinessPartner('11')", {{"SearchTerm1", "x"}}, {{"If-Match", "*"}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.error("message"), "Business partner 11 is locked by user MUELLER");
  partners->unlock("A_BusinessPartner", {"11"});
  server->faults().add(Fault{.kind = "row_lock", .match = "PATCH"});
  EXPECT_EQ(
      user.write("PATCH", "A_BusinessPartner('11')", {{"SearchTerm1", "x"}}, {{"If-Match", "*"}})
          .status,
      400);
  EXPECT_EQ(
      user.write("PATCH", "A_BusinessPartner('11')", {{"SearchTerm1", "x"}}, {{"If-Match", "*"}})
          .status,
      204);
}

TEST_F(PartnerWriting, ShowsALateCommitOnlyAfterwardsWithItsEarlyTime) {
  auto commit = partners->edit_late("ANNA", "A_BusinessPartner", {"11"}, {{"SearchTerm1", "late"}});
  ASSERT_TRUE(commit.has_value());
  EXPECT_EQ(partners->row("A_BusinessPartner", {"11"}).at("SearchTerm1"), "");
  EXPECT_EQ(
      user.write("PATCH", "A_BusinessPartner('11')", {{"SearchTerm1", "x"}}, {{"If-Match", "*"}})
          .status,
      400);
  server->clock().advance(std::chrono::hours(1));
  const std::string later = etag();
  (*commit)();
  EXPECT_EQ(partners->row("A_BusinessPartner", {"11"}).at("SearchTerm1"), "LATE");
  EXPECT_NE(etag(), later);
}

TEST_F(PartnerWriting, CutsTheConnectionBeforeOrAfterTheEffect) {
  user.fetch_token();
  server->faults().add(Fault{.kind = "reset_before", .match = "POST"});
  EXPECT_ANY_THROW(user.write("POST", "A_BusinessPartner", kOrganization));
  EXPECT_EQ(partners->count("A_BusinessPartner"), 1U);
  server->faults().add(Fault{.kind = "reset_after", .match = "POST"});
  EXPECT_ANY_THROW(user.write("POST", "A_BusinessPartner", kOrganization));
  EXPECT_EQ(partners->count("A_BusinessPartner"), 2U);
}

}  // namespace
}  // namespace channelbridge::sandbox::test
