#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/context.hpp"
#include "channelbridge/core/result.hpp"
#include "channelbridge/document/document.hpp"

namespace channelbridge::adapter {

/// How the objects of a system carry versions.
enum class Versions : std::uint8_t {
  None,     ///< the system shows no version
  Etag,     ///< opaque: equal or not
  Ordered,  ///< a larger text of the same length, or a later time, is younger
  /// Of messages, each with a time of its own, ordered like Ordered: what a younger message leaves
  /// unsaid, an older one still tells. A write's version is when it was posted there.
  Messages,
};

/// What the answer to a write tells.
enum class Reply : std::uint8_t { None, Version, Full };

/// What makes a create safe to find again.
enum class Idempotency : std::uint8_t {
  None,    ///< at least once: said by `doctor` and every report
  Find,    ///< find() by the correlation field
  Upsert,  ///< the create itself is an upsert by the correlation field
};

/// What an adapter can do with one object; declared, never guessed.
struct Capabilities {
  Versions versions{Versions::None};
  bool conditional{};  ///< updates are refused when the version has moved
  Reply reply{Reply::None};
  Idempotency idempotency{Idempotency::None};
  bool deletes_visible{};
  bool readable{true};  ///< read() shows the objects; false = what was created there is never met
                        ///< in a pull
  bool deep_create{};   ///< a root and its children in one node tree, all or nothing
  bool deep_update{};
  bool atomic_group{};  ///< all that one request says lands, or nothing of it: without it
                        ///< each group is looked for by itself after a lost answer
  bool modified_by{};   ///< a look says whether our own user was the last modifier
                        ///< (Change::modified_by_us)
  /// What became of a write is told later, and by itself (messages, jobs): write() answers Unknown,
  /// and settled() is asked in place of find() and read_by_key().
  bool answers_later{};
  bool steps{};  ///< what was written is followed by a declared step of its own: see complete()
  std::size_t page_size{500};    ///< of a pull whose spoke names none
  std::size_t batch_records{1};  ///< write requests per call
  std::size_t batch_bytes{1U << 20U};
  /// From so many write requests on, one call with up to `bulk_records` of them (and about
  /// `bulk_bytes` of bodies) is cheaper than calls of `batch_records`, and may take minutes; 0 = no
  /// such way.
  std::size_t bulk_from{};
  std::size_t bulk_records{};
  std::size_t bulk_bytes{};
  bool bulk_updates{};  ///< updates may go that way, too, although nothing guards the time between
                        ///< a look at their objects and the end of the call
  std::size_t read_keys{1};  ///< objects that read_by_keys() gets with one call
  int concurrency{4};
  std::chrono::milliseconds settle{5'000};  ///< how long until "not found" is final
  std::chrono::milliseconds overlap{
      0};  ///< how far a pull reads behind its cursor for late commits
};

/// One field of an object as the system's own metadata has it.
struct PropertyMetadata {
  std::string name{};
  std::string type{};        ///< the system's own word: "Edm.String", "picklist"
  std::size_t max_length{};  ///< 0 = unknown
  bool nullable{true};
  bool creatable{true};
  bool updatable{true};
  bool filterable{true};
  std::vector<std::string> values{};  ///< of a closed code list
  std::string origin{};               ///< "" = published metadata; "derived, unconfirmed" …
  std::optional<int> scale{};         ///< decimals of a number, where the system says how many
};
struct ObjectMetadata {
  std::string name{};
  std::vector<std::string> keys{};
  std::map<std::string, PropertyMetadata, std::less<>> properties{};
  std::map<std::string, std::string, std::less<>> navigations{};  ///< name -> object
};

/// What to read. Paths are those of the system's documents; the protocol's envelope never appears
/// in them.
struct Selection {
  struct Child {
    std::string navigation{};  ///< "to_BusinessPartnerAddress"
    std::string object{};
    std::vector<std::string> paths{};
    std::vector<Child> children{};
  };
  std::string object{};
  std::string id{};           ///< path of the key; for a compound key its parts joined with ','
  std::string version{};      ///< path of the version, or "@etag" = the protocol's own
  std::string modified{};     ///< path of the time of the last change; "" = none
  std::string modified_by{};  ///< path of the last modifier; "" = none
  std::string correlation{};  ///< path where our record id goes; "" = none
  std::vector<std::string> paths{};  ///< wanted scalars, the above included
  std::vector<Child> children{};
  std::string where{};  ///< the system's own query text
  std::vector<std::string>
      touch{};  ///< child objects whose own change makes the root be read again
};

/// One object as a pull or a read by key shows it.
struct Change {
  std::string key{};
  std::string version{};  ///< "" = none
  std::optional<Timestamp> modified{};
  std::string correlation{};     ///< the record id that we left there, "" = none
  bool modified_by_us{};         ///< only where Capabilities::modified_by
  bool deleted{};                ///< only the key is set, and `merged_into`
  std::string merged_into{};     ///< key of the survivor when the system merged this object away
  std::string converted_into{};  ///< what it became (a converted lead): the link is closed
  document::Document document{};
};

/// Opaque to the hub: it stores the text between any two pages. Empty = from the beginning.
using Cursor = std::string;

/// A piece of the source that is not a document at all (a broken row): set aside, the rest goes on.
struct UnreadableDocument {
  std::string key{};       ///< "" when it cannot be told
  std::string position{};  ///< "leads.csv:17": a source, ':', a place in it
  std::string text{};      ///< as it came
  Error error{ErrorCode::Protocol, "unreadable"};
};

struct Page {
  std::vector<Change> changes{};
  std::vector<UnreadableDocument> unreadable{};
  /// Sources that are read anew from here on, or that are gone: what was set aside of them before
  /// says nothing any more.
  std::vector<std::string> renewed{};
  Cursor next{};
  bool end{};  ///< the system's own end mark was seen
};

enum class Operation : std::uint8_t { Create, Update, Delete };

/// One node of a write: the root first, then its children with the index of their parent.
struct WriteNode {
  Operation operation{Operation::Create};
  std::string object{};
  std::string key{};         ///< of the object for Update and Delete
  int parent{-1};            ///< index in WriteRequest::nodes; -1 = the root
  std::string navigation{};  ///< from the parent
  std::string list{};        ///< canonical list that the child belongs to, for the caller
  std::string element{};     ///< hub id of the element, for the caller
  std::string body{};  ///< JSON object text of exactly the fields to write (XML for XML systems)
  std::string expected_version{};  ///< "" = unconditional
  /// Lists inside the document that an update's body gives whole, by their path: keys of the
  /// elements that stood there when the object was last written or shown (`expected_version`).
  std::map<std::string, std::set<std::string>> stood{};
};

/// One record's write.
struct WriteRequest {
  std::vector<WriteNode> nodes{};
  std::string correlation_path{};  ///< field that carries `correlation` on create; "" = none
  std::string correlation{};       ///< our record id
  /// Of the decision to write: the same for as long as the same write is asked about, and no
  /// other's.
  std::string number{};
  Timestamp decided{};  ///< nothing of it had left before; the same whenever it is sent
  /// Of a create: the number of the first one for this record whose answer was lost and whose
  /// object was looked for in vain, "" = none. A system that remembers numbers may know that one.
  std::string lost{};
};

/// A write whose outcome is not known yet.
struct OpenWrite {
  WriteRequest request{};
  Timestamp sent{};  ///< its last byte had left by then, if it left at all
  /// Nobody knows whether the system has it (NodeOutcome::taken), and this run may write.
  bool repeatable{};
};

enum class WriteStatus : std::uint8_t {
  Created,
  Updated,
  Deleted,
  Unchanged,
  Conflict,
  Rejected,
  Retry,
  Unknown
};
std::string_view to_string(WriteStatus status);

/// What became of one node.
struct NodeOutcome {
  WriteStatus status{WriteStatus::Unknown};
  std::string key{};
  std::string version{};
  document::Document document{};  ///< the object after the write, where the system returns it
  std::optional<Timestamp> modified{};
  std::optional<Error> error{};  ///< for Conflict, Rejected, Retry, Unknown
  std::string duplicate_of{};    ///< Rejected as a duplicate: key of the object that is in the way
  bool not_found{};              ///< the object is gone: the link closes
  bool taken{};                  ///< Unknown, but the system has it: it is never sent again
};
struct WriteOutcome {
  std::vector<NodeOutcome> nodes{};  ///< in the order of WriteRequest::nodes
  /// What was written stands, but its following step is not known to be done: complete() repeats
  /// it.
  std::optional<Error> step{};
};

/// Where an object stands on the way of an update that goes in several calls.
enum class Halfway : std::uint8_t {
  No,      ///< not between two of its steps, as far as anybody can tell
  Steps,   ///< between two of them; those to come carry what stands there as before
  Fields,  ///< between two of them; what is no status was written before the first one
};

/// Counters of one adapter since it was made.
struct Usage {
  std::uint64_t requests{};     ///< on the wire
  std::uint64_t budget_used{};  ///< as the system reports it, 0 = unknown
  std::uint64_t budget_limit{};
};

class EventReader;  // events.hpp
class Receiver;     // receiver.hpp

/// Speaks to one configured system in that system's own documents. Knows nothing of canonical
/// records.
///
/// Errors carry the system's name, its own code and message. Retries, renewals and limits are
/// inside. Every function that takes a Context may also fail with Unauthenticated, Forbidden,
/// RateLimited, Unavailable, Timeout, Protocol or Cancelled; what else a function says stands with
/// it.
///
/// Threads: any.
class Adapter {
 public:
  virtual ~Adapter() = default;

