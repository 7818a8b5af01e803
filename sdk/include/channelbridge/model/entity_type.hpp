#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/model/field_type.hpp"
#include "channelbridge/model/fields.hpp"

namespace channelbridge::model {

/// A closed set of codes, e.g. lead_status.
struct CodeSet {
  std::string_view name{};
  std::span<const std::string_view> codes{};
  bool contains(std::string_view code) const;
};

/// One scalar field of an entity (or of the elements of one of its lists), as described beside its
/// struct.
struct FieldInfo {
  std::string path{};  ///< from the entity: "company.name"; inside a list: "addresses[].city"
  FieldType type{FieldType::Text};
  std::uint32_t max_length{};  ///< characters, 0 = unlimited
  std::uint8_t precision{};    ///< digits at most (Decimal, Percent), 0 = as many as fit
  std::uint8_t scale{};        ///< decimals at most, where `precision` is set
  bool required{};   ///< required by a process or a target; an incomplete record is stored all the
                     ///< same
  bool personal{};   ///< personal data
  bool read_only{};  ///< set by the hub only
  const CodeSet* codes{};   ///< for FieldType::Code; null = open
  std::string refers_to{};  ///< entity name, for FieldType::Reference
  std::string group{};      ///< value group: the unit of merge. Elements of a list: "addresses[]"
};

/// A list of an entity.
struct ListInfo {
  std::string path{};  ///< "addresses"
  std::vector<std::string>
      keys{};  ///< element fields that match an element when nothing better does, e.g. {"kind"}
  bool required{};  ///< at least one element, in the sense of FieldInfo::required
  bool read_only{};
};

/// Who performs a transition. Values are bits: see Actors.
enum class Actor : std::uint16_t {
  VendorAdmin = 1U << 0U,
  ChannelManager = 1U << 1U,
  ChannelMarketing = 1U << 2U,
  VendorSales = 1U << 3U,
  Finance = 1U << 4U,
  DistributorUser = 1U << 5U,
  PartnerManager = 1U << 6U,
  PartnerEmployee = 1U << 7U,
  Customer = 1U << 8U,
  System = 1U << 9U,   ///< timers and rules
  Adapter = 1U << 10U  ///< mirrors another system; may perform every listed transition
};

/// A set of actors.
struct Actors {
  std::uint16_t bits{};

  constexpr Actors() = default;
  constexpr Actors(Actor actor) : bits(static_cast<std::uint16_t>(actor)) {}
  constexpr bool contains(Actor actor) const {
    return (bits & static_cast<std::uint16_t>(actor)) != 0;
  }
  friend constexpr Actors operator|(Actors left, Actors right) {
    left.bits = static_cast<std::uint16_t>(left.bits | right.bits);
    return left;
  }
};
constexpr Actors operator|(Actor left, Actor right) { return Actors(left) | Actors(right); }

/// A listed transition of a state field. What is not listed is refused.
struct Transition {
  std::string_view from{};
  std::string_view to{};
  Actors who{};
  /// Path of the field that must give a reason, "" = none. "state_history[].reason": the record
  /// has no field for it, it stands in the history only.
  std::string_view reason{};
  bool resumes{};  ///< goes on where `from` interrupted: shortest_path() takes it as a first step
                   ///< only
};

struct StateMachine {
  std::string_view field{};  ///< path of the state field, e.g. "status"
  std::string_view initial{};
  std::span<const Transition> transitions{};

