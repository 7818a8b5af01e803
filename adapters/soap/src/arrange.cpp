#include "arrange_internal.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "channelbridge/core/nearest.hpp"

namespace channelbridge::soap {
namespace {

using document::Tree;
using Kind = Particle::Kind;

using LeftOut = std::function<bool(const Element&, const Tree&)>;

class Arranger {
 public:
  Arranger(const Schema& schema, const Particle& model, const std::string& path,
           const LeftOut& left_out, std::vector<Problem>& problems)
      : schema_(schema), model_(model), path_(path), left_out_(left_out), problems_(problems) {
    collect(model);
  }

  std::vector<Placed> run(const Tree& tree) {
    look_at(tree);
    emit(model_);
    for (const Child& child : children_) {
      if (child.taken) continue;
      if (!child.known)
        unknown(child);
      else if (told_.insert(child.name).second)
        problem(child.name.local, "too_many",
                "occurs " + std::to_string(count(child.name)) + " times, more than is allowed");
    }
    return std::move(out_);
  }

 private:
  struct Child {
    const Tree* tree{};
    QName name{};
    std::string path{};
    bool known{};  ///< the model names it; else only a wildcard can take it
    bool taken{};
    bool hidden{};  ///< of another round of a sequence that repeats
  };

  void problem(const std::string& below, std::string rule, std::string message,
               std::string suggestion = {}) {
    problems_.push_back({.path = path_.empty() ? below : path_ + '/' + below,
                         .rule = std::move(rule),
                         .message = std::move(message),
                         .suggestion = std::move(suggestion)});
  }

  void collect(const Particle& particle) {
    if (particle.kind == Kind::Element) {
      names_.insert(particle.element->name);
      by_local_.emplace(particle.element->name.local, particle.element->name);
    }
    for (const Particle& part : particle.parts) collect(part);
  }

  void look_at(const Tree& tree) {
    std::map<std::string, std::size_t> total;
    for (const Tree& each : tree.children) ++total[each.name];
    std::map<std::string, std::size_t> seen;
    for (const Tree& each : tree.children) {
      if (each.name.starts_with('@')) continue;
      Child child{.tree = &each, .name = parse_qname(each.name)};
      const std::size_t nth = seen[each.name]++;
      child.path = (path_.empty() ? "" : path_ + '/') + child.name.local;
      if (total[each.name] > 1) child.path += '[' + std::to_string(nth) + ']';
      if (each.name.starts_with('{')) {
        child.known = names_.contains(child.name);
      } else if (const auto found = by_local_.equal_range(child.name.local);
                 found.first != found.second) {
        child.known = true;
        const QName& first = found.first->second;
        const auto other = std::find_if(found.first, found.second,
                                        [&](const auto& pair) { return pair.second != first; });
        if (other != found.second) {
          problem(child.name.local, "ambiguous",
                  "is declared as '" + to_string(first) + "' and '" + to_string(other->second) +
                      "': its namespace is asked for");
          child.taken = true;
        }
        child.name = first;
      }
      children_.push_back(std::move(child));
    }
  }

  std::size_t count(const QName& name) const {
    return static_cast<std::size_t>(
        std::count_if(children_.begin(), children_.end(),
                      [&](const Child& each) { return each.known && each.name == name; }));
  }

  void unknown(const Child& child) {
    std::vector<std::string> known;
    for (const auto& [local, name] : by_local_) known.push_back(local);
    problem(child.name.local, "unknown", "the schema has no such element here",
            nearest_word(child.name.local, known));
  }

  static bool free(const Child& child) { return !child.taken && !child.hidden; }

