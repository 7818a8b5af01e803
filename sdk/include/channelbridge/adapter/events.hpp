#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/core/time.hpp"

namespace channelbridge::adapter {

/// What a system sends by itself: the body of a webhook or outbound message, or change events as a
/// subscriber got or recorded them.
struct Message {
  std::string body{};
  /// Events::position of the message before it on the same subscription; "" = the first, or a kind
  /// of message that has no order.
  std::string position{};
};

enum class HintKind : std::uint8_t { Changed, Created, Updated, Deleted, Restored };
std::string_view to_string(HintKind kind);

/// Somebody has changed this object. Messages come late, twice and out of order, so none is ever
/// merged: the object is read by key, as it is by then.
struct Hint {
  std::string object{};  ///< "Lead"
  std::string key{};     ///< as Change::key
  HintKind kind{HintKind::Changed};
  std::optional<Timestamp> at{};
  std::vector<std::string> fields{};  ///< what has changed, in the system's words; empty = not told

  friend bool operator==(const Hint&, const Hint&) = default;
};

/// Changes that no message tells one by one: everything since the last pull is to be read.
struct Gap {
  std::string object{};  ///< "" = every object of the system
  std::string reason{};  ///< one sentence

  friend bool operator==(const Gap&, const Gap&) = default;
};

/// What whoever took the message off the wire answers; status 0 = nothing is answered.
struct Answer {
  int status{};
  std::string content_type{};
  std::string body{};
};

struct Events {
  std::vector<Hint> hints{};
  std::vector<Gap> gaps{};
  std::vector<std::string> ids{};  ///< of the messages inside, where each has one
  std::uint64_t repeated{};        ///< messages that were here before: they give no hint again
  std::string position{};          ///< opaque: goes with the next message of the subscription
  Answer accepted{};               ///< when the hints have been acted on
  Answer declined{};               ///< when they could not be: the system sends again
};

/// Verifies and decodes what one system sends by itself. Listens to nothing and contacts nothing.
///
/// Threads: any.
class EventReader {
 public:
  virtual ~EventReader() = default;

  /// Errors: Forbidden, the message is not from the configured system, and nothing of it is used;
  /// Invalid, the position is none of this reader's, or a setting that verifies is missing;
  /// Protocol, it is no message of this kind of system.
  virtual Result<Events> read(const Message& message) = 0;
  /// These events have been acted on: when the system sends them again, they count as repeated.
  /// Remembered by this object only; what is forgotten is read by key once more, which changes
  /// nothing.
  virtual void taken(const Events& events) = 0;
  /// What is answered to a message that read() refused.
  virtual Answer refusal(const Error& error) const = 0;
};

}  // namespace channelbridge::adapter
