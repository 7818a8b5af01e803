#include <random>

#include "world.hpp"

namespace world {

namespace {

/// Draws that are the same on every platform.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  double share() { return static_cast<double>(engine_() >> 11U) * 0x1.0p-53; }
  bool chance(double probability) { return share() < probability; }
  template <typename T>
  T pick(std::initializer_list<T> choices) {
    return *(choices.begin() + static_cast<std::ptrdiff_t>(engine_() % choices.size()));
  }
  std::size_t below(std::size_t bound) { return engine_() % bound; }

 private:
  std::mt19937_64 engine_;
};

std::string text(Dice& dice) {
  return dice.pick<std::string>(
      {"a", "A", "ab", "aB", "abc", "abd", "Abd ", "b", "1.234", "1.231"});
}

FieldMap field_map(Dice& dice, const std::string& field) {
  const double x = dice.share();
  if (x < .62) return {};
  if (x < .82)
    return {.loss = dice.pick({Loss::Cut2, Loss::Upper, Loss::Trim, Loss::Codes, Loss::Round2})};
  if (x < .87) return {.access = Access::Read};
  if (x < .91) return {.access = Access::Write};
  if (field == "q") return {.constant = "b"};
  return {};
}

SystemConfig system_config(Dice& dice, const std::string& name) {
  SystemConfig config{.name = name};
  for (const std::string& field : all_fields()) {
    config.map[field] = field_map(dice, field);
    // A whole group may be absent; a group that is covered in part must supply a constant.
    if (field == "r" && dice.chance(.07)) config.map.erase(field);
  }
  if (dice.chance(.4)) {
    for (const std::string& field : all_fields())
      if (config.maps(field) && dice.chance(.4) && !config.has_constant(field))
        config.norm[field] =
            dice.pick({Loss::Upper, Loss::Lower, Loss::Trim, Loss::Round2, Loss::Cut2});
    config.late = dice.chance(.5);
    config.declared = dice.chance(.5);
    config.workflow_as_author = dice.chance(.33);
  }
  config.versions =
      dice.pick({Versions::Ordered, Versions::Ordered, Versions::Etag, Versions::None});
  config.conditional = dice.chance(.75);
  config.reply = dice.pick({Reply::Full, Reply::Version, Reply::None});
  config.modified_by = dice.chance(.4);
  config.modified_time = dice.chance(.85);
  config.mark = dice.chance(.2);
  config.idempotency =
      dice.pick({Idempotency::Upsert, Idempotency::Find, Idempotency::Find, Idempotency::None});
  config.unique = dice.chance(.3);
  config.events = dice.chance(.33);
  config.shows_key = name == "a" || !dice.chance(.1);
  return config;
}

hub::Policy policy(Dice& dice, const std::vector<SystemConfig>& systems) {
  using Kind = hub::Policy::Kind;
  const Kind kind =
      dice.pick({Kind::Latest, Kind::Latest, Kind::Manual, Kind::Authority, Kind::Prefer});
  return {.kind = kind, .system = systems[dice.below(systems.size())].name};
}

Operation operation(Dice& dice, const std::vector<SystemConfig>& systems) {
  using Kind = Operation::Kind;
  using Net = Operation::Net;
  Operation next{.system = systems[dice.below(systems.size())].name,
                 .match_key = dice.pick<std::string>({"n1", "n1", "n1", "n2"})};
  const double x = dice.share();
  const auto look = [&](Kind kind) {
    next.kind = kind;
    next.overlap = dice.pick({0, 2});
    next.reversed = dice.chance(.3);
  };
  if (x < .26) {
    next.kind = Kind::Edit;
    for (const char field : dice.pick<std::string>({"p", "pq", "q", "r", "pr"}))
      next.values[std::string(1, field)] = text(dice);
    next.back = dice.pick({0, 0, 0, 2});
    next.delay = dice.pick({0, 0, 3});
  } else if (x < .31) {
    next.kind = Kind::New;
    for (const std::string& field : all_fields()) next.values[field] = text(dice);
  } else if (x < .33) {
    next.kind = dice.pick({Kind::Delete, Kind::Undelete});
  } else if (x < .45) {
    look(Kind::Pull);
  } else if (x < .53) {
    look(Kind::Fetch);
  } else if (x < .60) {
    next.kind = Kind::Merge;
  } else if (x < .64) {
    next.kind = Kind::Workflow;
  } else if (x < .74) {
    next.kind = Kind::Push;
    next.net =
        dice.pick({Net::Ok, Net::Ok, Net::Ok, Net::Ok, Net::LostBefore, Net::LostAfter, Net::Late});
  } else if (x < .81) {
    next.kind = Kind::Decide;
  } else if (x < .88) {
    next.kind = Kind::Send;
    next.net = dice.pick({Net::Ok, Net::Ok, Net::Ok, Net::LostBefore, Net::LostAfter, Net::Late});
  } else if (x < .95) {
    next.kind = Kind::Answer;
  } else if (x < .96) {
    next.kind = Kind::ReadByKey;
  } else if (x < .98) {
    next.kind = Kind::LandLate;
  } else {
    next.kind = Kind::Kill;
  }
  return next;
}

}  // namespace

