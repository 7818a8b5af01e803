#pragma once

#include <array>
#include <bitset>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "channelbridge/hub/merge.hpp"

/// Systems of a small world: two value groups, G with the fields p and q, H with the field r; users
/// who edit, workflows that rewrite, and a feed of changes. What they know of the hub is what it
/// writes.
namespace world {

using channelbridge::Timestamp;
using channelbridge::adapter::Idempotency;
using channelbridge::adapter::Reply;
using channelbridge::adapter::Versions;
using channelbridge::model::Value;

/// Edits that a value carries with it. The rules never see them; they decide whether anything was
/// lost.
using Ghost = std::bitset<256>;
constexpr std::size_t kGroups = 2;
using Ghosts = std::array<Ghost, kGroups>;

const std::vector<std::string>& group_names();
const std::vector<std::string>& fields_of(std::size_t group);
const std::vector<std::string>& all_fields();
std::size_t group_of(const std::string& field);

/// What a mapping or a system does to a value.
enum class Loss : std::uint8_t { None, Cut2, Upper, Lower, Trim, Codes, Round2 };
Value apply(Loss loss, const Value& value);

using Values = std::map<std::string, Value>;
Value value_in(const Values& values, const std::string& field);

enum class Access : std::uint8_t { ReadWrite, Read, Write };
struct FieldMap {
  Access access{Access::ReadWrite};
  Loss loss{Loss::None};
  Value constant{};
};

struct SystemConfig {
  std::string name{};
  std::map<std::string, FieldMap> map{{"p", {}}, {"q", {}}, {"r", {}}};
  std::map<std::string, Loss> norm{};  ///< what the system itself does to values
  bool late{};                         ///< by a workflow, later
  bool declared{};                     ///< the mapping says so
  bool workflow_as_author{};           ///< the workflow runs as whoever wrote
  Versions versions{Versions::Ordered};
  bool conditional{true};
  Reply reply{Reply::Full};
  bool modified_by{};
  bool modified_time{true};
  bool mark{};
  Idempotency idempotency{Idempotency::Find};
  bool unique{};
  bool events{};  ///< snapshots, which may come late and out of order
  bool shows_key{true};

  void normalise();  ///< a system without versions has neither conditions nor version replies
  bool maps(const std::string& field) const { return map.contains(field); }
  bool has_constant(const std::string& field) const;
  bool is_write_only(const std::string& field) const;
  std::vector<std::string> readable(std::size_t group) const;
  std::vector<std::string> writable(std::size_t group) const;
  Value read(const std::string& field, const Value& raw) const;
  Value write(const std::string& field, const Value& value) const;
  /// What we think that the system shows when we write `value`; a constant's own view is the value.
  Value image(const std::string& field, const Value& value) const;
  /// Ghost: what the system ends up showing.
  Value outcome(const std::string& field, const Value& value) const;
};

/// The mapping as the rules see it.
class ConfigImage : public channelbridge::hub::Image {
 public:
  explicit ConfigImage(const SystemConfig& config);
  const std::vector<channelbridge::hub::GroupShape>& groups() const override { return shapes_; }
  Value image(std::string_view path, const Value& value) const override;

 private:
  const SystemConfig& config_;
  std::vector<channelbridge::hub::GroupShape> shapes_;
};

struct Document {
  std::string key{};
  std::string match_key{};
  std::string correlation{};
  std::string mark{};
  Values values{};
  int version{};
  int modified{};
  std::string modified_by{};
  bool deleted{};
  Ghosts history{};
};

struct Object {
  Document state{};
  std::string ours{};  ///< ghost: the record that we created it for
};

struct FeedEntry {
  std::string key{};
  int visible{};
  Document snapshot{};
  bool done{};
};

class System {
 public:
  explicit System(SystemConfig with) : config(std::move(with)) {}

  Object& create(int now, const Values& values, const std::string& match_key, const std::string& by,
                 const std::map<std::size_t, Ghost>& history, const std::string& correlation = {},
                 const std::string& mark = {});
  void change(Object& object, int now, const Values& values, const std::string& by,
              const std::map<std::size_t, Ghost>& history, int modified, int delay = 0);
  void run_workflow(int now);
  Object& at(const std::string& key);
  Object* find_by_match_key(const std::string& match_key, bool deleted = false);
  Object* find_by_correlation(const std::string& correlation);
  /// Equal texts = nothing that the mapping could see has changed.
  std::string fingerprint(const Document& document) const;

  SystemConfig config;
  std::deque<Object> objects{};
  std::deque<FeedEntry> feed{};
  std::deque<std::pair<std::string, std::string>> workflows{};  ///< (key, field)

 private:
  bool running_workflow_{};
};

}  // namespace world
