#pragma once

#include <pugixml.hpp>
#include <string>

#include "sandbox/soap/fi_books.hpp"

namespace channelbridge::sandbox::fi {

/// The answer to a JournalEntryByReferenceQuery. Throws SoapFault for a token that is none.
std::string answer_query(const Books& books, pugi::xml_node query, Timestamp now);
/// The answer to a PostingTotalsQuery. Throws SoapFault for a token that is none.
std::string answer_totals(const Books& books, pugi::xml_node query, Timestamp now);

}  // namespace channelbridge::sandbox::fi
