#include <algorithm>

#include "engine_internal.hpp"

/// What systems send by themselves: hints, each read by key; gaps, which the next pull closes.
namespace channelbridge::hub {

namespace {

constexpr std::size_t kMostTogether = 200;

bool holds(const std::vector<adapter::Selection::Child>& children, std::string_view object) {
  return std::any_of(children.begin(), children.end(), [&](const auto& child) {
    return child.object == object || holds(child.children, object);
  });
}

/// The keys of a spoke's objects that are hinted at, each once, and what it leaves to its pull.
struct Hinted {
  std::vector<std::string> keys{};
  std::set<std::string> left{};  ///< why
};

Hinted hinted_at(const SpokeRun& spoke, const adapter::Events& events) {
  Hinted out;
  std::set<std::string_view> seen;
  for (const adapter::Hint& hint : events.hints) {
    if (hint.object == spoke.selection.object) {
      if (seen.insert(hint.key).second) out.keys.push_back(hint.key);
    } else if (holds(spoke.selection.children, hint.object)) {
      out.left.insert(hint.object + " objects changed inside others");
    }
  }
  for (const adapter::Gap& gap : events.gaps) {
    if (gap.object.empty() || gap.object == spoke.selection.object ||
        holds(spoke.selection.children, gap.object))
      out.left.insert(gap.reason);
  }
  return out;
}

/// Reads the objects by key and merges them. An object that nobody has met is begun by a pull where
/// that alone knows whether the spoke's `where` wants it.
Result<void> read_hinted(Engine& engine, SpokeRun& spoke, Hinted& hinted) {
  const std::string& name = spoke.spoke->name;
  if (!spoke.row.initial_done) {
    hinted.left.insert("the spoke has not been pulled to its end yet");
    return {};
  }
  if (spoke.row.fingerprint != spoke.spoke->mapping->fingerprint()) {
    hinted.left.insert("the mapping has changed since the spoke's last pull");
    return {};
  }
  if (!hinted.keys.empty()) {
    if (auto done = remember_sought(engine, spoke); !done) return done;
  }
  const std::size_t together =
      std::clamp<std::size_t>(spoke.capabilities.read_keys, 1, kMostTogether);
  for (std::size_t begin = 0; begin < hinted.keys.size(); begin += together) {
    const auto first = hinted.keys.begin() + static_cast<std::ptrdiff_t>(begin);
    std::vector<std::string> keys(
        first, first + static_cast<std::ptrdiff_t>(std::min(together, hinted.keys.size() - begin)));
    if (!spoke.selection.where.empty()) {
      auto links = engine.store.links_by_key(name, keys);
      if (!links) return std::move(links).error();
      const std::size_t before = keys.size();
      std::erase_if(keys, [&](const std::string& key) {
        return std::none_of(links->begin(), links->end(),
                            [&](const store::LinkRow& link) { return link.key == key; });
      });
      if (keys.size() < before)
        hinted.left.insert("objects that nobody has met, and that 'where' may not want");
    }
    if (keys.empty()) continue;
    if (auto seen = look_at(engine, spoke, keys); !seen) return std::move(seen).error();
  }
  return {};
}

}  // namespace

Result<ReceiveReport> Hub::receive(std::string_view system, const adapter::Events& events,
                                   const Context& context) {
  const HubConfig& config = this->config();
  if (std::none_of(config.systems.begin(), config.systems.end(),
                   [&](const System& each) { return each.name == system; }))
    return Error(ErrorCode::Invalid, "there is no system '" + std::string(system) + "'");
  auto number = store().next_run();
  if (!number) return std::move(number).error();
  const RunOptions options;
  Engine engine{.config = config,
                .store = store(),
                .options = options,
                .context = context,
                .run = *number,
                .log = *config.log,
                .random = *config.random};
  if (auto done = engine.continue_clock(); !done) return std::move(done).error();
  ReceiveReport report;
  for (const Spoke& configured : config.spokes) {
    if (configured.system != system) continue;
    auto spoke = prepare_spoke(engine, configured);
    if (!spoke) return std::move(spoke).error();
    Hinted hinted = hinted_at(*spoke, events);
    if (hinted.keys.empty() && hinted.left.empty()) continue;
    const auto began = context.clock().steady_now();
    const std::uint64_t calls = spoke->system->adapter->usage().requests;
    if (auto done = read_hinted(engine, *spoke, hinted); !done) {
      const Error error = std::move(done).error();
      if (error.code() == ErrorCode::Cancelled || error.code() == ErrorCode::Internal) return error;
      spoke->report.stopped.push_back(to_string(error));
    }
    spoke->report.calls = spoke->system->adapter->usage().requests - calls;
    spoke->report.elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(context.clock().steady_now() - began);
    report.left.insert(report.left.end(), hinted.left.begin(), hinted.left.end());
    for (auto left = report.left.end() - static_cast<std::ptrdiff_t>(hinted.left.size());
         left != report.left.end(); ++left)
      *left = configured.name + ": " + *left;
    report.spokes.push_back(std::move(spoke->report));
  }
  if (auto settled = settle_ledger(engine, false); !settled) return std::move(settled).error();
  return report;
}

bool ReceiveReport::taken() const {
  return std::all_of(spokes.begin(), spokes.end(),
                     [](const SpokeReport& spoke) { return spoke.stopped.empty(); });
}

}  // namespace channelbridge::hub
