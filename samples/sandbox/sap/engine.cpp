#include "sandbox/sap/engine.hpp"

#include <algorithm>

namespace channelbridge::sandbox::odata {
namespace {

/// X-HTTP-Method tunnels what old proxies do not let through.
std::string method_of(const Request& request) {
  if (request.method != "POST") return request.method;
  const std::string tunnelled =
      request.headers.get("X-HTTP-Method", request.headers.get("X-HTTP-Method-Override"));
  return tunnelled.empty() ? "POST" : tunnelled;
}

bool is_write(const std::string& method) { return method != "GET" && method != "HEAD"; }

std::string encode_option(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (std::string_view("$,'()/:*").find(c) != std::string_view::npos) {
      result += c;
    } else {
      result += percent_encode(std::string_view(&c, 1));
    }
  }
  return result;
}

/// The same address with another $skiptoken; $skip is part of the token, $top what remains.
std::string next_link(const Request& request, const std::string& start,
                      std::optional<std::size_t> top, const std::string& token) {
  std::string url = start;
  char separator = '?';
  const auto add = [&](std::string_view name, std::string_view value) {
    url += separator + encode_option(name) + "=" + encode_option(value);
    separator = '&';
  };
  for (const auto& [name, value] : request.query) {
    if (name == "$skiptoken" || name == "$skip" || name == "$top") continue;
    add(name, value);
  }
  if (top) add("$top", std::to_string(*top));
  add("$skiptoken", token);
  return url;
}

/// Navigations that a deep insert carried: its answer shows them.
Shape shape_of(const Json& body, const EntityType& type, const Store& store) {
  Shape shape;
  for (const Navigation& navigation : type.navigations) {
    const auto member = body.find(navigation.name);
    if (member == body.end() || !store.has(navigation.target_set)) continue;
    const Json* sample = &*member;
    if (sample->is_object() && sample->contains("results")) sample = &sample->at("results");
    if (sample->is_object() && sample->contains("__deferred")) continue;
    Shape below;
    const EntityType& target = store.table(navigation.target_set).type();
    const auto merge = [&](const Json& child) {
      Shape nested = child.is_object() ? shape_of(child, target, store) : Shape{};
      for (auto& way : nested.expand) {
        if (below.expanded(way.first->name) == nullptr) below.expand.push_back(std::move(way));
      }
    };
    if (sample->is_array()) {
      for (const Json& child : *sample) merge(child);
    } else {
      merge(*sample);
    }
    shape.expand.emplace_back(&navigation, std::move(below));
  }
  return shape;
}

/// The metadata of a service names its functions, not what they do: a call is checked as far as
/// that goes, and then refused as an operation that nobody has written.
[[noreturn]] void refuse_function(const FunctionImport& function, const Request& request,
                                  Version version) {
  if (version == Version::V2 && method_of(request) != function.method) {
    refuse(405, kBadRequest,
           "Function import '" + function.name + "' takes " + function.method + " only");
  }
  for (const Property& parameter : function.parameters) {
    const auto given = request.parameter(parameter.name);
    if (!given) {
      if (version == Version::V4 || parameter.nullable) continue;
      refuse(400, kBadRequest, "Parameter '" + parameter.name + "' is missing");
    }
    const Parsed parsed = from_literal(parameter, *given, version, {});
    if (!parsed.problem.empty()) refuse(400, kBadRequest, parsed.problem);
  }
  refuse(501, kBadRequest, "Function import '" + function.name + "' is not implemented");
}

bool same_etag(std::string_view a, std::string_view b) {
  return percent_decode(a) == percent_decode(b);
}

bool etag_listed(const std::string& header, const std::string& etag) {
  if (header == "*" || same_etag(header, etag)) return true;
  std::size_t start = 0;
  for (auto comma = header.find(", "); comma != std::string::npos;
       comma = header.find(", ", start)) {
    if (same_etag(header.substr(start, comma - start), etag)) return true;
    start = comma + 2;
  }
  return same_etag(header.substr(start), etag);
}

}  // namespace

Json read_body(const Request& request) {
  const std::string type = request.headers.get("Content-Type", "application/json");
  if (type.find("json") == std::string::npos) {
    refuse(415, kBadRequest, "Unsupported media type requested: '" + type + "'");
  }
  Result<Json> parsed = parse_json(request.body);
  if (!parsed || !parsed->is_object()) {
    refuse(
        400, kMalformed,
        "Error while parsing the request body" + (parsed ? "" : ": " + parsed.error().message()));
  }
  if (parsed->size() == 1 && parsed->contains("d") && parsed->at("d").is_object())
    return parsed->at("d");
  return std::move(*parsed);
}

