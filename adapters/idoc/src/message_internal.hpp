#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/core/time.hpp"
#include "type_internal.hpp"

namespace channelbridge::idoc {

/// The control record's fields in order, with their lengths.
/// Source: SAP, IDoc control record EDI_DC40.
inline constexpr std::array<std::pair<std::string_view, std::size_t>, 36> kControlFields{{
    {"TABNAM", 10}, {"MANDT", 3},   {"DOCNUM", 16}, {"DOCREL", 4},   {"STATUS", 2},  {"DIRECT", 1},
    {"OUTMOD", 1},  {"EXPRSS", 1},  {"TEST", 1},    {"IDOCTYP", 30}, {"CIMTYP", 30}, {"MESTYP", 30},
    {"MESCOD", 3},  {"MESFCT", 3},  {"STD", 1},     {"STDVRS", 6},   {"STDMES", 6},  {"SNDPOR", 10},
    {"SNDPRT", 2},  {"SNDPFC", 2},  {"SNDPRN", 10}, {"SNDSAD", 21},  {"SNDLAD", 70}, {"RCVPOR", 10},
    {"RCVPRT", 2},  {"RCVPFC", 2},  {"RCVPRN", 10}, {"RCVSAD", 21},  {"RCVLAD", 70}, {"CREDAT", 8},
    {"CRETIM", 6},  {"REFINT", 14}, {"REFGRP", 14}, {"REFMES", 14},  {"ARCKEY", 70}, {"SERIAL", 20},
}};

/// One IDoc.
struct Message {
  document::Tree tree{};  ///< <IDOC> with its control record and segments

  std::string control(std::string_view field) const;
  std::string type() const { return control("IDOCTYP"); }
  std::string message() const { return control("MESTYP"); }
  std::string number() const { return control("DOCNUM"); }
  /// Who sends it: "LS/ERPCLNT100".
  std::string sender() const { return control("SNDPRT") + "/" + control("SNDPRN"); }
  /// Day, time and number of its making: a larger text is younger; "" when it has none of them.
  std::string version() const;
  /// When it was made, by the sender's clock in `zone`.
  std::optional<Timestamp> made(const TimeZone& zone) const;
  std::string xml() const;
};

/// A piece of an envelope that is no IDoc.
struct BrokenMessage {
  std::size_t place{};  ///< 1-based
  std::string number{};
  std::string text{};
  Error error;
};

/// Takes an envelope apart: <ORDERS05><IDOC BEGIN="1">…</IDOC>…</ORDERS05>. An IDoc that breaks the
/// rules stops no other.
///
/// Checked: the control record stands first, is EDI_DC40, has fields of the table and no others, in
/// lengths that fit; IDOCTYP is the root's name; MESTYP is there.
/// Errors: Protocol, when the text is not strict XML, or no envelope.
struct Envelope {
  std::vector<std::pair<std::size_t, Message>> messages{};  ///< with their places, 1-based
  std::vector<BrokenMessage> broken{};
};
Result<Envelope> read_envelope(std::string_view text);

/// Text of one envelope that holds these IDocs of one type.
std::string envelope(std::string_view type, const std::vector<Message>& messages);

/// Puts the control record in front, every field in order; adds BEGIN and SEGMENT. Fields that are
/// longer than the control record allows are problems.
Message make_message(document::Tree segments,
                     const std::vector<std::pair<std::string, std::string>>& control,
                     std::vector<Problem>& problems);

}  // namespace channelbridge::idoc
