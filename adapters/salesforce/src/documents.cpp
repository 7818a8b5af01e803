#include "documents_internal.hpp"

#include <algorithm>

#include "member_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using adapter::Operation;
using adapter::WriteNode;
using adapter::WriteRequest;
using document::Tree;

constexpr std::string_view kEntry = "PricebookEntry";
constexpr std::string_view kProduct = "Product2Id";
constexpr std::string_view kBook = "Pricebook2Id";
constexpr std::string_view kCurrency = "CurrencyIsoCode";
constexpr std::string_view kStatus = "Status";
constexpr std::size_t kMostIds = 200;  // in one statement

void set_member(Tree& body, std::string_view name, const std::string& text) {
  for (Tree& member : body.children) {
    if (member.name == name) {
      member = text_member(name, text);
      return;
    }
  }
  body.children.push_back(text_member(name, text));
}

void drop_member(Tree& body, std::string_view name) {
  std::erase_if(body.children, [name](const Tree& member) { return member.name == name; });
}

/// The product that a line's body names in place of a price book entry; "" = it names none.
std::string product_of(const Tree& body) {
  const Tree* entry = body.find(kEntry);
  return entry == nullptr || entry->kind != Tree::Kind::Object || entry->children.size() != 1
             ? std::string()
             : member_text(*entry, kProduct);
}

std::string entry_key(const std::string& book, const std::string& product,
                      const std::string& currency) {
  return book + "/" + product + "/" + currency;
}

std::string id_list(const std::vector<std::string>& ids) {
  std::string out = "(";
  for (const std::string& id : ids) out += (out.size() > 1 ? "," : "") + soql_text(id);
  return out + ")";
}

/// Ids in parts that fit into one statement.
std::vector<std::vector<std::string>> id_parts(const std::set<std::string>& ids) {
  std::vector<std::vector<std::string>> out;
  for (const std::string& id : ids) {
    if (out.empty() || out.back().size() == kMostIds) out.emplace_back();
    out.back().push_back(id);
  }
  return out;
}

std::string column_list(const std::vector<std::string>& columns) {
  std::string out;
  for (const std::string& column : columns) out += (out.empty() ? "" : ", ") + column;
  return out;
}

std::string full(const std::string& id) { return full_id(id).value_or(id); }

}  // namespace

bool status_travels_alone(std::string_view object) {
  return object == "Order" || object == "Contract";
}

bool Documents::concern(const WriteRequest& request) {
  if (request.nodes.empty()) return false;
  const WriteNode& root = request.nodes.front();
  if (status_travels_alone(root.object) && root.body.find("\"Status\"") != std::string::npos)
    return true;
  return std::any_of(request.nodes.begin(), request.nodes.end(), [&root](const WriteNode& node) {
    return (&node != &root && node.operation == Operation::Update) ||
           node.body.find("\"PricebookEntry\"") != std::string::npos;
  });
}

Result<std::vector<Documents::Adapted>> Documents::adapt(
    const std::vector<const WriteRequest*>& requests, const Context& context) {
  std::vector<Adapted> adapted;
  Bodies bodies;
  for (const WriteRequest* request : requests) {
    adapted.push_back({.request = *request});
    std::vector<Tree>& trees = bodies.emplace_back();
    for (const WriteNode& node : request->nodes) {
      auto tree =
          document::parse_tree(node.body.empty() ? "{}" : node.body, document::Format::Json);
      if (!tree || tree->kind != Tree::Kind::Object)
        return Error(ErrorCode::Invalid, "the body of a write is no JSON object");
      trees.push_back(std::move(*tree));
    }
  }
  if (auto found = find_lines(adapted, bodies, context); !found) return std::move(found).error();
  if (!lines_.empty()) {
    if (auto known = look_up_documents(context); !known) return std::move(known).error();
    if (auto known = choose_books(adapted, bodies, context); !known)
      return std::move(known).error();
    auto entries = look_up_entries(context);
    if (!entries) return std::move(entries).error();
    for (std::size_t at = 0; at < lines_.size(); ++at) name_entry(at, *entries, adapted, bodies);
  }
  if (auto found = find_fixed(adapted, bodies, context); !found) return std::move(found).error();
  if (auto settled = settle_fixed(adapted, bodies, context); !settled)
    return std::move(settled).error();
  for (std::size_t i = 0; i < adapted.size(); ++i) {
    WriteRequest& request = adapted[i].request;
    if (status_travels_alone(request.nodes.front().object))
      send_status_alone(request, bodies[i], options_.draft_status);
    for (std::size_t n = 0; n < request.nodes.size(); ++n) {
      if (request.nodes[n].operation == Operation::Delete) continue;
      request.nodes[n].body.clear();
      document::append_json(request.nodes[n].body, bodies[i][n]);
    }
  }
  return adapted;
}

