#include "waiting_internal.hpp"

#include <algorithm>
#include <utility>

#include "grounds_internal.hpp"
#include "linked_references_internal.hpp"

/// What waits, as a person reads it: which field refers to what, and what ends the wait.
namespace channelbridge::hub {

namespace {

/// More than any record waits for at once.
constexpr std::size_t kCausesOfOne = 100;

/// The fields by which people know a document.
constexpr std::string_view kNumbers[] = {"number", "buyer_po_number", "sku"};

std::string rule_of(const std::string& reason, bool refers) {
  if (refers) return "unresolved_reference";
  if (reason == "field") return "field_missing";
  if (reason == kLacksGround) return "required_by_record";
  if (reason == kRefusedByLedger) return "refused_by_ledger";
  if (reason == "conflict") return "does_not_add_up";
  return reason == "reference" ? "retry" : reason;
}

/// "lines[no=10].product": with the number that people know a line by, where it has one.
std::string by_number(const model::Fields& fields, const std::string& path) {
  const auto element = model::split_element(path);
  if (!element) return path;
  const model::Value no =
      model::get(fields, model::element_path(element->list, element->element, "no"));
  return no ? model::element_path(element->list, "no=" + *no, element->field) : path;
}

Result<std::vector<Waiting::Object>> open_objects_of(store::Store& store,
                                                     const std::string& record) {
  auto links = store.links_of_record(record);
  if (!links) return std::move(links).error();
  std::vector<Waiting::Object> out;
  for (const store::LinkRow& link : *links)
    if (!link.closed) out.push_back({link.spoke, link.object, link.key});
  return out;
}

/// By which people know the document.
std::string number_of(const model::Fields& fields) {
  for (const std::string_view path : kNumbers)
    if (const model::Value number = model::get(fields, path)) return *number;
  return "";
}

std::string end_of_ledger_wait(const std::string& rule) {
  if (rule == "fund_reference") return "when that is read, or the record names another one";
  if (rule == "fund_missing") return "when it names a fund";
  if (rule == "claim_rate") return "when the claim states a rate with its date and source";
  if (rule == "claim_amount" || rule == "request_amount") return "when it says how much";
  if (rule == "claim_period" || rule == "request_period")
    return "when its days, or those that bound them, are others";
  if (rule == "claim_evidence") return "when the proof is there";
  if (rule == "claim_invoice") return "when one of the two claims does not ask for it any more";
  if (rule == "claim_partner") return "when it and its request are of one partner";
  if (rule == "claim_deadline") return "when its request gives it more time";
  if (rule == "approval_limit") return "when finance decides it, or it grants less";
  if (rule == "approval_role") return "when somebody decides it who may";
  if (rule == "two_people") return "when another person has taken one of the two steps";
  if (rule == "request_ahead")
    return "when its activity begins later, or it is granted all the same";
  if (rule == "activity_results") return "when its activities say what came of them";
  if (rule == "accrual_stated") return "when only purchases, or only its system, accrue to it";
  if (rule == "accrual_fund") return "when only one fund is for it";
  if (rule == "retry") return "with the next sync";
  return "when the fund's books take it, or the record says something else";
}

/// The waiting rows of one spoke, record by record.
class Teller {
 public:
  Teller(const HubConfig& config, store::Store& store, const Spoke& spoke)
      : config_(config), store_(store), spoke_(spoke) {}

  Result<Waiting> tell(const store::WaitingRow& row, const store::RecordRow& record) const {
    auto state = parse_record_state(record.state);
    if (!state) return std::move(state).error();
    Waiting out{.spoke = spoke_.name,
                .entity = record.entity,
                .record = record.id,
                .detail = row.detail,
                .since = row.since};
    out.number = number_of(state->fields);
    auto objects = open_objects_of(store_, record.id);
    if (!objects) return std::move(objects).error();
    out.objects = *std::move(objects);
    if (row.reason == "reference" || row.reason == "field") {
      if (auto done = find_references(row, state->fields, out); !done)
        return std::move(done).error();
    }
    out.rule = rule_of(row.reason, !out.references.empty());
    if (!out.references.empty()) {
      std::sort(out.references.begin(), out.references.end(),
                [](const auto& a, const auto& b) { return a.path < b.path; });
      out.detail = out.references.front().path;
    } else {
      out.ends = end_of(row);
    }
    return out;
  }

