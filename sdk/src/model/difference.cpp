#include "channelbridge/model/difference.hpp"

#include "channelbridge/core/sha256.hpp"

namespace channelbridge::model {

std::vector<Change> difference(const Fields& before, const Fields& after) {
  std::vector<Change> changes;
  auto left = before.begin();
  auto right = after.begin();
  while (left != before.end() || right != after.end()) {
    if (right == after.end() || (left != before.end() && left->first < right->first)) {
      changes.push_back({.path = left->first, .before = left->second});
      ++left;
    } else if (left == before.end() || right->first < left->first) {
      changes.push_back({.path = right->first, .after = right->second});
      ++right;
    } else {
      if (left->second != right->second)
        changes.push_back({.path = left->first, .before = left->second, .after = right->second});
      ++left;
      ++right;
    }
  }
  return changes;
}

std::string hash(const Fields& fields) {
  // Lengths stand before texts, so no two contents give the same bytes.
  std::string bytes;
  for (const auto& [path, value] : fields) {
    for (const std::string* text : {&path, &value}) {
      bytes += std::to_string(text->size());
      bytes += ':';
      bytes += *text;
    }
  }
  return sha256_hex(bytes);
}

}  // namespace channelbridge::model
