#include "channelbridge/hub/project.hpp"

#include <fstream>

#include "channelbridge/adapter/http_settings.hpp"
#include "channelbridge/model/validate.hpp"
#include "documents_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

/// What the project file says of history and of records that leave a spoke.
class ProjectTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("cb-project-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "lead.yaml") << kLeads;
    adapters_.add({.name = "fake", .make = [](const adapter::SystemSettings&) {
                     return Result<std::shared_ptr<adapter::Adapter>>(
                         std::make_shared<FakeSystem>("F"));
                   }});
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<Project> load(const std::string& head, const std::string& spoke) {
    const std::string file = (folder_ / "channelbridge.yaml").string();
    std::ofstream(file, std::ios::trunc)
        << head << "systems: { a: { adapter: fake } }\nspokes:\n  leads: { system: a, "
        << "mapping: lead.yaml" << (spoke.empty() ? "" : ", ") << spoke << " }\n";
    return load_project(file, adapters_, model::EntityRegistry::built_in());
  }
  Result<Project> load_text(const std::string& text) {
    const std::string file = (folder_ / "channelbridge.yaml").string();
    std::ofstream(file, std::ios::trunc) << text;
    return load_project(file, adapters_, model::EntityRegistry::built_in());
  }
  std::string problems(const std::string& head, const std::string& spoke) {
    const auto loaded = load(head, spoke);
    return loaded ? "" : to_string(loaded.error());
  }

  std::filesystem::path folder_;
  adapter::AdapterRegistry adapters_;
};

TEST_F(ProjectTest, AnObjectIsKeptUnlessTheSpokeStatesWhatItIsGiven) {
  for (const char* keep : {"", "filter: topic = x, on_leave: keep"}) {
    const auto project = load("", keep);
    ASSERT_TRUE(project) << to_string(project.error());
    EXPECT_THAT(project->hub.spokes.at(0).on_leave, SizeIs(0));
  }
  const auto project = load("", "filter: topic = x, on_leave: { set: { status: lost } }");
  ASSERT_TRUE(project) << to_string(project.error());
  EXPECT_THAT(project->hub.spokes.at(0).on_leave, ElementsAre(Pair("status", "lost")));
}

TEST_F(ProjectTest, EveryMistakeOfOnLeaveIsNamed) {
  EXPECT_THAT(problems("", "filter: topic = x, on_leave: deactivate"), HasSubstr("none of: keep"));
  EXPECT_THAT(problems("", "filter: topic = x, on_leave: { set: { statsu: lost } }"),
              HasSubstr("status"));
  EXPECT_THAT(problems("", "filter: topic = x, on_leave: { set: { status: gone } }"),
              HasSubstr("'gone' is no value"));
  EXPECT_THAT(problems("", "filter: topic = x, on_leave: { set: { status: spam } }"),
              HasSubstr("can write"))
      << "a code that the mapping does not have";
  EXPECT_THAT(problems("", "filter: topic = x, on_leave: { set: { rating: hot } }"),
              HasSubstr("does not write this field"));
  EXPECT_THAT(problems("", "on_leave: { set: { status: lost } }"), HasSubstr("without a filter"));
  EXPECT_THAT(
      problems("", "direction: pull, filter: topic = x, on_leave: { set: { status: lost } }"),
      HasSubstr("only pulled"));
}

TEST_F(ProjectTest, RetentionIsDaysOrForever) {
  const auto project = load("retention: { versions: 30d, intents: forever }\n", "");
  ASSERT_TRUE(project) << to_string(project.error());
  EXPECT_EQ(project->hub.retention.versions, std::chrono::hours(24 * 30));
  EXPECT_EQ(project->hub.retention.intents, std::nullopt);
  EXPECT_EQ(project->hub.retention.letters, std::chrono::hours(24 * 90)) << "default";
  for (const char* wrong : {"30", "0d", "-1d", "1w", "soon"}) {
    EXPECT_THAT(problems(std::string("retention: { versions: ") + wrong + " }\n", ""),
                HasSubstr("no number of days"))
        << wrong;
  }
  EXPECT_THAT(problems("retention: { version: 30d }\n", ""), HasSubstr("versions"));
}

