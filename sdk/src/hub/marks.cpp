#include "marks_internal.hpp"

#include <algorithm>
#include <span>

#include "channelbridge/core/sha256.hpp"

namespace channelbridge::hub {

namespace {

constexpr std::size_t kLength = 36;
constexpr std::size_t kMetTogether = 200;  ///< objects that are met together
constexpr std::size_t kTime = 15;  ///< "019c2e44-0a1b-7": what the time and the version take
constexpr std::size_t kTag = 5;    ///< hexadecimal digits at the end: 20 bits

std::string tag_of(std::string_view store) { return sha256_hex(store).substr(0, kTag); }

Error held_error(const store::UnknownMarkRow& row, std::size_t count) {
  const std::string what = row.object + " " + row.key + " carries the record id " + row.mark;
  const std::string others =
      count > 1 ? " (and " + std::to_string(count - 1) + " more objects like it)" : "";
  const std::string message =
      row.own ? what + ", which this store gave out and does not know" + others +
                    ": the store file is an older copy, or a copy of it is in use elsewhere; "
                    "nothing was written anywhere. Put the newest store file back; if this one is "
                    "to go on, look at `plan --accept-marks`, then run `sync --accept-marks` once"
              : what + ", which another store gave out" + others +
                    ": a second hub writes to this system; nothing was written to this spoke. "
                    "Stop one of the two; if these objects are to count as found, look at `plan "
                    "--accept-marks`, then run `sync --accept-marks` once";
  return Error(ErrorCode::Invalid, message)
      .with_system(row.system)
      .with_operation("write " + row.object)
      .with_key(row.key);
}

}  // namespace

std::string born_id(Timestamp now, std::string_view store, std::string_view spoke,
                    std::string_view key) {
  class Named final : public Random {  // the free bits of the id, without the tag
   public:
    explicit Named(const std::string& hash) : hash_(hash) {}
    std::uint64_t next() override {
      const std::string digits = hash_.substr(at_, 16);
      at_ += 16;
      return std::stoull(digits, nullptr, 16);
    }

   private:
    const std::string& hash_;
    std::size_t at_{};
  };
  const std::string hash = sha256_hex({store, "\n", spoke, "\n", key});
  Named named(hash);
  std::string id = make_uuid7(now, named);
  id.replace(kLength - kTag, kTag, tag_of(store));
  return id;
}

bool is_mark(std::string_view text) {
  if (text.size() != kLength || text[14] != '7') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool digit = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (dash ? text[i] != '-' : !digit) return false;
  }
  return true;
}

std::string_view ending_of(std::string_view id) {
  return id.size() == kLength ? id.substr(kTime) : id;
}

bool issued_by(std::string_view id, std::string_view store) { return id.ends_with(tag_of(store)); }

store::UnknownMarkRow unknown_mark(Engine& engine, const SpokeRun& spoke,
                                   const adapter::Change& change) {
  return {.spoke = spoke.spoke->name,
          .key = change.key,
          .system = spoke.system->name,
          .object = spoke.spoke->mapping->object(),
          .mark = change.correlation,
          .own = issued_by(change.correlation, engine.store.id()),
          .since = engine.now()};
}

Result<LostIds> lost_ids(Engine& engine) {
  auto rows = engine.store.own_marks(!engine.options.accept_marks);
  if (!rows) return std::move(rows).error();
  LostIds out;
  for (store::UnknownMarkRow& row : *rows) {
    std::string ending(ending_of(row.mark));
    out.emplace(std::move(ending), std::move(row));
  }
  return out;
}

