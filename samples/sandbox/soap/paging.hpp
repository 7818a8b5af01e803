#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "channelbridge/core/time.hpp"
#include "sandbox/soap/contract.hpp"

namespace channelbridge::sandbox::soap {

/// What a query asks for beside its filters.
struct PageRequest {
  std::optional<Timestamp> since{};
  std::size_t size{100};
  std::string token{};
};

/// From the elements ChangedSince, PageSize and PageToken.
PageRequest page_request_of(pugi::xml_node selection);

/// Where a record stands in the order of a query.
struct Place {
  Timestamp changed{};
  std::string key{};

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a 0 in what is generated
  friend auto operator<=>(const Place&, const Place&) = default;
};

/// What is left of a query: all places behind `after` up to `bound`, which is fixed by its first
/// page, so that records which change meanwhile are neither lost nor seen twice in it.
struct Cursor {
  Place after{};
  Timestamp bound{};
};

std::string to_token(const Cursor& cursor);
/// Throws SoapFault for what is none of our tokens.
Cursor parse_token(const std::string& token);

template <typename T>
struct Page {
  std::vector<const T*> rows{};
  Timestamp read_at{};
  std::string next{};  ///< token; "" = that was all
};

/// `rows`: all that pass the filters; `place_of` tells a row's place.
template <typename T, typename PlaceOf>
Page<T> page_of(const std::vector<const T*>& rows, const PageRequest& request, Timestamp now,
                PlaceOf place_of) {
  const std::optional<Cursor> cursor =
      request.token.empty() ? std::nullopt : std::optional(parse_token(request.token));
  Page<T> out{.read_at = cursor ? cursor->bound : now};
  std::vector<std::pair<Place, const T*>> wanted;
  for (const T* row : rows) {
    Place place = place_of(*row);
    const bool behind =
        cursor ? place > cursor->after : !request.since || place.changed >= *request.since;
    if (behind && place.changed <= out.read_at) wanted.emplace_back(std::move(place), row);
  }
  std::sort(wanted.begin(), wanted.end());
  const std::size_t count = std::min(wanted.size(), request.size);
  for (std::size_t i = 0; i < count; ++i) out.rows.push_back(wanted[i].second);
  if (count < wanted.size()) out.next = to_token({wanted[count - 1].first, out.read_at});
  return out;
}

}  // namespace channelbridge::sandbox::soap
