#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"
#include "metadata_internal.hpp"

namespace channelbridge::salesforce {

/// Object of the links between records and files.
inline constexpr std::string_view kFileLink = "ContentDocumentLink";

/// The list that we add to documents of what is handed in: the steps of all their approvals, oldest
/// first, each with Id, StepStatus, ActorId, Actor.Name, Comments and CreatedDate.
inline constexpr std::string_view kApprovalSteps = "ApprovalSteps";

/// The 18-character form of a record id; nullopt when the text is no id.
std::optional<std::string> full_id(std::string_view id);
/// A SOQL text literal, quotes included.
std::string soql_text(std::string_view text);
/// A SOQL datetime literal in UTC with milliseconds.
std::string soql_time(Timestamp time);

/// Where a pull stands. A pass has a fixed upper bound; between two passes only `low` is set. It
/// goes through the roots first, then through the rows of each object that touches them.
struct ReadCursor {
  std::optional<Timestamp> low{};    ///< everything before this has been read
  std::optional<Timestamp> bound{};  ///< end of the pass that is under way
  std::optional<Timestamp> at{};     ///< last row of that pass: its time
  std::string id{};                  ///< and its id
  std::string lane{};                ///< Touch::lane whose rows are read; "" = the roots

  static Result<ReadCursor> parse(std::string_view text);
  std::string text() const;
};

/// One list of children, selected with its parent.
struct ChildList {
  std::string navigation{};           ///< "OrderItems"
  ChildRelationship children{};       ///< OrderItem, whose OrderId is the parent
  std::vector<std::string> select{};  ///< of the subquery; the id comes first
  bool recycled{};  ///< deleted children are told by IsDeleted, and do not belong to the list
  int at{-1};       ///< position in Columns::wanted
};

/// Rows of another object whose own change reads roots again.
struct Touch {
  std::string lane{};    ///< its name in a cursor
  std::string object{};  ///< "OrderItem"
  std::string stamp{};   ///< orders its changes
  std::string field{};   ///< of it, and holds the id of the root, or of a file that hangs on roots
  std::string where{};   ///< which of them; "" = all
  bool of_file{};        ///< the field holds the id of a ContentDocument
};

/// What to select for one object, and where each wanted value is in a record.
struct Columns {
  std::vector<std::string> select{};  ///< of the SOQL statement
  std::vector<std::string> wanted{};  ///< paths in a record, for json_records
  std::string stamp{};                ///< field that orders changes
  // Positions in `wanted`; -1 = not there.
  int id{-1};
  int stamp_at{-1};
  int version{-1};
  int modified{-1};
  int modified_by{-1};
  int correlation{-1};
  int deleted{-1};
  int master{-1};
  int converted{-1};
  int status{-1};             ///< of what is handed in to an approval
  int waiting{-1};            ///< filled while a draft waits for one
  int became[3]{-1, -1, -1};  ///< opportunity, account, contact
  std::vector<ChildList> lists{};
  std::vector<Touch> touches{};
  bool steps{};      ///< the documents show the steps of their approvals (kApprovalSteps)
  bool approvals{};  ///< drafts are told apart by their approvals
};

Result<Columns> columns_for(const adapter::Selection& selection, const ObjectDescribe& describe);

/// Adds the children behind one navigation; a navigation that comes twice is one list.
Result<void> add_list(Columns& columns, const adapter::Selection::Child& child,
                      const ChildRelationship& children, const ObjectDescribe& describe);

/// The children of this list touch their parent; of files, their versions do, too. Unsupported:
/// such a change can go unseen.
Result<void> add_touch(Columns& columns, const adapter::Selection& selection, const ChildList& list,
                       const ObjectDescribe& describe);
/// What a pass reads of such rows: id, stamp and the id that leads to the root.
Columns touch_columns(const Touch& touch);
/// The links of files with these ids, to whatever they are linked, behind the id `after` ("" = from
/// the first), by id.
std::string links_query(std::span<const std::string> files, std::string_view after,
                        std::size_t limit);

/// One page of a pass, oldest first.
std::string page_query(const adapter::Selection& selection, const Columns& columns,
                       const ReadCursor& cursor, std::chrono::milliseconds overlap,
                       std::size_t limit);
/// Rows with these ids.
std::string keys_query(const adapter::Selection& selection, const Columns& columns,
                       std::span<const std::string> ids);
/// The same, as far as the selection reads them at all.
std::string touched_query(const adapter::Selection& selection, const Columns& columns,
                          std::span<const std::string> ids);
/// Rows with one value in one field.
std::string lookup_query(const adapter::Selection& selection, const Columns& columns,
                         std::string_view field, std::string_view value);
/// Rows with one of these values in a field.
std::string values_query(const adapter::Selection& selection, const Columns& columns,
                         std::string_view field, std::span<const std::string> values);
/// Children of one parent behind the id `after` ("" = from the first), by id.
std::string list_query(const ChildList& list, std::string_view parent, std::string_view after,
                       std::size_t limit);

}  // namespace channelbridge::salesforce
