#include "channelbridge/model/certification.hpp"

#include "channelbridge/model/code_sets_partnering.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace certification_entity {
namespace {

constexpr auto kRows = rows<Certification>(
    field<&Certification::partner>("partner", {.required = true, .refers_to = "partner"}),
    field<&Certification::contact>("contact", {.refers_to = "partner_contact"}),
    field<&Certification::curriculum_code>("curriculum_code", {.required = true, .max_length = 40}),
    field<&Certification::kind>("kind", {.codes = &code_sets::kCertificationKind}),
    field<&Certification::product_family>("product_family", {.max_length = 80}),
    field<&Certification::level>("level", {.max_length = 40}),
    field<&Certification::score>("score"), field<&Certification::passed_at>("passed_at"),
    group<&Certification::valid>("valid", kPeriodRows),
    field<&Certification::issuer>("issuer", {.max_length = 255}),
    field<&Certification::certificate_number>("certificate_number", {.max_length = 80}),
    field<&Certification::status>("status",
                                  {.required = true, .codes = &code_sets::kCertificationStatus}),
    list<&Certification::state_history>("state_history", kStateChangeRows,
                                        {.keys = "at", .read_only = true}),
    custom<&Certification::custom>());

constexpr Actors kPartner = Actor::PartnerManager | Actor::PartnerEmployee;
// Results come from the system where the examination is taken.
constexpr Actors kExaminer = Actor::ChannelManager | Actor::System;
constexpr Actors kSystem = Actor::System;
constexpr std::string_view kReason = "state_history[].reason";

constexpr Transition kTransitions[] = {
    {"enrolled", "in_progress", kPartner | kExaminer},
    {"in_progress", "passed", kExaminer},
    {"in_progress", "failed", kExaminer},
    {"failed", "enrolled", kPartner | kExaminer},
    {"passed", "expiring", kSystem},
    {"expiring", "expired", kSystem},
    {"passed", "revoked", Actor::VendorAdmin, kReason},
    // One that is about to expire is still a passed one.
    {"expiring", "revoked", Actor::VendorAdmin, kReason},
};
constexpr StateMachine kStates{"status", "enrolled", kTransitions};

bool was_passed(const Fields& fields) {
  const Value status = get(fields, "status");
  return status == "passed" || status == "expiring" || status == "expired" || status == "revoked";
}

// Before it is passed there is nothing that could be valid.
constexpr std::string_view kPassedAt[] = {"passed_at"};
constexpr std::string_view kStart[] = {"valid.start"};
constexpr std::string_view kEnd[] = {"valid.end"};
constexpr Requirement kRequirements[] = {{"passed_at", kPassedAt, was_passed},
                                         {"valid", kStart, was_passed},
                                         {"valid", kEnd, [](const Fields& fields) {
                                            const Value status = get(fields, "status");
                                            return status == "expiring" || status == "expired";
                                          }}};

constexpr ValueRule kValues[] = {
    {"period", [](const Fields& fields, std::vector<Problem>& problems) {
       check_order(fields, "valid.start", "valid.end", problems);
     }}};

constexpr NetworkKey kKeys[] = {{"certificate_number", true, [](const Fields& fields) {
                                   const Value number = get(fields, "certificate_number");
                                   if (!number) return std::vector<std::string>{};
                                   return std::vector{get(fields, "issuer").value_or("") + "\x1f" +
                                                      *number};
                                 }}};

constexpr EntityDescription kCertification = entity<Certification>(
    "certification", kRows,
    {.states = &kStates, .requirements = kRequirements, .values = kValues, .keys = kKeys});

}  // namespace
}  // namespace certification_entity

const EntityDescription& description(std::type_identity<Certification>) {
  return certification_entity::kCertification;
}

bool counts(const Certification& certification, const PartnerContact* contact, const Date& on) {
  if (contact != nullptr && contact->status && *contact->status == "left") return false;
  if (!certification.status || !certification.valid.start) return false;
  const bool passed = *certification.status == "passed" || *certification.status == "expiring";
  return passed && certification.valid.contains(on);
}

}  // namespace channelbridge::model