TEST_F(ProjectTest, TheLedgerIsKeptAsTheProjectSays) {
  const auto plain = load("", "");
  ASSERT_TRUE(plain) << to_string(plain.error());
  EXPECT_TRUE(plain->hub.ledger.tolerance.value.is_zero());
  EXPECT_FALSE(plain->hub.ledger.direct_claims);
  EXPECT_EQ(plain->hub.ledger.claim_grace, 0);
  EXPECT_EQ(plain->hub.ledger.claim_within, std::nullopt);
  EXPECT_EQ(plain->hub.ledger.accruals, LedgerRules::Accruals::None);
  EXPECT_EQ(plain->hub.ledger.accruals_stated, LedgerRules::Stated::Replace);
  EXPECT_FALSE(plain->hub.ledger.commissions);
  const auto project = load(
      "ledger: { tolerance: 2.5%, direct_claims: true, expiry: date, reversed: write_off, "
      "claim_grace: 5, claim_within: 45, accruals: invoices, accruals_stated: add, "
      "commissions: accrue }\n",
      "");
  ASSERT_TRUE(project) << to_string(project.error());
  EXPECT_EQ(to_string(project->hub.ledger.tolerance.value), "2.5");
  EXPECT_TRUE(project->hub.ledger.direct_claims);
  EXPECT_EQ(project->hub.ledger.expiry, LedgerRules::Expiry::Date);
  EXPECT_EQ(project->hub.ledger.reversed, LedgerRules::Reversed::WriteOff);
  EXPECT_EQ(project->hub.ledger.accruals, LedgerRules::Accruals::Invoices);
  EXPECT_EQ(project->hub.ledger.accruals_stated, LedgerRules::Stated::Add);
  EXPECT_TRUE(project->hub.ledger.commissions);
  const auto sell_in = load("ledger: { accruals: sell_in }\n", "");
  ASSERT_TRUE(sell_in) << to_string(sell_in.error());
  EXPECT_EQ(sell_in->hub.ledger.accruals, LedgerRules::Accruals::SellIn);
  EXPECT_EQ(project->hub.ledger.claim_grace, 5);
  EXPECT_EQ(project->hub.ledger.claim_within, 45);
  for (const char* wrong : {"claim_grace: -1", "claim_grace: 5d", "claim_within: 4000",
                            "claim_within: [45]", "claim_within: 4.5"})
    EXPECT_THAT(problems(std::string("ledger: { ") + wrong + " }\n", ""),
                HasSubstr("a number of days"))
        << wrong;
  EXPECT_THAT(problems("ledger: { tolerance: 101% }\n", ""), HasSubstr("no share of a budget"));
  EXPECT_THAT(problems("ledger: { expiry: soon }\n", ""), HasSubstr("expiry"));
  EXPECT_THAT(problems("ledger: { tolerence: 5% }\n", ""), HasSubstr("tolerance"));
}

