#pragma once

#include <functional>
#include <map>
#include <pugixml.hpp>
#include <set>
#include <string>
#include <vector>

#include "sandbox/common/journal.hpp"
#include "sandbox/soap/crm_records.hpp"

// Habits of SAP CRM's external interface, the same in all its functions: DATA is a table of complex
// structures, each with a HEADER that says what to do (OBJECT_TASK: I insert, U update, M whichever
// it is, D delete) and blocks of fields. Of an update, a block's X-structure says which of its
// fields change. Each structure is saved by itself, and RETURN has a row for it.

namespace channelbridge::sandbox::crm {

using XifFields = std::map<std::string, std::string>;

/// Message numbers of class ZXIF, of this sandbox's own.
enum XifMessage : int {
  kXifDone = 0,
  kXifExists = 1,    ///< task I, and it is there
  kXifUnknown = 2,   ///< task U or D, and it is not
  kXifMissing = 3,   ///< a field that is obligatory
  kXifValue = 4,     ///< a code that customising does not have
  kXifPartner = 5,   ///< no partner has this number
  kXifPerson = 6,    ///< no partner was saved under this id
  kXifFixed = 7,     ///< what never changes
  kXifCircle = 8,    ///< below itself
  kXifNeeds = 9,     ///< another object has to be there first, or has to go first
  kXifTwice = 10,    ///< two rows of one key
  kXifProduct = 11,  ///< there is no such product
};

[[noreturn]] void refuse_xif(XifMessage number, const std::string& text);

/// One function as callers see it.
struct XifFunction {
  const char* number{};  ///< field of HEADER and RETURN that has the object's number
  const char* what{};    ///< "Business partner"
  const char* message_class{"ZXIF"};
};

/// What became of one structure.
struct XifOutcome {
  std::string number{};
  EffectKind kind{};
};

/// Saves one structure, or throws Refused and changes nothing.
using XifSave = std::function<XifOutcome(pugi::xml_node)>;
/// Number, what happened, the caller's id.
using XifSaved = std::function<void(const std::string&, EffectKind, const std::string&)>;

/// RETURN, with `saved` told of each effect.
std::string save_each(const XifFunction& function, pugi::xml_node data, const XifSave& save,
                      const XifSaved& saved);

/// What the task of a structure comes to where its object is there, or is not. `shown`: the object
/// as a message names it. Throws Refused.
EffectKind effect_of_task(const XifFunction& function, pugi::xml_node item, bool exists,
                          const std::string& shown);

/// The fields of a block; of an update only those that the X-structure beside it marks. One that is
/// marked and has no value is emptied, as the system cannot tell the two apart.
void take_block(pugi::xml_node parent, const std::string& block, bool only_marked,
                XifFields& fields);

using XifRows = std::map<std::string, XifFields>;  ///< by the row's key

/// A table { item: { <keys>, DATA, DATAX } }.
struct XifTable {
  std::string name{};
  std::vector<const char*> keys{};  ///< joined with blanks
  bool numbered{};  ///< zeros in front of a key do not count, a row without one gets the next in
                    ///< tens
};

/// A row that is there is changed where it is marked; where the table itself is marked, rows that
/// it does not name go. Throws Refused where two rows have one key.
void take_rows(pugi::xml_node parent, const XifTable& table, XifRows& rows);

/// Throws Refused where the field is empty.
void require(const XifFields& fields, const char* name, const std::string& of_what);
/// Throws Refused where customising does not have the code; an empty one is none.
void require_known(const std::set<std::string>& codes, const XifFields& fields, const char* name);
std::string field_of(const XifFields& fields, const char* name);

}  // namespace channelbridge::sandbox::crm
