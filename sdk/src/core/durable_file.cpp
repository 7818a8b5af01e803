#include "channelbridge/core/durable_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace channelbridge {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBuffer = 64U << 10U;

std::string folder_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

Error failed(const std::string& what, const std::string& path, int number) {
  return Error(ErrorCode::Internal, "cannot " + what + " " + path + ": " + std::strerror(number));
}

}  // namespace

Result<void> flush_folder(const std::string& folder) {
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool flushed = directory >= 0 && ::fsync(directory) == 0;
  const int number = errno;
  if (directory >= 0) ::close(directory);
  if (!flushed) return failed("flush the folder", folder, number);
  return {};
}

DurableFile::DurableFile(std::string path)
    : path_(std::move(path)),
      temporary_(
          (fs::path(path_).parent_path() / ("." + fs::path(path_).filename().string() + ".tmp"))
              .string()),
      file_(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)),
      open_error_(errno) {}

DurableFile::~DurableFile() {
  if (file_ < 0) return;
  ::close(file_);
  if (!renamed_) ::unlink(temporary_.c_str());
}

Result<void> DurableFile::write(std::string_view bytes) {
  if (file_ < 0) return failed("create", temporary_, open_error_).with_sent(Sent::No);
  buffer_ += bytes;
  return buffer_.size() < kBuffer ? Result<void>() : flush();
}

Result<void> DurableFile::flush() {
  std::string_view left = buffer_;
  while (!left.empty()) {
    const ::ssize_t count = ::write(file_, left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("write", temporary_, errno).with_sent(Sent::No);
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  buffer_.clear();
  return {};
}

Result<void> DurableFile::finish() {
  if (file_ < 0) return failed("create", temporary_, open_error_).with_sent(Sent::No);
  if (auto flushed = flush(); !flushed) return flushed;
  if (::fsync(file_) != 0) return failed("flush", temporary_, errno).with_sent(Sent::No);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0)
    return failed("replace", path_, errno).with_sent(Sent::No);
  renamed_ = true;
  // The name is only safe once its folder is.
  if (auto flushed = flush_folder(folder_of(path_)); !flushed)
    return std::move(flushed).error().with_sent(Sent::NoAnswer);
  return {};
}

}  // namespace channelbridge