  bool allows(std::string_view from, std::string_view to) const;
  /// Null when the transition is not listed.
  const Transition* find(std::string_view from, std::string_view to) const;
  /// The shortest listed path, without `from`, with `to`; empty when there is none.
  std::vector<std::string> shortest_path(std::string_view from, std::string_view to) const;
};

/// Fields of which at least one must be filled before a process or a target can use the record.
struct Requirement {
  std::string_view name{};
  std::span<const std::string_view> any_of{};
  bool (*when)(const Fields& fields){};  ///< null = always
};

/// A value invariant over several fields, checked on each patch; fields that are not there are not
/// judged.
struct ValueRule {
  std::string_view name{};
  void (*check)(const Fields& fields, std::vector<Problem>& problems){};
};

/// A key by which records of an entity are recognised, computed from their fields.
struct NetworkKey {
  std::string_view name{};  ///< "tax_id"
  bool unique{};  ///< two records with one value break a network invariant: reported, never blocks
                  ///< a merge
  std::vector<std::string> (*values)(const Fields& fields){};
};

/// What holds beyond single fields. A record's invariants are of three kinds: value, transition,
/// network.
struct EntityRules {
  const StateMachine* states{};
  std::span<const Requirement> requirements{};
  std::span<const ValueRule> values{};
  std::span<const NetworkKey> keys{};
  std::span<const std::string_view>
      acyclic{};  ///< references to the same entity that must not form a circle
  /// Changes that the state of the record forbids (a shipped line, an accepted quote), each a
  /// problem with the field and the reason; both are complete records. Null = nothing locks.
  std::vector<Problem> (*locked)(const Fields& before, const Fields& after){};
  /// The field that dates a record as a whole (when stock was counted): what is older than the
  /// record is not taken. "" = none.
  std::string_view dated_by{};
};

/// A field that only one customer has, declared in the project file.
struct CustomField {
  std::string name{};  ///< lower-case letters, digits, '_'; it begins with a letter
  FieldType type{FieldType::Text};
  std::uint32_t max_length{};
};

/// What the library knows about an entity at run time: its rows, flattened, plus the customer's own
/// fields.
///
/// Threads: immutable.
class EntityType {
 public:
  EntityType(std::string name, std::vector<FieldInfo> fields, std::vector<ListInfo> lists,
             const StateMachine* states = nullptr);
  EntityType(std::string name, std::vector<FieldInfo> fields, std::vector<ListInfo> lists,
             const EntityRules& rules);

  const std::string& name() const { return name_; }
  std::span<const FieldInfo> fields() const { return fields_; }
  std::span<const ListInfo> lists() const { return lists_; }
  const StateMachine* states() const { return rules_.states; }
  const EntityRules& rules() const { return rules_; }

  /// Accepts record paths ("addresses[018f].city"), patch paths ("addresses[@7].city") and row
  /// paths ("addresses[].city").
  const FieldInfo* find(std::string_view path) const;
  const ListInfo* find_list(std::string_view list) const;
  /// The value group of a path: the row's group, the element ("addresses[018f]") inside a list,
  /// else the path itself.
  std::string group_of(std::string_view path) const;
  /// The nearest known path, for error messages; "" when nothing is near.
  std::string nearest(std::string_view path) const;

  /// The same entity with the customer's fields under "custom.". All problems of the declarations
  /// at once.
  Result<std::shared_ptr<const EntityType>> with_custom(std::span<const CustomField> custom) const;

 private:
  std::string name_;
  std::vector<FieldInfo> fields_;
  std::vector<ListInfo> lists_;
  EntityRules rules_;
  std::map<std::string, std::size_t, std::less<>> by_path_;
};

/// The entities that a program knows: the built-in ones and those an integrator registers.
///
/// Threads: one at a time while adding, then immutable.
class EntityRegistry {
 public:
  /// All entities of this library.
  static EntityRegistry built_in();

  void add(std::shared_ptr<const EntityType> type);  ///< replaces one of the same name
  std::shared_ptr<const EntityType> find(std::string_view name) const;  ///< null when unknown
  std::vector<std::string> names() const;

 private:
  std::map<std::string, std::shared_ptr<const EntityType>, std::less<>> types_;
};

/// Brings a text to the field's canonical form (trims nothing, rounds nothing): "100.00" -> "100",
/// "DEU" -> "DE", "+49 (89) 1" -> "+49891". nullopt when the text is not of the field's type,
/// length or code set. Never throws, allocates only the result: made for the hot path.
std::optional<std::string> canonical_text(const FieldInfo& field, std::string_view text);
/// Why canonical_text() refused, as a sentence without the value.
std::string refusal(const FieldInfo& field, std::string_view text);

}  // namespace channelbridge::model
