#include "events_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {
namespace {

/// Notifications that are remembered: one that is forgotten is read by key once more.
constexpr std::size_t kMostTaken = 100'000;

}  // namespace

Result<adapter::Events> SalesforceEvents::read(const adapter::Message& message) {
  std::string_view body = message.body;
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return Error(ErrorCode::Protocol, "the message is empty");
  if (body[first] != '<') return read_change_events(body, message.position);

  auto outbound = read_outbound_message(message.body);
  if (!outbound) return std::move(outbound).error();
  if (organization_.empty()) {
    return Error(ErrorCode::Invalid,
                 "outbound messages carry no signature: set 'organization' to the org's id, which "
                 "they are checked against");
  }
  // Ids are compared on their 15 characters: the checksum says nothing more.
  if (outbound->organization.substr(0, 15) != organization_.substr(0, 15))
    return Error(ErrorCode::Forbidden, "the outbound message is another org's");
  adapter::Events out{.accepted = acknowledgement(true), .declined = acknowledgement(false)};
  const std::lock_guard lock(mutex_);
  std::set<std::string_view> here;
  for (const Notification& notification : outbound->notifications) {
    if (taken_.contains(notification.id) || !here.insert(notification.id).second) {
      ++out.repeated;
      continue;
    }
    out.ids.push_back(notification.id);
    out.hints.push_back(
        {.object = notification.object, .key = notification.key, .at = notification.at});
  }
  return out;
}

void SalesforceEvents::taken(const adapter::Events& events) {
  const std::lock_guard lock(mutex_);
  for (const std::string& id : events.ids) {
    if (!taken_.insert(id).second) continue;
    order_.push_back(id);
    if (order_.size() <= kMostTaken) continue;
    taken_.erase(order_.front());
    order_.pop_front();
  }
}

adapter::Answer SalesforceEvents::refusal(const Error& error) const {
  return soap_fault(error.message());
}

}  // namespace channelbridge::salesforce