Config random_world(std::uint64_t seed) {
  Dice dice(seed);
  Config config;
  const std::size_t systems = dice.pick<std::size_t>({2, 2, 2, 3, 3, 4});
  for (std::size_t i = 0; i < systems; ++i)
    config.systems.push_back(system_config(dice, std::string(1, static_cast<char>('a' + i))));
  for (const std::string& group : group_names())
    config.policies.groups[group] = policy(dice, config.systems);
  config.policies.first_contact =
      dice.pick({hub::FirstContact::Hub, hub::FirstContact::System, hub::FirstContact::Manual});
  config.synced = dice.chance(.67);
  const std::size_t operations = dice.pick<std::size_t>({4, 8, 14, 25});
  for (std::size_t i = 0; i < operations; ++i)
    config.operations.push_back(operation(dice, config.systems));
  return config;
}

Config shrink(Config config) {
  const auto broken = [](const Config& candidate, const std::string& promise) {
    const World world = play(candidate);
    for (const Breach& breach : world.breaches())
      if (breach.promise == promise) return true;
    return false;
  };
  const World first = play(config);
  if (first.breaches().empty()) return config;
  const std::string promise = first.breaches().front().promise;
  for (bool shorter = true; shorter;) {
    shorter = false;
    for (std::size_t i = 0; i < config.operations.size();) {
      Config candidate = config;
      candidate.operations.erase(candidate.operations.begin() + static_cast<std::ptrdiff_t>(i));
      if (broken(candidate, promise)) {
        config = std::move(candidate);
        shorter = true;
      } else {
        ++i;
      }
    }
  }
  return config;
}

std::string describe(const Config& config) {
  std::string text;
  for (const SystemConfig& system : config.systems) {
    text += system.name + ": versions " + std::to_string(static_cast<int>(system.versions)) +
            " reply " + std::to_string(static_cast<int>(system.reply)) + " idempotency " +
            std::to_string(static_cast<int>(system.idempotency));
    const std::vector<std::pair<bool, const char*>> flags{
        {system.conditional, "conditional"},
        {system.modified_by, "modified_by"},
        {system.modified_time, "modified_time"},
        {system.mark, "mark"},
        {system.unique, "unique"},
        {system.events, "events"},
        {system.shows_key, "shows_key"},
        {system.late, "late"},
        {system.declared, "declared"},
        {system.workflow_as_author, "workflow_as_author"}};
    for (const auto& [set, name] : flags) text += set ? std::string(" ") + name : "";
    for (const auto& [field, map] : system.map)
      text += " " + field + "(" + std::to_string(static_cast<int>(map.access)) + "," +
              std::to_string(static_cast<int>(map.loss)) + "," + map.constant.value_or("") + ")";
    for (const auto& [field, loss] : system.norm)
      text += " normalises " + field + " " + std::to_string(static_cast<int>(loss));
    text += '\n';
  }
  for (const auto& [group, policy] : config.policies.groups)
    text += group + ": policy " + std::to_string(static_cast<int>(policy.kind)) + " " +
            policy.system + "\n";
  const World world = play(config);
  for (const std::string& line : world.trace()) text += line + '\n';
  return text;
}

}  // namespace world
