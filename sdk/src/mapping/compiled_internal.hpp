#pragma once

#include <map>
#include <string>
#include <vector>

#include "definition_internal.hpp"
#include "program_internal.hpp"
#include "shape_internal.hpp"

namespace channelbridge::mapping {

/// Two rules of one group: of an amount, and of its currency.
struct Amount {
  std::size_t amount{};
  std::size_t currency{};
};

/// How a list is read and written.
struct CompiledList {
  std::int32_t scope{kNone};
  std::vector<std::int32_t> id{};
  std::vector<std::int32_t> slots{};     ///< per rule; kNone = nothing to read
  std::vector<std::int32_t> seconds{};   ///< per rule: its second place
  std::vector<std::int32_t> guards{};    ///< per rule: its `unless`
  std::vector<std::int32_t> numbers{};   ///< per rule: which value of the shape its house number is
  std::vector<std::size_t> key_rules{};  ///< rules of the fields that tell elements apart
  std::vector<Amount> amounts{};
  Shape shape{};
};

/// A definition with its programs.
struct Compiled {
  Definition def{};

  Program program{};
  std::vector<std::int32_t> slots{};  ///< per root rule; kNone = nothing to read
  std::vector<std::int32_t> seconds{};
  std::vector<std::int32_t> guards{};
  std::vector<std::int32_t> numbers{};
  std::vector<std::vector<std::size_t>>
      peers{};  ///< per root rule: the other rules of its group, constants left out; of a
                ///< document's currency all others
  std::int32_t constant_currency{kNone};  ///< root rule of a document's currency, if a constant
  std::vector<Amount> amounts{};          ///< of the root rules
  std::vector<std::size_t> order{};       ///< root rules in the order of their fields
  std::vector<std::vector<std::size_t>> fixed_rules{};  ///< per fixed element
  std::vector<CompiledList> lists{};
  std::map<std::string, std::vector<std::size_t>, std::less<>>
      lists_of{};                                              ///< canonical list -> lists
  std::map<std::string, const Rule*, std::less<>> by_field{};  ///< row path -> its first rule
  bool synonyms{};  ///< some code map has several external codes for one canonical

  Program when_program{};
  std::vector<std::int32_t> when_slots{};
  std::vector<std::int32_t> expect_slots{};  ///< of `program`

  Shape shape{};
  std::int32_t mark{kNone};    ///< which value of the shape the number of the write is
  std::int32_t chosen{kNone};  ///< which one the first of `def.chosen` is; the others follow

  std::vector<RuleInfo> infos{};
  std::vector<ChildInfo> children{};
  std::map<std::string, std::string> when{};

  void compile();
};

/// The value group of a rule, as the hub names it: inside a list the element, "addresses[]".
std::string group_of(const model::EntityType& entity, const Rule& rule);

}  // namespace channelbridge::mapping