Result<void> Documents::find_lines(const std::vector<Adapted>& adapted, const Bodies& bodies,
                                   const Context& context) {
  for (std::size_t i = 0; i < adapted.size(); ++i) {
    const WriteRequest& request = adapted[i].request;
    for (std::size_t n = 0; n < request.nodes.size(); ++n) {
      const WriteNode& node = request.nodes[n];
      const std::string product = product_of(bodies[i][n]);
      if (product.empty() || node.operation != Operation::Create) continue;
      auto object = describes_.get(node.object, context);
      if (!object) return std::move(object).error();
      if (!(*object)->has("PricebookEntryId")) continue;
      Line line{.request = i, .node = n, .product = full(product)};
      if (n > 0) {
        line.parent_object = request.nodes.front().object;
        line.parent = full(request.nodes.front().key);
      }
      // A line that is mapped as an object of its own names its document in its body.
      for (const auto& [field, parent] :
           {std::pair("OrderId", "Order"), std::pair("QuoteId", "Quote"),
            std::pair("OpportunityId", "Opportunity")}) {
        const std::string id = n == 0 ? member_text(bodies[i][n], field) : std::string();
        if (id.empty()) continue;
        line.parent_object = parent;
        line.parent = full(id);
      }
      lines_.push_back(std::move(line));
    }
  }
  return {};
}

Result<std::map<std::string, std::vector<std::string>>> Documents::rows(
    const std::string& object, const std::vector<std::string>& columns,
    const std::set<std::string>& ids, const Context& context) {
  std::map<std::string, std::vector<std::string>> out;
  const std::string operation = "read " + object;
  for (const std::vector<std::string>& part : id_parts(ids)) {
    auto found = queries_.query(
        columns,
        "SELECT " + column_list(columns) + " FROM " + object + " WHERE Id IN " + id_list(part),
        operation, context);
    if (!found) return std::move(found).error();
    if (!found->done)
      return Error(ErrorCode::Protocol, "the answer stops early").with_operation(operation);
    for (const document::RecordSpan& row : found->records.records) {
      std::vector<std::string>& values = out[full(std::string(value_at(row, 0)))];
      for (std::size_t i = 1; i < columns.size(); ++i)
        values.emplace_back(value_at(row, static_cast<int>(i)));
    }
  }
  return out;
}

/// The price books of the documents that are there already and get a line.
Result<void> Documents::look_up_documents(const Context& context) {
  auto entry = describes_.get(kEntry, context);
  if (!entry) return std::move(entry).error();
  currencies_ = (*entry)->has(kCurrency);
  std::map<std::string, std::set<std::string>> wanted;
  for (const Line& line : lines_)
    if (!line.parent.empty()) wanted[line.parent_object].insert(line.parent);
  std::vector<std::string> columns = {"Id", std::string(kBook)};
  if (currencies_) columns.emplace_back(kCurrency);
  for (const auto& [object, ids] : wanted) {
    auto found = rows(object, columns, ids, context);
    if (!found) return std::move(found).error();
    for (const auto& [id, values] : *found)
      documents_[id] = {.id = values[0].empty() ? std::string() : full(values[0]),
                        .currency = currencies_ ? values[1] : std::string()};
  }
  return {};
}

