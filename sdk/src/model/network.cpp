#include "channelbridge/model/network.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "channelbridge/model/date.hpp"
#include "channelbridge/model/decimal.hpp"
#include "channelbridge/model/order.hpp"
#include "channelbridge/model/record.hpp"
#include "document_rules_internal.hpp"
#include "network_funds_internal.hpp"
#include "network_incentives_internal.hpp"

namespace channelbridge::model {
namespace {

/// First and last day as text: canonical dates sort as text, an open end is before or after all.
struct Days {
  std::string first{};
  std::string last{"9999-12-31"};
};

Days days_of(const Fields& fields, const std::string& period) {
  Days out;
  if (const Value start = get(fields, period + ".start")) out.first = *start;
  if (const Value end = get(fields, period + ".end")) out.last = *end;
  return out;
}

bool share_a_day(const Days& left, const Days& right) {
  return left.first <= right.last && right.first <= left.last;
}

std::string text_of(const Days& days) {
  const std::string first = days.first.empty() ? "the beginning" : days.first;
  return first + " to " + (days.last == Days().last ? "further notice" : days.last);
}

Days shared(const Days& left, const Days& right) {
  return {std::max(left.first, right.first), std::min(left.last, right.last)};
}

// ---------------------------------------------------------------------------------- territories

/// Whom a territory speaks of; what is empty is not limited.
struct Area {
  std::array<std::string, 5> limits{};  ///< country, region, industry, account, product family
  std::string from{}, to{};             ///< postal codes
};
constexpr std::array<std::string_view, 5> kLimits{"country", "region", "industry", "account",
                                                  "product_family"};

std::vector<Area> areas_of(const Fields& fields, std::string_view list) {
  std::vector<Area> out;
  for (const std::string_view id : element_ids(fields, list)) {
    const auto value = [&](std::string_view field) {
      return get(fields, element_path(list, id, field)).value_or("");
    };
    Area area{.from = value("postal_range.from"), .to = value("postal_range.to")};
    for (std::size_t i = 0; i < kLimits.size(); ++i) area.limits[i] = value(kLimits[i]);
    out.push_back(std::move(area));
  }
  return out;
}

bool overlap(const Area& left, const Area& right) {
  for (std::size_t i = 0; i < kLimits.size(); ++i) {
    const std::string& a = left.limits[i];
    const std::string& b = right.limits[i];
    if (!a.empty() && !b.empty() && a != b) return false;
  }
  const bool before = !left.to.empty() && !right.from.empty() && left.to < right.from;
  const bool after = !right.to.empty() && !left.from.empty() && right.to < left.from;
  return !before && !after;
}

/// All of `area` lies in `whole`.
bool covers(const Area& whole, const Area& area) {
  for (std::size_t i = 0; i < kLimits.size(); ++i) {
    if (!whole.limits[i].empty() && whole.limits[i] != area.limits[i]) return false;
  }
  const bool begins = whole.from.empty() || (!area.from.empty() && whole.from <= area.from);
  const bool ends = whole.to.empty() || (!area.to.empty() && area.to <= whole.to);
  return begins && ends;
}

/// Of both, in every limit the narrower one.
Area narrowed(const Area& left, const Area& right) {
  Area out = left;
  for (std::size_t i = 0; i < kLimits.size(); ++i) {
    if (out.limits[i].empty()) out.limits[i] = right.limits[i];
  }
  out.from = std::max(left.from, right.from);
  if (out.to.empty() || (!right.to.empty() && right.to < out.to)) out.to = right.to;
  return out;
}

std::string text_of(const Area& area) {
  std::string out;
  for (std::size_t i = 0; i < kLimits.size(); ++i) {
    if (!area.limits[i].empty())
      out += (out.empty() ? "" : ", ") + std::string(kLimits[i]) + " " + area.limits[i];
  }
  if (!area.from.empty() || !area.to.empty())
    out += (out.empty() ? "" : ", ") + std::string("postal codes ") + area.from + "-" + area.to;
  return out.empty() ? "everything" : out;
}

class Territories : public NetworkCheck {
 public:
  void add(std::string_view /*entity*/, const std::string& id, const Fields& fields) override {
    if (const Value parent = get(fields, "parent")) parents_[id] = *parent;
    if (get(fields, "exclusivity") != "exclusive" || get(fields, "status") != "active") return;
    territories_.push_back({.id = id,
                            .code = get(fields, "code").value_or(id),
                            .days = days_of(fields, "valid"),
                            .include = areas_of(fields, "include"),
                            .exclude = areas_of(fields, "exclude")});
  }

