#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// Money that a vendor sets aside in a period for what its partners do. It is handed on as funds.
struct Budget {
  std::optional<std::string> number{};
  std::optional<std::string> title{};
  std::optional<Code> kind{};
  std::optional<Decimal> amount{};
  std::optional<Currency> currency{};
  Period valid{};
  std::optional<Reference> owner{};
  std::optional<std::string> cost_centre{};
  std::optional<std::string> gl_account{};
  std::optional<std::string> internal_order{};
  std::optional<Code> validation{};        ///< may funds reserve more than there is?
  std::optional<Percent> tolerance_pct{};  ///< of the amount, where it only warns
  std::optional<Code> status{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const Budget&, const Budget&) = default;
};

const EntityDescription& description(std::type_identity<Budget>);

/// The part of a budget that is one partner's, and its books. Amounts are in its currency. What is
/// left of it is no field: it is what the postings add up to.
struct Fund {
  /// Earned by purchases: a percentage of them, counted period by period.
  struct AccrualRule {
    std::optional<std::string> product_family{};  ///< empty: all goods
    std::optional<Percent> pct{};
    std::optional<Code> period{};
    friend bool operator==(const AccrualRule&, const AccrualRule&) = default;
  };
  struct ScopeProduct {
    std::optional<Reference> product{};
    friend bool operator==(const ScopeProduct&, const ScopeProduct&) = default;
  };
  struct ScopeFamily {
    std::optional<std::string> family{};
    friend bool operator==(const ScopeFamily&, const ScopeFamily&) = default;
  };
  /// Without products and families: all goods.
  struct ProductScope {
    std::vector<Element<ScopeProduct>> products{};
    std::vector<Element<ScopeFamily>> families{};
    friend bool operator==(const ProductScope&, const ProductScope&) = default;
  };
  struct ScopeTerritory {
    std::optional<Reference> territory{};
    friend bool operator==(const ScopeTerritory&, const ScopeTerritory&) = default;
  };
  /// One movement. It is never changed and never removed: another one takes it back.
  struct Posting {
    /// What it is about, by its kind and number.
    struct Document {
      std::optional<Code> kind{};
      std::optional<std::string> number{};
      friend bool operator==(const Document&, const Document&) = default;
    };
    std::optional<std::int64_t> no{};
    std::optional<Timestamp> at{};
    std::optional<Code> category{};
    std::optional<Decimal> amount{};  ///< below zero: the category is left with less
    Document document{};
    std::optional<std::int64_t> reversal_of{};  ///< number of the posting that it takes back
    friend bool operator==(const Posting&, const Posting&) = default;
  };

  std::optional<std::string> number{};
  std::optional<std::string> title{};
  std::optional<Reference> budget{};
  std::optional<Reference> partner{};  ///< empty: a pool for many
  std::optional<Decimal> amount{};
  std::optional<Currency> currency{};
  Period valid{};
  std::optional<Code> carry_over{};  ///< what becomes of the rest at the end
  AccrualRule accrual_rule{};
  ProductScope product_scope{};
  std::vector<Element<ScopeTerritory>> territory_scope{};
  std::vector<Element<Posting>> postings{};
  std::optional<Code> status{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const Fund&, const Fund&) = default;
};

const EntityDescription& description(std::type_identity<Fund>);

/// Of a closed budget: every field that differs, with the reason. The state, its history and custom
/// fields go on. Both are complete records.
std::vector<Problem> changes_of_closed_budget(const Fields& before, const Fields& after);

/// Postings that differ or are gone, with their figures, whatever the state of the fund; of a
/// closed fund every field but the state, its history, new postings and custom fields. Both are
/// complete records.
std::vector<Problem> changes_of_posted(const Fields& before, const Fields& after);

}  // namespace channelbridge::model
