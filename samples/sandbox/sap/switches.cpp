#include "sandbox/sap/switches.hpp"

#include <array>
#include <string_view>

namespace channelbridge::sandbox {
namespace {

struct Switch {
  std::string_view assignment;
  void (*set)(odata::Settings&, odata::GatewayOptions&);
};

using odata::DeadSession;
using odata::GatewayOptions;
using odata::Settings;

constexpr std::array<Switch, 7> kSwitches{{
    {"strict_filter=true", [](Settings& to, GatewayOptions&) { to.or_on_one_property = true; }},
    {"strict_filter=false", [](Settings& to, GatewayOptions&) { to.or_on_one_property = false; }},
    {"batch_status=200", [](Settings& to, GatewayOptions&) { to.batch_status = 200; }},
    {"batch_status=202", [](Settings& to, GatewayOptions&) { to.batch_status = 202; }},
    {"dead_session=logs_on",
     [](Settings&, GatewayOptions& to) { to.dead_session = DeadSession::LogsOn; }},
    {"dead_session=401",
     [](Settings&, GatewayOptions& to) { to.dead_session = DeadSession::Unauthorized; }},
    {"dead_session=200",
     [](Settings&, GatewayOptions& to) { to.dead_session = DeadSession::LogonPage; }},
}};

}  // namespace

Result<void> change_setting(Settings& settings, GatewayOptions& gateway,
                            const std::string& assignment) {
  constexpr std::string_view kCustomField = "custom_field=";
  if (assignment.starts_with(kCustomField)) {
    auto field = odata::CustomField::parse(assignment.substr(kCustomField.size()));
    if (!field) return std::move(field).error();
    settings.custom_fields.push_back(*std::move(field));
    return {};
  }
  constexpr std::string_view kCreatable = "creatable=";
  if (assignment.starts_with(kCreatable)) {
    auto field = odata::CreatableField::parse(assignment.substr(kCreatable.size()));
    if (!field) return std::move(field).error();
    settings.creatable_fields.push_back(*std::move(field));
    return {};
  }
  constexpr std::string_view kDeltaLinks = "delta_links=";
  if (assignment.starts_with(kDeltaLinks) && assignment.size() > kDeltaLinks.size()) {
    settings.delta_links.push_back(assignment.substr(kDeltaLinks.size()));
    return {};
  }
  constexpr std::string_view kPace = "orders_move_after=";
  if (assignment.starts_with(kPace)) {
    const std::string value = assignment.substr(kPace.size());
    const bool seconds = value.size() > 1 && value.size() < 7 && value.back() == 's' &&
                         value.find_first_not_of("0123456789") == value.size() - 1;
    if (!seconds) return Error(ErrorCode::Invalid, "'" + assignment + "' wants seconds: 5s");
    gateway.orders_move_after = std::chrono::seconds(std::stol(value));
    return {};
  }
  std::string known;
  for (const Switch& each : kSwitches) {
    if (each.assignment == assignment) {
      each.set(settings, gateway);
      return {};
    }
    known += (known.empty() ? "" : ", ") + std::string(each.assignment);
  }
  return Error(ErrorCode::Invalid,
               "'" + assignment + "' is none of: " + known +
                   ", custom_field=SET.YY1_NAME_CONTEXT, creatable=SET.PROPERTY, delta_links=SET, "
                   "orders_move_after=5s");
}

}  // namespace channelbridge::sandbox