  std::vector<Contradiction> contradictions() const override {
    std::vector<Contradiction> out;
    for (std::size_t i = 0; i < territories_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const Territory& one = territories_[j];
        const Territory& other = territories_[i];
        const auto area = common(one, other);
        if (!area || !share_a_day(one.days, other.days) || inside(one.id, other.id) ||
            inside(other.id, one.id))
          continue;
        out.push_back({"territory", "territory_overlap", one.id, other.id,
                       one.code + " and " + other.code + " are both exclusive in " +
                           text_of(*area) + " from " + text_of(shared(one.days, other.days))});
      }
    }
    return out;
  }

 private:
  struct Territory {
    std::string id{};
    std::string code{};
    Days days{};
    std::vector<Area> include{};
    std::vector<Area> exclude{};
  };

  static std::optional<Area> common(const Territory& one, const Territory& other) {
    for (const Area& left : one.include) {
      for (const Area& right : other.include) {
        if (!overlap(left, right)) continue;
        Area both = narrowed(left, right);
        const auto leaves_out = [&both](const Area& area) { return covers(area, both); };
        if (std::none_of(one.exclude.begin(), one.exclude.end(), leaves_out) &&
            std::none_of(other.exclude.begin(), other.exclude.end(), leaves_out))
          return both;
      }
    }
    return std::nullopt;
  }

  bool inside(const std::string& id, const std::string& whole) const {
    std::set<std::string> seen;
    for (auto at = parents_.find(id); at != parents_.end() && seen.insert(at->first).second;
         at = parents_.find(at->second)) {
      if (at->second == whole) return true;
    }
    return false;
  }

  std::vector<Territory> territories_;
  std::map<std::string, std::string> parents_;
};

// ----------------------------------------------------------------------------------- agreements

class Agreements : public NetworkCheck {
 public:
  void add(std::string_view /*entity*/, const std::string& id, const Fields& fields) override {
    if (get(fields, "stack_rule") != "exclusive" || get(fields, "status") != "active") return;
    std::string rank;
    for (const char* field : {"waterfall_level", "priority", "beneficiary.partner",
                              "beneficiary.tier", "beneficiary.program", "beneficiary.territory"})
      rank += get(fields, field).value_or("") + '\x1f';
    Agreement agreement{.id = id,
                        .number = get(fields, "number").value_or(id),
                        .priority = get(fields, "priority").value_or("none"),
                        .days = days_of(fields, "valid")};
    for (const std::string& product : values_at(fields, "scope.products[].product"))
      agreement.goods.insert("product " + product);
    for (const std::string& family : values_at(fields, "scope.families[].family"))
      agreement.goods.insert("family " + family);
    agreement.only[0] = get(fields, "scope.end_customer").value_or("");
    agreement.only[1] = get(fields, "scope.deal_registration").value_or("");
    by_rank_[rank].push_back(std::move(agreement));
  }

  std::vector<Contradiction> contradictions() const override {
    std::vector<Contradiction> out;
    for (const auto& [rank, agreements] : by_rank_) {
      for (std::size_t i = 0; i < agreements.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          const Agreement& one = agreements[j];
          const Agreement& other = agreements[i];
          const auto goods = common(one, other);
          if (!goods || !share_a_day(one.days, other.days)) continue;
          out.push_back({"discount_agreement", "agreement_overlap", one.id, other.id,
                         one.number + " and " + other.number + " both stand alone at priority " +
                             one.priority + " for " + *goods + " from " +
                             text_of(shared(one.days, other.days))});
        }
      }
    }
    return out;
  }

 private:
  struct Agreement {
    std::string id{};
    std::string number{};
    std::string priority{};
    Days days{};
    std::set<std::string> goods{};      ///< empty: all
    std::array<std::string, 2> only{};  ///< end customer, deal registration; empty: any
  };

  /// What both speak of. Which products a family has is not known here: a family and a product are
  /// two things.
  static std::optional<std::string> common(const Agreement& one, const Agreement& other) {
    for (std::size_t i = 0; i < one.only.size(); ++i) {
      if (!one.only[i].empty() && !other.only[i].empty() && one.only[i] != other.only[i])
        return std::nullopt;
    }
    if (one.goods.empty() && other.goods.empty()) return "all goods";
    if (one.goods.empty()) return *other.goods.begin();
    if (other.goods.empty()) return *one.goods.begin();
    for (const std::string& good : one.goods) {
      if (other.goods.contains(good)) return good;
    }
    return std::nullopt;
  }

