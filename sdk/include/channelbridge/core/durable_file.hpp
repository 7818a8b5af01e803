#pragma once

#include <string>
#include <string_view>

#include "channelbridge/core/result.hpp"

namespace channelbridge {

/// A file that replaces another, or appears, as a whole: written under a hidden name beside it,
/// flushed to the disk, renamed, its folder flushed. Destroyed before finish(), it leaves nothing.
///
///     DurableFile file("from-sap/ORDRSP_700001.xml");
///     if (auto written = file.write(text); !written) return written;
///     return file.finish();
///
/// The hidden name is ".NAME.tmp": one writer of a file at a time.
/// Errors   Internal, with the system's words. Sent::No: what stood there stands; Sent::NoAnswer:
///          the new file is there, and may be gone after a loss of power
/// Threads  one at a time
class DurableFile {
 public:
  explicit DurableFile(std::string path);
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;
  ~DurableFile();

  /// Appends; buffered.
  Result<void> write(std::string_view bytes);
  Result<void> finish();

 private:
  Result<void> flush();

  std::string path_;
  std::string temporary_;
  int file_;
  int open_error_;
  std::string buffer_;
  bool renamed_{};
};

/// A folder's names outlive a loss of power from now on. Errors: Internal.
Result<void> flush_folder(const std::string& folder);

}  // namespace channelbridge