 private:
  Result<void> find_references(const store::WaitingRow& row, const model::Fields& fields,
                               Waiting& out) const {
    for (const auto& field : fields) {
      const std::string& path = field.first;
      const std::string& value = field.second;
      const auto rules = spoke_.mapping->rules();
      const auto rule =
          std::find_if(rules.begin(), rules.end(), [&](const mapping::RuleInfo& each) {
            return !each.refers_to.empty() && each.direction != mapping::Direction::Read &&
                   maps(each, path);
          });
      if (rule == rules.end()) continue;
      const auto pending = model::parse_pending_reference(value);
      if (pending ? !rule->required_ref : row.reason != "reference" || row.detail != value)
        continue;
      Waiting::Reference reference{.path = by_number(fields, path), .entity = rule->refers_to};
      if (pending) {
        reference.system = pending->system;
        reference.object = pending->object;
        reference.key = pending->key;
      } else {
        reference.record = value;
        auto objects = open_objects_of(store_, value);
        if (!objects) return std::move(objects).error();
        if (!objects->empty()) {
          reference.system = system_of(objects->front().spoke);
          reference.object = objects->front().object;
          reference.key = objects->front().key;
        }
      }
      const std::string end = end_of(reference, rule->ref_object);
      if (out.ends.find(end) == std::string::npos) out.ends += (out.ends.empty() ? "" : "; ") + end;
      out.references.push_back(std::move(reference));
    }
    return {};
  }

  std::string system_of(const std::string& spoke) const {
    for (const Spoke& each : config_.spokes)
      if (each.name == spoke) return each.system;
    return spoke;
  }

  /// The spoke that carries an object of a system as that entity; null = none.
  const Spoke* carrier(const std::string& system, const std::string& object,
                       const std::string& entity) const {
    for (const Spoke& each : config_.spokes) {
      if (each.system == system && each.mapping->object() == object &&
          each.mapping->entity().name() == entity)
        return &each;
    }
    return nullptr;
  }

  /// The system in which the spoke finds the keys of an object.
  std::string keys_of(const std::string& object) const {
    for (const System& each : config_.systems)
      if (each.name == spoke_.system) return system_of_keys(config_, each, object);
    return spoke_.system;
  }

  std::string end_of(const Waiting::Reference& reference, const std::string& ref_object) const {
    const bool unread = reference.record.empty();
    const std::string system = unread ? reference.system : keys_of(ref_object);
    const std::string& object = unread ? reference.object : ref_object;
    const Spoke* by = carrier(system, object, reference.entity);
    if (by == nullptr) {
      return "no spoke carries " + object + " of " + system + " as " + reference.entity +
             ": the document has to refer to another " + reference.entity;
    }
    return unread ? "when " + by->name + " reads " + reference.entity + " '" + reference.key +
                        "' from " + system + ", or the document refers to another"
                  : "when " + by->name + " has the " + reference.entity + " in " + system;
  }

  std::string end_of(const store::WaitingRow& row) const {
    if (row.reason == "field") return "when " + row.detail + " has a value";
    if (row.reason == kLacksGround) return "when it has a value, or nothing asks for it any more";
    if (row.reason == kRefusedByLedger)
      return "when the books of its fund take it, or it says something else";
    if (row.reason == "conflict") return "when the figures agree; the rest is written";
    if (row.reason == "several_elements") {
      return "when " + row.detail.substr(0, row.detail.find("[]")) +
             " has one element: the object has columns for no more";
    }
    if (row.reason == "answer_outstanding")
      return "when " + spoke_.system + " says what became of it, or a person does in its place";
    if (row.reason == "lost_create") {
      return "when its object shows itself, or a person says what became of it: `dead-letters "
             "replay` (it is not there) or `duplicates resolve` (it is another record's)";
    }
    if (row.reason == "reference") return "when the record " + row.detail + " has an object there";
    return "with the next sync that can";
  }

