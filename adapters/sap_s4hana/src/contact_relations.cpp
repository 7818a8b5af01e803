#include "contact_relations_internal.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "channelbridge/odata/value.hpp"
#include "enriching_adapter_internal.hpp"

namespace channelbridge::sap_s4hana {
namespace {

using adapter::Change;
using adapter::NodeOutcome;
using adapter::Operation;
using adapter::Page;
using adapter::Selection;
using adapter::WriteOutcome;
using adapter::WriteRequest;
using adapter::WriteStatus;
using Json = nlohmann::ordered_json;

constexpr std::string_view kPartners = "A_BusinessPartner";
constexpr std::string_view kRelations = "A_BusinessPartnerContact";
constexpr std::string_view kDetails = "A_BPContactToFuncAndDept";
constexpr std::string_view kToDetails = "to_ContactRelationship";
constexpr std::string_view kPerson = "BusinessPartnerPerson";
constexpr std::string_view kCompany = "BusinessPartnerCompany";
constexpr std::string_view kCategory = "RelationshipCategory";
constexpr std::string_view kBegins = "ValidityStartDate";
constexpr std::string_view kKey =
    "RelationshipNumber,BusinessPartnerCompany,BusinessPartnerPerson,ValidityEndDate";
constexpr std::size_t kPersonsPerCall = 40;
constexpr std::size_t kRows = 1'000;

bool leads_by_person(std::string_view path) { return path.starts_with(kByPerson); }

/// "by_BusinessPartnerPerson[…].to_ContactRelationship.EmailAddress" -> what is behind the first
/// step.
std::string behind(std::string_view path) {
  const std::size_t bracket = path.find(']');
  const std::size_t dot = path.find_first_of("./", bracket == std::string_view::npos ? 0 : bracket);
  return dot == std::string_view::npos ? std::string() : std::string(path.substr(dot + 1));
}

bool leads_to_relations(const Selection& selection) {
  return selection.object == kPartners &&
         std::any_of(selection.paths.begin(), selection.paths.end(), leads_by_person);
}

Selection without_relations(const Selection& selection) {
  Selection out = selection;
  std::erase_if(out.paths, leads_by_person);
  return out;
}

/// Of the relations: what the selection of the person wants of them, and what tells them apart.
Selection relations_of(const Selection& selection) {
  Selection out{.object = std::string(kRelations),
                .id = std::string(kKey),
                .paths = {std::string(kPerson), std::string(kCompany), std::string(kCategory),
                          std::string(kBegins)}};
  for (const std::string& path : selection.paths) {
    if (leads_by_person(path)) out.paths.push_back(behind(path));
  }
  std::sort(out.paths.begin(), out.paths.end());
  out.paths.erase(std::unique(out.paths.begin(), out.paths.end()), out.paths.end());
  return out;
}

std::string literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

Json parsed(std::string_view text) { return Json::parse(text, nullptr, false); }

/// "" for what is not there or no text.
std::string text_of(const Json& object, std::string_view name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Adds a member behind those of a JSON object, whose text stays as it is.
document::Document with_member(const document::Document& document, const std::string& value) {
  std::string text(document.text());
  const std::size_t end = text.rfind('}');
  if (end == std::string::npos) return document;
  const bool empty = text.find_last_not_of(" \t\r\n", end - 1) == text.find('{');
  text.insert(end, (empty ? "\"" : ",\"") + std::string(kByPerson) + "\":" + value);
  return document::Document::of(std::move(text), document.format(), document.full());
}

/// Takes what an update says of a person's relations out of its body: an array, null = nothing.
Json take_relations(std::string& body) {
  if (body.find(kByPerson) == std::string::npos) return {};
  Json object = parsed(body);
  if (!object.is_object() || !object.contains(kByPerson)) return {};
  Json out = object[std::string(kByPerson)];
  object.erase(std::string(kByPerson));
  body = object.dump();
  return out.is_object() ? Json::array({std::move(out)}) : out;
}

/// A person's relation with a company.
struct Relation {
  explicit Relation(Change change)
      : key(std::move(change.key)), document(std::move(change.document)) {
    const Json row = parsed(document.text());
    person = text_of(row, kPerson);
    company = text_of(row, kCompany);
    category = text_of(row, kCategory);
    begins = odata::parse_time(text_of(row, kBegins));
  }

  std::string key{};
  document::Document document{};
  std::string person{};
  std::string company{};
  std::string category{};
  std::optional<Timestamp> begins{};
};

struct Relations {
  std::vector<Relation> rows{};
  std::vector<adapter::UnreadableDocument> unreadable{};  ///< by person
};

/// What an update says of one relation of a person.
struct Wanted {
  NodeOutcome* person{};  ///< takes the answer
  Json says{};
  std::string category{};
  std::string key{};  ///< of the relation that is there; "" = none
  std::string company{};
  bool failed{};
};

void fail(Wanted& wanted, WriteStatus status, const Error& error) {
  wanted.failed = true;
  wanted.person->status = status;
  wanted.person->error = error;
}

class ContactRelations final : public EnrichingAdapter {
 public:
  ContactRelations(std::shared_ptr<adapter::Adapter> inner, TimeZone zone)
      : EnrichingAdapter(std::move(inner)), zone_(std::move(zone)) {}

  adapter::Capabilities capabilities(const Selection& selection) const override {
    adapter::Capabilities out = EnrichingAdapter::capabilities(selection);
    // A relation has no version, its change does not move the person's, and it travels by itself.
    if (leads_to_relations(selection)) out.conditional = out.atomic_group = out.deep_create = false;
    return out;
  }
  Result<std::vector<WriteOutcome>> write(const Selection& selection,
                                          const std::vector<WriteRequest>& requests,
                                          const Context& context) override {
    std::vector<WriteOutcome> outcomes(requests.size());
    std::vector<Json> said(requests.size());
    std::vector<WriteRequest> persons;
    std::vector<std::size_t> places;  // of `persons` in `requests`
    for (std::size_t i = 0; i < requests.size(); ++i) {
      WriteRequest person = requests[i];
      if (!person.nodes.empty()) said[i] = take_relations(person.nodes.front().body);
      if (said[i].is_array() && person.nodes.front().operation == Operation::Create) {
        const Error error =
            Error(ErrorCode::Unsupported,
                  "a create cannot say a person's relations: the person has no number yet")
                .with_operation("write " + std::string(kRelations))
                .with_sent(Sent::No);
        outcomes[i].nodes.assign(person.nodes.size(),
                                 {.status = WriteStatus::Rejected, .error = error});
        continue;
      }
      persons.push_back(std::move(person));
      places.push_back(i);
    }
    if (persons.empty()) return outcomes;
    auto answers = EnrichingAdapter::write(selection, persons, context);
    if (!answers) return answers;
    std::vector<Wanted> wanted;
    for (std::size_t n = 0; n < answers->size() && n < places.size(); ++n) {
      WriteOutcome& outcome = outcomes[places[n]] = std::move((*answers)[n]);
      if (outcome.nodes.empty()) continue;
      NodeOutcome& person = outcome.nodes.front();
      const bool there =
          person.status == WriteStatus::Updated || person.status == WriteStatus::Unchanged;
      const Json& relations = said[places[n]];
      if (!there || !relations.is_array()) continue;
      if (person.key.empty()) person.key = persons[n].nodes.front().key;
      for (const Json& says : relations)
        wanted.push_back({.person = &person, .says = says, .category = text_of(says, kCategory)});
    }
    write_relations(wanted, context);
    return outcomes;
  }

 private:
  Selection served(const Selection& selection) const override {
    return without_relations(selection);
  }
  void add_description(std::string_view object, adapter::ObjectMetadata& metadata) const override {
    if (object == kPartners) add_by_person(metadata);
  }

  /// Puts the relations of these persons into their documents. A person of whom one cannot be read
  /// is set aside: without it the document would say that there is none.
  Result<void> complete_page(Page& page, const Selection& selection,
                             const Context& context) override {
    if (!leads_to_relations(selection)) return {};
    std::vector<std::string> persons;
    for (const Change& change : page.changes) {
      if (!change.deleted) persons.push_back(change.key);
    }
    auto read = relations(persons, relations_of(selection), context);
    if (!read) return std::move(read).error();
    std::map<std::string, std::string, std::less<>> rows;  // person -> JSON rows
    for (const Relation& relation : read->rows) {
      std::string& list = rows[relation.person];
      list += (list.empty() ? "" : ",") + std::string(relation.document.text());
    }
    for (adapter::UnreadableDocument& row : read->unreadable) {
      std::erase_if(page.changes, [&](const Change& change) { return change.key == row.key; });
      page.unreadable.push_back(std::move(row));
    }
    for (Change& change : page.changes) {
      if (change.deleted) continue;
      const auto found = rows.find(change.key);
      change.document =
          with_member(change.document, "[" + (found == rows.end() ? "" : found->second) + "]");
    }
    return {};
  }

  /// The relations of these persons that are valid today, in the system's time.
  Result<Relations> relations(const std::vector<std::string>& persons, Selection selection,
                              const Context& context) {
    const auto now = zone_.to_local(context.clock().now()).time_since_epoch();
    const Timestamp today{std::chrono::floor<std::chrono::days>(now)};
    Relations out;
    for (std::size_t begin = 0; begin < persons.size(); begin += kPersonsPerCall) {
      const std::size_t end = std::min(persons.size(), begin + kPersonsPerCall);
      std::string any;
      for (std::size_t i = begin; i < end; ++i)
        any += (any.empty() ? "" : " or ") + std::string(kPerson) + " eq " + literal(persons[i]);
      selection.where = "(" + any + ") and ValidityEndDate ge datetime'" +
                        to_iso8601(today).substr(0, 10) + "T00:00:00'";
      adapter::Cursor cursor;
      for (bool more = true; more;) {
        auto page = inner().read(selection, cursor, kRows, context);
        if (!page) return std::move(page).error();
        for (Change& change : page->changes) out.rows.emplace_back(std::move(change));
        for (adapter::UnreadableDocument& row : page->unreadable) {
          row.key = text_of(parsed(row.text), kPerson);
          if (row.key.empty()) return row.error;
          const bool known = std::any_of(out.unreadable.begin(), out.unreadable.end(),
                                         [&](const auto& other) { return other.key == row.key; });
          if (!known) out.unreadable.push_back(std::move(row));
        }
        more = !page->end;
        cursor = page->next;
      }
    }
    keep_todays(out.rows, today);
    return out;
  }

  /// A relation that begins later is none yet where the person has another of its kind today. Alone
  /// it counts: a second one would be made beside it.
  static void keep_todays(std::vector<Relation>& rows, Timestamp today) {
    const auto later = [&](const Relation& row) { return row.begins && *row.begins > today; };
    std::set<std::pair<std::string, std::string>> served;
    for (const Relation& row : rows) {
      if (!later(row)) served.emplace(row.person, row.category);
    }
    std::erase_if(rows, [&](const Relation& row) {
      return later(row) && served.contains({row.person, row.category});
    });
  }

  /// Makes the relations what the updates say. What is there already is left alone, so that a write
  /// may be repeated.
  void write_relations(std::vector<Wanted>& wanted, const Context& context) {
    if (wanted.empty()) return;
    find_relations(wanted, context);
    send(wanted, kRelations, move_relation, context);
    send(wanted, kDetails, change_details, context);
  }

  void find_relations(std::vector<Wanted>& wanted, const Context& context) {
    std::set<std::string> persons;
    for (const Wanted& each : wanted) persons.insert(each.person->key);
    const auto found = relations({persons.begin(), persons.end()}, relations_of({}), context);
    std::set<std::pair<const NodeOutcome*, std::string>> named;
    for (Wanted& each : wanted) {
      if (!found) {
        fail(each, WriteStatus::Retry, found.error());
        continue;
      }
      if (each.category.empty() || !named.emplace(each.person, each.category).second) {
        fail(
            each, WriteStatus::Rejected,
            Error(ErrorCode::Invalid, "each relation is named by a RelationshipCategory of its own")
                .with_operation("write " + std::string(kRelations)));
        continue;
      }
      for (const adapter::UnreadableDocument& row : found->unreadable) {
        if (row.key == each.person->key) fail(each, WriteStatus::Retry, row.error);
      }
      for (const Relation& row : found->rows) {
        if (row.person != each.person->key || row.category != each.category) continue;
        if (!each.key.empty()) {
          fail(each, WriteStatus::Rejected,
               Error(ErrorCode::Conflict, "the person has several relations of the kind " +
                                              each.category + ": which one is meant is not known"));
        }
        each.key = row.key;
        each.company = row.company;
      }
    }
  }

  /// The company is part of the relation's key: another one is another relation.
  static std::optional<WriteRequest> move_relation(Wanted& wanted) {
    const std::string company = text_of(wanted.says, kCompany);
    if (!wanted.says.contains(kCompany) || company == wanted.company) return std::nullopt;
    WriteRequest request;
    if (!company.empty()) {
      const Json body{{std::string(kCompany), company},
                      {std::string(kPerson), wanted.person->key},
                      {std::string(kCategory), wanted.category}};
      request.nodes.push_back(
          {.operation = Operation::Create, .object = std::string(kRelations), .body = body.dump()});
    }
    if (!wanted.key.empty()) {
      request.nodes.push_back({.operation = Operation::Delete,
                               .object = std::string(kRelations),
                               .key = std::exchange(wanted.key, {})});
    }
    return request;
  }

  static std::optional<WriteRequest> change_details(Wanted& wanted) {
    const std::string details(kToDetails);
    if (!wanted.says.contains(details) || !wanted.says[details].is_object()) return std::nullopt;
    const Json& said = wanted.says[details];
    if (wanted.key.empty()) {
      const bool nothing = std::all_of(said.begin(), said.end(), [](const Json& value) {
        return value.is_null() || value == "";
      });
      if (!nothing) {
        fail(wanted, WriteStatus::Rejected,
             Error(ErrorCode::Rejected, "the person is no contact of a company")
                 .with_operation("write " + std::string(kDetails)));
      }
      return std::nullopt;
    }
    return WriteRequest{.nodes = {{.operation = Operation::Update,
                                   .object = std::string(kDetails),
                                   .key = wanted.key,
                                   .body = said.dump()}}};
  }

  /// Writes beside the persons, as many at a time as the service takes. What fails becomes its
  /// person's outcome, and nothing more is sent of it.
  void send(std::vector<Wanted>& wanted, std::string_view object,
            std::optional<WriteRequest> (*request_of)(Wanted&), const Context& context) {
    const Selection selection{.object = std::string(object), .id = std::string(kKey)};
    const std::size_t most =
        std::max<std::size_t>(1, inner().capabilities(selection).batch_records);
    std::vector<WriteRequest> requests;
    std::vector<Wanted*> whose;
    const auto send_these = [&] {
      if (requests.empty()) return;
      const auto outcomes = inner().write(selection, requests, context);
      for (std::size_t i = 0; i < whose.size(); ++i) {
        if (!outcomes) {
          fail(*whose[i], WriteStatus::Retry, outcomes.error());
        } else {
          take(*whose[i], requests[i], (*outcomes)[i]);
        }
      }
      requests.clear();
      whose.clear();
    };
    for (Wanted& each : wanted) {
      if (each.failed) continue;
      auto request = request_of(each);
      if (!request) continue;
      requests.push_back(*std::move(request));
      whose.push_back(&each);
      if (requests.size() == most) send_these();
    }
    send_these();
  }

  static void take(Wanted& wanted, const WriteRequest& request, const WriteOutcome& outcome) {
    for (const NodeOutcome& node : outcome.nodes) {
      const bool done =
          node.status == WriteStatus::Created || node.status == WriteStatus::Updated ||
          node.status == WriteStatus::Deleted || node.status == WriteStatus::Unchanged;
      if (done) continue;
      // A relation that is gone meanwhile is looked for again.
      return fail(wanted, node.not_found ? WriteStatus::Retry : node.status,
                  node.error.value_or(Error(ErrorCode::Rejected, "the relation was refused")));
    }
    if (request.nodes.front().operation == Operation::Create) {
      wanted.key = outcome.nodes.front().key;
      if (wanted.key.empty()) {  // the next look tells it
        return fail(wanted, WriteStatus::Retry,
                    Error(ErrorCode::Protocol, "the answer does not tell the new relation's key"));
      }
    }
    if (wanted.person->status == WriteStatus::Unchanged)
      wanted.person->status = WriteStatus::Updated;
  }

  const TimeZone zone_;
};

}  // namespace

std::shared_ptr<adapter::Adapter> with_contact_relations(std::shared_ptr<adapter::Adapter> inner,
                                                         TimeZone zone) {
  return std::make_shared<ContactRelations>(std::move(inner), std::move(zone));
}

void add_by_person(adapter::ObjectMetadata& metadata) {
  metadata.navigations.insert_or_assign(std::string(kByPerson), std::string(kRelations));
}

}  // namespace channelbridge::sap_s4hana
