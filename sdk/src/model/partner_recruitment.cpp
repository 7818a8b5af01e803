#include "channelbridge/model/partner_recruitment.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "channelbridge/model/code_sets.hpp"
#include "channelbridge/model/code_sets_deals.hpp"
#include "channelbridge/model/code_sets_partnering.hpp"
#include "channelbridge/model/record.hpp"
#include "document_rules_internal.hpp"
#include "rules_internal.hpp"
#include "text_internal.hpp"

namespace channelbridge::model {
namespace partner_recruitment_entity {
namespace {

using Recruitment = PartnerRecruitment;

constexpr auto kRequiredAction = rows<Recruitment::RequiredAction>(
    field<&Recruitment::RequiredAction::stage>(
        "stage", {.required = true, .codes = &code_sets::kRecruitmentStage}),
    field<&Recruitment::RequiredAction::code>("code", {.required = true, .max_length = 40}),
    field<&Recruitment::RequiredAction::label>("label", {.max_length = 255}),
    field<&Recruitment::RequiredAction::mandatory>("mandatory"),
    field<&Recruitment::RequiredAction::done_at>("done_at"),
    field<&Recruitment::RequiredAction::by>("by", {.max_length = 120}));

constexpr auto kTarget = rows<Recruitment::Target>(
    field<&Recruitment::Target::kpi>("kpi", {.required = true, .max_length = 80}),
    field<&Recruitment::Target::value>("value", {.required = true, .precision = 19, .scale = 4}),
    field<&Recruitment::Target::currency>("currency"),
    field<&Recruitment::Target::period>("period", {.codes = &code_sets::kTierPeriod}));

constexpr auto kOfferedTerms = rows<Recruitment::OfferedTerms>(
    field<&Recruitment::OfferedTerms::margin>("margin"),
    field<&Recruitment::OfferedTerms::commission_plan>("commission_plan",
                                                       {.refers_to = "incentive"}),
    field<&Recruitment::OfferedTerms::mdf_pct>("mdf_pct"),
    field<&Recruitment::OfferedTerms::exclusivity>("exclusivity",
                                                   {.codes = &code_sets::kTerritoryExclusivity}),
    field<&Recruitment::OfferedTerms::territory>("territory", {.refers_to = "territory"}),
    list<&Recruitment::OfferedTerms::targets>("targets", kTarget, {.keys = "kpi period"}));

constexpr auto kFinding = rows<Recruitment::Finding>(
    field<&Recruitment::Finding::topic>("topic", {.required = true, .max_length = 40}),
    field<&Recruitment::Finding::result>("result", {.max_length = 40}),
    field<&Recruitment::Finding::note>("note", {.max_length = 4000}));

constexpr auto kActivity = rows<Recruitment::Activity>(
    field<&Recruitment::Activity::kind>("kind", {.required = true, .max_length = 40}),
    field<&Recruitment::Activity::at>("at", {.required = true}),
    field<&Recruitment::Activity::by>("by", {.max_length = 120}),
    field<&Recruitment::Activity::outcome>("outcome", {.max_length = 255}));

constexpr auto kLoss = rows<Recruitment::Loss>(
    field<&Recruitment::Loss::reason>("reason", {.codes = &code_sets::kRecruitLossReason}),
    field<&Recruitment::Loss::note>("note", {.max_length = 1000}));

constexpr auto kRows = rows<Recruitment>(
    field<&Recruitment::number>("number", {.required = true, .max_length = 40}),
    field<&Recruitment::name>("name", {.required = true, .max_length = 255}),
    nested<&Recruitment::candidate>("candidate", kPartyRows),
    field<&Recruitment::cooperation_form>("cooperation_form", {.codes = &code_sets::kPartnerType}),
    field<&Recruitment::source>("source", {.required = true, .codes = &code_sets::kLeadSource}),
    field<&Recruitment::direction>("direction",
                                   {.required = true, .codes = &code_sets::kRecruitmentDirection}),
    field<&Recruitment::recruiter>("recruiter", {.required = true, .max_length = 120}),
    field<&Recruitment::stage>("stage", {.required = true, .codes = &code_sets::kRecruitmentStage}),
    list<&Recruitment::required_actions>("required_actions", kRequiredAction,
                                         {.keys = "stage code"}),
    nested<&Recruitment::offered_terms>("offered_terms", kOfferedTerms),
    list<&Recruitment::due_diligence>("due_diligence", kFinding, {.keys = "topic"}),
    field<&Recruitment::score>("score"),
    list<&Recruitment::activities>("activities", kActivity, {.keys = "at kind"}),
    nested<&Recruitment::loss>("loss", kLoss),
    field<&Recruitment::expected_close>("expected_close"),
    field<&Recruitment::closed_at>("closed_at"),
    list<&Recruitment::state_history>("state_history", kStateChangeRows,
                                      {.keys = "at", .read_only = true}),
    custom<&Recruitment::custom>());

// Who recruits is of the vendor's staff and does not sell to end customers beside it.
constexpr Actors kRecruiter = Actor::ChannelManager;

constexpr Transition kTransitions[] = {
    {"awareness", "proposal", kRecruiter},
    {"proposal", "activation", kRecruiter},
    {"activation", "won", kRecruiter},
    {"awareness", "on_hold", kRecruiter},
    {"proposal", "on_hold", kRecruiter},
    {"activation", "on_hold", kRecruiter},
    {"on_hold", "awareness", kRecruiter, "", true},
    {"on_hold", "proposal", kRecruiter, "", true},
    {"on_hold", "activation", kRecruiter, "", true},
    {"awareness", "lost", kRecruiter, "loss.reason"},
    {"proposal", "lost", kRecruiter, "loss.reason"},
    {"activation", "lost", kRecruiter, "loss.reason"},
    {"on_hold", "lost", kRecruiter, "loss.reason"},
    // Contact is made again.
    {"lost", "awareness", kRecruiter},
};
constexpr StateMachine kStates{"stage", "awareness", kTransitions};

/// The stages in their order, and the actions that each is not left without.
struct Stage {
  std::string_view name{};
  std::span<const std::string_view> actions{};
};
constexpr std::string_view kAwarenessActions[] = {"mutual_benefit"};
constexpr std::string_view kProposalActions[] = {"terms_accepted"};
constexpr std::string_view kActivationActions[] = {"contract", "price_list", "portal_users",
                                                   "training"};
constexpr std::array<Stage, 3> kStages{{{"awareness", kAwarenessActions},
                                        {"proposal", kProposalActions},
                                        {"activation", kActivationActions}}};

/// How many stages lie behind it. What is lost or on hold is not judged by them.
std::size_t stages_behind(const Fields& fields) {
  const Value stage = get(fields, "stage");
  if (stage == "won") return kStages.size();
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    if (stage == kStages[i].name) return i;
  }
  return 0;
}

/// What is still to be done of a stage: the mandatory actions that are there, and those that are
/// needed and are not.
std::vector<Problem> open_actions(const Fields& fields, const Stage& stage) {
  std::vector<Problem> open;
  std::vector<std::string> known;
  for (const std::string_view id : element_ids(fields, "required_actions")) {
    const auto value = [&fields, id](std::string_view field) {
      return get(fields, element_path("required_actions", id, field));
    };
    if (value("stage") != stage.name) continue;
    const std::string code = value("code").value_or("");
    known.push_back(code);
    const bool needed =
        std::find(stage.actions.begin(), stage.actions.end(), code) != stage.actions.end();
    if (value("done_at") || (!needed && value("mandatory") != "true")) continue;
    open.push_back({.path = element_path("required_actions", id, "done_at"),
                    .rule = "mandatory_action",
                    .message = "is empty: " + value("label").value_or(code) +
                               " is to be done before " + std::string(stage.name) + " is left"});
  }
  for (const std::string_view action : stage.actions) {
    if (std::find(known.begin(), known.end(), action) == known.end())
      open.push_back({.path = "required_actions",
                      .rule = "mandatory_action",
                      .message = "has no " + std::string(action) + ", which is to be done before " +
                                 std::string(stage.name) + " is left"});
  }
  return open;
}

/// All that a stage is not left without.
std::vector<Problem> before_leaving(const Fields& fields, const Stage& stage) {
  std::vector<Problem> open = open_actions(fields, stage);
  if (stage.name == "awareness" && !fields.contains("cooperation_form"))
    open.push_back({.path = "cooperation_form",
                    .rule = "cooperation_form",
                    .message = "is empty: it is known before awareness is left"});
  return open;
}

bool left_something_undone(const Fields& fields) {
  const std::size_t behind = stages_behind(fields);
  for (std::size_t i = 0; i < behind; ++i) {
    if (!open_actions(fields, kStages[i]).empty()) return true;
  }
  return false;
}

bool is_lost(const Fields& fields) { return get(fields, "stage") == "lost"; }
bool is_won(const Fields& fields) { return get(fields, "stage") == "won"; }

constexpr std::string_view kCandidate[] = {"candidate.partner", "candidate.name"};
constexpr std::string_view kCooperationForm[] = {"cooperation_form"};
constexpr std::string_view kTerms[] = {"offered_terms.margin", "offered_terms.commission_plan",
                                       "offered_terms.mdf_pct"};
constexpr std::string_view kActions[] = {"required_actions[].done_at"};
constexpr std::string_view kLossReason[] = {"loss.reason"};
constexpr std::string_view kClosedAt[] = {"closed_at"};
constexpr Requirement kRequirements[] = {
    {"candidate", kCandidate},
    {"cooperation_form", kCooperationForm,
     [](const Fields& fields) { return stages_behind(fields) > 0; }},
    {"offered_terms", kTerms, [](const Fields& fields) { return stages_behind(fields) > 0; }},
    // A path of all elements is never filled: this is missed exactly while an action is undone.
    {"mandatory_actions", kActions, left_something_undone},
    {"loss_reason", kLossReason, is_lost},
    {"closed_at", kClosedAt,
     [](const Fields& fields) { return is_lost(fields) || is_won(fields); }}};

void check_terms(const Fields& fields, std::vector<Problem>& problems) {
  check_share(fields, "offered_terms.margin", problems);
  check_share(fields, "offered_terms.mdf_pct", problems);
}

/// A step to the next stage is taken when all is done.
void check_stage_left(const Fields& fields, std::vector<Problem>& problems) {
  const auto last = last_step(fields, "stage");
  if (!last || last->foreign) return;
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    if (last->from != kStages[i].name || stages_behind(fields) != i + 1) continue;
    for (Problem& problem : before_leaving(fields, kStages[i]))
      problems.push_back(std::move(problem));
  }
}

constexpr ValueRule kValues[] = {
    {"share", check_terms},
    {"stage_left", check_stage_left},
    {"resumed", [](const Fields& fields, std::vector<Problem>& problems) {
       check_resumed(fields, "stage", "on_hold", "lost", problems);
     }}};

/// What tells one candidate from another: its record, and its name in its country.
std::vector<std::string> open_candidate(const Fields& fields) {
  std::vector<std::string> keys;
  const Value stage = get(fields, "stage");
  if (!stage || stage == "won" || stage == "lost") return keys;
  if (const Value partner = get(fields, "candidate.partner")) keys.push_back("partner:" + *partner);
  const Value name = get(fields, "candidate.name");
  const Value country = get(fields, "candidate.address.country");
  if (name && country) keys.push_back("name:" + lower(*name) + "/" + *country);
  return keys;
}

constexpr NetworkKey kKeys[] = {
    {"number", true, [](const Fields& fields) { return values_at(fields, "number"); }},
    // At most one open recruitment of a candidate, and with it one recruiter.
    {"open_recruitment", true, open_candidate}};

constexpr EntityDescription kRecruitment = entity<Recruitment>(
    "partner_recruitment", kRows,
    {.states = &kStates, .requirements = kRequirements, .values = kValues, .keys = kKeys});

}  // namespace
}  // namespace partner_recruitment_entity

const EntityDescription& description(std::type_identity<PartnerRecruitment>) {
  return partner_recruitment_entity::kRecruitment;
}

std::vector<Problem> before_next_stage(const PartnerRecruitment& recruitment) {
  const Fields fields = to_fields(recruitment);
  const Value now = get(fields, "stage");
  const auto stage = std::find_if(
      partner_recruitment_entity::kStages.begin(), partner_recruitment_entity::kStages.end(),
      [&now](const partner_recruitment_entity::Stage& each) { return now == each.name; });
  if (stage == partner_recruitment_entity::kStages.end()) return {};
  return partner_recruitment_entity::before_leaving(fields, *stage);
}

}  // namespace channelbridge::model
