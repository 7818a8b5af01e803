#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/document/document.hpp"
#include "channelbridge/model/entity_type.hpp"
#include "channelbridge/model/fields.hpp"

namespace channelbridge::mapping {

enum class Direction : std::uint8_t { Both, Read, Write };

/// The field, and the values of it, with which alone another field is written. A field that is its
/// own companion is written with these values alone.
struct Companion {
  std::string field{};  ///< canonical field of the record itself; "" = any write will do
  std::vector<std::string> values{};
};

/// One rule, as the hub sees it: which canonical field it covers, and how.
struct RuleInfo {
  std::string field{};  ///< canonical path; inside a list "addresses[].city"
  std::string group{};  ///< value group of that field; inside a list "addresses[]"
  Direction direction{Direction::Both};
  model::Value constant{};   ///< the mapping supplies this value: a condition for writing
  std::string refers_to{};   ///< entity, for a reference
  std::string ref_object{};  ///< object of this system whose key the reference holds
  bool required_ref{};       ///< a pending reference here makes the record wait
  bool required_on_write{};  ///< a record without this field waits with that reason
  bool later{};              ///< a create leaves this field to the write after it
  bool once{};               ///< a create carries this field, and no write after it
  /// Written by no other write than one that brings `with.field` to one of these values.
  Companion with{};
  std::string path{};  ///< where it is written
  std::string read{};  ///< where it is read, when that is another place
  std::uint32_t line{};
};

/// A child list of the aggregate. Those below another list come after it.
struct ChildInfo {
  std::string label{};  ///< its name under `children:`
  std::string list{};   ///< canonical list: "addresses"
  std::string object{};
  std::string navigation{};  ///< from the root, or from `parent`
  std::string parent{};      ///< label of the list whose objects it hangs below, "" = the root
  std::vector<std::string> paths{};
};

/// Where a document's text goes: what identifies the object, taken in the same pass as the fields.
struct ObjectPaths {
  std::string id{};
  std::string version{};
  std::string modified{};
  std::string modified_by{};
  std::string correlation{};
  std::string mark{};
  std::string reference_key{};  ///< path of the key that other objects use to refer to this one, ""
                                ///< = the id
};

/// Finds the external key of a record in this mapping's system, or the record behind an external
/// key, through links.
///
/// Threads: as the implementation says.
class References {
 public:
  virtual ~References() = default;
  /// Record id for (object, key), or nullopt: the value becomes pending(system, object, key).
  virtual std::optional<std::string> record_of(std::string_view object,
                                               std::string_view key) const = 0;
  /// Key in this system for a record, or nullopt: the reference is withheld (optional) or the
  /// record waits (required).
  virtual std::optional<std::string> key_of(std::string_view object,
                                            std::string_view record) const = 0;
};

/// Hub element id <-> what a patch shows between "[@" and "]" for it, per list, for one link: the
/// system's own child key ("10012"), or for an element that the mapping itself names, its selection
/// ("kind=billing").
using ElementKeys = std::map<std::string, std::map<std::string, std::string, std::less<>>,
                             std::less<>>;  // list -> element id -> child key

/// A list inside the document, which a write gives whole, and what its elements are called there.
struct InnerList {
  std::string list{};                                      ///< canonical list: "lines"
  std::string path{};                                      ///< where it stands: "E1EDP01"
  std::map<std::string, std::string, std::less<>> keys{};  ///< element id -> its `element_key`
};

/// What write() is asked for.
struct WriteScope {
  bool create{};  ///< all fields, with constants and defaults for create
  std::set<std::string>
      groups{};  ///< value groups to write on an update; an element is "addresses[<id>]"
  std::set<std::string> removed_elements{};  ///< "addresses[<id>]" to delete
  /// The object as last seen, or null. Where several external codes mean one canonical code, the
  /// one that is there and already means the same is kept; without it the first listed is written.
  const document::Document* present{};
  std::string mark{};  ///< number of the write, for the object's `mark:` field
};

/// One node of what is to be written, in the system's own words.
struct Node {
  enum class Operation : std::uint8_t { Create, Update, Delete } operation{Operation::Create};
  std::string object{};
  std::string key{};
  int parent{-1};
  std::string navigation{};
  std::string list{};
  std::string element{};
  std::string body{};
};

struct Written {
  std::vector<Node> nodes{};
  std::vector<std::string> waiting{};   ///< canonical fields whose required reference has no key
                                        ///< here yet, or that are required and empty
  std::vector<std::string> several{};   ///< of these, columns of an only element where the record
                                        ///< has several
  std::vector<std::string> withheld{};  ///< optional references left out for now
  std::vector<std::string>
      contradicted{};  ///< value groups not written because the record contradicts a constant
};

/// What a project says of one of its systems in place of what the mapping files say: the tenant's
/// own codes, and the values that the files name under `values:`.
struct Tenant {
  struct Codes {
    std::vector<std::pair<std::string, std::vector<std::string>>>
        external{};  ///< canonical code -> the system's own; the first listed is written
    int line{};
  };
  std::string file{};  ///< stands in messages
  std::map<std::string, Codes, std::less<>> codes{};
  std::map<std::string, std::string, std::less<>> values{};
};

struct Compiled;  // private to this room

/// One object of one system <-> one entity, both ways. Compiled from a YAML file; see
/// docs/mapping.md.
///
/// Threads: immutable; read() and write() may run on many threads at once.
class Mapping {
 public:
  /// Loads and compiles; every problem of the file at once in Error::problems(), each with line and
  /// nearest name.
  static Result<std::shared_ptr<const Mapping>> load(const std::string& file,
                                                     const model::EntityRegistry& entities,
                                                     const Tenant& tenant = {});
  /// The same from text; `name` stands in messages.
  static Result<std::shared_ptr<const Mapping>> parse(std::string_view yaml,
                                                      const std::string& name,
                                                      const model::EntityRegistry& entities,
                                                      const Tenant& tenant = {});
  ~Mapping();