  std::map<std::string, std::vector<Agreement>> by_rank_;
};

// --------------------------------------------------------------------------------------- prices

std::string day_after(const std::string& day, int days) {
  const auto date = Date::parse(day);
  return date ? to_string(Date(date->days() + std::chrono::days(days))) : day;
}

class Prices : public NetworkCheck {
 public:
  void add(std::string_view /*entity*/, const std::string& id, const Fields& fields) override {
    const Value book = get(fields, "price_book");
    const Value product = get(fields, "product");
    if (!book || !product) return;
    const Value amount = get(fields, "list_price.amount");
    const Value currency = get(fields, "list_price.currency");
    by_good_[*book + '\x1f' + *product + '\x1f' + get(fields, "unit").value_or("")].push_back(
        {.id = id,
         .price = amount ? *amount + (currency ? " " + *currency : "") : "no price",
         .days = days_of(fields, "valid")});
  }

  std::vector<Contradiction> contradictions() const override {
    std::vector<Contradiction> out;
    for (const auto& [good, listed] : by_good_) {
      std::vector<Entry> entries = listed;
      std::sort(entries.begin(), entries.end(), [](const Entry& left, const Entry& right) {
        return std::tie(left.days.first, left.days.last, left.id) <
               std::tie(right.days.first, right.days.last, right.id);
      });
      // The entry that lasts longest of those before: a short one inside it ends nothing.
      const Entry* before = nullptr;
      for (const Entry& entry : entries) {
        if (before != nullptr) judge(*before, entry, out);
        if (before == nullptr || before->days.last < entry.days.last) before = &entry;
      }
    }
    return out;
  }

 private:
  struct Entry {
    std::string id{};
    std::string price{};
    Days days{};
  };

  static void judge(const Entry& before, const Entry& entry, std::vector<Contradiction>& out) {
    if (share_a_day(before.days, entry.days)) {
      out.push_back({"price_book_entry", "price_overlap", before.id, entry.id,
                     before.price + " and " + entry.price + " both hold from " +
                         text_of(shared(before.days, entry.days))});
      return;
    }
    const std::string open = day_after(before.days.last, 1);
    if (open == entry.days.first) return;
    out.push_back({"price_book_entry", "price_gap", before.id, entry.id,
                   "no price holds from " + open + " to " + day_after(entry.days.first, -1) +
                       ", between " + before.price + " and " + entry.price});
  }

  std::map<std::string, std::vector<Entry>> by_good_;
};

// ------------------------------------------------------------------------------------- invoices

class Credits : public NetworkCheck {
 public:
  void add(std::string_view /*entity*/, const std::string& id, const Fields& fields) override {
    const Value status = get(fields, "status");
    const auto gross = number_at(fields, "totals.gross");
    if (!gross || status == "cancelled" || status == "draft") return;
    Document document{.id = id,
                      .number = get(fields, "number").value_or(id),
                      .gross = *gross,
                      .currency = get(fields, "currency").value_or("")};
    if (get(fields, "kind") != "credit_note") {
      invoices_.emplace(id, std::move(document));
    } else if (const Value invoice = get(fields, "reference_invoice")) {
      credits_[*invoice].push_back(std::move(document));
    }
  }

  std::vector<Contradiction> contradictions() const override {
    std::vector<Contradiction> out;
    for (const auto& [id, credits] : credits_) {
      const auto invoice = invoices_.find(id);
      if (invoice == invoices_.end()) continue;
      const Document& billed = invoice->second;
      Decimal sum;
      std::string numbers;
      for (const Document& credit : credits) {
        if (credit.currency != billed.currency) continue;
        // Some systems show what they give back below zero.
        const auto more =
            credit.gross.sign() < 0 ? subtract(sum, credit.gross) : model::add(sum, credit.gross);
        if (!more) break;
        sum = *more;
        numbers += (numbers.empty() ? "" : ", ") + credit.number;
      }
      if (sum <= billed.gross) continue;
      out.push_back({"invoice", "credit_above_invoice", id, credits.back().id,
                     "the credit notes " + numbers + " give back " + to_string(sum) + " " +
                         billed.currency + " of invoice " + billed.number + ", which is " +
                         to_string(billed.gross) + " " + billed.currency});
    }
    return out;
  }

