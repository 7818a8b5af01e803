#include "sandbox/soap/crm_options.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "sandbox/soap/assignment.hpp"

namespace channelbridge::sandbox::crm {
namespace {

constexpr std::array<std::pair<const char*, Status>, 16> kStatusNames{
    {{"open", Status::Open},
     {"submitted", Status::Submitted},
     {"in_approval", Status::InApproval},
     {"approved", Status::Approved},
     {"rejected", Status::Rejected},
     {"returned", Status::Returned},
     {"released", Status::Released},
     {"settled", Status::Settled},
     {"paid", Status::Paid},
     {"reversed", Status::Reversed},
     {"closed", Status::Closed},
     {"expired", Status::Expired},
     {"running", Status::Running},
     {"completed", Status::Completed},
     {"reported", Status::Reported},
     {"cancelled", Status::Cancelled}}};

constexpr std::array<std::pair<const char*, LeadStatus>, 8> kLeadStatusNames{
    {{"open", LeadStatus::Open},
     {"in_process", LeadStatus::InProcess},
     {"distributed", LeadStatus::Distributed},
     {"accepted", LeadStatus::Accepted},
     {"rejected", LeadStatus::Rejected},
     {"won", LeadStatus::Won},
     {"lost", LeadStatus::Lost},
     {"declined", LeadStatus::Declined}}};

/// "E0004" or "E0004 Approved"
template <typename Names, typename Map>
Result<void> set_status(const Names& names, Map& statuses, const std::string& wanted,
                        const soap::Assignment& assignment) {
  constexpr std::size_t kCode = 5;
  const std::size_t space = assignment.value.find(' ');
  const std::string code = assignment.value.substr(0, space);
  if (code.empty() || code.size() > kCode)
    return assignment.refuse("a code of at most 5 characters, and a text behind it");
  for (const auto& [name, status] : names) {
    if (wanted != name) continue;
    StatusWords& words = statuses[status];
    words.code = code;
    if (space != std::string::npos) words.text = assignment.value.substr(space + 1);
    return {};
  }
  return assignment.refuse("the name of a status behind the point");
}

/// nullopt = it is none of them.
std::optional<Result<void>> set_customising(CrmOptions& options,
                                            const soap::Assignment& assignment) {
  for (const auto& [name, codes] :
       {std::pair{"relation_categories", &options.relation_categories},
        std::pair{"hierarchies", &options.hierarchies},
        std::pair{"product_categories", &options.product_categories},
        std::pair{"product_statuses", &options.product_statuses},
        std::pair{"units", &options.units},
        std::pair{"partner_functions", &options.partner_functions},
        std::pair{"date_types", &options.date_types}, std::pair{"text_types", &options.text_types},
        std::pair{"order_statuses", &options.order_statuses}}) {
    if (assignment.name != name) continue;
    *codes = soap::words_of(assignment.value);
    return Result<void>();
  }
  if (const std::string process = assignment.below("process_type"); !process.empty()) {
    if (assignment.value.empty())
      return Result<void>(assignment.refuse("an object type, BUS2000115"));
    options.process_types[process] = assignment.value;
    return Result<void>();
  }
  return std::nullopt;
}

}  // namespace

Result<void> change_setting(CrmOptions& options, const std::string& assignment) {
  const soap::Assignment read = soap::Assignment::parse(assignment);
  if (const std::string status = read.below("status"); !status.empty())
    return set_status(kStatusNames, options.statuses, status, read);
  if (const std::string status = read.below("lead_status"); !status.empty())
    return set_status(kLeadStatusNames, options.lead_statuses, status, read);
  for (const auto& [name, flag] : {std::pair{"idempotent", &options.idempotent},
                                   std::pair{"unique_reference", &options.unique_reference},
                                   std::pair{"approval_step", &options.approval_step},
                                   std::pair{"require_proof", &options.require_proof},
                                   std::pair{"direct_claims", &options.direct_claims}})
    if (read.name == name) return soap::set_flag(*flag, read);
  if (auto done = set_customising(options, read)) return *std::move(done);
  for (const auto& [name, code] : {std::pair{"settlement_method", &options.settlement_method},
                                   std::pair{"lead_type", &options.lead_type}}) {
    constexpr std::size_t kCode = 4;
    if (read.name != name) continue;
    if (read.value.empty() || read.value.size() > kCode)
      return read.refuse("a code of at most 4 characters");
    *code = read.value;
    return {};
  }
  if (read.name == "unauthorized") {
    options.port.unauthorized = soap::words_of(read.value);
    return {};
  }
  if (read.name == "answer_within") {
    std::int64_t seconds = 0;
    const char* end = read.value.data() + read.value.size();
    const auto number = std::from_chars(read.value.data(), end, seconds);
    if (number.ec != std::errc{} || number.ptr != end || seconds <= 0)
      return read.refuse("seconds");
    options.answer_within = std::chrono::seconds(seconds);
    return {};
  }
  return Error(ErrorCode::Invalid, "'" + read.name + "' is no setting of the CRM server");
}

}  // namespace channelbridge::sandbox::crm
