#include "inbox_internal.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace channelbridge::file {
namespace {

using Json = nlohmann::json;

bool belongs_to(std::string_view name, std::string_view object) {
  if (!name.starts_with(object) || !(name.ends_with(".csv") || is_ndjson(name))) return false;
  const char next = name[object.size()];
  // "lead2.csv" and "lead_item.csv" belong to other objects.
  return !((next >= '0' && next <= '9') || (next >= 'a' && next <= 'z') ||
           (next >= 'A' && next <= 'Z') || next == '_');
}

Json to_json(const FileStamp& stamp) {
  return Json::array({stamp.size, stamp.modified_ns, stamp.inode});
}

FileStamp to_stamp(const Json& json) {
  return {.size = json.at(0).get<std::uint64_t>(),
          .modified_ns = json.at(1).get<std::int64_t>(),
          .inode = json.at(2).get<std::uint64_t>()};
}

}  // namespace

Result<std::vector<InboxFile>> list_inbox(const std::string& folder, std::string_view object) {
  namespace fs = std::filesystem;
  std::error_code problem;
  std::vector<InboxFile> files;
  for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    std::string name = entry->path().filename().string();
    if (!belongs_to(name, object)) continue;
    std::string path = entry->path().string();
    if (const auto stamp = stamp_of(path))
      files.push_back({.name = std::move(name), .path = std::move(path), .stamp = *stamp});
  }
  if (problem == std::errc::no_such_file_or_directory)
    return files;  // the partner has sent nothing
  if (problem)
    return Error(ErrorCode::Unavailable, "cannot list " + folder + ": " + problem.message());
  std::sort(files.begin(), files.end(),
            [](const InboxFile& a, const InboxFile& b) { return a.name < b.name; });
  return files;
}

void look_at(std::vector<InboxFile>& files, std::chrono::milliseconds quiet, Timestamp now) {
  if (quiet.count() > 0) {
    std::erase_if(files,
                  [&](const InboxFile& file) { return file.stamp.still_since() + quiet > now; });
  }
  for (InboxFile& file : files) {
    const Timestamp finished =
        file.stamp.still_since() + std::max<std::chrono::milliseconds>(quiet, kUnfinishedRow);
    file.reading = finished > now ? Reading::Growing : Reading::Whole;
    file.said = std::max(file.stamp.arrived(), file.stamp.still_since() + quiet);
    file.said_last = std::max(file.stamp.arrived(), finished);
  }
}

Result<InboxCursor> InboxCursor::parse(const std::string& text) {
  InboxCursor cursor;
  if (text.empty()) return cursor;
  try {
    const Json json = Json::parse(text);
    for (const auto& [name, entry] : json.at("files1").items()) {
      cursor.done[name] = {.stamp = to_stamp(entry.at(0)),
                           .length = entry.at(1).get<std::uint64_t>(),
                           .line = entry.at(2).get<std::uint64_t>(),
                           .hash = entry.at(3).get<std::uint64_t>(),
                           .complete_line = entry.at(4).get<bool>()};
    }
    if (const auto at = json.find("at"); at != json.end()) {
      cursor.at = At{.name = at->at(0).get<std::string>(),
                     .stamp = to_stamp(at->at(1)),
                     .offset = at->at(2).get<std::uint64_t>(),
                     .line = at->at(3).get<std::uint64_t>(),
                     .hash = at->at(4).get<std::uint64_t>()};
    }
    return cursor;
  } catch (const Json::exception&) {  // its text would quote the cursor
    return Error(ErrorCode::Invalid, "the stored cursor is not one of this adapter");
  }
}

std::string InboxCursor::text() const {
  Json json = {{"files1", Json::object()}};
  for (const auto& [name, entry] : done) {
    json["files1"][name] = Json::array(
        {to_json(entry.stamp), entry.length, entry.line, entry.hash, entry.complete_line});
  }
  if (at) json["at"] = Json::array({at->name, to_json(at->stamp), at->offset, at->line, at->hash});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace channelbridge::file
