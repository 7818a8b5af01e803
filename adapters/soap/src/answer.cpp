#include "answer_internal.hpp"

#include <algorithm>

#include "caller_internal.hpp"
#include "channelbridge/core/sha256.hpp"
#include "channelbridge/core/shown.hpp"
#include "node_path_internal.hpp"

namespace channelbridge::soap {
namespace {

constexpr std::size_t kMostMessages = 20;
constexpr std::size_t kMostOfOne = 300;
constexpr std::size_t kMostOfAll = 1'000;

/// A message of the service.
struct Told {
  std::string code{};
  std::string text{};
  std::string field{};
};

std::string told_at(const Node& node, const std::optional<Place>& place) {
  return place ? shown(text_at(node, place->path), kMostOfOne) : std::string();
}

/// The messages that are errors, in order.
std::vector<Told> errors_in(const std::optional<Messages>& where, const Node& part) {
  std::vector<Told> out;
  if (!where) return out;
  for (const Node* node : nodes_at(part, where->each.path)) {
    if (out.size() == kMostMessages) break;
    const std::string severity = told_at(*node, where->severity);
    const bool error =
        where->errors.empty() ||
        std::find(where->errors.begin(), where->errors.end(), severity) != where->errors.end();
    if (!error) continue;
    Told told{.text = told_at(*node, where->text), .field = told_at(*node, where->field)};
    for (const Place& place : where->code) {
      const std::string word = shown(text_at(*node, place.path), kMostOfOne);
      if (!word.empty()) told.code += (told.code.empty() ? "" : " ") + word;
    }
    if (!told.code.empty() || !told.text.empty()) out.push_back(std::move(told));
  }
  // What is refused is told by the first that says why.
  std::stable_partition(out.begin(), out.end(), [&where](const Told& told) {
    return std::find(where->headings.begin(), where->headings.end(), told.code) ==
           where->headings.end();
  });
  return out;
}

Error error_of(const Manifest& manifest, const std::vector<Told>& told, ErrorCode code,
               std::string words) {
  std::string texts;
  std::vector<Problem> problems;
  const Meaning* meaning = nullptr;
  for (const Told& each : told) {
    if (!each.text.empty()) texts += (texts.empty() ? "" : "; ") + each.text;
    problems.push_back({.path = each.field, .rule = each.code, .message = each.text});
    if (meaning == nullptr) meaning = in_table(manifest, {each.code}, each.text);
  }
  Error out(meaning == nullptr ? code : meaning->means, std::move(words));
  out = out.with_sent(Sent::Answered);
  if (told.empty()) return out;
  return out.with_remote(told.front().code, shown(texts, kMostOfAll))
      .with_problems(std::move(problems));
}

}  // namespace

Verdict judge(const Manifest& manifest, const Answer& answer, const Node& part) {
  const bool has_key = answer.key.empty() || !key_at(part, answer.key).empty();
  const bool done = has_key && hold(answer.done, part);
  const bool refused = !answer.refused.empty() && hold(answer.refused, part);
  if (done && !refused) return {.kind = Verdict::Kind::Done};
  const std::vector<Told> told = errors_in(answer.messages, part);
  if (refused && !done)
    return {.kind = Verdict::Kind::Refused,
            .error = error_of(manifest, told, ErrorCode::Rejected, "the service refuses it")};
  const Manifest no_table{};  // whatever its messages mean, what became of it is not said
  return {
      .kind = Verdict::Kind::Unclear,
      .error = error_of(no_table, told, ErrorCode::Protocol,
                        done ? "the answer says both that it is done and that it is refused"
                             : "the answer says neither that it is done nor that it is refused")};
}

std::string bare_id(std::string_view id) {
  std::string out;
  for (const char c : id) {
    if (c == '-') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

std::string short_id(std::string_view id) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  constexpr std::size_t kLength = 16;
  const std::string hash = sha256_hex(bare_id(id));
  std::string out;
  unsigned bits = 0;
  unsigned held = 0;  // of them
  for (std::size_t i = 0; out.size() < kLength; ++i) {
    const char c = hash[i];
    bits = (bits << 4U) | static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    held += 4;
    if (held < 5) continue;
    held -= 5;
    out += kDigits[(bits >> held) & 31U];
  }
  return out;
}

bool same_id(std::string_view text, std::string_view id) {
  if (text.empty() || id.empty()) return false;
  return bare_id(text) == bare_id(id) || bare_id(text) == bare_id(short_id(id));
}

std::string uuid_in(const std::string& text) {
  constexpr std::size_t kHex = 32;
  std::string out = bare_id(text);
  const bool hex = out.size() == kHex && std::all_of(out.begin(), out.end(), [](char c) {
                     return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                   });
  if (!hex) return {};
  for (const std::size_t at : {8U, 13U, 18U, 23U}) out.insert(at, 1, '-');
  return out;
}

const Node* part_of(const Answer& answer, const Node& payload, const std::string& number,
                    std::size_t writes) {
  const std::vector<const Node*> parts =
      answer.each ? nodes_at(payload, answer.each->path) : std::vector<const Node*>{&payload};
  if (!answer.match) return parts.size() == 1 && writes == 1 ? parts.front() : nullptr;
  const Node* out = nullptr;
  for (const Node* part : parts) {
    if (!same_id(text_at(*part, answer.match->path), number)) continue;
    if (out != nullptr) return nullptr;
    out = part;
  }
  return out;
}

}  // namespace channelbridge::soap
