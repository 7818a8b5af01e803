#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiled_internal.hpp"
#include "slot_reader_internal.hpp"

namespace channelbridge::mapping {

/// Turns the slots of one document into statements about canonical fields.
///
/// Threads: one at a time; one document each.
class RecordReader : private ElementSink {
 public:
  RecordReader(const Compiled& mapping, const References* references, std::string_view system,
               bool full)
      : mapping_(mapping), references_(references), system_(system), full_(full) {}

  Result<model::Patch> run(SlotReader& slots, const document::Document& document);

 private:
  /// What one rule makes of one value.
  struct Statement {
    enum class Kind : std::uint8_t { None, Empty, Value } kind{Kind::None};
    std::string text{};
    bool foreign{};  ///< empty because the codes give the document's text no meaning here
  };

  void element(std::int32_t list, const Value* frame) override;
  /// `at`: the rule's index in `places`, whose slots are in `frame`.
  template <typename Places>
  Statement read(const Rule& rule, const Places& places, std::size_t at, const Value* frame);
  Statement evaluate(const Rule& rule, const Value& value);
  Statement compute(const Rule& rule, const document::Document& document);
  Statement known(const Rule& rule, std::string_view text);
  /// Zero of no currency is how a system without empty numbers says that there is no amount.
  static void clear_zeros(const std::vector<Amount>& amounts, std::vector<Statement>& statements);
  /// True: the element is stated by its key fields, or is known by a key of its own.
  bool can_be_told(const List& list, const CompiledList& compiled,
                   const std::vector<Statement>& statements);
  std::string element_key(const List& list, const CompiledList& compiled, const Value* frame,
                          const std::vector<Statement>& statements);
  void expectations(const Value* frame);
  void root_statements(const Value* frame, const document::Document& document);
  void fixed_statements(std::size_t fixed);
  void complete_lists(const SlotReader& slots);
  bool parent_shown(const List& list, const SlotReader& slots) const;
  void add(std::string path, const Statement& statement, const Rule& rule);
  void problem(const Rule& rule, std::string_view value, std::string_view name,
               const std::string& reason);
  Error error() const;

  const Compiled& mapping_;
  const References* references_;
  std::string_view system_;
  bool full_;
  model::Patch patch_{};
  std::vector<Statement> root_{};
  std::vector<std::set<std::string, std::less<>>> keys_{};  ///< per list: element keys seen
  std::vector<Problem> problems_{};
  std::optional<document::Tree> tree_{};  ///< for computed fields
  std::optional<Error> stopped_{};        ///< no field can be computed: not the document's fault
};

}  // namespace channelbridge::mapping