Engine::Engine(Model model, Settings settings, std::shared_ptr<Desk> desk)
    : model_(std::move(model)),
      settings_(std::move(settings)),
      desk_(std::move(desk)),
      store_(model_, settings_),
      ids_(std::hash<std::string>{}(model_.namespace_name)) {}

Response Engine::handle(const Request& request, const std::vector<std::string>& segments,
                        const std::string& root, const std::string& user) {
  Lock lock(mutex_);
  const Call call{.request = request, .segments = segments, .root = root, .user = user};
  try {
    if (segments.size() == 1 && segments[0] == "$batch") {
      if (request.method != "POST") refuse(405, kBadRequest, "Method not allowed for $batch");
      return batch(call, lock);
    }
    return single(call, lock);
  } catch (const Refusal& refusal) {
    return error(refusal, request);
  }
}

Response Engine::single(const Call& call, Lock& lock) {
  if (!is_write(method_of(call.request))) return read(call);
  Transaction transaction = begin(call.user, false);
  Response response = write(call, transaction, nullptr, nullptr);
  finish(transaction, call, lock);
  return response;
}

Transaction Engine::begin(const std::string& user, bool trusted) {
  late_ms_ = -1;
  return Transaction(store_, settings_, ids_,
                     {.user = user,
                      .now = now(),
                      .trusted = trusted,
                      .locked_by = [this](const std::string& set,
                                          const std::string& key) -> std::optional<std::string> {
                        const auto found = locks_.find({set, key});
                        return found == locks_.end() ? std::nullopt : std::optional(found->second);
                      }});
}

void Engine::finish(Transaction& transaction, const Call& call, Lock& lock) {
  const std::vector<Change> changes = transaction.changes();
  const std::vector<Effect> effects = transaction.commit();
  if (late_ms_ >= 0) {
    // The change has its time stamp, but readers do not see it before the commit; writers find it
    // locked.
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
      change->table->put(change->key, change->before);
      locks_[{change->table->set().name, change->key}] = call.user;
    }
    const auto pause = std::chrono::milliseconds(late_ms_);
    lock.unlock();
    desk_->clock->sleep_until(desk_->clock->steady_now() + pause, {});
    lock.lock();
    for (const Change& change : changes) {
      change.table->put(change.key, change.after);
      locks_.erase({change.table->set().name, change.key});
    }
  }
  if (settings_.after_commit) settings_.after_commit(changes);
  for (const Effect& effect : effects) {
    desk_->journal.record(call.outer != nullptr ? *call.outer : call.request, effect);
  }
}

Response Engine::read(const Call& call) {
  const Resource resource = resolve(call.segments, store_);
  const bool json = wants_json(call.request);
  switch (resource.kind) {
    case Resource::Kind::Metadata:
      return answer(200, "application/xml", model_.text);
    case Resource::Kind::ServiceDocument:
      return json ? answer(200, json_type(), renderer(call).service_document())
                  : answer(200, "application/atomsvc+xml", renderer(call).atom_service_document());
    case Resource::Kind::Collection:
      return read_collection(call, resource);
    case Resource::Kind::Entity:
      return read_entity(call, resource);
    case Resource::Kind::Property: {
      if (!resource.raw)
        return answer(200, json_type(),
                      renderer(call).property(*resource.table, *resource.row, resource.property));
      const Property& property = resource.table->type().properties[resource.property];
      return answer(200, "text/plain;charset=utf-8",
                    to_plain(property, resource.table->value(*resource.row, resource.property)));
    }
    case Resource::Kind::Function:
      refuse_function(*resource.function, call.request, model_.version);
    case Resource::Kind::Batch:
      break;
  }
  refuse(405, kBadRequest, "Method not allowed");
}

std::vector<RowPtr> Engine::matching(const Resource& resource, const Query& query) const {
  const Table& table = *resource.table;
  std::vector<RowPtr> rows;
  const auto keep = [&](const RowPtr& row) {
    if (!query.shape.filter || query.shape.filter->matches(table, *row, store_))
      rows.push_back(row);
  };
  if (resource.parent_row) {
    for (const RowPtr& row :
         store_.related(*resource.parent, *resource.parent_row, *resource.navigation))
      keep(row);
  } else if (const auto keys =
                 query.shape.filter ? query.shape.filter->candidates(table) : std::nullopt) {
    for (const std::string& key : *keys) keep(table.find(key));
  } else {
    for (const auto& [key, row] : table.rows()) keep(row);
  }
  sort_rows(rows, table, query.shape.order);
  return rows;
}

