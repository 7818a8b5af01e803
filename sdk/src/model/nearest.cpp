#include <algorithm>
#include <numeric>
#include <vector>

#include "nearest_internal.hpp"

namespace channelbridge::model {
namespace {

/// Insertions, deletions, replacements and swapped neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] =
          std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1] ? 1 : 0)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

/// The last step of a path: a field is often named without its parents.
std::string_view last_step(std::string_view path) { return path.substr(path.rfind('.') + 1); }

}  // namespace

Nearest::Nearest(std::string wanted)
    : wanted_(std::move(wanted)), distance_(std::max<std::size_t>(wanted_.size() / 3, 1) + 1) {
  if (wanted_.size() > 200) distance_ = 0;  // no name is that long
}

void Nearest::offer(std::string_view candidate) {
  if (distance_ == 0) return;
  std::size_t distance = edit_distance(wanted_, candidate);
  if (last_step(candidate) == wanted_) distance = std::min<std::size_t>(distance, 1);
  if (distance < distance_) {
    distance_ = distance;
    best_ = candidate;
  }
}

}  // namespace channelbridge::model