TEST_F(ProjectTest, TheLedgerIsToldWhoMayGrantAndWhatComesOfWhatIsLate) {
  using Judgement = LedgerRules::Judgement;
  const auto plain = load("", "");
  ASSERT_TRUE(plain) << to_string(plain.error());
  EXPECT_TRUE(plain->hub.ledger.approval.limits.empty());
  EXPECT_EQ(plain->hub.ledger.approval.unnamed, Judgement::Refuse);
  EXPECT_EQ(plain->hub.ledger.request_ahead, 10);
  EXPECT_EQ(plain->hub.ledger.request_late, Judgement::Tell);
  EXPECT_EQ(plain->hub.ledger.claim_results, Judgement::Tell);
  const auto project = load(
      "ledger: { approval: { limits: { EUR: 5000.5, PLN: 0 }, deciders: { finance: [ANNA, bo], "
      "channel_marketing: [Carl] }, unnamed: tell }, request_ahead: 5, request_late: refuse, "
      "holidays: [2027-05-03], claim_results: ignore }\n",
      "");
  ASSERT_TRUE(project) << to_string(project.error());
  const LedgerRules& rules = project->hub.ledger;
  ASSERT_EQ(rules.approval.limits.size(), 2U);
  EXPECT_EQ(to_string(rules.approval.limits.at("EUR")), "5000.5");
  EXPECT_EQ(rules.approval.finance, (std::set<std::string>{"anna", "bo"}));
  EXPECT_EQ(rules.approval.channel_marketing, std::set<std::string>{"carl"});
  EXPECT_EQ(rules.approval.unnamed, Judgement::Tell);
  EXPECT_EQ(rules.request_ahead, 5);
  EXPECT_EQ(rules.request_late, Judgement::Refuse);
  EXPECT_EQ(rules.holidays, std::set<model::Date>{*model::Date::parse("2027-05-03")});
  EXPECT_EQ(rules.claim_results, Judgement::Ignore);
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"approval: { limits: { EUR: 5000 } }", "nobody is finance"},
      {"approval: { limits: { EUX: 5000 }, deciders: { finance: [a] } }", "'EUX' is no currency"},
      {"approval: { limits: { EUR: -1 }, deciders: { finance: [a] } }", "an amount of zero"},
      {"approval: { limits: { EUR: much }, deciders: { finance: [a] } }", "an amount of zero"},
      {"approval: { deciders: { finance: anna } }", "a list is expected"},
      {"approval: { deciders: { finance: ['adapter:crm'] } }", "names no person"},
      {"approval: { deciders: { finances: [a] } }", "finance"},
      {"approval: { unnamed: wait }", "refuse"},
      {"request_late: often", "ignore, tell, refuse"},
      {"request_ahead: -1", "a number of days"},
      {"holidays: [someday]", "'someday' is no day"}};
  for (const auto& [text, told] : wrong)
    EXPECT_THAT(problems("ledger: { " + text + " }\n", ""), HasSubstr(told)) << text;
}

TEST_F(ProjectTest, ASystemUsesTheKeysOfAnother) {
  const auto text = [](const std::string& of) {
    return "systems: { erp: { adapter: fake }, fi: { adapter: fake, keys_of: " + of +
           " } }\nspokes:\n  leads: { system: fi, mapping: lead.yaml }\n";
  };
  const auto project = load_text(text("erp"));
  ASSERT_TRUE(project) << to_string(project.error());
  EXPECT_EQ(project->hub.systems.at(1).keys_of, "erp");
  EXPECT_EQ(project->hub.systems.at(0).keys_of, "");
  EXPECT_THAT(to_string(load_text(text("erb")).error()), HasSubstr("there is no system 'erb'"));
  EXPECT_THAT(to_string(load_text(text("fi")).error()), HasSubstr("its own keys"));
}

TEST_F(ProjectTest, SpokesExcludeEachOtherAndNoneThatIsNotThere) {
  const auto text = [](const std::string& excluded) {
    return "systems: { a: { adapter: fake }, b: { adapter: fake } }\nspokes:\n"
           "  leads: { system: a, mapping: lead.yaml }\n"
           "  others: { system: b, mapping: lead.yaml, exclusive_with: " +
           excluded + " }\n";
  };
  const auto project = load_text(text("[leads]"));
  ASSERT_TRUE(project) << to_string(project.error());
  EXPECT_THAT(project->hub.spokes.at(0).exclusive_with, ElementsAre("others"));
  EXPECT_THAT(project->hub.spokes.at(1).exclusive_with, ElementsAre("leads"));
  const auto misspelt = load_text(text("[leeds]"));
  ASSERT_FALSE(misspelt);
  EXPECT_THAT(to_string(misspelt.error()), HasSubstr("there is no other spoke 'leeds' of lead"));
  EXPECT_EQ(misspelt.error().problems().at(0).suggestion, "leads");
  const auto itself = load_text(text("[others]"));
  ASSERT_FALSE(itself);
  EXPECT_THAT(to_string(itself.error()), HasSubstr("there is no other spoke 'others' of lead"));
  const auto word = load_text(text("leads"));
  ASSERT_FALSE(word);
  EXPECT_THAT(to_string(word.error()), HasSubstr("a list of spokes is expected"));
}

/// "path -> suggestion" of every problem, a line each.
std::string listed(const Result<Project>& loaded) {
  std::string out;
  if (loaded) return out;
  for (const Problem& problem : loaded.error().problems()) {
    EXPECT_GT(problem.line, 0) << problem.path;
    out += problem.path + " -> " + problem.suggestion + "\n";
  }
  return out;
}

