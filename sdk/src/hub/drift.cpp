#include <algorithm>
#include <nlohmann/json.hpp>

#include "channelbridge/mapping/check.hpp"
#include "engine_internal.hpp"

/// What a system says of its objects, against what it said when a run last looked: a used field
/// that is gone or narrower stops the spoke before its documents or our writes come to harm.
namespace channelbridge::hub {

namespace {

/// Metadata costs calls: a run looks at most so often.
constexpr std::chrono::hours kBetweenLooks{1};

using adapter::ObjectMetadata;
using adapter::PropertyMetadata;
using Objects = std::map<std::string, ObjectMetadata, std::less<>>;

std::string to_json(const ObjectMetadata& object) {
  nlohmann::json properties = nlohmann::json::object();
  for (const auto& [name, property] : object.properties) {
    properties[name] = {{"type", property.type},           {"max_length", property.max_length},
                        {"nullable", property.nullable},   {"creatable", property.creatable},
                        {"updatable", property.updatable}, {"values", property.values}};
  }
  return nlohmann::json{{"properties", std::move(properties)}, {"navigations", object.navigations}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<ObjectMetadata> parse_metadata(const std::string& name, const std::string& text) {
  try {
    const nlohmann::json object = nlohmann::json::parse(text);
    ObjectMetadata out{.name = name};
    for (const auto& [key, property] : object.at("properties").items()) {
      out.properties.emplace(
          key, PropertyMetadata{.name = key,
                                .type = property.at("type").get<std::string>(),
                                .max_length = property.at("max_length").get<std::size_t>(),
                                .nullable = property.at("nullable").get<bool>(),
                                .creatable = property.at("creatable").get<bool>(),
                                .updatable = property.at("updatable").get<bool>(),
                                .values = property.at("values").get<std::vector<std::string>>()});
    }
    for (const auto& [key, target] : object.at("navigations").items())
      out.navigations.emplace(key, target.get<std::string>());
    return out;
  } catch (const std::exception& e) {
    return Error(ErrorCode::Internal, "the store's metadata of " + name + ": " + e.what());
  }
}

mapping::ObjectFacts facts_of(const ObjectMetadata& metadata) {
  mapping::ObjectFacts out;
  for (const auto& [name, property] : metadata.properties) {
    out.properties.emplace(name, mapping::PropertyFacts{.type = property.type,
                                                        .max_length = property.max_length,
                                                        .creatable = property.creatable,
                                                        .updatable = property.updatable,
                                                        .values = property.values});
  }
  out.navigations = metadata.navigations;
  return out;
}

std::vector<std::string> objects_of(const mapping::Mapping& mapping) {
  std::vector<std::string> out{mapping.object()};
  for (const mapping::ChildInfo& child : mapping.children()) {
    if (!child.object.empty() && std::find(out.begin(), out.end(), child.object) == out.end())
      out.push_back(child.object);
  }
  return out;
}

/// The objects of a mapping as two looks describe them, and where its rules use them.
class Comparison {
 public:
  Comparison(const mapping::Mapping& mapping, const Objects& before) : mapping_(mapping) {
    for (const auto& [name, object] : before) facts_.emplace(name, facts_of(object));
    for (const Problem& problem : problems()) known_.insert(to_string(problem));
  }

  void compare(const ObjectMetadata& before, const ObjectMetadata& now, MetadataDrift& out) {
    for (const auto& [name, property] : before.properties) {
      const auto at = now.properties.find(name);
      const std::string what =
          at == now.properties.end() ? "is gone" : narrower(property, at->second);
      const std::string where = before.name + "." + name;
      if (what.empty()) {
        if (at->second.max_length != property.max_length || at->second.values != property.values ||
            at->second.nullable != property.nullable)
          out.other.push_back(where + " is wider than before");
      } else if (auto user = user_of(before.name, name)) {
        user->path = user->path.empty() ? where : where + " at " + user->path;
        user->rule = "metadata_drift";
        user->message = "the system's field " + what + " since the last look";
        user->suggestion = renamed_to(name, property, before, now);
        out.harmful.push_back(*std::move(user));
      } else {
        std::string note = where;
        note.append(" ").append(what).append("; the mapping does not use it");
        out.other.push_back(std::move(note));
      }
    }
    for (const auto& [name, property] : now.properties) {
      if (!before.properties.contains(name))
        out.other.push_back(now.name + "." + name + " is new (" + property.type +
                            (property.nullable ? "" : ", required") + ")");
    }
  }

 private:
  /// Why what fitted the field may fit no more; "" = it still does.
  static std::string narrower(const PropertyMetadata& before, const PropertyMetadata& now) {
    if (now.type != before.type) return "has become " + now.type + " (was " + before.type + ")";
    if (now.max_length > 0 && (before.max_length == 0 || now.max_length < before.max_length))
      return "takes " + std::to_string(now.max_length) + " characters (was " +
             (before.max_length == 0 ? "any number" : std::to_string(before.max_length)) + ")";
    if (before.nullable && !now.nullable) return "has become required";
    if (before.creatable && !now.creatable) return "can no longer be set on create";
    if (before.updatable && !now.updatable) return "can no longer be changed";
    for (const std::string& value : before.values) {
      if (!now.values.empty() &&
          std::find(now.values.begin(), now.values.end(), value) == now.values.end())
        return "no longer has the value '" + value + "'";
    }
    return "";
  }

  /// The rule that would miss the field, if any.
  std::optional<Problem> user_of(const std::string& object, const std::string& property) {
    auto& properties = facts_.at(object).properties;
    auto taken = properties.extract(property);
    std::optional<Problem> out;
    for (Problem& problem : problems()) {
      if (known_.contains(to_string(problem))) continue;
      out = std::move(problem);
      break;
    }
    properties.insert(std::move(taken));
    return out;
  }

  static std::string renamed_to(const std::string& name, const PropertyMetadata& property,
                                const ObjectMetadata& before, const ObjectMetadata& now) {
    if (now.properties.contains(name)) return "";
    std::string only;
    for (const auto& [candidate, other] : now.properties) {
      if (before.properties.contains(candidate) || other.type != property.type ||
          other.max_length != property.max_length)
        continue;
      if (!only.empty()) return "";
      only = candidate;
    }
    return only;
  }

  std::vector<Problem> problems() const {
    return mapping::check(mapping_, [this](std::string_view object) {
      const auto at = facts_.find(object);
      return at == facts_.end() ? nullptr : &at->second;
    });
  }

  const mapping::Mapping& mapping_;
  std::map<std::string, mapping::ObjectFacts, std::less<>> facts_;
  std::set<std::string> known_;
};

/// Live metadata of the mapping's objects; empty where the system has none to give.
Result<Objects> look(const Spoke& spoke, adapter::Adapter& adapter, const Context& context) {
  Objects out;
  for (const std::string& name : objects_of(*spoke.mapping)) {
    auto described = adapter.describe(name, context);
    if (!described) {
      if (described.error().code() == ErrorCode::Unsupported) return Objects();
      return std::move(described).error();
    }
    out.emplace(name, *std::move(described));
  }
  return out;
}

Result<Objects> remembered(const std::vector<store::MetadataRow>& rows) {
  Objects out;
  for (const store::MetadataRow& row : rows) {
    auto parsed = parse_metadata(row.object, row.facts);
    if (!parsed) return std::move(parsed).error();
    out.emplace(row.object, *std::move(parsed));
  }
  return out;
}

MetadataDrift compare(const mapping::Mapping& mapping, const Objects& before, const Objects& now) {
  MetadataDrift out;
  Comparison comparison(mapping, before);
  for (const auto& [name, object] : before) {
    if (const auto at = now.find(name); at != now.end())
      comparison.compare(object, at->second, out);
  }
  return out;
}

Result<void> remember(Engine& engine, const SpokeRun& spoke, const Objects& live) {
  store::Changes changes;
  for (const auto& [name, object] : live) {
    changes.metadata.push_back({.spoke = spoke.spoke->name,
                                .object = name,
                                .fingerprint = spoke.spoke->mapping->fingerprint(),
                                .facts = to_json(object),
                                .checked = engine.now()});
  }
  return changes.empty() ? Result<void>() : engine.store.commit(std::move(changes));
}

}  // namespace

Result<void> check_metadata(Engine& engine, SpokeRun& spoke) {
  const mapping::Mapping& mapping = *spoke.spoke->mapping;
  auto rows = engine.store.metadata(spoke.spoke->name);
  if (!rows) return std::move(rows).error();
  // A changed mapping was made for the system as it is now: `doctor` holds it against that.
  std::erase_if(*rows, [&](const auto& row) { return row.fingerprint != mapping.fingerprint(); });
  const bool fresh =
      !rows->empty() && std::all_of(rows->begin(), rows->end(), [&](const auto& row) {
        return row.checked <= engine.now() && engine.now() - row.checked < kBetweenLooks;
      });
  if (fresh && !engine.options.accept_metadata_change) return {};
  auto live = look(*spoke.spoke, *spoke.system->adapter, engine.context);
  if (!live) {  // the pull that follows meets the same trouble, and says what it means
    engine.log.write(LogLevel::Warning, "metadata not read",
                     {{"spoke", spoke.spoke->name}, {"error", to_string(live.error())}});
    return {};
  }
  if (!engine.options.accept_metadata_change) {
    auto before = remembered(*rows);
    if (!before) return std::move(before).error();
    MetadataDrift drift = compare(mapping, *before, *live);
    if (!drift.harmful.empty()) {
      return Error(ErrorCode::Invalid,
                   "the system describes fields that " + mapping.file() +
                       " uses otherwise than before; nothing was read or written. Change the "
                       "mapping, or run `sync --accept-metadata-change` once")
          .with_system(spoke.system->name)
          .with_operation("describe " + mapping.object())
          .with_problems(std::move(drift.harmful));
    }
  }
  return remember(engine, spoke, *live);
}

Result<MetadataDrift> Hub::metadata_drift(std::string_view spoke_name,
                                          const Context& context) const {
  const auto spoke = std::find_if(config().spokes.begin(), config().spokes.end(),
                                  [&](const Spoke& s) { return s.name == spoke_name; });
  if (spoke == config().spokes.end())
    return Error(ErrorCode::Invalid, "there is no spoke '" + std::string(spoke_name) + "'");
  const auto system = std::find_if(config().systems.begin(), config().systems.end(),
                                   [&](const System& s) { return s.name == spoke->system; });
  if (system == config().systems.end())
    return Error(ErrorCode::Invalid, "there is no system '" + spoke->system + "'");
  auto rows = store().metadata(spoke_name);
  if (!rows) return std::move(rows).error();
  std::erase_if(*rows, [&](const store::MetadataRow& row) {
    return row.fingerprint != spoke->mapping->fingerprint();
  });
  if (rows->empty()) return MetadataDrift();
  auto live = look(*spoke, *system->adapter, context);
  if (!live) return std::move(live).error();
  auto before = remembered(*rows);
  if (!before) return std::move(before).error();
  return compare(*spoke->mapping, *before, *live);
}

}  // namespace channelbridge::hub
