#include "steps_internal.hpp"

#include <deque>
#include <set>
#include <utility>

namespace channelbridge::tryton {

std::optional<Step> next_step(const Workflow& workflow, std::string_view from,
                              std::string_view to) {
  // Breadth first from the start; each place remembers the step that left the start for it.
  std::deque<std::pair<std::string_view, const Step*>> open{{from, nullptr}};
  std::set<std::string_view> seen{from};
  while (!open.empty()) {
    const auto [state, first] = open.front();
    open.pop_front();
    for (const Step& step : workflow.steps) {
      if (step.from != state || !seen.insert(step.to).second) continue;
      const Step* start = first == nullptr ? &step : first;
      if (step.to == to) return *start;
      open.emplace_back(step.to, start);
    }
  }
  return std::nullopt;
}

bool is_between(const Workflow& workflow, std::string_view from, std::string_view to,
                std::string_view state) {
  std::string here(from);
  while (!here.empty() && here != to) {
    const auto step = next_step(workflow, here, to);
    if (!step || step->to == to) return false;
    here = step->to;
    if (here == state) return true;
  }
  return false;
}

Workflows default_workflows() {
  return {
      {"sale.sale",
       {.field = "state",
        .initial = "draft",
        .steps = {{"draft", "quotation", "quote"},
                  {"quotation", "confirmed", "confirm"},
                  {"confirmed", "processing", "process"},
                  {"draft", "cancelled", "cancel"},
                  {"quotation", "cancelled", "cancel"},
                  {"quotation", "draft", "draft"},
                  {"confirmed", "draft", "draft"},
                  {"cancelled", "draft", "draft"}},
        .conclusions = {{"processing", "shipment_state", "sent"}}}},
      {"sale.opportunity",
       {.field = "state",
        .initial = "lead",
        .steps = {{"lead", "opportunity", "opportunity"},
                  {"lead", "lost", "lost"},
                  {"lead", "cancelled", "cancel"},
                  {"opportunity", "lead", "lead"},
                  {"opportunity", "converted", "convert"},
                  {"opportunity", "lost", "lost"},
                  {"opportunity", "cancelled", "cancel"},
                  {"lost", "lead", "lead"},
                  {"cancelled", "lead", "lead"}}}},
  };
}

OnChange default_on_change() {
  return {{"sale.sale", {"party"}},
          {"sale.line", {"product"}},
          {"sale.opportunity", {"party"}},
          {"sale.opportunity.line", {"product"}}};
}

}  // namespace channelbridge::tryton