TEST_F(ProjectTest, AMisspeltKeyIsOneProblemAndWhatStandsUnderItIsChecked) {
  EXPECT_EQ(listed(load_text("systems: { a: { adaptor: fake, colour: x } }\n"
                             "spokes: { leads: { system: a, mapping: lead.yaml } }\n")),
            "systems.a.adaptor -> adapter\nsystems.a.colour -> \n");
  EXPECT_EQ(listed(load_text("systems: { a: { adapter: fakee, colour: x } }\n"
                             "spokes: { leads: { system: a, mapping: lead.yaml } }\n")),
            "systems.a.adapter -> fake\nsystems.a.colour -> \n");
  EXPECT_EQ(listed(load_text("sytems: { a: { adapter: fake } }\n"
                             "spoke: { leads: { systm: a, maping: laed.yaml } }\n")),
            "sytems -> systems\nspoke -> spokes\nspokes.leads.systm -> system\n"
            "spokes.leads.maping -> mapping\nspokes.leads.mapping -> lead.yaml\n");
  EXPECT_EQ(listed(load_text("systems: { a: {} }\n"
                             "spokes: { leads: { system: b, mapping: lead.yaml } }\n")),
            "systems.a.adapter -> \nspokes.leads.system -> a\n");
}

TEST_F(ProjectTest, AMatchKeyThatNoMappingFillsIsRefused) {
  std::ofstream(folder_ / "partner.yaml") << R"(
system: fake
object: Account
entity: partner
id: Id
fields:
  name: Name
  identifiers[scheme=0060].value: Duns
  website: { path: Site, direction: write }
children:
  identifiers:
    path: taxes
    key: scheme
    fields: { scheme: { path: type, codes: { "9930": DE0 } }, value: number }
  emails: { path: emails, fields: { address: address, kind: { const: main } } }
)";
  const auto listed_for = [&](const std::string& match) {
    return listed(load_text("systems: { a: { adapter: fake } }\nentities: { partner: { match: [" +
                            match +
                            "] } }\nspokes: { p: { system: a, mapping: partner.yaml } }\n"));
  };
  EXPECT_EQ(listed_for(R"(tax_id, duns, name, "identifiers[scheme=0060].value",)"
                       R"("identifiers[scheme=9930].value", "name+emails[kind=main].address",)"
                       R"("emails[].address")"),
            "");
  EXPECT_EQ(listed_for(R"("identifiers[scheme=duns].value")"),
            "entities.partner.match identifiers[scheme=duns].value -> \n");
  EXPECT_EQ(listed_for(R"("name+emails[kind=work].address", website, "phones[].number")"),
            "entities.partner.match name+emails[kind=work].address -> \n"
            "entities.partner.match website -> \n"
            "entities.partner.match phones[].number -> \n");
}

TEST_F(ProjectTest, APolicyOfSystemsNamesExactlyOne) {
  const auto listed_for = [&](const std::string& policy) {
    return listed(load("entities: { lead: { groups: { status: " + policy + " } } }\n", ""));
  };
  for (const char* right :
       {"latest", "manual", "{ authority: a }", "{ prefer: a }", "{ prefer: latest }"})
    EXPECT_EQ(listed_for(right), "") << right;
  for (const char* wrong : {"{}", "{ authority: a, prefer: a }"})
    EXPECT_THAT(listed_for(wrong), HasSubstr("entities.lead.groups.status -> { prefer")) << wrong;
  EXPECT_THAT(listed_for("{ manual: true }"), HasSubstr("entities.lead.groups.status.manual"));
  EXPECT_THAT(listed_for("{ authority: b }"), HasSubstr("status.authority"));
  EXPECT_EQ(listed_for("{ authorty: a }"), "entities.lead.groups.status.authorty -> authority\n");
}

TEST_F(ProjectTest, TheLengthOfAFieldOfOnesOwnIsANumberAndATexts) {
  const auto listed_for = [&](const std::string& field) {
    return listed(load("entities: { lead: { custom: { x: { " + field + " } } } }\n", ""));
  };
  EXPECT_EQ(listed_for("type: text, max: 40"), "");
  for (const char* wrong :
       {"type: text, max: abc", "type: text, max: 0", "type: text, max: -1", "type: date, max: 4"})
    EXPECT_EQ(listed_for(wrong), "entities.lead.custom.x.max -> \n") << wrong;
}