/// Rows that a page may have; 0 = all.
std::size_t Engine::page_limit(const Call& call, const Query& query) const {
  std::size_t limit = settings_.page_size;
  if (!query.shape.expand.empty() && settings_.expand_page_size > 0)
    limit = settings_.expand_page_size;
  const std::string prefer = call.request.headers.get("Prefer");
  if (const auto at = prefer.find("odata.maxpagesize=");
      at != std::string::npos && model_.version == Version::V4) {
    const auto asked =
        static_cast<std::size_t>(std::strtoul(prefer.c_str() + at + 18, nullptr, 10));
    if (asked > 0) limit = limit == 0 ? asked : std::min(limit, asked);
  }
  return limit;
}

Response Engine::read_collection(const Call& call, const Resource& resource) {
  if (auto tracked = read_tracked(call, resource)) return *std::move(tracked);
  const Table& table = *resource.table;
  const Query query = parse_query(call.request, table, store_, settings_);
  Page page;
  page.rows = matching(resource, query);
  if (resource.count)
    return answer(200, "text/plain;charset=utf-8", std::to_string(page.rows.size()));
  if (query.count) page.count = page.rows.size();

  const std::size_t offset = std::min(query.offset.value_or(query.shape.skip), page.rows.size());
  std::size_t wanted = page.rows.size() - offset;
  if (query.shape.top) wanted = std::min(wanted, *query.shape.top);
  const std::size_t limit = page_limit(call, query);
  if (limit > 0 && wanted > limit) {
    std::string start = call.root;
    for (const std::string& segment : call.segments) {
      if (start.back() != '/') start += '/';
      start += encode_option(segment);
    }
    page.next = next_link(call.request, start,
                          query.shape.top ? std::optional(wanted - limit) : std::nullopt,
                          skiptoken(offset + limit, settings_));
    wanted = limit;
  }
  page.rows.erase(page.rows.begin(), page.rows.begin() + static_cast<std::ptrdiff_t>(offset));
  page.rows.resize(wanted);
  if (resource.links) return answer(200, json_type(), renderer(call).links(table, page.rows, true));
  if (wants_json(call.request))
    return answer(200, json_type(), renderer(call).collection(table, page, query.shape));
  return answer(200, "application/atom+xml;type=feed;charset=utf-8",
                renderer(call).atom_feed(table, page, query.shape, now_text()));
}

Response Engine::read_entity(const Call& call, const Resource& resource) {
  const Table& table = *resource.table;
  if (!resource.row) {
    if (model_.version == Version::V4) return no_content();
    refuse(404, kNotFound, "Resource not found for segment '" + table.type().name + "'");
  }
  const Query query = parse_query(call.request, table, store_, settings_);
  if (resource.links)
    return answer(200, json_type(), renderer(call).links(table, {resource.row}, false));
  const std::string etag = etag_of(table, *resource.row, settings_, model_.version);
  const std::string known = call.request.headers.get("If-None-Match");
  const bool unchanged = !etag.empty() && !known.empty() && etag_listed(known, etag);
  Response response =
      unchanged ? Response{.status = 304}
      : wants_json(call.request)
          ? answer(200, json_type(), renderer(call).entity(table, *resource.row, query.shape))
          : answer(200, "application/atom+xml;type=entry;charset=utf-8",
                   renderer(call).atom_entry(table, *resource.row, query.shape, now_text(), true));
  if (!etag.empty()) response.headers.set("ETag", etag);
  return response;
}

Response Engine::write(const Call& call, Transaction& transaction, RowPtr* written,
                       const Table** table) {
  const Resource resource = resolve(call.segments, store_);
  const std::string line = call.request.line();
  if (desk_->faults.take("row_lock", line)) {
    const std::string key =
        resource.row ? plain_key(*resource.table, *resource.row) : std::string();
    refuse_locked(settings_, key, "DIALOG01");
  }
  if (const auto fault = desk_->faults.take("late_commit", line))
    late_ms_ = std::max<std::int64_t>(fault->value, 0);
  const std::string method = method_of(call.request);
  if (table != nullptr) *table = resource.table;
  Response response = method == "POST" ? post(call, resource, transaction, written, table)
                                       : change(call, resource, transaction, written);
  warn(response, transaction.take_warnings(), call.request);
  return response;
}