  const HubConfig& config_;
  store::Store& store_;
  const Spoke& spoke_;
};

/// What it waits for several times over is told once, with all that it refers to.
void unite(Waiting& first, Waiting told) {
  for (Waiting::Reference& reference : told.references) {
    const bool known =
        std::any_of(first.references.begin(), first.references.end(),
                    [&](const Waiting::Reference& each) { return each.path == reference.path; });
    if (!known) first.references.push_back(std::move(reference));
  }
  if (first.ends.find(told.ends) == std::string::npos) first.ends += "; " + told.ends;
  first.since = std::min(first.since, told.since);
}

/// These rows of one spoke; at most `limit`.
Result<std::vector<Waiting>> tell_all(const HubConfig& config, store::Store& store,
                                      const Spoke& spoke,
                                      const std::vector<store::WaitingRow>& rows,
                                      std::size_t limit) {
  const Teller teller(config, store, spoke);
  std::vector<Waiting> out;
  for (const store::WaitingRow& row : rows) {
    auto records = store.records({row.record});
    if (!records) return std::move(records).error();
    if (records->empty()) continue;
    auto told = teller.tell(row, records->front());
    if (!told) return std::move(told).error();
    const bool again = !out.empty() && out.back().record == told->record &&
                       out.back().rule == told->rule && !told->references.empty();
    if (again) {
      unite(out.back(), *std::move(told));
      continue;
    }
    if (out.size() == limit) break;
    out.push_back(*std::move(told));
  }
  return out;
}

}  // namespace

Result<std::vector<Waiting>> waits_of(const HubConfig& config, store::Store& store,
                                      const Spoke& spoke, std::size_t limit) {
  auto rows = store.waiting(spoke.name, "", limit + kCausesOfOne);
  if (!rows) return std::move(rows).error();
  return tell_all(config, store, spoke, *rows, limit);
}

Result<std::vector<Waiting>> waits_of_record(const HubConfig& config, store::Store& store,
                                             const Spoke& spoke, const std::string& record) {
  // The list goes by record: from just before this one, past those that differ in the last digit.
  const std::string before = record.substr(0, record.size() - 1);
  auto rows = store.waiting(spoke.name, before, 16 * kCausesOfOne);
  if (!rows) return std::move(rows).error();
  std::erase_if(*rows, [&record](const store::WaitingRow& row) { return row.record != record; });
  return tell_all(config, store, spoke, *rows, rows->size());
}

Result<std::vector<Waiting>> waits_of_ledger(store::Store& store,
                                             const std::vector<store::LedgerWaitRow>& rows) {
  std::vector<Waiting> out;
  for (const store::LedgerWaitRow& row : rows) {
    Waiting wait{.spoke = std::string(kLedgerSpoke),
                 .entity = row.entity,
                 .record = row.record,
                 .rule = row.rule,
                 .detail = row.detail,
                 .ends = end_of_ledger_wait(row.rule),
                 .since = row.since};
    auto records = store.records({row.record});
    if (!records) return std::move(records).error();
    for (const store::RecordRow& record : *records) {
      auto state = parse_record_state(record.state);
      if (!state) return std::move(state).error();
      wait.entity = record.entity;
      wait.number = number_of(state->fields);
    }
    auto objects = open_objects_of(store, row.record);
    if (!objects) return std::move(objects).error();
    wait.objects = *std::move(objects);
    out.push_back(std::move(wait));
  }
  return out;
}

Result<std::vector<Waiting>> waits_of_ledger(store::Store& store, std::size_t limit) {
  auto rows = store.ledger_waits("", limit);
  if (!rows) return std::move(rows).error();
  return waits_of_ledger(store, *rows);
}

Result<std::vector<Waiting>> Hub::waiting(std::size_t limit) const {
  auto of_ledger = waits_of_ledger(store(), limit);
  if (!of_ledger) return of_ledger;
  std::vector<Waiting> out = *std::move(of_ledger);
  for (const Spoke& spoke : config().spokes) {
    auto told = waits_of(config(), store(), spoke, limit);
    if (!told) return std::move(told).error();
    std::move(told->begin(), told->end(), std::back_inserter(out));
  }
  return out;
}

std::string to_string(const Waiting& waiting) {
  std::string out;
  for (const Waiting::Reference& each : waiting.references) {
    out += (out.empty() ? "" : ", ") + each.path + " refers to " + each.entity + " ";
    if (!each.key.empty()) out += "'" + each.key + "' of " + each.system;
    if (!each.record.empty()) out += (each.key.empty() ? "" : " ") + ("(" + each.record + ")");
  }
  return out.empty() ? waiting.detail : out;
}

}  // namespace channelbridge::hub
