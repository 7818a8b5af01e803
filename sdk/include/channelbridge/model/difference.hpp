#pragma once

#include <string>
#include <vector>

#include "channelbridge/model/fields.hpp"

namespace channelbridge::model {

/// One field that differs.
struct Change {
  std::string path{};
  Value before{};
  Value after{};

  friend bool operator==(const Change&, const Change&) = default;
};

/// What turns `before` into `after`, ordered by path.
std::vector<Change> difference(const Fields& before, const Fields& after);

/// SHA-256 of the content, 64 hexadecimal digits; the same on every machine and in every version.
std::string hash(const Fields& fields);

}  // namespace channelbridge::model
