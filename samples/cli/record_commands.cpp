#include <iostream>
#include <nlohmann/json.hpp>

#include "channelbridge/core/time.hpp"
#include "commands.hpp"
#include "output.hpp"

namespace cli {

namespace {

/// Opens the hub to look at it, without the run lock.
cb::Result<std::unique_ptr<cb::hub::Hub>> look(const Common& common) {
  auto project = load_project(common);
  if (!project) return std::move(project).error();
  return open_hub(*std::move(project), false, false);
}

std::string short_id(const std::string& id) { return id.substr(0, 18); }

std::string value_of(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "(empty)" : value.dump();
}

std::string values_of(const std::string& json) {
  std::string out;
  const nlohmann::json values = nlohmann::json::parse(json);
  for (const auto& [path, value] : values.items())
    out += (out.empty() ? "" : ", ") + path + "=" + value_of(value);
  return out;
}

/// Where a record stands: spoke, system's object and key.
cb::Result<nlohmann::json> objects_of(cb::store::Store& store, const std::string& record) {
  auto links = store.links_of_record(record);
  if (!links) return std::move(links).error();
  nlohmann::json out = nlohmann::json::array();
  for (const cb::store::LinkRow& link : *links) {
    if (!link.closed)
      out.push_back({{"spoke", link.spoke}, {"object", link.object}, {"key", link.key}});
  }
  return out;
}

std::string named(const nlohmann::json& objects) {
  std::string out;
  for (const auto& object : objects) {
    out += (out.empty() ? "" : ", ") + object["spoke"].get<std::string>() + " " +
           object["key"].get<std::string>();
  }
  return out;
}

/// Conflicts and letters, with the rules and figures behind them; "" = there are none.
std::string open_questions_of(const nlohmann::json& story) {
  std::string out;
  const auto add = [&out](const nlohmann::json& spoke, const std::string& what,
                          const nlohmann::json& rule, const nlohmann::json& words) {
    const auto detail = words.get<std::string>();
    out += "  " + spoke.get<std::string>() + ", " + what + ": " + rule.get<std::string>() +
           (detail.empty() ? "" : ": " + detail) + '\n';
  };
  for (const auto& link : story.value("links", nlohmann::json::array())) {
    for (const auto& why : link.value("why", nlohmann::json::array()))
      add(link["spoke"], "conflict in " + why["group"].get<std::string>(), why["reason"],
          why["detail"]);
  }
  for (const auto& letter : story.value("letters", nlohmann::json::array()))
    add(letter["spoke"], "dead letter " + letter["id"].get<std::string>(), letter["rule"],
        letter["message"]);
  return out.empty() ? out : "\nWhat waits for a person\n" + out;
}

void print_story(const nlohmann::json& story) {
  std::cout << story["entity"].get<std::string>() << ' ' << story["id"].get<std::string>()
            << ", version " << story["version"] << ", since " << story["created"].get<std::string>()
            << "\n\nWhat it says, and where that comes from\n";
  Table fields({"field", "value", "from", "at", "rule"});
  for (const auto& [path, field] : story["fields"].items()) {
    fields.add({path, value_of(field["value"]), field.value("system", ""), field.value("at", ""),
                field.value("rule", "")});
  }
  std::cout << fields.text();
  std::cout << "\nWhat happened\n";
  for (const auto& version : story.value("history", nlohmann::json::array())) {
    std::cout << "  " << version["at"].get<std::string>() << "  run " << version["run"] << ", "
              << version["by"].get<std::string>() << ": version " << version["version"] << '\n';
    for (const auto& [path, change] : version["changes"]["fields"].items()) {
      std::cout << "      " << path << ": " << value_of(change["old"]) << " -> "
                << value_of(change["new"]) << '\n';
    }
  }
  std::cout << open_questions_of(story) << "\nWhere it is\n";
  Table links({"spoke", "key", "version there", "state"});
  for (const auto& link : story.value("links", nlohmann::json::array())) {
    std::string state = link["closed"].get<bool>()      ? "closed"
                        : link["secondary"].get<bool>() ? "double"
                        : link["stale"].get<bool>()     ? "stale"
                                                        : "linked";
    if (link.contains("conflicts")) state += ", conflict in " + link["conflicts"].dump();
    links.add({link["spoke"].get<std::string>(), link["key"].get<std::string>(),
               link.value("version", ""), state});
  }
  std::cout << links.text();
  std::cout << "\nWhat was written\n";
  Table writes({"decided", "spoke", "operation", "key", "state", "groups", "outcome"});
  for (const auto& write : story.value("writes", nlohmann::json::array())) {
    std::string groups;
    for (const auto& group : write.value("groups", nlohmann::json::array()))
      groups += (groups.empty() ? "" : " ") + group.get<std::string>();
    writes.add({write["decided"].get<std::string>(), write["spoke"].get<std::string>(),
                write.value("operation", ""), write["key"].get<std::string>(),
                write["state"].get<std::string>(), groups, write["outcome"].get<std::string>()});
  }
  std::cout << writes.text();
}

}  // namespace

int status(const Common& common) {
  auto hub = look(common);
  if (!hub) return fail(common, hub.error());
  auto runs = (*hub)->store().runs(1);
  if (!runs) return fail(common, runs.error());
  nlohmann::json out;
  out["last_run"] = nullptr;
  if (!runs->empty()) {
    const cb::store::RunRow& run = runs->front();
    out["last_run"] = {
        {"run", run.id},
        {"started", cb::to_iso8601(run.started)},
        {"ended", run.ended ? nlohmann::json(cb::to_iso8601(*run.ended)) : nlohmann::json()}};
  }
  Table table({"spoke", "links", "waiting", "conflicts", "dead letters", "open writes", "pulled"});
  bool aside = false;
  for (const cb::hub::Spoke& spoke : (*hub)->config().spokes) {
    auto counts = (*hub)->store().counts(spoke.name);
    auto row = (*hub)->store().spoke(spoke.name);
    if (!counts) return fail(common, counts.error());
    if (!row) return fail(common, row.error());
    aside = aside || counts->waiting > 0 || counts->conflicts > 0 || counts->dead_letters > 0 ||
            counts->open_intents > 0;
    const std::string pulled = row->pulled ? cb::to_iso8601(*row->pulled) : "never";
    table.add({spoke.name, std::to_string(counts->links), std::to_string(counts->waiting),
               std::to_string(counts->conflicts), std::to_string(counts->dead_letters),
               std::to_string(counts->open_intents), pulled});
    out["spokes"].push_back({{"spoke", spoke.name},
                             {"links", counts->links},
                             {"waiting", counts->waiting},
                             {"conflicts", counts->conflicts},
                             {"dead_letters", counts->dead_letters},
                             {"open_intents", counts->open_intents},
                             {"pulled", pulled}});
    out["records"] = counts->records;
    out["duplicates"] = counts->duplicates;
  }
  if (common.json()) {
    std::cout << pretty(out) << '\n';
  } else {
    std::cout << table.text() << "records: " << out["records"]
              << ", possible duplicates: " << out["duplicates"] << '\n';
    if (out["last_run"].is_null()) {
      std::cout << "no run yet\n";
    } else {
      std::cout << "last run: " << out["last_run"]["run"] << ", "
                << value_of(out["last_run"]["started"]) << " to "
                << (out["last_run"]["ended"].is_null() ? "(did not end)"
                                                       : value_of(out["last_run"]["ended"]))
                << '\n';
    }
  }
  return aside ? kSetAside : kDone;
}

int explain(const Common& common, const std::string& entity, const std::string& id) {
  auto hub = look(common);
  if (!hub) return fail(common, hub.error());
  auto story = (*hub)->explain(entity, id);
  if (!story) return fail_named(common, story.error());
  if (common.json()) {
    std::cout << *story << '\n';
  } else {
    print_story(nlohmann::json::parse(*story));
  }
  return kDone;
}

int waiting_list(const Common& common) {
  auto hub = look(common);
  if (!hub) return fail(common, hub.error());
  auto waits = (*hub)->waiting(10'000);
  if (!waits) return fail(common, waits.error());
  nlohmann::json out = nlohmann::json::array();
  Table table({"spoke", "entity", "number", "its record is", "rule", "what", "ends", "since"});
  for (const cb::hub::Waiting& each : *waits) {
    out.push_back(nlohmann::json::parse(to_json(each)));
    const std::string objects = named(out.back()["objects"]);
    table.add({each.spoke, each.entity, each.number, objects.empty() ? each.record : objects,
               each.rule, to_string(each), each.ends, cb::to_iso8601(each.since)});
  }
  if (common.json()) {
    std::cout << pretty(out) << '\n';
  } else if (waits->empty()) {
    std::cout << "Nothing waits.\n";
  } else {
    std::cout << table.text() << "See one whole with: channelbridge explain <entity> <key>\n";
  }
  return waits->empty() ? kDone : kSetAside;
}

int conflicts_list(const Common& common) {
  auto hub = look(common);
  if (!hub) return fail(common, hub.error());
  auto rows = (*hub)->store().conflicts();
  if (!rows) return fail(common, rows.error());
  nlohmann::json out = nlohmann::json::array();
  Table table({"spoke", "key", "its record is", "group", "reason", "hub", "system", "since"});
  for (const cb::store::ConflictRow& row : *rows) {
    auto objects = objects_of((*hub)->store(), row.record);
    if (!objects) return fail(common, objects.error());
    table.add({row.spoke, row.key, named(*objects), row.group,
               row.detail.empty() ? row.reason : row.reason + ": " + row.detail, values_of(row.hub),
               values_of(row.system), cb::to_iso8601(row.since)});
    out.push_back({{"spoke", row.spoke},
                   {"key", row.key},
                   {"group", row.group},
                   {"entity", row.entity},
                   {"record", row.record},
                   {"objects", *std::move(objects)},
                   {"reason", row.reason},
                   {"detail", row.detail},
                   {"hub", nlohmann::json::parse(row.hub)},
                   {"system", nlohmann::json::parse(row.system)},
                   {"since", cb::to_iso8601(row.since)}});
  }
  if (common.json()) {
    std::cout << pretty(out) << '\n';
  } else if (rows->empty()) {
    std::cout << "There are no open conflicts.\n";
  } else {
    std::cout
        << table.text()
        << "Decide with: channelbridge conflicts resolve <spoke> <key> <group> --keep hub|system\n";
  }
  return rows->empty() ? kDone : kSetAside;
}

int conflicts_resolve(const Common& common, const std::string& spoke, const std::string& key,
                      const std::string& group, const std::string& keep) {
  auto project = load_project(common);
  if (!project) return fail(common, project.error());
  auto hub = open_hub(*std::move(project), true, false);
  if (!hub) return fail(common, hub.error());
  const cb::Context context;
  auto done = (*hub)->resolve_conflict(
      spoke, key, group, keep == "hub" ? cb::hub::Keep::Hub : cb::hub::Keep::System, context);
  if (!done) return fail_named(common, done.error());
  if (common.json()) {
    std::cout
        << nlohmann::json{{"resolved",
                           {{"spoke", spoke}, {"key", key}, {"group", group}, {"kept", keep}}}}
               .dump()
        << '\n';
  } else {
    std::cout << "Kept the " << (keep == "hub" ? "hub's" : "system's")
              << " value; the next sync carries it.\n";
  }
  return kDone;
}

int duplicates_list(const Common& common) {
  auto hub = look(common);
  if (!hub) return fail(common, hub.error());
  auto rows = (*hub)->store().duplicates();
  if (!rows) return fail(common, rows.error());
  nlohmann::json out = nlohmann::json::array();
  Table table({"entity", "record", "its objects", "other", "its objects", "why", "since"});
  for (const cb::store::DuplicateRow& row : *rows) {
    auto objects = objects_of((*hub)->store(), row.record);
    auto other_objects = objects_of((*hub)->store(), row.other);
    if (!objects) return fail(common, objects.error());
    if (!other_objects) return fail(common, other_objects.error());
    table.add({row.entity, row.record, named(*objects), row.other, named(*other_objects),
               row.reason, cb::to_iso8601(row.since)});
    out.push_back({{"entity", row.entity},
                   {"record", row.record},
                   {"objects", *std::move(objects)},
                   {"other", row.other},
                   {"other_objects", *std::move(other_objects)},
                   {"reason", row.reason},
                   {"since", cb::to_iso8601(row.since)}});
  }
  if (common.json()) {
    std::cout << pretty(out) << '\n';
  } else if (rows->empty()) {
    std::cout << "There are no possible duplicates.\n";
  } else {
    std::cout << table.text()
              << "See both with: channelbridge explain <entity> <record>; decide with: "
                 "channelbridge duplicates resolve <record> <other> --as same|different\n";
  }
  return rows->empty() ? kDone : kSetAside;
}

int duplicates_resolve(const Common& common, const DuplicateArguments& arguments) {
  auto project = load_project(common);
  if (!project) return fail(common, project.error());
  auto hub = open_hub(*std::move(project), true, false);
  if (!hub) return fail(common, hub.error());
  const bool same = arguments.as == "same";
  const cb::Context context;
  auto done = same ? (*hub)->merge_duplicate(arguments.record, arguments.other, context)
                   : (*hub)->dismiss_duplicate(arguments.record, arguments.other);
  if (!done) return fail_named(common, done.error());
  if (common.json()) {
    std::cout << nlohmann::json{{"resolved",
                                 {{"record", arguments.record},
                                  {"other", arguments.other},
                                  {"as", arguments.as}}}}
                     .dump()
              << '\n';
  } else if (same) {
    std::cout << arguments.other << " is " << arguments.record
              << " from now on; the next sync carries it to the systems.\n";
  } else {
    std::cout << "They stay two, and are not listed again.\n";
  }
  return kDone;
}

/// The first line of a message, and of what breaks a rule the first figures.
std::string brief(const std::string& message) {
  const std::size_t end = message.find('\n');
  if (end == std::string::npos) return message;
  const std::size_t begin = message.find_first_not_of(" -", end + 1);
  if (begin == std::string::npos) return message.substr(0, end);
  return message.substr(0, end) + ": " + message.substr(begin, message.find('\n', begin) - begin);
}

int dead_letters_list(const Common& common) {
  auto hub = look(common);
  if (!hub) return fail(common, hub.error());
  auto rows = (*hub)->store().dead_letters(true, 10'000);
  if (!rows) return fail(common, rows.error());
  nlohmann::json out = nlohmann::json::array();
  Table table(
      {"id", "spoke", "direction", "key", "its record is", "rule", "where", "tries", "message"});
  for (const cb::store::DeadLetterRow& row : *rows) {
    auto objects = objects_of((*hub)->store(), row.record);
    if (!objects) return fail(common, objects.error());
    const std::string where = row.file.empty()
                                  ? ""
                                  : row.file.substr(row.file.rfind('/') + 1) +
                                        (row.line > 0 ? ":" + std::to_string(row.line) : "");
    table.add({short_id(row.id), row.spoke, row.direction, row.key, named(*objects), row.rule,
               where, std::to_string(row.attempts), brief(row.message)});
    out.push_back({{"id", row.id},
                   {"spoke", row.spoke},
                   {"direction", row.direction},
                   {"key", row.key},
                   {"record", row.record},
                   {"objects", *std::move(objects)},
                   {"rule", row.rule},
                   {"file", row.file},
                   {"line", row.line},
                   {"attempts", row.attempts},
                   {"message", row.message},
                   {"at", cb::to_iso8601(row.at)}});
  }
  if (common.json()) {
    std::cout << pretty(out) << '\n';
  } else if (rows->empty()) {
    std::cout << "There are no open dead letters.\n";
  } else {
    std::cout << table.text()
              << "See one whole: channelbridge dead-letters show <id>; try again: channelbridge "
                 "dead-letters replay <id>\n";
  }
  return rows->empty() ? kDone : kSetAside;
}

int dead_letters_show(const Common& common, const std::string& id) {
  auto hub = look(common);
  if (!hub) return fail(common, hub.error());
  auto row = (*hub)->store().dead_letter(id);
  if (!row) return fail_named(common, row.error());
  if (!*row)
    return fail_named(common,
                      cb::Error(cb::ErrorCode::NotFound, "there is no dead letter '" + id + "'"));
  const cb::store::DeadLetterRow& letter = **row;
  auto objects = objects_of((*hub)->store(), letter.record);
  if (!objects) return fail(common, objects.error());
  if (common.json()) {
    std::cout << nlohmann::json{{"id", letter.id},
                                {"spoke", letter.spoke},
                                {"direction", letter.direction},
                                {"key", letter.key},
                                {"record", letter.record},
                                {"objects", *std::move(objects)},
                                {"rule", letter.rule},
                                {"file", letter.file},
                                {"line", letter.line},
                                {"attempts", letter.attempts},
                                {"open", letter.open},
                                {"message", letter.message},
                                {"payload", letter.payload}}
                     .dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
              << '\n';
    return kDone;
  }
  std::cout << "id         " << letter.id << "\nspoke      " << letter.spoke << "\ndirection  "
            << letter.direction << "\nkey        " << letter.key << "\nrecord     " << letter.record
            << "\ndocuments  " << named(*objects) << "\nrule       " << letter.rule
            << "\nwhere      " << letter.file << ':' << letter.line << "\nsince      "
            << cb::to_iso8601(letter.at) << "\ntries      " << letter.attempts << "\nopen       "
            << (letter.open ? "yes" : "no") << "\n\n"
            << letter.message << "\n\n"
            << letter.payload << '\n';
  return kDone;
}

int dead_letters_replay(const Common& common, const std::string& id) {
  auto project = load_project(common);
  if (!project) return fail(common, project.error());
  auto hub = open_hub(*std::move(project), true, false);
  if (!hub) return fail(common, hub.error());
  const cb::Context context;
  if (auto done = (*hub)->replay(id, context); !done) return fail_named(common, done.error());
  if (common.json()) {
    std::cout << nlohmann::json{{"replayed", id}}.dump() << '\n';
  } else {
    std::cout << "It is tried again with the next sync.\n";
  }
  return kDone;
}

}  // namespace cli