  const std::string& file() const;
  const std::string& system() const;  ///< kind of system, as the file names it
  const std::string& object() const;
  const model::EntityType& entity() const;
  const std::string& fingerprint()
      const;  ///< changes when the meaning of the file may have changed
  const ObjectPaths& object_paths() const;
  std::span<const RuleInfo> rules() const;
  std::span<const ChildInfo> children() const;
  /// `when:` as (path, text) pairs that an object must show, and that a create writes.
  const std::map<std::string, std::string>& when() const;
  const std::vector<std::string>& touch() const;
  /// Names of the code maps and values that a project may replace.
  const std::vector<std::string>& code_maps() const;
  const std::vector<std::string>& values() const;
  /// The system's paths that reading needs, root object only; children's are in children().
  std::vector<std::string> required_paths() const;

  /// One pass over the document, no DOM. `references` may be null: keys stay pending.
  /// Errors: Unmappable with file, line, rule, value and reason; the problem's rule is "drift" when
  /// a full document lacks a field that its protocol always delivers.
  Result<model::Patch> read(const document::Document& document, const References* references,
                            std::string_view system_name) const;
  /// Does the document pass `when:`? Cheap, for documents of a shared object.
  bool accepts(const document::Document& document) const;

  /// The nodes to write so that the scope's groups show `fields`.
  Result<Written> write(const model::Fields& fields, const WriteScope& scope,
                        const ElementKeys& elements, const References* references) const;

  /// Lists inside the document that the mapping writes, with the keys of those elements of `fields`
  /// that have one: as `elements` has it, else as it would be written.
  std::vector<InnerList> inner_lists(const model::Fields& fields,
                                     const ElementKeys& elements) const;

  /// view(fields) = read(write(fields)) per canonical path, without touching text: what the system
  /// would show. Only readable fields; element paths keep their hub ids.
  model::Fields view(const model::Fields& fields) const;
  /// The image of one value: what the system shows when it is sent `value` (loss, codes, declared
  /// normal form).
  model::Value image(std::string_view path, const model::Value& value) const;
  /// May a document state a value at this path? "identifiers[scheme=0060].value" names the elements
  /// that count.
  bool may_state(std::string_view path) const;

  const Compiled& compiled() const { return *compiled_; }

 private:
  explicit Mapping(std::unique_ptr<const Compiled> compiled);
  std::unique_ptr<const Compiled> compiled_;
};

/// Runs the `.cases.yaml` beside a mapping file: every failed expectation is a Problem.
Result<std::vector<Problem>> run_cases(const Mapping& mapping, const std::string& cases_file);

}  // namespace channelbridge::mapping