  /// Does a particle have a place for a child?
  bool covers(const Particle& particle, const Child& child) const {
    if (particle.kind == Kind::Element) return child.known && particle.element->name == child.name;
    if (particle.kind == Kind::Any) return !child.known && in_wildcard(particle, child);
    return std::any_of(particle.parts.begin(), particle.parts.end(),
                       [&](const Particle& part) { return covers(part, child); });
  }
  bool in_wildcard(const Particle& any, const Child& child) const {
    if (!child.tree->name.starts_with('{')) return true;  // wildcard_name() tells
    return std::any_of(any.spaces.begin(), any.spaces.end(), [&](const std::string& space) {
      if (space == "##any") return true;
      if (space == "##other")
        return !child.name.space.empty() && child.name.space != any.other_than;
      return space == child.name.space;
    });
  }
  std::size_t present(const Particle& particle) const {
    return static_cast<std::size_t>(
        std::count_if(children_.begin(), children_.end(),
                      [&](const Child& each) { return free(each) && covers(particle, each); }));
  }
  static bool emptiable(const Particle& particle) {
    if (particle.min == 0) return true;
    const auto& parts = particle.parts;
    switch (particle.kind) {
      case Kind::Choice:
        return parts.empty() || std::any_of(parts.begin(), parts.end(), emptiable);
      case Kind::Sequence:
      case Kind::All:
        return std::all_of(parts.begin(), parts.end(), emptiable);
      default:
        return false;
    }
  }

  void emit(const Particle& particle) {
    if (particle.kind == Kind::Element) return emit_element(particle);
    if (particle.kind == Kind::Any) return emit_any(particle);
    if (present(particle) == 0 && emptiable(particle)) return;
    if (particle.max == 1) return once(particle);
    if (particle.kind == Kind::Choice) return emit_choices(particle);
    emit_rounds(particle);
  }

  void once(const Particle& particle) {
    if (particle.kind == Kind::Choice) return emit_choice(particle);
    for (const Particle& part : particle.parts) emit(part);
  }

  void emit_element(const Particle& particle) {
    const QName& name = particle.element->name;
    std::size_t found = 0;
    for (Child& child : children_) {
      if (found == particle.max) break;
      if (!free(child) || !child.known || child.name != name) continue;
      if (left_out_(*particle.element, *child.tree)) {
        child.taken = true;
        continue;
      }
      place(child, particle.element);
      ++found;
    }
    if (found >= particle.min) return;
    if (found == 0)
      problem(name.local, "missing", "is missing");
    else
      problem(name.local, "missing",
              "occurs " + std::to_string(found) + " times, at least " +
                  std::to_string(particle.min) + " are asked for");
  }

  void emit_choice(const Particle& particle) {
    const Particle* best = nullptr;
    std::size_t most = 0;
    for (const Particle& part : particle.parts) {
      if (const std::size_t found = present(part); found > most) {
        best = &part;
        most = found;
      }
    }
    if (best == nullptr) {
      std::string names;
      for (const Particle& part : particle.parts)
        names += (names.empty() ? "" : ", ") + first_name(part);
      return problem(first_name(particle), "choice", "one of these is missing: " + names);
    }
    emit(*best);
    for (Child& child : children_) {
      if (!free(child) || !covers(particle, child) || covers(*best, child)) continue;
      problem(child.name.local, "choice", "cannot stand beside '" + first_name(*best) + "'");
      child.taken = true;
    }
  }

  /// A choice that repeats takes what comes as it comes.
  void emit_choices(const Particle& particle) {
    std::size_t rounds = 0;
    for (std::size_t i = 0; i < children_.size() && rounds < particle.max; ++i) {
      if (!free(children_[i]) || !covers(particle, children_[i])) continue;
      for (const Particle& part : particle.parts) {
        if (!covers(part, children_[i])) continue;
        emit(part);
        ++rounds;
        break;
      }
    }
    if (rounds < particle.min)
      problem(first_name(particle), "missing",
              "the choice is made " + std::to_string(rounds) + " times, at least " +
                  std::to_string(particle.min) + " are asked for");
  }

