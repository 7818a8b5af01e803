#pragma once

#include <pugixml.hpp>
#include <string>
#include <vector>

#include "sandbox/soap/fi_books.hpp"

namespace channelbridge::sandbox::fi {

/// The document that a JournalEntry element asks for.
Draft draft_of_entry(const Books& books, pugi::xml_node entry);

/// "605(RW)" with its text.
Finding posted(const std::string& key, const FiOptions& options);
/// "609(RW)": heads the findings against a document.
Finding not_posted(const FiOptions& options);

/// MessageHeader of a confirmation to a message with this one.
std::string confirmation_header(pugi::xml_node request_header, const std::string& uuid,
                                Timestamp now, const FiOptions& options);
/// JournalEntryCreateConfirmation of one entry. `document`: nullptr = not posted.
std::string entry_confirmation(const std::string& header, const std::string& company,
                               const Document* document, const std::vector<Finding>& findings);

}  // namespace channelbridge::sandbox::fi
