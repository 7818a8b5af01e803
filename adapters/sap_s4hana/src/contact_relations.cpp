#include "contact_relations_internal.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "channelbridge/core/time.hpp"

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

Selection without_relations(const Selection& selection) {
  Selection out = selection;
  std::erase_if(out.paths, leads_by_person);
  return out;
}

/// Of the relations: what the selection of the person wants of them, and what tells them apart.
Selection relations_of(const Selection& selection) {
  Selection out{.object = std::string(kRelations),
                .id = std::string(kKey),
                .paths = {std::string(kPerson), std::string(kCompany), "RelationshipCategory"}};
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

class ContactRelations final : public adapter::Adapter {
 public:
  explicit ContactRelations(std::shared_ptr<adapter::Adapter> inner) : inner_(std::move(inner)) {}

  adapter::Capabilities capabilities(const Selection& selection) const override {
    return inner_->capabilities(without_relations(selection));
  }
  Result<adapter::ObjectMetadata> describe(std::string_view object,
                                           const Context& context) override {
    auto out = inner_->describe(object, context);
    if (out && object == kPartners) add_by_person(*out);
    return out;
  }
  Result<std::string> probe(const Context& context) override { return inner_->probe(context); }
  adapter::Usage usage() const override { return inner_->usage(); }

  Result<Page> read(const Selection& selection, const adapter::Cursor& cursor,
                    std::size_t page_size, const Context& context) override {
    return with_rows(inner_->read(without_relations(selection), cursor, page_size, context),
                     selection, context);
  }
  Result<Page> read_by_keys(const Selection& selection, const std::vector<std::string>& keys,
                            const Context& context) override {
    return with_rows(inner_->read_by_keys(without_relations(selection), keys, context), selection,
                     context);
  }
  Result<Change> read_by_key(const Selection& selection, std::string_view key,
                             const Context& context) override {
    auto change = inner_->read_by_key(without_relations(selection), key, context);
    if (!change) return change;
    std::vector<Change> changes{*std::move(change)};
    if (auto done = attach(changes, selection, context); !done) return std::move(done).error();
    return std::move(changes.front());
  }
  Result<std::vector<Change>> find(const Selection& selection, std::string_view correlation,
                                   const Context& context) override {
    auto changes = inner_->find(without_relations(selection), correlation, context);
    if (!changes) return changes;
    if (auto done = attach(*changes, selection, context); !done) return std::move(done).error();
    return changes;
  }

  Result<std::vector<WriteOutcome>> write(const Selection& selection,
                                          const std::vector<WriteRequest>& requests,
                                          const Context& context) override {
    std::vector<WriteRequest> own = requests;
    std::vector<Json> relations(requests.size());
    for (std::size_t i = 0; i < own.size(); ++i) {
      if (own[i].nodes.empty()) continue;
      std::string& body = own[i].nodes.front().body;
      if (body.find(kByPerson) == std::string::npos) continue;
      Json object = parsed(body);
      if (!object.is_object() || !object.contains(kByPerson)) continue;
      relations[i] = object[std::string(kByPerson)];
      object.erase(std::string(kByPerson));
      body = object.dump();
    }
    auto outcomes = inner_->write(without_relations(selection), own, context);
    if (!outcomes) return outcomes;
    for (std::size_t i = 0; i < outcomes->size() && i < relations.size(); ++i) {
      WriteOutcome& outcome = (*outcomes)[i];
      if (!relations[i].is_array() || outcome.nodes.empty()) continue;
      NodeOutcome& person = outcome.nodes.front();
      const bool there = person.status == WriteStatus::Created ||
                         person.status == WriteStatus::Updated ||
                         person.status == WriteStatus::Unchanged;
      if (person.key.empty()) person.key = own[i].nodes.front().key;
      if (!there || person.key.empty()) continue;
      for (const Json& wanted : relations[i]) {
        if (auto done = write_relation(person, wanted, context); !done) break;
      }
    }
    return outcomes;
  }

 private:
  struct Relation {
    std::string key{};
    Json row{};
  };

  Result<Page> with_rows(Result<Page> page, const Selection& selection, const Context& context) {
    if (!page) return page;
    if (auto done = attach(page->changes, selection, context); !done)
      return std::move(done).error();
    return page;
  }

  /// Puts the relations of these persons into their documents.
  Result<void> attach(std::vector<Change>& changes, const Selection& selection,
                      const Context& context) {
    const bool wanted =
        std::any_of(selection.paths.begin(), selection.paths.end(), leads_by_person);
    if (!wanted || selection.object != kPartners) return {};
    std::vector<std::string> persons;
    for (const Change& change : changes) {
      if (!change.deleted) persons.push_back(change.key);
    }
    std::map<std::string, std::string, std::less<>> rows;  // person -> JSON rows
    for (std::size_t begin = 0; begin < persons.size(); begin += kPersonsPerCall) {
      const std::size_t end = std::min(persons.size(), begin + kPersonsPerCall);
      auto read = relations({persons.begin() + static_cast<std::ptrdiff_t>(begin),
                             persons.begin() + static_cast<std::ptrdiff_t>(end)},
                            relations_of(selection), context);
      if (!read) return std::move(read).error();
      for (const Change& relation : *read) {
        const Json row = parsed(relation.document.text());
        std::string& list = rows[text_of(row, kPerson)];
        list += (list.empty() ? "" : ",") + std::string(relation.document.text());
      }
    }
    for (Change& change : changes) {
      if (change.deleted) continue;
      const auto found = rows.find(change.key);
      change.document =
          with_member(change.document, "[" + (found == rows.end() ? "" : found->second) + "]");
    }
    return {};
  }

  /// The relations of these persons that are valid today.
  Result<std::vector<Change>> relations(const std::vector<std::string>& persons,
                                        Selection selection, const Context& context) {
    std::string any;
    for (const std::string& person : persons)
      any += (any.empty() ? "" : " or ") + std::string(kPerson) + " eq " + literal(person);
    selection.where = "(" + any + ") and ValidityEndDate ge datetime'" +
                      to_iso8601(context.clock().now()).substr(0, 10) + "T00:00:00'";
    std::vector<Change> out;
    adapter::Cursor cursor;
    for (;;) {
      auto page = inner_->read(selection, cursor, kRows, context);
      if (!page) return std::move(page).error();
      std::move(page->changes.begin(), page->changes.end(), std::back_inserter(out));
      if (page->end) return out;
      cursor = page->next;
    }
  }

  /// Makes one relation of a person what `wanted` says; `person` takes the answer. What is there
  /// already is left alone, so that a write may be repeated.
  Result<void> write_relation(NodeOutcome& person, const Json& wanted, const Context& context) {
    const std::string category = text_of(wanted, "RelationshipCategory");
    auto there = relation_of(person.key, category, context);
    if (!there) {
      person.status =
          there.error().code() == ErrorCode::Conflict ? WriteStatus::Rejected : WriteStatus::Retry;
      person.error = there.error();
      return std::move(there).error();
    }
    std::string key = there->key;
    if (wanted.contains(kCompany)) {
      const std::string number = text_of(wanted, kCompany);
      if (number != text_of(there->row, kCompany)) {
        auto moved = move_relation(person, there->key, number, category, context);
        if (!moved) return std::move(moved).error();
        key = *moved;
      }
    }
    const std::string details(kToDetails);
    if (!wanted.contains(details) || !wanted[details].is_object()) return {};
    if (key.empty()) {
      const Json& said = wanted[details];
      const bool nothing = std::all_of(said.begin(), said.end(), [](const Json& value) {
        return value.is_null() || value == "";
      });
      if (nothing) return {};
      person.status = WriteStatus::Rejected;
      person.error = Error(ErrorCode::Rejected, "the person is no contact of a company")
                         .with_operation("write " + std::string(kDetails));
      return *person.error;
    }
    const Selection selection{.object = std::string(kDetails), .id = std::string(kKey)};
    const WriteRequest request{.nodes = {{.operation = Operation::Update,
                                          .object = selection.object,
                                          .key = key,
                                          .body = wanted[details].dump()}}};
    return send(person, selection, request, context);
  }

  /// The person's relation of this kind, or an empty one.
  Result<Relation> relation_of(const std::string& person, const std::string& category,
                               const Context& context) {
    const Selection selection{
        .object = std::string(kRelations),
        .id = std::string(kKey),
        .paths = {std::string(kPerson), std::string(kCompany), "RelationshipCategory"}};
    auto rows = relations({person}, selection, context);
    if (!rows) return std::move(rows).error();
    Relation out;
    for (const Change& change : *rows) {
      Json row = parsed(change.document.text());
      if (text_of(row, "RelationshipCategory") != category) continue;
      if (!out.key.empty()) {
        return Error(ErrorCode::Conflict, "the person has several relations of the kind " +
                                              category + ": which one is meant is not known");
      }
      out = {.key = change.key, .row = std::move(row)};
    }
    return out;
  }

  /// The company is part of the relation's key: another one is another relation. Returns its key.
  Result<std::string> move_relation(NodeOutcome& person, const std::string& old,
                                    const std::string& company, const std::string& category,
                                    const Context& context) {
    const Selection selection{.object = std::string(kRelations), .id = std::string(kKey)};
    WriteRequest request;
    if (!company.empty()) {
      const Json body{{std::string(kCompany), company},
                      {std::string(kPerson), person.key},
                      {"RelationshipCategory", category}};
      request.nodes.push_back(
          {.operation = Operation::Create, .object = selection.object, .body = body.dump()});
    }
    if (!old.empty()) {
      request.nodes.push_back(
          {.operation = Operation::Delete, .object = selection.object, .key = old});
    }
    std::string key;
    if (auto done = send(person, selection, request, context, company.empty() ? nullptr : &key);
        !done)
      return std::move(done).error();
    return key;
  }

  /// Writes beside the person; what fails becomes the person's outcome. `key` takes the first
  /// node's.
  Result<void> send(NodeOutcome& person, const Selection& selection, const WriteRequest& request,
                    const Context& context, std::string* key = nullptr) {
    auto outcomes = inner_->write(selection, {request}, context);
    if (!outcomes) {
      person.status = WriteStatus::Retry;
      person.error = outcomes.error();
      return std::move(outcomes).error();
    }
    for (const NodeOutcome& node : outcomes->front().nodes) {
      const bool done =
          node.status == WriteStatus::Created || node.status == WriteStatus::Updated ||
          node.status == WriteStatus::Deleted || node.status == WriteStatus::Unchanged;
      if (done) continue;
      // A relation that is gone meanwhile is looked for again.
      person.status = node.not_found ? WriteStatus::Retry : node.status;
      person.error = node.error;
      return node.error.value_or(Error(ErrorCode::Rejected, "the relation was refused"));
    }
    if (key != nullptr) *key = outcomes->front().nodes.front().key;
    if (person.status == WriteStatus::Unchanged) person.status = WriteStatus::Updated;
    return {};
  }

  std::shared_ptr<adapter::Adapter> inner_;
};

}  // namespace

std::shared_ptr<adapter::Adapter> with_contact_relations(std::shared_ptr<adapter::Adapter> inner) {
  return std::make_shared<ContactRelations>(std::move(inner));
}

void add_by_person(adapter::ObjectMetadata& metadata) {
  metadata.navigations.insert_or_assign(std::string(kByPerson), std::string(kRelations));
}

}  // namespace channelbridge::sap_s4hana