Result<void> Documents::find_fixed(const std::vector<Adapted>& adapted, const Bodies& bodies,
                                   const Context& context) {
  for (std::size_t i = 0; i < adapted.size(); ++i) {
    const WriteRequest& request = adapted[i].request;
    for (std::size_t n = 1; n < request.nodes.size(); ++n) {
      const WriteNode& node = request.nodes[n];
      if (node.operation != Operation::Update || bodies[i][n].children.empty()) continue;
      auto object = describes_.get(node.object, context);
      if (!object) return std::move(object).error();
      const auto& properties = (*object)->metadata.properties;
      Fixed each{.request = i, .node = n, .object = node.object, .key = full(node.key)};
      for (const Tree& member : bodies[i][n].children) {
        const auto property = properties.find(member.name);
        const bool fixed = property != properties.end() && property->second.creatable &&
                           !property->second.updatable && member.kind == Tree::Kind::Text;
        if (!fixed && member.name != kEntry) continue;
        each.member = member.name;
        each.column = fixed ? member.name : "PricebookEntry.Product2Id";
        each.value = fixed ? member.text : product_of(bodies[i][n]);
        if (!each.value.empty()) fixed_.push_back(each);
      }
    }
  }
  return {};
}

/// Compares what cannot be changed with what is there.
Result<void> Documents::settle_fixed(std::vector<Adapted>& adapted, Bodies& bodies,
                                     const Context& context) {
  std::map<std::string, std::map<std::string, std::set<std::string>>> wanted;
  for (const Fixed& each : fixed_) wanted[each.object][each.column].insert(each.key);
  std::map<std::pair<std::string, std::string>, std::string> shown;  // key, column -> value
  for (const auto& [object, columns] : wanted) {
    for (const auto& [column, ids] : columns) {
      auto found = rows(object, {"Id", column}, ids, context);
      if (!found) return std::move(found).error();
      for (const auto& [id, values] : *found) shown[{id, column}] = values[0];
    }
  }
  for (const Fixed& each : fixed_) {
    const auto there = shown.find({each.key, each.column});
    // One that is gone is the org's to refuse.
    const bool same = there == shown.end() || full(there->second) == full(each.value);
    if (same) {
      drop_member(bodies[each.request][each.node], each.member);
      continue;
    }
    Adapted& request = adapted[each.request];
    if (request.refusal) continue;
    request.refusal =
        Error(ErrorCode::Rejected, each.column + " of " + each.object + " " + each.key +
                                       " cannot be changed: remove it and add another one")
            .with_sent(Sent::No);
    request.fault = each.node;
  }
  return {};
}

/// The price book of the org, or the one that the settings name.
Result<std::string> Documents::own_book(const Context& context) {
  if (!own_book_.empty()) return own_book_;
  if (const auto id = full_id(options_.price_book); id && id->starts_with("01s")) {
    own_book_ = *id;
    return own_book_;
  }
  const std::string condition = options_.price_book.empty()
                                    ? std::string("IsStandard = true")
                                    : "Name = " + soql_text(options_.price_book);
  auto found = queries_.query(
      {"Id"}, "SELECT Id FROM Pricebook2 WHERE IsDeleted = false AND " + condition + " LIMIT 2",
      "read Pricebook2", context);
  if (!found) return std::move(found).error();
  if (found->records.records.size() != 1) {
    return Error(ErrorCode::Invalid,
                 (found->records.records.empty() ? "no price book has "
                                                 : "several price books have ") +
                     condition + ", which documents without one are to have")
        .with_operation("read Pricebook2");
  }
  own_book_ = full(std::string(value_at(found->records.records.front(), 0)));
  return own_book_;
}

/// For each line that is made; a document without a price book is given one.
Result<void> Documents::choose_books(std::vector<Adapted>& adapted, Bodies& bodies,
                                     const Context& context) {
  for (const Line& line : lines_) {
    Book& book = chosen_.emplace_back();
    Tree& root = bodies[line.request].front();
    const WriteNode& node = adapted[line.request].request.nodes.front();
    if (const auto known = documents_.find(line.parent); known != documents_.end())
      book = known->second;
    if (line.node > 0) {
      if (const std::string id = member_text(root, kBook); !id.empty()) book.id = full(id);
      if (const std::string code = member_text(root, kCurrency); !code.empty())
        book.currency = code;
    }
    if (!book.id.empty()) continue;
    // A quote has its opportunity's price book, if that has one.
    const std::string opportunity = member_text(root, "OpportunityId");
    if (line.node > 0 && node.object == "Quote" && !opportunity.empty()) {
      auto found = rows("Opportunity", {"Id", std::string(kBook)}, {full(opportunity)}, context);
      if (!found) return std::move(found).error();
      if (!found->empty() && !found->begin()->second[0].empty())
        book.id = full(found->begin()->second[0]);
    }
    if (book.id.empty()) {
      auto own = own_book(context);
      if (!own) return std::move(own).error();
      book.id = std::move(*own);
    }
    if (line.node > 0) set_member(root, kBook, book.id);
  }
  return {};
}

