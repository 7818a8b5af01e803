#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"

namespace channelbridge::hub {

/// A system with behaviour, behind the adapter contract: JSON objects with versions, a change feed,
/// a journal of effects, and switchable trouble.
class FakeSystem : public adapter::Adapter {
 public:
  struct Object {
    nlohmann::json fields = nlohmann::json::object();
    std::int64_t version{1};
    std::string correlation{};
    bool deleted{};
    bool by_us{};
    std::string converted_into{};
    std::int64_t changed{};  ///< position in the feed
    Timestamp modified{};
  };
  struct Effect {
    std::string key{};
    adapter::Operation operation{};
    std::string correlation{};
    nlohmann::json body{};
  };

  explicit FakeSystem(std::string prefix) : prefix_(std::move(prefix)) {
    capabilities_.versions = adapter::Versions::Ordered;
    capabilities_.conditional = true;
    capabilities_.reply = adapter::Reply::Version;
    capabilities_.idempotency = adapter::Idempotency::Find;
    capabilities_.modified_by = true;
    capabilities_.atomic_group = true;
    capabilities_.deletes_visible = true;
    capabilities_.batch_records = 50;
    capabilities_.settle = std::chrono::milliseconds(0);
  }

  // What people do there.
  std::string add(nlohmann::json fields, const std::string& correlation = {});
  void edit(const std::string& key, const nlohmann::json& fields);
  void remove(const std::string& key);
  Object& at(const std::string& key) { return objects_.at(key); }
  const std::map<std::string, Object>& objects() const { return objects_; }
  const std::vector<Effect>& journal() const { return journal_; }
  adapter::Capabilities& capabilities() { return capabilities_; }

  /// Called for each write request before its effect; an outcome instead of nullopt replaces the
  /// effect.
  std::function<std::optional<adapter::NodeOutcome>(const adapter::WriteRequest&)> before_write{};
  /// The same for each child of a request.
  std::function<std::optional<adapter::NodeOutcome>(const adapter::WriteNode&)> before_child{};
  /// Called after the effect; true = the answer is lost.
  std::function<bool(const adapter::WriteRequest&)> lose_answer{};
  /// What the system makes of values that it is sent.
  std::function<void(nlohmann::json&)> normalise{};
  std::optional<Error> read_error{};
  bool holds_ids{true};  ///< false: objects have no place for our id, and find() says so
  /// A pull reads up to the bound that its first page fixed, as systems with an upper bound do.
  bool bounded{};
  std::string kind_field{};    ///< several objects in one system: their names stand in this field
  std::string child_id{"Id"};  ///< of the rows in lists
  std::function<void(adapter::Page&)> alter_page{};  ///< called before a page is handed out
  /// What the next page brings beside its changes.
  std::vector<adapter::UnreadableDocument> unreadable{};
  std::vector<std::string> renewed{};
  std::function<void()> before_look{};  ///< called when read_by_keys() begins
  std::optional<Error> look_error{};
  std::set<std::string> unreadable_keys{};  ///< reads by key cannot cut these
  /// The step that follows each write; an error = it is not done. Null = no system has steps.
  std::function<std::optional<Error>(const std::string& key)> step{};
  std::uint64_t reads{};
  std::uint64_t looks{};  ///< calls of read_by_keys()
  std::uint64_t writes{};

  adapter::Capabilities capabilities(const adapter::Selection&) const override {
    return capabilities_;
  }
  Result<adapter::ObjectMetadata> describe(std::string_view, const Context&) override {
    return Error(ErrorCode::Unsupported, "a fake has no metadata");
  }
  Result<std::string> probe(const Context&) override { return std::string("here"); }
  Result<adapter::Page> read(const adapter::Selection&, const adapter::Cursor&, std::size_t,
                             const Context&) override;
  Result<adapter::Change> read_by_key(const adapter::Selection&, std::string_view,
                                      const Context&) override;
  Result<adapter::Page> read_by_keys(const adapter::Selection&, const std::vector<std::string>&,
                                     const Context&) override;
  Result<std::vector<adapter::Change>> find(const adapter::Selection&, std::string_view,
                                            const Context&) override;
  Result<std::vector<adapter::WriteOutcome>> write(const adapter::Selection&,
                                                   const std::vector<adapter::WriteRequest>&,
                                                   const Context&) override;
  Result<void> complete(const adapter::Selection&, std::string_view key, const Context&) override {
    const auto error = step ? step(std::string(key)) : std::nullopt;
    return error ? Result<void>(*error) : Result<void>();
  }
  adapter::Usage usage() const override { return {.requests = reads + writes}; }

 private:
  adapter::Change change_of(const std::string& key, const Object& object) const;
  /// Rows of a list stand in their parent under the navigation's name, with a `child_id` each.
  adapter::NodeOutcome write_child(const adapter::WriteNode& node, const std::string& parent);
  Timestamp tick() { return clock_ += std::chrono::seconds(1); }

  std::string prefix_;
  std::map<std::string, Object> objects_;
  std::vector<Effect> journal_;
  adapter::Capabilities capabilities_;
  std::int64_t feed_{};
  std::int64_t next_{1};
  Timestamp clock_{std::chrono::seconds(1'700'000'000)};
};

}  // namespace channelbridge::hub
