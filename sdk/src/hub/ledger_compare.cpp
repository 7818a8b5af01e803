#include <algorithm>
#include <utility>

#include "ledger_internal.hpp"
#include "waiting_internal.hpp"

namespace channelbridge::hub {

namespace {

using Account = model::FundAccount;
using model::Decimal;

constexpr std::string_view kBooks = "books";
constexpr std::string_view kApprovedClaims = "approved claims";

std::string money_shown(const model::Fields& fields, std::string_view path,
                        const std::string& own) {
  const model::Value value = model::get(fields, path);
  if (!value) return "nothing";
  if (path == "status" || path == "currency") return *value;
  return money_text(*value, model::get(fields, "currency").value_or(own));
}

/// What the system shows of a record, where it shows it otherwise than the record would look there;
/// else what the record says.
model::Fields as_shown(const Spoke& spoke, const model::Fields& record, const LinkState& link,
                       std::string_view entity) {
  model::Fields out = record;
  for (const std::string_view path : money_fields(entity)) {
    if (!spoke.mapping->may_state(path)) continue;
    const auto group = link.groups.find(spoke.mapping->entity().group_of(path));
    const model::Value shown =
        group == link.groups.end() ? std::nullopt : model::get(group->second.held, path);
    if (shown != spoke.mapping->image(path, model::get(record, path))) model::set(out, path, shown);
  }
  return out;
}

Decimal granted_in_books(const model::FundLedger& ledger, const std::string& claim) {
  return plus(plus(ledger.figure(Account::ApprovedClaim, claim),
                   ledger.figure(Account::ReleasedToSettle, claim)),
              ledger.figure(Account::Settled, claim));
}

}  // namespace

std::string money_text(const std::string& amount, const std::string& currency) {
  const auto number = model::Decimal::parse(amount);
  const auto known = model::Currency::parse(currency);
  if (number && known) return shown(*number, *known);
  return amount + (currency.empty() ? "" : " " + currency);
}

std::string words_of(const store::DeadLetterRow& letter) {
  const std::string first = letter.message.substr(0, letter.message.find('\n'));
  return (letter.direction == "write" ? "refused there: " : "its document cannot be read: ") +
         first + (letter.rule.empty() ? "" : " (rule " + letter.rule + ")");
}

Result<bool> LedgerComparison::is_booked(const LedgerRecord& record) {
  if (waits_.contains(record.id)) return true;
  std::vector<std::string> documents{record.id};
  if (record.entity == "settlement") documents = members_of(record.fields);
  for (const std::string& document : documents) {
    auto funds = accounting_.books().funds_of(document);
    if (!funds) return std::move(funds).error();
    if (!funds->empty()) return true;
  }
  return false;
}

Result<void> LedgerComparison::compare(const std::string& id) {
  auto record = accounting_.reader().find(id);
  if (!record) return std::move(record).error();
  if (*record == nullptr || (*record)->gone) return {};
  auto booked = is_booked(**record);
  if (!booked) return std::move(booked).error();
  if (!*booked) return {};
  auto rows = store_.records({id});
  if (!rows) return std::move(rows).error();
  auto state = parse_record_state(rows->front().state);
  if (!state) return std::move(state).error();
  auto links = store_.links_of_record(id);
  if (!links) return std::move(links).error();
  for (const Spoke& spoke : config_.spokes) {
    if (spoke.mapping->entity().name() != (*record)->entity) continue;
    const auto link = std::find_if(links->begin(), links->end(), [&](const store::LinkRow& row) {
      return row.spoke == spoke.name && !row.secondary;
    });
    Side side{.spoke = &spoke, .record = *record, .state = &*state};
    if (link != links->end()) {
      side.link = &*link;
      auto shown = parse_link_state(link->state);
      if (!shown) return std::move(shown).error();
      side.link_state = *std::move(shown);
    }
    if (auto done = compare_side(side); !done) return done;
  }
  return {};
}

Result<void> LedgerComparison::compare_side(const Side& side) {
  const bool carried = side.spoke->direction != SpokeDirection::Pull &&
                       side.spoke->filter.passes(side.record->fields);
  if (side.link == nullptr && (!carried || !side.spoke->creates.passes(side.record->fields)))
    return {};
  if (auto done = note_write(side); !done) return done;
  if (waits_.contains(side.record->id)) {
    auto books = booked_text(*side.record);
    if (!books) return std::move(books).error();
    const model::Fields there =
        side.link == nullptr
            ? model::Fields()
            : as_shown(*side.spoke, side.record->fields, side.link_state, side.record->entity);
    std::string text;
    for (const std::string_view path : money_fields(side.record->entity)) {
      if (path == "currency" || !model::get(there, path)) continue;
      text += (text.empty() ? "" : ", ") + std::string(path) + " " + money_shown(there, path, "");
    }
    return tell(side, std::string(kBooks), *std::move(books), text.empty() ? "nothing" : text);
  }
  if (auto done = compare_fields(side); !done) return done;
  return carried && side.record->entity == "claim" ? add_to_sums(side) : Result<void>();
}

/// A system's own sums follow what is written there.
Result<void> LedgerComparison::note_write(const Side& side) {
  if (side.link == nullptr || !side.link_state.write_ended) return {};
  auto funds = money_of(accounting_, *side.record);
  if (!funds) return std::move(funds).error();
  for (const std::string& fund : *funds) {
    LastWrite& last = writes_[{side.spoke->system, fund}];
    if (last.ended < *side.link_state.write_ended)
      last = {.ended = *side.link_state.write_ended, .document = side.record->id};
  }
  return {};
}

Result<void> LedgerComparison::compare_fields(const Side& side) {
  const mapping::Mapping& mapping = *side.spoke->mapping;
  const model::Fields& own = side.record->fields;
  const std::string currency = model::get(own, "currency").value_or("");
  if (side.link == nullptr) {
    std::string_view path = "status";
    for (const std::string_view each : money_fields(side.record->entity)) {
      if (each != "currency" && model::get(own, each)) path = each;
    }
    return tell(side, std::string(path), money_shown(own, path, currency), "nothing");
  }
  for (const std::string_view path : money_fields(side.record->entity)) {
    if (!mapping.may_state(path)) continue;
    const auto group = side.link_state.groups.find(mapping.entity().group_of(path));
    const model::Fields held =
        group == side.link_state.groups.end() ? model::Fields() : group->second.held;
    if (model::get(held, path) == mapping.image(path, model::get(own, path))) continue;
    if (auto done = tell(side, std::string(path), money_shown(own, path, currency),
                         money_shown(held, path, currency));
        !done)
      return done;
  }
  return {};
}

/// What of all claims of a fund is granted, in the books and by what the system shows of them.
Result<void> LedgerComparison::add_to_sums(const Side& side) {
  const mapping::Mapping& mapping = *side.spoke->mapping;
  if (!mapping.may_state("approved_amount") || !mapping.may_state("status")) return {};
  auto funds = accounting_.books().funds_of(side.record->id);
  if (!funds) return std::move(funds).error();
  for (const std::string& fund : *funds) {
    auto book = accounting_.books().open(fund);
    if (!book) return std::move(book).error();
    if (*book == nullptr || (*book)->broken()) continue;
    Sums& sums = sums_[{side.spoke->name, fund}];
    sums.currency = (*book)->currency().text();
    ++sums.claims;
    sums.ledger = plus(sums.ledger, granted_in_books((*book)->ledger(), side.record->id));
    if (side.link == nullptr) continue;
    auto settled = accounting_.settled(side.record->id);
    if (!settled) return std::move(settled).error();
    ClaimTarget there;
    const model::Fields shown_fields =
        as_shown(*side.spoke, side.record->fields, side.link_state, "claim");
    const bool counts =
        !target_of_claim(shown_fields, *settled, (*book)->currency(), there).has_value();
    if (counts) sums.shown = plus(sums.shown, there.granted);
  }
  return {};
}

std::vector<LedgerDifference> LedgerComparison::finish() {
  for (const auto& [names, sums] : sums_) {
    if (sums.ledger == sums.shown) continue;
    const auto& [spoke, fund] = names;
    LedgerDifference out{.spoke = spoke,
                         .entity = "fund",
                         .record = fund,
                         .field = std::string(kApprovedClaims),
                         .ledger = money_text(to_string(sums.ledger), sums.currency),
                         .shown = money_text(to_string(sums.shown), sums.currency),
                         .cause = "sum of its " + std::to_string(sums.claims) +
                                  (sums.claims == 1 ? " claim" : " claims") +
                                  ", each of which is named where it differs"};
    const auto known = accounting_.reader().read().find(fund);
    if (known != accounting_.reader().read().end() && known->second)
      out.number = model::get(known->second->fields, "number").value_or("");
    for (const Spoke& each : config_.spokes) {
      if (each.name == spoke) out.system = each.system;
    }
    differences_.push_back(std::move(out));
  }
  sums_.clear();
  return std::exchange(differences_, {});
}

Result<void> LedgerComparison::tell(const Side& side, std::string field, std::string ledger,
                                    std::string shown) {
  auto cause = cause_of(side, field);
  if (!cause) return std::move(cause).error();
  differences_.push_back({.spoke = side.spoke->name,
                          .system = side.spoke->system,
                          .entity = side.record->entity,
                          .record = side.record->id,
                          .number = model::get(side.record->fields, "number").value_or(""),
                          .key = side.link == nullptr ? "" : side.link->key,
                          .field = std::move(field),
                          .ledger = std::move(ledger),
                          .shown = std::move(shown),
                          .cause = *std::move(cause)});
  return {};
}

Result<std::string> LedgerComparison::cause_of(const Side& side, const std::string& field) {
  if (field == kBooks) {
    const store::LedgerWaitRow& wait = waits_.at(side.record->id);
    return "waiting: " + wait.detail + " (rule " + wait.rule + ")";
  }
  if (side.link != nullptr) {
    if (side.link->closed) return std::string("the object is gone there");
    const auto group = side.link_state.groups.find(side.spoke->mapping->entity().group_of(field));
    if (group != side.link_state.groups.end() && group->second.conflict) {
      const Conflict& conflict = *group->second.conflict;
      return "changed there, in conflict: " + std::string(to_string(conflict.reason)) +
             (conflict.detail.empty() ? "" : " (" + conflict.detail + ")");
    }
  }
  auto cause = cause_of_write(side);
  if (!cause || !cause->empty()) return cause;
  if (side.link == nullptr) return std::string("not yet pushed");
  if (side.spoke->mapping->may_state("currency") && field != "currency") {
    const auto group =
        side.link_state.groups.find(side.spoke->mapping->entity().group_of("currency"));
    const model::Value there = group == side.link_state.groups.end()
                                   ? std::nullopt
                                   : model::get(group->second.held, "currency");
    if (there && there != model::get(side.record->fields, "currency"))
      return std::string("another currency");
  }
  if (side.spoke->direction == SpokeDirection::Pull)
    return std::string("only read there: it is nobody's to write");
  const bool looked_at = side.link_state.position >= side.state->version;
  if (side.link_state.due || side.link_state.look_due || !looked_at)
    return std::string("not yet pushed");
  return std::string("changed there");
}

/// Why a write does not come about; "" = nothing stands against it.
Result<std::string> LedgerComparison::cause_of_write(const Side& side) {
  std::vector<std::string> names{side.record->id};
  if (side.link != nullptr) names.push_back(side.link->key);
  auto letters = store_.dead_letters_of(side.spoke->name, names);
  if (!letters) return std::move(letters).error();
  if (!letters->empty()) return words_of(letters->front());
  auto waits = waits_of_record(config_, store_, *side.spoke, side.record->id);
  if (!waits) return std::move(waits).error();
  if (!waits->empty())
    return "waiting: " + to_string(waits->front()) + " (rule " + waits->front().rule + ")";
  auto intents = store_.intents_of(side.spoke->name, {side.record->id});
  if (!intents) return std::move(intents).error();
  const bool open = std::any_of(intents->begin(), intents->end(), [](const auto& intent) {
    return intent.state != store::IntentState::Absent;
  });
  return std::string(open ? "an answer is outstanding" : "");
}

/// "reserved 300.00 EUR, approved_claim 200.00 EUR"
Result<std::string> LedgerComparison::booked_text(const LedgerRecord& record) {
  auto funds = accounting_.books().funds_of(record.id);
  if (!funds) return std::move(funds).error();
  std::string out;
  for (const std::string& fund : *funds) {
    auto book = accounting_.books().open(fund);
    if (!book) return std::move(book).error();
    if (*book == nullptr) continue;
    for (const Account account :
         {Account::Distributed, Account::Prereserved, Account::Reserved, Account::PendingClaim,
          Account::ApprovedClaim, Account::ReleasedToSettle, Account::Settled, Account::Paid}) {
      const Decimal amount = (*book)->ledger().figure(account, record.id);
      if (amount.sign() <= 0) continue;
      out += (out.empty() ? "" : ", ") + std::string(to_string(account)) + " " +
             shown(amount, (*book)->currency());
    }
  }
  return out.empty() ? std::string("nothing") : out;
}

}  // namespace channelbridge::hub
