#include "status_internal.hpp"

#include <algorithm>
#include <array>

namespace channelbridge::idoc {
namespace {

using document::Tree;

std::string text_of(const Tree& segment, std::string_view field) {
  const Tree* found = segment.find(field);
  return found == nullptr ? std::string() : found->text;
}

/// "Sold-to party &1 …" or "… & …" with the values of STAPA1 to STAPA4.
std::string filled(const std::string& text, const Tree& segment) {
  std::string out;
  std::size_t next = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '&') {
      out += text[i];
      continue;
    }
    std::size_t which = next;
    if (i + 1 < text.size() && text[i + 1] >= '1' && text[i + 1] <= '4') {
      which = static_cast<std::size_t>(text[++i] - '0');
    } else {
      ++next;
    }
    out += text_of(segment, "STAPA" + std::to_string(which));
  }
  return out;
}

StatusRecord record_of(const Tree& segment, const Message& message) {
  StatusRecord out{.archive_key = text_of(segment, "ARCKEY"),
                   .number = text_of(segment, "DOCNUM"),
                   .status = text_of(segment, "STATUS"),
                   .text = filled(text_of(segment, "STATXT"), segment),
                   .at = text_of(segment, "LOGDAT") + text_of(segment, "LOGTIM")};
  if (const std::string area = text_of(segment, "STAMID"); !area.empty())
    out.code = area + "/" + text_of(segment, "STAMNO");
  out.own_time = !out.at.empty();
  if (out.at.empty()) out.at = message.control("CREDAT") + message.control("CRETIM");
  return out;
}

}  // namespace

Verdict verdict_of(std::string_view status) {
  constexpr std::array<std::string_view, 3> kPosted{"53", "52", "41"};
  constexpr std::array<std::string_view, 10> kFailed{"51", "54", "56", "60", "61",
                                                     "63", "65", "69", "17", "29"};
  constexpr std::array<std::string_view, 2> kEnded{"68", "40"};
  const auto among = [status](const auto& values) {
    return std::find(values.begin(), values.end(), status) != values.end();
  };
  if (among(kPosted)) return Verdict::Posted;
  if (among(kFailed)) return Verdict::Failed;
  if (among(kEnded)) return Verdict::Ended;
  return Verdict::InProcess;
}

std::vector<StatusRecord> statuses_of(const Message& message) {
  std::vector<StatusRecord> out;
  for (const Tree& segment : message.tree.children) {
    if (segment.name == "E1STATS") out.push_back(record_of(segment, message));
    if (segment.name != "E1ADHDR") continue;
    for (const Tree& state : segment.children)
      if (state.name == "E1STATE") out.push_back(record_of(state, message));
  }
  return out;
}

bool is_by_hand(const StatusRecord& record) {
  return verdict_of(record.status) == Verdict::Ended && !record.archive_key.empty() &&
         !record.own_time && record.text.empty();
}

const StatusRecord* decisive(const std::vector<StatusRecord>& records) {
  const StatusRecord* out = nullptr;
  for (const StatusRecord& record : records) {
    if (verdict_of(record.status) == Verdict::Posted) return &record;
    if (out == nullptr || record.at >= out->at) out = &record;
  }
  if (!records.empty() && is_by_hand(records.back())) return &records.back();
  return out;
}

}  // namespace channelbridge::idoc
