#include "channelbridge/model/partner_program.hpp"

#include "channelbridge/model/code_sets.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace partner_program_entity {
namespace {

constexpr auto kPartnerType =
    rows<PartnerProgram::PartnerTypeEntry>(field<&PartnerProgram::PartnerTypeEntry::code>(
        "code", {.required = true, .codes = &code_sets::kPartnerType}));

constexpr auto kParticipant = rows<PartnerProgram::Participant>(
    field<&PartnerProgram::Participant::partner>("partner",
                                                 {.required = true, .refers_to = "partner"}),
    group<&PartnerProgram::Participant::valid>("valid", kPeriodRows));

constexpr auto kRows = rows<PartnerProgram>(
    field<&PartnerProgram::code>("code", {.required = true, .max_length = 40}),
    field<&PartnerProgram::name>("name", {.required = true, .max_length = 255}),
    group<&PartnerProgram::period>("period", kPeriodRows),
    field<&PartnerProgram::description>("description", {.max_length = 4000}),
    list<&PartnerProgram::partner_types>("partner_types", kPartnerType,
                                         {.keys = "code", .required = true}),
    list<&PartnerProgram::participants>("participants", kParticipant,
                                        {.keys = "partner valid.start"}),
    custom<&PartnerProgram::custom>());

constexpr std::string_view kPeriod[] = {"period.start"};
constexpr Requirement kRequirements[] = {{"period", kPeriod}};

constexpr ValueRule kValues[] = {
    {"period", [](const Fields& fields, std::vector<Problem>& problems) {
       check_order(fields, "period.start", "period.end", problems);
     }}};

constexpr NetworkKey kKeys[] = {
    {"code", true, [](const Fields& fields) { return values_at(fields, "code"); }}};

constexpr EntityDescription kPartnerProgram = entity<PartnerProgram>(
    "partner_program", kRows, {.requirements = kRequirements, .values = kValues, .keys = kKeys});

}  // namespace
}  // namespace partner_program_entity

const EntityDescription& description(std::type_identity<PartnerProgram>) {
  return partner_program_entity::kPartnerProgram;
}

}  // namespace channelbridge::model