 private:
  struct Document {
    std::string id{};
    std::string number{};
    Decimal gross{};
    std::string currency{};
  };

  std::map<std::string, Document> invoices_;
  std::map<std::string, std::vector<Document>> credits_;  ///< by the invoice that they name
};

// --------------------------------------------------------------------------------------- orders

class OrderStates : public NetworkCheck {
 public:
  bool each_alone() const override { return true; }

  void add(std::string_view /*entity*/, const std::string& id, const Fields& fields) override {
    const auto order = from_fields<Order>(fields);
    if (!order) return;
    if (const auto against = state_against_lines(*order))
      found_.push_back({.entity = "order",
                        .rule = "state_against_lines",
                        .record = id,
                        .message = "of order " + order->number.value_or(id) + " the " + *against});
  }

  std::vector<Contradiction> contradictions() const override { return found_; }

 private:
  std::vector<Contradiction> found_;
};

// -------------------------------------------------------------------------------- subscriptions

class Subscriptions : public NetworkCheck {
 public:
  void add(std::string_view /*entity*/, const std::string& id, const Fields& fields) override {
    const Value contract = get(fields, "contract");
    const Value line = get(fields, "line");
    const Value product = get(fields, "product");
    const Value start = get(fields, "start");
    const Value end = get(fields, "end");
    const auto quantity = number_at(fields, "quantity.value");
    if (get(fields, "status") != "active" || !contract || !line || !product || !start || !end)
      return;
    // An amendment of some systems stands beside what it takes off.
    if (quantity && quantity->sign() <= 0) return;
    const Value unit = get(fields, "quantity.unit");
    by_line_[*contract + '\x1f' + *line + '\x1f' + *product].push_back(
        {.id = id,
         .line = *line,
         .quantity = quantity ? to_string(*quantity) + (unit ? " " + *unit : "") : "some",
         .days = {.first = *start, .last = *end}});
  }

  std::vector<Contradiction> contradictions() const override {
    std::vector<Contradiction> out;
    for (const auto& [line, listed] : by_line_) {
      std::vector<Supply> supplies = listed;
      std::sort(supplies.begin(), supplies.end(), [](const Supply& left, const Supply& right) {
        return std::tie(left.days.first, left.days.last, left.id) <
               std::tie(right.days.first, right.days.last, right.id);
      });
      // What lasts longest of those that begin on an earlier day: two of one day share a key.
      const Supply* before = nullptr;
      for (std::size_t i = 1; i < supplies.size(); ++i) {
        const Supply& last = supplies[i - 1];
        const Supply& supply = supplies[i];
        if (last.days.first != supply.days.first &&
            (before == nullptr || before->days.last < last.days.last))
          before = &last;
        if (before == nullptr || !share_a_day(before->days, supply.days)) continue;
        out.push_back({"subscription", "subscription_overlap", before->id, supply.id,
                       before->quantity + " and " + supply.quantity +
                           " are both supplied by line " + supply.line + " from " +
                           text_of(shared(before->days, supply.days))});
      }
    }
    return out;
  }

 private:
  struct Supply {
    std::string id{};
    std::string line{};
    std::string quantity{};
    Days days{};
  };

  std::map<std::string, std::vector<Supply>> by_line_;
};

}  // namespace

std::vector<std::string> NetworkCheck::about(std::string_view entity) {
  std::vector<std::string> out;
  for (const std::string_view check : {"commission", "fund", "claim", "settlement"}) {
    const auto entities = of(check)->entities();
    if (std::find(entities.begin(), entities.end(), entity) != entities.end())
      out.emplace_back(check);
  }
  if (out.empty() && of(entity)) out.emplace_back(entity);
  return out;
}

std::unique_ptr<NetworkCheck> NetworkCheck::of(std::string_view entity) {
  if (entity == "territory") return std::make_unique<Territories>();
  if (entity == "discount_agreement") return std::make_unique<Agreements>();
  if (entity == "price_book_entry") return std::make_unique<Prices>();
  if (entity == "invoice") return std::make_unique<Credits>();
  if (entity == "subscription") return std::make_unique<Subscriptions>();
  if (entity == "order") return std::make_unique<OrderStates>();
  if (auto check = fund_check(entity)) return check;
  return incentive_check(entity);
}

}  // namespace channelbridge::model