Result<Documents::Entries> Documents::look_up_entries(const Context& context) {
  std::map<std::string, std::set<std::string>> wanted;  // book -> products
  for (std::size_t at = 0; at < lines_.size(); ++at)
    wanted[chosen_[at].id].insert(lines_[at].product);
  std::vector<std::string> columns = {"Id", std::string(kProduct)};
  if (currencies_) columns.emplace_back(kCurrency);
  Entries out;
  for (const auto& [book, products] : wanted) {
    for (const std::vector<std::string>& part : id_parts(products)) {
      auto found = queries_.query(columns,
                                  "SELECT " + column_list(columns) +
                                      " FROM PricebookEntry WHERE IsDeleted = false AND IsActive = "
                                      "true AND Pricebook2Id = " +
                                      soql_text(book) + " AND Product2Id IN " + id_list(part),
                                  "read PricebookEntry", context);
      if (!found) return std::move(found).error();
      if (!found->done)
        return Error(ErrorCode::Protocol, "the answer stops early")
            .with_operation("read PricebookEntry");
      for (const document::RecordSpan& row : found->records.records) {
        const std::string id = full(std::string(value_at(row, 0)));
        const std::string product = full(std::string(value_at(row, 1)));
        out[entry_key(book, product, "")].push_back(id);
        if (currencies_) out[entry_key(book, product, std::string(value_at(row, 2)))].push_back(id);
      }
    }
  }
  return out;
}

void Documents::name_entry(std::size_t at, const Entries& entries, std::vector<Adapted>& adapted,
                           Bodies& bodies) const {
  const Line& line = lines_[at];
  Adapted& request = adapted[line.request];
  Tree& body = bodies[line.request][line.node];
  const auto refuse = [&](const std::string& message) {
    if (request.refusal) return;
    request.refusal = Error(ErrorCode::Rejected, message).with_sent(Sent::No);
    request.fault = line.node;
  };
  const Book& book = chosen_[at];
  const auto found = entries.find(entry_key(book.id, line.product, book.currency));
  if (found == entries.end() || found->second.empty())
    return refuse("product " + line.product + " has no active entry in price book " + book.id +
                  (book.currency.empty() ? "" : " in " + book.currency));
  if (found->second.size() > 1)
    return refuse("product " + line.product + " has several entries in price book " + book.id +
                  ", and the document names no currency");
  drop_member(body, kEntry);
  set_member(body, "PricebookEntryId", found->second.front());
}

void Documents::send_status_alone(WriteRequest& request, std::vector<Tree>& bodies,
                                  const std::string& draft) {
  const WriteNode& root = request.nodes.front();
  const std::string status = member_text(bodies.front(), kStatus);
  const bool create = root.operation == Operation::Create;
  const bool alone = request.nodes.size() == 1 && bodies.front().children.size() == 1;
  if (status.empty() || (create ? status == draft : alone)) return;
  Tree last{.kind = Tree::Kind::Object};
  if (create) {
    last.children.push_back(text_member(kStatus, status));
    set_member(bodies.front(), kStatus, draft);
  } else if (status == draft) {
    // It takes nothing else before it is a draft again.
    last = bodies.front();
    drop_member(last, kStatus);
    bodies.front().children = {text_member(kStatus, status)};
  } else {
    last.children.push_back(text_member(kStatus, status));
    drop_member(bodies.front(), kStatus);
  }
  if (last.children.empty()) return;
  request.nodes.push_back({.operation = Operation::Update,
                           .object = root.object,
                           .key = create ? std::string() : root.key,
                           .parent = 0});
  bodies.push_back(std::move(last));
}

}  // namespace channelbridge::salesforce
