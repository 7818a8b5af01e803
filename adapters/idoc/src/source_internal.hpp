#pragma once

#include <memory>
#include <string>
#include <vector>

#include "channelbridge/core/context.hpp"
#include "channelbridge/core/time.hpp"
#include "channelbridge/http/pipeline.hpp"

namespace channelbridge::idoc {

/// One file of a folder in one state.
struct Entry {
  std::string name{};
  std::uint64_t size{};
  Timestamp modified{};

  /// Tells one state of a file from the next: 16 hexadecimal digits.
  std::string stamp() const;
};

/// A folder in which the system's IDocs arrive. Only ever read.
///
/// Threads: any.
class Source {
 public:
  virtual ~Source() = default;
  /// Its XML files, oldest first. Errors: Unavailable.
  virtual Result<std::vector<Entry>> list(const Context& context) = 0;
  /// NotFound: it is gone.
  virtual Result<std::string> fetch(const std::string& name, const Context& context) = 0;
  virtual const std::string& label() const = 0;
};

std::unique_ptr<Source> make_folder(std::string path);
/// A folder behind a web server that lists it as JSON: [{"name", "type", "mtime", "size"}].
/// Source: nginx, ngx_http_autoindex_module, `autoindex_format json`.
std::unique_ptr<Source> make_web_folder(std::shared_ptr<http::Pipeline> pipeline, std::string path);

}  // namespace channelbridge::idoc
