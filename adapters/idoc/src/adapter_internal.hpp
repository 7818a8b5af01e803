#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "inbox_internal.hpp"
#include "receiver_internal.hpp"

namespace channelbridge::idoc {

/// What a selection asks of this kind of system.
struct Wanted {
  const Type* type{};
  const MessageRules* rules{};
  DocumentId id{};
  std::optional<document::Path> correlation{};
};

/// Numbers of items: in the form in which they are compared, and as they were said.
using Items = std::map<std::string, std::string, std::less<>>;

/// One system that speaks IDoc-XML.
///
/// Threads: any.
class IdocAdapter final : public adapter::Adapter {
 public:
  IdocAdapter(Options options, Types types, TimeZone zone, std::shared_ptr<http::Pipeline> pipeline,
              std::unique_ptr<Source> source, std::string system)
      : options_(std::move(options)),
        types_(std::move(types)),
        zone_(std::move(zone)),
        pipeline_(std::move(pipeline)),
        inbox_(std::move(source), options_.partner, options_.self, options_.quiet),
        system_(std::move(system)) {
    if (!options_.posts_user.empty())
      receiver_ = std::make_shared<PostReceiver>(options_.received, options_.posts_user,
                                                 options_.posts_password);
  }

  adapter::Capabilities capabilities(const adapter::Selection& selection) const override;
  Result<void> check(const adapter::Selection& selection) const override;
  Result<adapter::ObjectMetadata> describe(std::string_view object, const Context&) override;
  Result<std::string> probe(const Context& context) override;
  Result<adapter::Page> read(const adapter::Selection& selection, const adapter::Cursor& cursor,
                             std::size_t page_size, const Context& context) override;
  Result<adapter::Change> read_by_key(const adapter::Selection& selection, std::string_view key,
                                      const Context& context) override;
  Result<std::vector<adapter::Change>> find(const adapter::Selection& selection,
                                            std::string_view correlation,
                                            const Context& context) override;
  Result<std::vector<adapter::WriteOutcome>> write(
      const adapter::Selection& selection, const std::vector<adapter::WriteRequest>& requests,
      const Context& context) override;
  Result<std::vector<adapter::WriteOutcome>> settled(const adapter::Selection& selection,
                                                     const std::vector<adapter::OpenWrite>& writes,
                                                     const Context& context) override;
  adapter::Usage usage() const override { return {.requests = pipeline_->requests_sent()}; }
  Result<std::shared_ptr<adapter::Receiver>> receiver() override;

 private:
  /// What a request becomes on the wire.
  struct Outgoing {
    std::string key{};
    std::string message{};
    std::string text{};
    std::optional<adapter::NodeOutcome> refused{};  ///< nothing is sent
  };

  Error located(const Error& error, const std::string& operation) const {
    return error.with_system(system_).with_operation(operation);
  }
  std::string preferred(std::string_view message) const;
  Result<Wanted> wanted(const adapter::Selection& selection) const;
  adapter::Change change_of(const Wanted& wanted, const Message& message) const;
  /// A document of which nothing but its key is known.
  Result<adapter::Change> key_only(const Wanted& wanted, std::string_view key) const;
  Result<Outgoing> prepare(const adapter::Selection& selection, const Wanted& wanted,
                           const adapter::WriteRequest& request, const Context& context);
  /// Says per item what the change is: added, changed, cancelled; false = neither we nor the
  /// receiver have said yet which items the document has.
  Result<bool> mark_items(const Wanted& wanted, const adapter::WriteNode& node,
                          document::Tree& tree, const Context& context);
  /// The items that the receiver has: those that it had when we last wrote the document or read it,
  /// and what it has said of items since. In doubt an item is there: a second one, or one that is
  /// not cancelled, would be an order that nobody made. nullopt = nobody has said anything.
  Result<std::optional<Items>> standing_items(const Wanted& wanted, const adapter::WriteNode& node,
                                              const Context& context);
  Result<adapter::NodeOutcome> post(const Outgoing& outgoing, const std::string& operation,
                                    const Context& context);
  /// What the status messages say of one write.
  struct Said {
    std::optional<StatusRecord> status{};
    bool repeated{};  ///< one more of its number was refused: the first had arrived
    bool of_all{};    ///< if it is an error: no other of its number may be posted yet
  };
  Said said_of(const adapter::WriteRequest& request) const;
  /// No copy of it can have left, in whatever process.
  bool is_only_one(const std::string& number) const;
  adapter::NodeOutcome outcome_of(const Wanted& wanted, const adapter::OpenWrite& write,
                                  const adapter::NodeOutcome& sent_again) const;
  /// May it be sent again, if nothing comes of it?
  bool is_repeatable(const adapter::OpenWrite& write) const {
    return write.repeatable && !options_.repeated.empty();
  }
  /// May the system have said something of its own about the document since then?
  Result<bool> is_overtaken(const Wanted& wanted, const std::string& object, const std::string& key,
                            Timestamp decided, const Context& context);
  /// The same IDoc once more; an Error with Sent::No: it has not left.
  adapter::NodeOutcome send_again(const adapter::Selection& selection, const Wanted& wanted,
                                  const adapter::WriteRequest& request, const Context& context);
  bool says_repeated(std::string_view text) const {
    return !options_.repeated.empty() && text.find(options_.repeated) != std::string_view::npos;
  }

  const Options options_;
  const Types types_;
  const TimeZone zone_;
  const std::shared_ptr<http::Pipeline> pipeline_;
  Inbox inbox_;
  const std::string system_;
  std::shared_ptr<adapter::Receiver> receiver_;  ///< null = the system posts nothing
  mutable std::mutex stored_mutex_;
  std::set<std::string> stored_;  // numbers whose first post was answered: they are never repeated
  std::atomic<bool> strange_answer_{};  ///< a post was answered by something that is not the port
};

}  // namespace channelbridge::idoc
