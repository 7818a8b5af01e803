#include "source_internal.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "channelbridge/core/sha256.hpp"
#include "channelbridge/http/encoding.hpp"
#include "refusal_internal.hpp"

namespace channelbridge::idoc {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 64U << 20U;

bool is_xml(std::string_view name) {
  return name.size() > 4 && !name.starts_with('.') &&
         (name.ends_with(".xml") || name.ends_with(".XML"));
}

std::vector<Entry> in_order(std::vector<Entry> entries) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.modified != b.modified ? a.modified < b.modified : a.name < b.name;
  });
  return entries;
}

class Folder final : public Source {
 public:
  explicit Folder(std::string path) : path_(std::move(path)) {}

  Result<std::vector<Entry>> list(const Context&) override {
    std::vector<Entry> out;
    std::error_code failed;
    for (fs::directory_iterator entry(path_, failed), end; !failed && entry != end;
         entry.increment(failed)) {
      const std::string name = entry->path().filename().string();
      struct stat found {};
      if (!is_xml(name) || ::stat(entry->path().c_str(), &found) != 0 || !S_ISREG(found.st_mode))
        continue;
      out.push_back({.name = name,
                     .size = static_cast<std::uint64_t>(found.st_size),
                     .modified = Timestamp(std::chrono::seconds(found.st_mtim.tv_sec)) +
                                 std::chrono::microseconds(found.st_mtim.tv_nsec / 1'000)});
    }
    if (failed)
      return Error(ErrorCode::Unavailable, "cannot list " + path_ + ": " + failed.message());
    return in_order(std::move(out));
  }

  Result<std::string> fetch(const std::string& name, const Context&) override {
    const fs::path file = fs::path(path_) / name;
    std::error_code failed;
    const auto size = fs::file_size(file, failed);
    if (failed) return Error(ErrorCode::NotFound, file.string() + " is gone");
    if (size > kMostBytes)
      return Error(ErrorCode::Protocol, file.string() + " is larger than the limit");
    std::ifstream in(file, std::ios::binary);
    if (!in) return Error(ErrorCode::Unavailable, "cannot read " + file.string());
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (in.bad()) return Error(ErrorCode::Unavailable, "cannot read " + file.string());
    return text;
  }

  const std::string& label() const override { return path_; }

 private:
  std::string path_;
};

/// Of one line of the listing; nullopt when it is not about an XML file.
std::optional<Entry> entry_of(const nlohmann::json& line) {
  if (line.value("type", std::string("file")) != "file") return std::nullopt;
  Entry out{.name = line.at("name").get<std::string>(),
            .size = line.at("size").get<std::uint64_t>()};
  const auto modified = parse_http_date(line.at("mtime").get<std::string>());
  if (!is_xml(out.name) || out.name.find('/') != std::string::npos) return std::nullopt;
  if (!modified) return std::nullopt;
  out.modified = *modified;
  return out;
}

class WebFolder final : public Source {
 public:
  WebFolder(std::shared_ptr<http::Pipeline> pipeline, std::string path)
      : pipeline_(std::move(pipeline)), path_(std::move(path)) {
    if (!path_.ends_with('/')) path_ += '/';
  }

  Result<std::vector<Entry>> list(const Context& context) override {
    auto response = get(path_, "list " + path_, context);
    if (!response) return std::move(response).error();
    std::vector<Entry> out;
    try {
      for (const nlohmann::json& line : nlohmann::json::parse(response->body))
        if (auto entry = entry_of(line)) out.push_back(*std::move(entry));
    } catch (const nlohmann::json::exception&) {  // its text would quote the answer
      return Error(ErrorCode::Protocol,
                   path_ + " does not list itself as JSON (nginx: autoindex_format json)")
          .with_http_status(response->status);
    }
    return in_order(std::move(out));
  }

  Result<std::string> fetch(const std::string& name, const Context& context) override {
    auto response = get(path_ + http::encode_component(name), "read " + path_ + name, context);
    if (!response) return std::move(response).error();
    return std::move(response->body);
  }

  const std::string& label() const override { return path_; }

 private:
  Result<http::Response> get(const std::string& target, const std::string& operation,
                             const Context& context) const {
    http::Request request;
    request.target = target;
    request.operation = operation;
    request.max_response_bytes = kMostBytes;
    auto response = pipeline_->send(std::move(request), context);
    if (!response) return response;
    if (response->status != 200) return refusal(*response, operation);
    return response;
  }

  std::shared_ptr<http::Pipeline> pipeline_;
  std::string path_;
};

}  // namespace

std::string Entry::stamp() const {
  return sha256_hex({name, "\n", std::to_string(size), "\n",
                     std::to_string(modified.time_since_epoch().count())})
      .substr(0, 16);
}

std::unique_ptr<Source> make_folder(std::string path) {
  return std::make_unique<Folder>(std::move(path));
}

std::unique_ptr<Source> make_web_folder(std::shared_ptr<http::Pipeline> pipeline,
                                        std::string path) {
  return std::make_unique<WebFolder>(std::move(pipeline), std::move(path));
}

}  // namespace channelbridge::idoc
