#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/document/path.hpp"
#include "channelbridge/mapping/mapping.hpp"
#include "computed_internal.hpp"

namespace channelbridge::mapping {

/// What a mapping file says, checked and resolved. The programs that read and write are compiled
/// from it.

/// How a system writes values.
enum class Dialect : std::uint8_t { Json, ODataV2, ODataV4, Csv, Xml };

/// How one value is written.
enum class As : std::uint8_t {
  Text,
  Decimal,
  Integer,
  Int64,
  Boolean,
  Date,
  CompactDate,
  Timestamp,
  DateTimeOffset
};

/// What an absent value says, and how emptiness is written.
enum class Absent : std::uint8_t { Unchanged, Null, Error };
enum class Empty : std::uint8_t { Null, Text };

/// A form that the system gives every value.
struct NormalForm {
  enum class Kind : std::uint8_t {
    Upper,
    Lower,
    Trim,
    Pad,
    Alpha,
    E164,
    Gtin,
    Negated  ///< a number with the other sign
  } kind{Kind::Trim};
  std::size_t width{};
};

/// Canonical codes and the system's own. The canonical code "" stands for "empty".
struct CodeMap {
  std::string name{};
  std::map<std::string, std::vector<std::string>, std::less<>>
      external{};  ///< the first listed is written
  std::map<std::string, std::string, std::less<>> canonical{};
  std::optional<std::string> other_canonical{};  ///< what any other external code means
  std::optional<std::string> other_external{};   ///< how any other canonical code is written
  bool pass{};    ///< "*": "*": other codes are the same on both sides
  bool merges{};  ///< several canonical codes are written as one
  std::uint32_t line{};
  std::string file{};  ///< of the project, when that says what the codes are

  bool has_synonyms() const;
};

/// A second place that a rule reads.
enum class Second : std::uint8_t {
  None,
  Otherwise,   ///< is read where the first shows nothing
  HouseNumber  ///< stands behind the first, with a blank between; written there, too
};

struct Rule {
  std::string field{};  ///< row path: "company.name", "addresses[].city"
  std::string leaf{};   ///< inside a list: "city"; else the same as `field`
  const model::FieldInfo* info{};
  document::Path path{};  ///< empty for a constant that the document does not show
  std::string path_text{};
  std::vector<document::Path> also{};  ///< further places where it is written
  document::Path read{};               ///< where it is read, when that is not where it is written
  document::Path second{};
  Second second_is{Second::None};
  std::uint32_t second_length{};  ///< of a house number; 0 = any
  document::Path unless{};        ///< what stands here makes the field no statement
  As as{As::Text};
  std::shared_ptr<const CodeMap> codes{};
  std::string ref{};  ///< entity
  std::string ref_object{};
  bool required{};
  Direction direction{Direction::Both};
  model::Value default_value{};
  model::Value constant{};
  std::uint32_t max_length{};
  int scale{-1};
  std::vector<NormalForm> normal{};
  std::string lossy{};
  Absent absent{Absent::Error};
  Empty empty{Empty::Null};
  bool first{};
  bool sum{};        ///< several numbers there are added
  bool later{};      ///< a create leaves it to the write after it
  bool awaited{};    ///< a value that cannot be written makes the record wait
  bool once{};       ///< a create carries it, and no write after it
  Companion with{};  ///< the only writes that carry it
  std::uint32_t line{};
  int fixed{-1};                               ///< index of the fixed element it belongs to
  std::shared_ptr<const Computed> computed{};  ///< in place of `path`; only read

  bool reads() const { return direction != Direction::Write; }
  bool writes() const { return direction != Direction::Read; }
  /// The text passes unchanged in both directions.
  bool plain() const {
    return as == As::Text && !codes && ref.empty() && normal.empty() && max_length == 0 &&
           !constant && second_is != Second::HouseNumber;
  }
  const document::Path& read_path() const { return read.empty() ? path : read; }
};

/// A literal that a create carries and no field has, or that an object must show.
struct Literal {
  document::Path path{};
  std::string path_text{};
  std::string text{};
  bool quoted{true};  ///< false: number, true, false
  std::uint32_t line{};
};

/// One element of a list that the object has in columns of its own: "addresses[kind=billing]", or
/// "lines[]", the only one.
struct Fixed {
  std::string list{};
  /// Element field -> canonical value; none: the only element.
  std::vector<std::pair<std::string, std::string>> where{};
  std::string key{};  ///< "kind=billing", or "only"
};

/// A list with elements of its own.
struct List {
  std::string label{};   ///< the key under `children:`
  std::string name{};    ///< canonical list
  std::string object{};  ///< "" = embedded in the parent's document
  std::string navigation_text{};
  document::Path navigation{};
  std::vector<std::string> id{};   ///< parts of the element's own key
  std::vector<std::string> key{};  ///< without an id: canonical fields that tell elements apart
  std::string parent{};            ///< label of the list that these objects hang below
  Absent absent{Absent::Error};
  std::vector<Literal> when{};
  std::vector<Literal> create{};
  std::vector<Rule> rules{};
  std::uint32_t line{};
};

struct Definition {
  std::string file{};
  std::string system{};
  std::string object{};
  Dialect dialect{Dialect::Json};
  ObjectPaths paths{};
  std::vector<Literal> when{};
  std::vector<Literal> expect{};
  std::vector<Literal> create{};
  std::vector<Rule> chosen{};  ///< texts of a create by a code table: `{ by: …, codes: … }`
  std::vector<std::string> touch{};
  std::vector<Rule> rules{};
  std::vector<Fixed> fixed{};
  std::vector<List> lists{};
  std::shared_ptr<const model::EntityType> entity{};
  std::string fingerprint{};
  std::vector<std::string> code_maps{};  ///< names of those that its rules use
  std::vector<std::string> values{};     ///< names under `values:`
};

/// The paths of a compound key, joined with ','; one between '[' and ']' parts nothing.
std::vector<std::string> key_parts(std::string_view text);

/// Reads a mapping file's text; every problem at once. Shared code maps are looked for in
/// `codes_folder`.
Result<Definition> parse_definition(std::string_view yaml, const std::string& file,
                                    const std::string& codes_folder,
                                    const model::EntityRegistry& entities, const Tenant& tenant);

}  // namespace channelbridge::mapping