Response Engine::post(const Call& call, const Resource& resource, Transaction& transaction,
                      RowPtr* written, const Table** table) {
  if (resource.kind == Resource::Kind::Function)
    refuse_function(*resource.function, call.request, model_.version);
  const bool to_one =
      resource.kind == Resource::Kind::Entity && !resource.row && resource.parent_row;
  if ((resource.kind != Resource::Kind::Collection && !to_one) || resource.links ||
      resource.count) {
    refuse(405, kBadRequest, "Method 'POST' not allowed for this resource");
  }
  if (resource.parent == nullptr && !resource.table->set().creatable) {
    refuse(405, kBadRequest,
           "Create is not supported for entity set '" + resource.table->set().name + "'");
  }
  const Json body = read_body(call.request);
  const Transaction::Parent parent{resource.parent, resource.parent_row, resource.navigation};
  const std::string& set = resource.table->set().name;
  const RowPtr row = transaction.create(set, body, resource.parent_row ? &parent : nullptr);
  if (written != nullptr) *written = row;
  if (table != nullptr) *table = resource.table;

  const Renderer render = renderer(call);
  const bool minimal =
      call.request.headers.get("Prefer").find("return=minimal") != std::string::npos;
  const bool silent = call.request.headers.get("odata-no-response-payload") == "true";
  const bool v4 = model_.version == Version::V4;
  Response response;
  const Shape shape = shape_of(body, resource.table->type(), store_);
  if (v4 && minimal) {
    response = no_content();
    response.headers.set("Preference-Applied", "return=minimal");
    response.headers.set("OData-EntityId", render.url(*resource.table, *row));
  } else if (silent) {
    response = answer(201, {}, {});
  } else if (wants_json(call.request)) {
    response = answer(201, json_type(), render.entity(*resource.table, *row, shape));
  } else {
    response = answer(201, "application/atom+xml;type=entry;charset=utf-8",
                      render.atom_entry(*resource.table, *row, shape, now_text(), true));
  }
  response.headers.set("Location", render.url(*resource.table, *row));
  const std::string etag = etag_of(*resource.table, *row, settings_, model_.version);
  if (!etag.empty()) response.headers.set("ETag", etag);
  return response;
}

Response Engine::change(const Call& call, const Resource& resource, Transaction& transaction,
                        RowPtr* written) {
  const std::string method = method_of(call.request);
  if (resource.kind != Resource::Kind::Entity || resource.links || !resource.row) {
    refuse(405, kBadRequest, "Method '" + method + "' not allowed for this resource");
  }
  const Table& table = *resource.table;
  const std::string& set = table.set().name;
  if (method == "DELETE") {
    if (!table.set().deletable)
      refuse(405, kBadRequest, "Delete is not supported for entity set '" + set + "'");
    check_etag(call, table, *resource.row);
    transaction.remove(set, resource.row);
    return no_content();
  }
  const bool known =
      method == "PATCH" || method == "PUT" || (method == "MERGE" && model_.version == Version::V2);
  if (!known) refuse(405, kBadRequest, "Method '" + method + "' not allowed for this resource");
  if (!table.set().updatable)
    refuse(405, kBadRequest, "Update is not supported for entity set '" + set + "'");
  check_etag(call, table, *resource.row);
  const RowPtr row =
      transaction.update(set, resource.row, read_body(call.request), method == "PUT");
  if (written != nullptr) *written = row;
  const std::string etag = etag_of(table, *row, settings_, model_.version);
  const bool v4 = model_.version == Version::V4;
  Response response = no_content();
  if (v4 && call.request.headers.get("Prefer").find("return=representation") != std::string::npos) {
    response = answer(200, json_type(), renderer(call).entity(table, *row, Shape{}));
    response.headers.set("Preference-Applied", "return=representation");
  }
  if (v4 && !etag.empty()) response.headers.set("ETag", etag);
  return response;
}

void Engine::check_etag(const Call& call, const Table& table, const Row& row) const {
  const std::string etag = etag_of(table, row, settings_, model_.version);
  if (etag.empty()) return;
  const bool v4 = model_.version == Version::V4;
  const auto given = call.request.headers.find("If-Match");
  if (!given) {
    if (!settings_.require_if_match) return;
    refuse(428, v4 ? "/IWBEP/CM_V4_APPS/017" : kStale,
           "The request has to be conditional (ETag required)");
  }
  const bool raced = desk_->faults.take("precondition_failed", call.request.line()).has_value();
  if (raced || !etag_listed(*given, etag)) {
    refuse(412, v4 ? "/IWBEP/CM_V4_APPS/018" : kStale,
           "Precondition failed: the state of the resource (entity) was already changed");
  }
}

}  // namespace channelbridge::sandbox::odata
