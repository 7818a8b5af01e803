#pragma once

#include <string>
#include <string_view>

namespace channelbridge::model {

/// Finds the name that someone probably meant: the smallest edit distance, at most a third of the
/// length.
class Nearest {
 public:
  explicit Nearest(std::string wanted);
  void offer(std::string_view candidate);
  const std::string& best() const { return best_; }

 private:
  std::string wanted_;
  std::string best_{};
  std::size_t distance_;
};

}  // namespace channelbridge::model
