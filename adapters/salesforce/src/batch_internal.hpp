#pragma once

#include <optional>
#include <string>
#include <vector>

#include "channelbridge/core/random.hpp"
#include "channelbridge/document/document.hpp"
#include "session_internal.hpp"

namespace channelbridge::salesforce {

/// Writes requests in calls of many, each with outcomes of its own. What a call looks like is the
/// derived class's; here is what holds for all: how requests are shared out, what a lost or refused
/// call says of them, and that what was locked is sent again alone.
class BatchWriter {
 public:
  BatchWriter(Session& session, const Options& options, Random& random)
      : session_(session), options_(options), random_(random) {}
  virtual ~BatchWriter() = default;

  /// As Adapter::write; `requests` are those of the caller that this writer takes.
  Result<std::vector<adapter::WriteOutcome>> write(
      const std::vector<const adapter::WriteRequest*>& requests, const Context& context);
  /// None of these was sent: each is to be tried again.
  static std::vector<adapter::WriteOutcome> not_done(
      const std::vector<const adapter::WriteRequest*>& requests, const Error& error);

 protected:
  struct Item {
    const adapter::WriteRequest* request{};
    std::size_t index{};                             ///< among the requests of write()
    std::string identity{};                          ///< key or correlation: once in a call
    std::string text{};                              ///< its part of a call's body
    std::size_t nodes{1};                            ///< that this part has
    std::optional<adapter::WriteOutcome> settled{};  ///< nothing of it is sent
  };
  using Items = std::vector<Item>;
  struct Limits {
    std::size_t items{};
    std::size_t nodes{};
  };
  enum class Again : std::uint8_t {
    No,
    Locked,   ///< after a random wait, a few times
    Untried,  ///< the org stopped before it: with the next call
  };
  /// What an answer makes of one request, and what to do about it now.
  struct Answer {
    adapter::WriteOutcome outcome{};
    Again again{Again::No};
  };

  /// The request as a call carries it. Invalid: it is none of this system.
  virtual Result<Item> item_of(const adapter::WriteRequest& request) const = 0;
  /// Requests that may share a call say the same.
  virtual std::string lane(const adapter::WriteRequest& request) const = 0;
  virtual Limits limits() const = 0;
  virtual http::Request call_of(const Items& items) const = 0;
  /// One answer per item; fewer or none = they cannot be read, their outcome is unknown.
  virtual std::vector<std::optional<Answer>> read(const Items& items, std::string body) const = 0;

  /// All nodes of the request fare alike.
  static adapter::WriteOutcome all_nodes(const adapter::WriteRequest& request,
                                         adapter::WriteStatus status,
                                         const std::optional<Error>& error);
  const Options& options() const { return options_; }
  const Session& session() const { return session_; }

 private:
  std::vector<Items> split(Items items) const;
  /// Sends one call and fills the outcomes; the Error only when nothing has had an effect so far.
  Result<void> send(const Items& items, std::vector<adapter::WriteOutcome>& outcomes,
                    const Context& context);
  Result<void> refused(const Items& items, const Error& error,
                       std::vector<adapter::WriteOutcome>& outcomes, const Context& context);
  Items to_repeat(const Items& items, Again why) const;
  void repeat(const Items& items, std::vector<adapter::WriteOutcome>& outcomes,
              const Context& context);

  Session& session_;
  const Options& options_;
  Random& random_;
  std::vector<Again> again_{};  ///< per request of this write
  bool effect_{};               ///< a call of this write may have changed something
};

/// Records of one node through sObject Collections: up to 200 in one call.
class CollectionsWriter final : public BatchWriter {
 public:
  using BatchWriter::BatchWriter;

 protected:
  Result<Item> item_of(const adapter::WriteRequest& request) const override;
  std::string lane(const adapter::WriteRequest& request) const override;
  Limits limits() const override { return {options().batch_records, options().batch_records}; }
  http::Request call_of(const Items& items) const override;
  std::vector<std::optional<Answer>> read(const Items& items, std::string body) const override;
};

/// The members of a body's JSON object, without its braces, and what it says at `wanted`.
/// Invalid: the body is no object.
struct BodyMembers {
  std::string_view text{};
  std::vector<document::Slot> slots{};
};
Result<BodyMembers> members_of(const std::string& body, const std::vector<std::string>& wanted);

}  // namespace channelbridge::salesforce