  /// A sequence that repeats: a child that cannot stand behind the one before begins a new round.
  void emit_rounds(const Particle& particle) {
    std::vector<std::vector<std::size_t>> rounds;
    std::size_t last = 0;
    std::size_t times = 0;
    for (std::size_t i = 0; i < children_.size(); ++i) {
      if (!free(children_[i]) || !covers(particle, children_[i])) continue;
      std::size_t at = 0;
      while (!covers(particle.parts[at], children_[i])) ++at;
      const bool group = !particle.parts[at].parts.empty();
      const bool full = !group && at == last && times == particle.parts[at].max;
      if (rounds.empty() || at < last || full) {
        rounds.emplace_back();
        times = 0;
      } else if (at != last) {
        times = 0;
      }
      rounds.back().push_back(i);
      last = at;
      ++times;
    }
    if (rounds.empty()) return once(particle);
    std::vector<std::size_t> hidden;
    for (const auto& round : rounds)
      for (const std::size_t i : round) hidden.push_back(i);
    for (const std::size_t i : hidden) children_[i].hidden = true;
    for (std::size_t r = 0; r < rounds.size() && r < particle.max; ++r) {
      for (const std::size_t i : rounds[r]) children_[i].hidden = false;
      once(particle);
    }
    for (const std::size_t i : hidden) children_[i].hidden = false;
    if (rounds.size() < particle.min)
      problem(first_name(particle), "missing",
              "the group occurs " + std::to_string(rounds.size()) + " times, at least " +
                  std::to_string(particle.min) + " are asked for");
  }

  void emit_any(const Particle& particle) {
    std::size_t found = 0;
    for (Child& child : children_) {
      if (found == particle.max) break;
      if (!free(child) || child.known || !in_wildcard(particle, child)) continue;
      ++found;
      if (!wildcard_name(particle, child)) {
        child.taken = true;
        continue;
      }
      const Element* declared =
          particle.process == Particle::Process::Skip ? nullptr : schema_.element(child.name);
      if (declared == nullptr && particle.process == Particle::Process::Strict) {
        problem(child.name.local, "unknown",
                "the schema declares no element '" + to_string(child.name) + "'");
        child.taken = true;
        continue;
      }
      place(child, declared);
    }
    if (found < particle.min) problem("*", "missing", "an element of the wildcard is missing");
  }

  /// Gives a child of a wildcard the wildcard's namespace, where it has just one.
  bool wildcard_name(const Particle& any, Child& child) {
    if (child.tree->name.starts_with('{')) return true;
    if (any.spaces.size() == 1 && !any.spaces.front().starts_with("##")) {
      child.name.space = any.spaces.front();
      return true;
    }
    if (any.spaces.size() == 1 && any.spaces.front() == "##any") {
      std::vector<QName> known;
      for (const QName& name : schema_.elements())
        if (name.local == child.name.local) known.push_back(name);
      if (known.size() == 1) {
        child.name = known.front();
        return true;
      }
    }
    problem(child.name.local, "ambiguous",
            "stands in a wildcard of several namespaces: its own is asked for, as '{urn:x}" +
                child.name.local + "'");
    return false;
  }

  static std::string first_name(const Particle& particle) {
    if (particle.kind == Kind::Element) return particle.element->name.local;
    if (particle.kind == Kind::Any) return "*";
    return particle.parts.empty() ? std::string() : first_name(particle.parts.front());
  }

  void place(Child& child, const Element* element) {
    child.taken = true;
    out_.push_back({child.tree, element, child.name, child.path});
  }

  const Schema& schema_;
  const Particle& model_;
  const std::string& path_;
  const LeftOut& left_out_;
  std::vector<Problem>& problems_;
  std::set<QName> names_{};
  std::multimap<std::string, QName> by_local_{};
  std::vector<Child> children_{};
  std::set<QName> told_{};
  std::vector<Placed> out_{};
};

}  // namespace

std::vector<Placed> arrange(const Schema& schema, const Particle& model, const Tree& tree,
                            const std::string& path, const LeftOut& left_out,
                            std::vector<Problem>& problems) {
  return Arranger(schema, model, path, left_out, problems).run(tree);
}

}  // namespace channelbridge::soap