  virtual Capabilities capabilities(const Selection& selection) const = 0;
  /// Can objects of this kind of system be selected so at all? Asked when a project is loaded;
  /// contacts nothing. Here: yes. Unsupported, Invalid: no, and why.
  virtual Result<void> check(const Selection& selection) const;
  /// The system's own metadata of one object, live. NotFound: the system has no such object.
  virtual Result<ObjectMetadata> describe(std::string_view object, const Context& context) = 0;
  /// Can we reach it and log in? What it says of itself, for `doctor`. NotFound: nothing answers at
  /// the configured path; Invalid: the system does not speak the configured version.
  virtual Result<std::string> probe(const Context& context) = 0;

  /// The next page of changes after `cursor`, oldest first, at most about `page_size`. A failed
  /// call leaves the cursor as it was. Invalid: the selection or the cursor is not one of this
  /// system; NotFound: the object is not there; Unsupported: nothing tells what has changed.
  virtual Result<Page> read(const Selection& selection, const Cursor& cursor, std::size_t page_size,
                            const Context& context) = 0;
  /// One object by key; NotFound when it is gone (a visible delete comes back as Change::deleted
  /// instead). Invalid: the key is none of this object's.
  virtual Result<Change> read_by_key(const Selection& selection, std::string_view key,
                                     const Context& context) = 0;
  /// These objects as they are now, in as few calls as the system allows: the hub looks at what it
  /// is about to write where an update carries no condition. Each key comes back once, in
  /// Page::changes (`deleted` when the object is gone) or in Page::unreadable. Here: one
  /// read_by_key() each. Invalid: a key is none of this object's.
  virtual Result<Page> read_by_keys(const Selection& selection,
                                    const std::vector<std::string>& keys, const Context& context);
  /// Did a create land? All objects that carry this correlation value; none is not an error.
  /// Unsupported: the object has no place for one (Idempotency::None).
  virtual Result<std::vector<Change>> find(const Selection& selection, std::string_view correlation,
                                           const Context& context) = 0;
  /// find() for many values, in as few calls as the system allows: what was found by value, values
  /// without an object left out. Here: one find() each.
  virtual Result<std::map<std::string, std::vector<Change>>> find_each(
      const Selection& selection, const std::vector<std::string>& correlations,
      const Context& context);
  /// One outcome per request and node, in order. An Error means that nothing was sent (Sent::No):
  /// the whole batch may be planned again. Everything else, lost answers included, is an outcome:
  /// Rejected and Conflict are said there, of one node. Invalid: the request is not one of this
  /// system.
  virtual Result<std::vector<WriteOutcome>> write(const Selection& selection,
                                                  const std::vector<WriteRequest>& requests,
                                                  const Context& context) = 0;
  /// Where Capabilities::answers_later: what became of these writes, as write() would have said it;
  /// Unknown as long as the system has not said, with an Error for what it has said so far. Waits
  /// for a word until `settle` has passed since a write was sent. One of which nothing has been
  /// heard, and that is `repeatable`, may be sent once more, with the number and the content that
  /// it had, where the system refuses a number that it knows. Here: Unsupported.
  virtual Result<std::vector<WriteOutcome>> settled(const Selection& selection,
                                                    const std::vector<OpenWrite>& writes,
                                                    const Context& context);
  /// Does the following step of an object that was written, once more: a calculation, a method that
  /// the system wants called (Capabilities::steps; write() does it by itself where it can). Safe to
  /// repeat: what is done already stays as it is. Here: nothing. Rejected, Conflict: the system
  /// does not do it now; it is tried again with the next run.
  virtual Result<void> complete(const Selection& selection, std::string_view key,
                                const Context& context);
  /// Where a status is reached by steps that are calls of their own: does an object, which stood as
  /// `before` when this update was decided and shows `shown` now, stand between two steps of it?
  /// Asked when the answer to the update was lost; contacts nothing. Here: No, an update is one
  /// call.
  virtual Halfway halfway(const Selection& selection, const document::Document& before,
                          const WriteRequest& request, const document::Document& shown,
                          const Context& context) const;
  virtual Usage usage() const = 0;
  /// Verifies and decodes what this system sends by itself (webhooks, outbound messages, change
  /// events); one for as long as the adapter lives. Here: null, it sends nothing that we know.
  virtual std::shared_ptr<EventReader> events();
  /// Takes the documents that this system posts to us; one for as long as the adapter lives.
  /// Invalid: a setting that it needs is missing. Here: Unsupported, they are fetched.
  virtual Result<std::shared_ptr<Receiver>> receiver();
};

}  // namespace channelbridge::adapter
