#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "channelbridge/core/error.hpp"
#include "channelbridge/soap/reply.hpp"
#include "manifest_internal.hpp"

namespace channelbridge::soap {

/// What a part of an answer says of one call or one document.
struct Verdict {
  enum class Kind : std::uint8_t {
    Done,
    Refused,  ///< clearly: nothing of it was done
    Unclear,  ///< neither, or both at once
  } kind{Kind::Unclear};
  std::optional<Error> error{};  ///< for Refused and Unclear, with the messages
};

/// `answer.done` empty: done is what shows the key, where the answer has one.
Verdict judge(const Manifest& manifest, const Answer& answer, const Node& part);

/// The part of an answer that is about the write with this number; the only part where the answer
/// is about one. nullptr = it does not say, or more than once.
const Node* part_of(const Answer& answer, const Node& payload, const std::string& number,
                    std::size_t writes);

/// Two forms of one UUID: with hyphens, without, or as short_id(); whatever case.
bool same_id(std::string_view text, std::string_view id);
/// Without hyphens: 32 characters.
std::string bare_id(std::string_view id);
/// For fields that hold less: 16 characters (A-Z, 2-7) of the id's SHA-256. It cannot be turned
/// back, only compared.
std::string short_id(std::string_view id);
/// A UUID with its hyphens, if the text is one of either form; else "".
std::string uuid_in(const std::string& text);

}  // namespace channelbridge::soap