TEST_F(ProjectTest, AnEntityRoundsAsTheProjectSays) {
  std::ofstream(folder_ / "order.yaml") << kOrders;
  const auto breaches_with = [&](const std::string& settings) {
    const auto project = load_text("entities: { order: { " + settings +
                                   " } }\nsystems: { a: { adapter: fake } }\n"
                                   "spokes: { orders: { system: a, mapping: order.yaml } }\n");
    EXPECT_TRUE(project) << to_string(project.error());
    return model::check(project->hub.spokes.at(0).mapping->entity(),
                        model::Fields{{"currency", "EUR"},
                                      {"lines[a].qty.value", "1"},
                                      {"lines[a].net_price", "0.125"},
                                      {"lines[a].net_amount", "0.12"}})
        .size();
  };
  EXPECT_EQ(breaches_with("rounding: half_even"), 0U);
  EXPECT_EQ(breaches_with("rounding: half_even, custom: { region: text }"), 0U);
  EXPECT_EQ(breaches_with("rounding: half_away_from_zero"), 1U);
  EXPECT_EQ(breaches_with("match: [number]"), 1U);
  const auto problems_of = [&](const std::string& entities) {
    return problems("entities: { " + entities + " }\n", "");
  };
  EXPECT_THAT(problems_of("order: { rounding: half_up }"), HasSubstr("half_even"));
  EXPECT_THAT(problems_of("lead: { rounding: half_even }"),
              HasSubstr("no rule of the entity lead rounds an amount"));
}

TEST_F(ProjectTest, VariablesAndFilesStandInTheSettingsOfSystemsOnly) {
  EXPECT_EQ(listed(load_text("store: 'sqlite:${env:DB}'\n"
                             "systems:\n"
                             "  a: { adapter: fake, codes: { c: { x: '${env:X}' } },"
                             " values: { v: '${file:v}' } }\n"
                             "spokes: { leads: { system: a, mapping: lead.yaml,"
                             " where: 'x = ${env:W}' } }\n")),
            "store -> \nspokes.leads.where -> \nsystems.a.codes.c.x -> \n"
            "systems.a.values.v -> \nsystems.a.codes.c -> \nsystems.a.values.v -> \n");
}

TEST_F(ProjectTest, AMisspeltSettingHidesNoOtherProblemOfItsSystem) {
  adapters_.add(
      {.name = "strict",
       .known_settings = {"url", "limits.calls", "limits.size"},
       .make =
           [](const adapter::SystemSettings& system) -> Result<std::shared_ptr<adapter::Adapter>> {
         adapter::SettingsReader reader(system);
         reader.required("url");
         reader.integer("limits.calls", 1, 1, 9);
         reader.integer("limits.size", 1, 1, 9);
         if (auto sound = reader.finish(); !sound) return sound.error();
         return Result<std::shared_ptr<adapter::Adapter>>(std::make_shared<FakeSystem>("F"));
       }});
  const auto listed_for = [&](const std::string& settings) {
    return listed(load_text("systems: { a: { adapter: strict, " + settings + " } }\nspokes: {}\n"));
  };
  EXPECT_EQ(listed_for("url: x, limits: { cals: 3, size: many }"),
            "systems.a.limits.cals -> limits.calls\nsystems.a.limits.size -> \n");
  EXPECT_EQ(listed_for("urll: x, limits: { calls: many }"),
            "systems.a.urll -> url\nsystems.a.limits.calls -> \n");
  EXPECT_EQ(listed_for("url: '${env:CB_NOT_SET}', limits: { calls: many }"),
            "systems.a.url -> \nsystems.a.limits.calls -> \n");
  EXPECT_EQ(listed_for("url: x, url: y"), "systems.a.url -> \n");
  EXPECT_EQ(listed_for("url: [x, '${env:CB_NOT_SET}']"), "systems.a.url -> \n");
}

}  // namespace
}  // namespace channelbridge::hub
