#include "receiver_internal.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "channelbridge/core/durable_file.hpp"
#include "channelbridge/core/sha256.hpp"
#include "message_internal.hpp"

namespace channelbridge::idoc {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHashDigits = 32;

http::Response page(int status, const std::string& words) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = words + "\n"};
}

bool is_xml(const http::Received& post) {
  const std::string kind = post.headers.get("Content-Type").value_or("");
  std::string media = kind.substr(0, kind.find(';'));
  std::erase(media, ' ');
  std::transform(media.begin(), media.end(), media.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return media == "text/xml" || media == "application/xml";
}

/// What comes from outside is no path.
std::string word(const std::string& text) {
  constexpr std::size_t kMost = 30;
  std::string out;
  for (const char c : text.substr(0, kMost))
    out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '-';
  return out;
}

std::string name_of(const Envelope& envelope, const std::string& body) {
  std::string out;
  if (!envelope.messages.empty()) {
    const Message& first = envelope.messages.front().second;
    out = word(first.message()) + "_" + word(first.number()) + "_";
  }
  return out + sha256_hex(body).substr(0, kHashDigits) + ".xml";
}

}  // namespace

Result<http::Response> PostReceiver::take(const http::Received& post) {
  if (!http::has_basic(post, user_, password_)) {
    http::Response out = page(401, "log on");
    out.headers.set("WWW-Authenticate", "Basic realm=\"IDoc\"");
    return out;
  }
  if (post.method != "POST") {
    http::Response out = page(405, "IDocs are posted");
    out.headers.set("Allow", "POST");
    return out;
  }
  if (!is_xml(post)) return page(415, "text/xml or application/xml is expected");
  const auto envelope = read_envelope(post.body);
  if (!envelope) return page(400, envelope.error().message());
  if (envelope->messages.empty() && envelope->broken.empty())
    return page(400, "there is no IDoc in it");
  const fs::path file = fs::path(folder_) / name_of(*envelope, post.body);
  const std::lock_guard one_at_a_time(mutex_);
  std::error_code unknown;
  Result<void> kept;
  if (fs::exists(file, unknown)) {
    kept = flush_folder(folder_);  // whoever laid it down may not have come so far
  } else {
    DurableFile out(file.string());
    kept = out.write(post.body);
    if (kept) kept = out.finish();
  }
  if (!kept) return std::move(kept).error();
  return page(200, "IDoc-XML-inbound ok");
}

}  // namespace channelbridge::idoc
