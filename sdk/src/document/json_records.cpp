#include <utility>

#include "channelbridge/document/document.hpp"
#include "channelbridge/document/json_gate.hpp"
#include "channelbridge/document/json_index.hpp"
#include "channelbridge/document/path.hpp"

namespace channelbridge::document {

namespace {

constexpr int kNone = -1;

/// What is wanted at one place of the page.
struct Want {
  std::string name{};
  std::vector<std::size_t> below{};
  int slot{kNone};     ///< in the record
  int outside{kNone};  ///< in the envelope
  bool records{};
};

/// Envelope and record are two tries in one pool; a record is entered where `records` says.
class Wanted {
 public:
  Wanted() : pool_(2) {}
  static constexpr std::size_t kEnvelope = 0;
  static constexpr std::size_t kRecord = 1;

  Result<std::size_t> place(std::size_t root, std::string_view text) {
    if (text.empty()) return root;
    auto path = parse_path(text);
    if (!path) return std::move(path).error();
    std::size_t at = root;
    for (const Step& step : *path) {
      if (step.selects())
        return Error(ErrorCode::Invalid,
                     "a wanted path cannot select elements: " + std::string(text));
      at = below_or_new(at, step.name);
    }
    return at;
  }
  std::size_t below(std::size_t at, std::string_view name) const {
    for (const std::size_t child : pool_[at].below) {
      if (pool_[child].name == name) return child;
    }
    return kNowhere;
  }
  Want& operator[](std::size_t at) { return pool_[at]; }
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

 private:
  std::size_t below_or_new(std::size_t at, const std::string& name) {
    const std::size_t known = below(at, name);
    if (known != kNowhere) return known;
    pool_.push_back({.name = name});
    pool_[at].below.push_back(pool_.size() - 1);
    return pool_.size() - 1;
  }
  std::vector<Want> pool_;
};

/// Cuts records while the gate walks.
class Cutter {
 public:
  using Node = std::size_t;

  Cutter(Wanted& wanted, std::string_view text, std::size_t slots, Records& out)
      : wanted_(wanted), text_(text), slots_(slots), out_(out) {}

  bool found() const { return found_; }
  bool all_objects() const { return all_objects_; }

  Node member(Node node, std::string_view key) {
    return node == Wanted::kNowhere ? node : wanted_.below(node, key);
  }
  Node element(Node node, std::size_t) {
    const bool list = node != Wanted::kNowhere && wanted_[node].records && in_list_;
    return list ? Wanted::kRecord : Wanted::kNowhere;
  }
  void scalar(Node node, char first, std::string_view text) {
    if (node == Wanted::kNowhere) return;
    if (node == Wanted::kRecord) all_objects_ = false;
    if (wanted_[node].records && first == 'n') found_ = true;
    if (Slot* slot = slot_at(node)) {
      slot->state = first == 'n' ? Slot::State::Null : Slot::State::Text;
      if (first != 'n') slot->text = text;
    }
  }
  void open(Node node, char bracket, std::size_t position) {
    if (node == Wanted::kNowhere) return;
    if (wanted_[node].records) {
      found_ = true;
      in_list_ = bracket == '[';
      if (!in_list_) begin_record(position);
    } else if (node == Wanted::kRecord) {
      if (bracket != '{') all_objects_ = false;
      begin_record(position);
    }
    starts_.emplace_back(node, position);
  }
  void close(Node node, char, std::size_t end, std::size_t) {
    if (node == Wanted::kNowhere) return;
    const std::size_t start = starts_.back().second;
    starts_.pop_back();
    if (Slot* slot = slot_at(node)) {
      slot->state = Slot::State::Text;
      slot->text = text_.substr(start, end - start);
    }
    const bool single = wanted_[node].records && !in_list_;
    if (single || node == Wanted::kRecord)
      out_.records.back().length = end - out_.records.back().offset;
    if (wanted_[node].records) in_list_ = false;
  }

 private:
  void begin_record(std::size_t position) {
    out_.records.push_back({.offset = position, .length = 0, .slots = std::vector<Slot>(slots_)});
  }
  Slot* slot_at(Node node) {
    const Want& want = wanted_[node];
    if (want.slot != kNone && !out_.records.empty())
      return &out_.records.back().slots[static_cast<std::size_t>(want.slot)];
    if (want.outside != kNone) return &out_.outside[static_cast<std::size_t>(want.outside)];
    return nullptr;
  }

  Wanted& wanted_;
  std::string_view text_;
  std::size_t slots_;
  Records& out_;
  std::vector<std::pair<Node, std::size_t>> starts_{};
  bool found_{};
  bool in_list_{};
  bool all_objects_{true};
};

/// Keeps nothing.
struct Nothing {
  struct Node {};
  Node member(Node, std::string_view) { return {}; }
  Node element(Node, std::size_t) { return {}; }
  void scalar(Node, char, std::string_view) {}
  void open(Node, char, std::size_t) {}
  void close(Node, char, std::size_t, std::size_t) {}
};

Result<void> too_large(std::size_t size, const Limits& limits) {
  if (size <= limits.max_bytes) return {};
  return Error(ErrorCode::Protocol, "the answer has " + std::to_string(size) +
                                        " bytes, more than the limit of " +
                                        std::to_string(limits.max_bytes));
}

JsonIndex& index_of_thread() {
  thread_local JsonIndex index;
  return index;
}

}  // namespace

Result<Records> json_records(const Page& page, std::string_view records,
                             const std::vector<std::string>& wanted,
                             const std::vector<std::string>& outside, const Limits& limits) {
  if (auto size = too_large(page.bytes().size(), limits); !size) return std::move(size).error();
  Wanted tries;
  auto list = tries.place(Wanted::kEnvelope, records);
  if (!list) return std::move(list).error();
  tries[*list].records = true;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    // A record that is not in an array hangs on the envelope itself, so what is wanted of it is
    // known at both places.
    for (const std::size_t root : {Wanted::kRecord, *list}) {
      auto place = tries.place(root, wanted[i]);
      if (!place) return std::move(place).error();
      tries[*place].slot = static_cast<int>(i);
    }
  }
  for (std::size_t i = 0; i < outside.size(); ++i) {
    auto place = tries.place(Wanted::kEnvelope, outside[i]);
    if (!place) return std::move(place).error();
    tries[*place].outside = static_cast<int>(i);
  }
  Records result;
  result.outside.resize(outside.size());
  JsonIndex& index = index_of_thread();
  if (auto built = index.build(page.bytes()); !built) return std::move(built).error();
  Cutter cutter(tries, page.bytes(), wanted.size(), result);
  JsonGate<Cutter> gate(index, limits, cutter);
  if (auto walked = gate.run(Wanted::kEnvelope); !walked) return std::move(walked).error();
  if (!cutter.found()) {
    return Error(ErrorCode::Protocol, "the answer has no '" + std::string(records) + "'");
  }
  if (!cutter.all_objects())
    return Error(ErrorCode::Protocol, "a record of the answer is not an object");
  return result;
}

Result<void> check_json(std::string_view text, const Limits& limits) {
  if (auto size = too_large(text.size(), limits); !size) return size;
  const auto page = Page::make(std::string(text), Format::Json);
  JsonIndex& index = index_of_thread();
  if (auto built = index.build(page->bytes()); !built) return built;
  Nothing nothing;
  JsonGate<Nothing> gate(index, limits, nothing);
  return gate.run({});
}

}  // namespace channelbridge::document
