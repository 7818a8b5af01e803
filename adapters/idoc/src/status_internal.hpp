#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "message_internal.hpp"

namespace channelbridge::idoc {

/// What a receiver says of one IDoc that it was sent.
struct StatusRecord {
  std::string archive_key{};  ///< ARCKEY that it carried; "" = not told
  std::string number{};       ///< DOCNUM that it carried; "" = not told
  std::string status{};       ///< "53"
  std::string text{};         ///< with its variables put in
  std::string code{};         ///< "V1/311"; "" = none
  std::string at{};           ///< day and time, "20261121184626"; "" = not told
  std::size_t arrived{};      ///< the how many-th of all that have come
  bool own_time{};            ///< `at` is the status's own time, not that of the message about it
};

/// How far an IDoc has come.
enum class Verdict : std::uint8_t {
  InProcess,
  Posted,  ///< the application document is there
  Failed,  ///< an error; people may process the IDoc again
  Ended,   ///< it never will be posted
};

/// Source: SAP, IDoc status values (inbound 50-75, and what a partner's 16-41 tell of a sent one).
Verdict verdict_of(std::string_view status);

/// Of a STATUS (SYSTAT01) or ALEAUD (ALEAUD01) message, in their order; empty for any other.
std::vector<StatusRecord> statuses_of(const Message& message);

/// A person's own word that it never will be posted: Ended, by ARCKEY, with neither time nor text.
bool is_by_hand(const StatusRecord& record);

/// What the records of one IDoc say together: posted is posted; else a word by hand that came last;
/// else the youngest counts, of equally old ones the last.
const StatusRecord* decisive(const std::vector<StatusRecord>& records);

}  // namespace channelbridge::idoc
