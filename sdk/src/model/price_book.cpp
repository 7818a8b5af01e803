#include "channelbridge/model/price_book.hpp"

#include "channelbridge/model/code_sets.hpp"
#include "channelbridge/model/code_sets_catalog.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace price_book_entity {
namespace {

constexpr auto kMarket =
    rows<PriceBook::Market>(field<&PriceBook::Market::country>("country", {.required = true}));

constexpr auto kRows = rows<PriceBook>(
    field<&PriceBook::code>("code", {.required = true, .max_length = 40}),
    field<&PriceBook::currency>("currency", {.required = true}),
    group<&PriceBook::valid>("valid", kPeriodRows),
    list<&PriceBook::markets>("markets", kMarket, {.keys = "country"}),
    field<&PriceBook::partner_tier>("partner_tier", {.refers_to = "program_tier"}),
    field<&PriceBook::partner>("partner", {.refers_to = "partner"}),
    field<&PriceBook::channel_kind>("channel_kind", {.codes = &code_sets::kChannelKind}),
    field<&PriceBook::tax_inclusive>("tax_inclusive"),
    field<&PriceBook::status>("status", {.required = true, .codes = &code_sets::kPriceBookStatus}),
    list<&PriceBook::state_history>("state_history", kStateChangeRows,
                                    {.keys = "at", .read_only = true}),
    custom<&PriceBook::custom>());

constexpr Transition kTransitions[] = {
    {"draft", "published", Actor::VendorAdmin},
    {"published", "superseded", Actor::VendorAdmin | Actor::System},
    {"superseded", "archived", Actor::VendorAdmin | Actor::System},
};
constexpr StateMachine kStates{"status", "draft", kTransitions};

constexpr ValueRule kValues[] = {
    {"period", [](const Fields& fields, std::vector<Problem>& problems) {
       check_order(fields, "valid.start", "valid.end", problems);
     }}};

constexpr std::string_view kValid[] = {"valid.start"};
constexpr Requirement kRequirements[] = {{"valid", kValid}};

constexpr NetworkKey kKeys[] = {
    {"code", true, [](const Fields& fields) { return values_at(fields, "code"); }}};

constexpr EntityDescription kPriceBook = entity<PriceBook>(
    "price_book", kRows,
    {.states = &kStates, .requirements = kRequirements, .values = kValues, .keys = kKeys});

}  // namespace
}  // namespace price_book_entity

const EntityDescription& description(std::type_identity<PriceBook>) {
  return price_book_entity::kPriceBook;
}

}  // namespace channelbridge::model
