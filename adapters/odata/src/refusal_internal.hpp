#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"
#include "channelbridge/http/transport.hpp"
#include "channelbridge/odata/metadata.hpp"
#include "channelbridge/odata/odata.hpp"

namespace channelbridge::odata {

/// What an answer of 400 and above says.
struct Refusal {
  Error error{ErrorCode::Protocol, "refused"};
  bool gone{};       ///< the object itself is not there (not the service)
  bool lock{};       ///< somebody works on the object just now: worth a repeat
  bool duplicate{};  ///< another object is in the way; duplicate_key() of the words may name it
  std::string words{};
  std::string content_id{};  ///< the member of a change set that the error names
};

/// The key of the object that is in the way, if the words name one of this type: "Business partner
/// 1000042 already exists". Empty when they speak of something else (a tax number, a bank account),
/// or when more than one text in them could be the key.
std::string duplicate_key(std::string_view words, const Type& type);

/// Reads JSON (V2 and V4), Atom and HTML errors. `rules` come before the standard ones.
Refusal read_refusal(const http::Response& response, std::span<const ErrorRule> rules);

/// What a refusal does to a write that was answered.
adapter::WriteStatus write_status(const Refusal& refusal);

}  // namespace channelbridge::odata
