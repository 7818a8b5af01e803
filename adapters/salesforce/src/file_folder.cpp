#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "channelbridge/core/durable_file.hpp"
#include "channelbridge/core/sha256.hpp"
#include "evidence_internal.hpp"

namespace channelbridge::salesforce {
namespace {

namespace fs = std::filesystem;

/// Anything else could name a file outside the folder.
bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

Error no_file(const std::string& message) {
  return Error(ErrorCode::Rejected, message).with_sent(Sent::No);
}

}  // namespace

Result<std::string> FileFolder::read(const std::string& hash) const {
  if (!is_sha256(hash))
    return no_file("'" + hash + "' is no SHA-256 (64 digits of 0-9, a-f) that a file is known by");
  if (folder_.empty())
    return no_file("there is no folder to take file " + hash +
                   " from: name it (setting funds.files)");
  const fs::path path = fs::path(folder_) / hash;
  std::error_code missing;
  const auto size = fs::file_size(path, missing);
  if (missing) return no_file("there is no file " + path.string());
  if (size > most_bytes_)
    return no_file("file " + path.string() + " has " + std::to_string(size) +
                   " bytes, more than the " + std::to_string(most_bytes_) +
                   " that are sent (setting funds.file_bytes)");
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (size > 0) text << in.rdbuf();
  if (!in || !text) return no_file("cannot read " + path.string());
  std::string bytes = text.str();
  const std::string shown = sha256_hex(bytes);
  if (shown == hash) return bytes;
  return no_file("file " + path.string() + " has changed: the hash of its bytes is " + shown);
}

Result<void> FileFolder::keep(const std::string& hash, std::string_view bytes) {
  if (folder_.empty()) return {};
  const std::lock_guard lock(mutex_);
  const fs::path path = fs::path(folder_) / hash;
  std::error_code error;
  if (fs::exists(path, error)) return {};
  fs::create_directories(folder_, error);
  if (error)
    return Error(ErrorCode::Internal, "cannot make folder " + folder_ + ": " + error.message());
  DurableFile file(path.string());
  if (auto written = file.write(bytes); !written) return written;
  return file.finish();
}

}  // namespace channelbridge::salesforce