namespace {

/// Records that were born of the same objects again take their old ids back.
Result<void> take_back_ids(Engine& engine, const std::vector<store::UnknownMarkRow>& rows) {
  std::map<std::string, std::string, std::less<>> lost;  // ending -> mark
  for (const store::UnknownMarkRow& row : rows) {
    if (row.own && !row.adopted) lost.emplace(ending_of(row.mark), row.mark);
  }
  if (lost.empty()) return {};
  std::vector<std::string> endings;
  endings.reserve(lost.size());
  for (const auto& [ending, mark] : lost) endings.push_back(ending);
  const std::lock_guard guard(engine.mutex);
  auto born = engine.store.records_ending(endings);
  if (!born) return std::move(born).error();
  const std::set<std::string> there(born->begin(), born->end());
  store::Changes out;
  for (const std::string& id : *born) {
    const std::string& mark = lost.find(ending_of(id))->second;
    if (!there.contains(mark)) out.repointed.emplace_back(id, mark);
  }
  return out.empty() ? Result<void>() : engine.store.commit(std::move(out));
}

using Marks = std::span<const store::UnknownMarkRow>;

/// Those of these objects that have a link by now.
Result<std::set<std::string>> linked_keys(Engine& engine, const SpokeRun& spoke, Marks rows) {
  std::vector<std::string> keys;
  for (const store::UnknownMarkRow& row : rows) keys.push_back(row.key);
  auto links = engine.store.links_by_key(spoke.spoke->name, keys);
  if (!links) return std::move(links).error();
  std::set<std::string> out;
  for (const store::LinkRow& link : *links) out.insert(link.key);
  return out;
}

/// Those of these record ids that are here.
Result<std::set<std::string>> known_ids(Engine& engine, Marks rows) {
  std::vector<std::string> ids;
  for (const store::UnknownMarkRow& row : rows) ids.push_back(row.mark);
  auto records = engine.store.records(ids);
  if (!records) return std::move(records).error();
  std::set<std::string> out;
  for (const store::RecordRow& record : *records) out.insert(record.id);
  return out;
}

enum class Met : std::uint8_t { Read, Gone };

/// Reads these objects and merges them; gone is also what the mapping does not accept any more.
/// What cannot be read is not met.
Result<void> meet(Engine& engine, SpokeRun& spoke, const std::vector<std::string>& keys,
                  std::map<std::string, Met>& met) {
  if (auto go_on = engine.context.check(); !go_on || keys.empty()) return go_on;
  const Timestamp began = engine.now();
  auto page = spoke.system->adapter->read_by_keys(spoke.selection, keys, engine.context);
  if (!page) return std::move(page).error();
  if (auto done = set_aside_unreadable(engine, spoke, page->unreadable); !done) return done;
  std::erase_if(page->changes, [&](const adapter::Change& change) {
    const bool gone = change.deleted || !spoke.spoke->mapping->accepts(change.document);
    met.insert_or_assign(change.key, gone ? Met::Gone : Met::Read);
    return gone;
  });
  return merge_changes(engine, spoke, page->changes, began, LookSource::ByKey, nullptr);
}

}  // namespace

Result<void> meet_held(Engine& engine, SpokeRun& spoke) {
  const std::string& name = spoke.spoke->name;
  auto rows = engine.store.unknown_marks(name);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return {};
  const bool accept = engine.options.accept_marks;
  if (accept) {
    if (auto done = take_back_ids(engine, *rows); !done) return done;
  }
  std::map<std::string, Met> met;
  for (std::size_t begin = 0; begin < rows->size(); begin += kMetTogether) {
    const Marks part = Marks(*rows).subspan(begin, std::min(kMetTogether, rows->size() - begin));
    auto linked = linked_keys(engine, spoke, part);
    if (!linked) return std::move(linked).error();
    auto known = known_ids(engine, part);
    if (!known) return std::move(known).error();
    std::vector<std::string> keys;
    for (const store::UnknownMarkRow& row : part) {
      const bool now = known->contains(row.mark) || (accept && !row.adopted);
      if (now && !linked->contains(row.key)) keys.push_back(row.key);
    }
    if (auto done = meet(engine, spoke, keys, met); !done) return done;
  }
  rows = engine.store.unknown_marks(name);
  if (!rows) return std::move(rows).error();
  auto linked = linked_keys(engine, spoke, *rows);
  if (!linked) return std::move(linked).error();
  store::Changes out;
  for (store::UnknownMarkRow& row : *rows) {
    const auto how = met.find(row.key);
    if (row.adopted || (how == met.end() && !linked->contains(row.key))) continue;
    const bool pushed_only = spoke.spoke->direction == SpokeDirection::Push;
    if (linked->contains(row.key) || how->second == Met::Gone || (pushed_only && !row.own)) {
      out.known_marks.emplace_back(row.spoke, row.key);
    } else if (pushed_only) {  // nothing is taken from there: the mark waits for its record
      row.adopted = true;
      out.unknown_marks.push_back(std::move(row));
    }  // else its document was set aside: it stays held back
  }
  return out.empty() ? Result<void>() : engine.store.commit(std::move(out));
}

Result<void> check_marks(Engine& engine, SpokeRun& spoke) {
  if (spoke.spoke->direction == SpokeDirection::Pull) return {};
  auto rows = engine.store.unknown_marks();
  if (!rows) return std::move(rows).error();
  // An older copy knows less than it has written, everywhere; another hub is met where it writes.
  std::erase_if(*rows, [&](const store::UnknownMarkRow& row) {
    return row.adopted || (!row.own && row.spoke != spoke.spoke->name);
  });
  if (rows->empty()) return {};
  return held_error(rows->front(), rows->size());
}

}  // namespace channelbridge::hub
