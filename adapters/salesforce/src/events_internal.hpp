#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/adapter/events.hpp"

namespace channelbridge::salesforce {

/// One object of an outbound message, as it was when its queue was read: fields that are null are
/// not there.
struct Notification {
  std::string id{};      ///< of the notification: the same when it is delivered again
  std::string object{};  ///< local name of the sObject's type
  std::string key{};
  std::optional<Timestamp> at{};
};
struct OutboundMessage {
  std::string organization{};
  std::vector<Notification> notifications{};
};

/// SOAP 1.1, namespace http://schemas.xmlsoap.org/soap/envelope/; a byte-order mark is taken. The
/// session id inside is not kept. Errors: Protocol.
/// Source: SOAP API Developer Guide, "Outbound Messaging"; tests/fixtures/salesforce/soap.
Result<OutboundMessage> read_outbound_message(std::string_view body);
/// Ack for every notification of a message; `false` asks for another delivery.
adapter::Answer acknowledgement(bool taken);
/// A fault: the message stays in the queue of the org.
adapter::Answer soap_fault(std::string_view sentence);

/// Change events as CometD shows them (an array of Bayeux messages, or one) or as decoded from
/// Pub/Sub API ({"replayId":…,"payload":{…}}, an array of these, or a bare payload).
/// Source: Change Data Capture Developer Guide, "Change Event Fields", "Merged Change Events", "Gap
/// Events", "Overflow Events".
Result<adapter::Events> read_change_events(std::string_view body, std::string_view position);

/// Threads: any.
class SalesforceEvents final : public adapter::EventReader {
 public:
  /// `organization`: our org's id of 15 or 18 characters; "" = outbound messages are refused.
  explicit SalesforceEvents(std::string organization) : organization_(std::move(organization)) {}

  Result<adapter::Events> read(const adapter::Message& message) override;
  void taken(const adapter::Events& events) override;
  adapter::Answer refusal(const Error& error) const override;

 private:
  const std::string organization_;
  std::mutex mutex_;
  std::set<std::string, std::less<>> taken_;
  std::deque<std::string> order_;  ///< of taken_, oldest first
};

}  // namespace channelbridge::salesforce
