#include "sandbox/soap/example_data.hpp"

#include <tuple>
#include <utility>

namespace channelbridge::sandbox {
namespace {

constexpr const char* kNorth = "0010100001";
constexpr const char* kBaltic = "0010100002";

struct Year {
  model::Date first;
  model::Date last;
};

Year year_of(Timestamp today) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(today));
  return {model::Date(day.year() / std::chrono::January / 1),
          model::Date(day.year() / std::chrono::December / 31)};
}

crm::Fund fund_of(const char* number, const char* partner, const char* name, const Year& year) {
  return {.number = number,
          .plan = "0000000100",
          .description = name,
          .partner = partner,
          .currency = "EUR",
          .from = year.first,
          .to = year.last};
}

}  // namespace

void add_example_data(SapFiService& service) {
  for (const char* number : {kNorth, kBaltic}) service.add_debtor("1010", number);
  for (const char* number : {"0010300001", "0010300002"}) service.add_creditor("1010", number);
}

Result<void> add_example_data(SapCrmService& service, Timestamp today) {
  const Year year = year_of(today);
  service.add_partner(kNorth, "Nordwind GmbH");
  service.add_partner(kBaltic, "Vind & Vatten AB");
  service.add_plan({.number = "0000000100",
                    .description = "Channel marketing",
                    .organization = "O 50000100",
                    .budget = {model::Decimal(100'000), "EUR"},
                    .from = year.first,
                    .to = year.last,
                    .cost_center = "0010101101",
                    .gl_account = "0044000000"});
  for (const auto& [number, partner, name] :
       {std::tuple{"0000000201", kNorth, "Nordwind, marketing"},
        std::tuple{"0000000202", kBaltic, "Vind & Vatten, marketing"}}) {
    auto added = service.add_fund(fund_of(number, partner, name, year), model::Decimal(20'000));
    if (!added) return added;
  }
  service.add_program({.number = "0000000300",
                       .description = "Trade shows and ads",
                       .from = year.first,
                       .to = year.last,
                       .partner_types = {"RESE"},
                       .enrollment = true});
  for (const auto& [number, type] :
       {std::pair{"TRADE_SHOW", "EVNT"}, std::pair{"SEMINAR", "EVNT"},
        std::pair{"PRINT_AD", "ADVT"}, std::pair{"DIGITAL_AD", "ADVT"}, std::pair{"OTHER", "OTHR"}})
    service.add_template({.number = number, .type = type, .program = "0000000300"});
  for (const char* partner : {kNorth, kBaltic})
    if (auto enrolled = service.enroll("0000000300", {.partner = partner, .from = year.first});
        !enrolled)
      return enrolled;
  service.add_lead({.number = "0000008001",
                    .description = "Ten sprinklers",
                    .prospect = "Hafen Kiel",
                    .contact = "Ida Brandt",
                    .email = "ida.brandt@hafen.example",
                    .city = "Kiel",
                    .country = "DE",
                    .source = "002",
                    .qualification = "03",
                    .revenue = soap::Amount{model::Decimal(12'500), "EUR"}});
  service.add_lead({.number = "0000008002",
                    .description = "Pumps for a ferry",
                    .prospect = "Malmö Färjan",
                    .email = "inkop@farjan.example",
                    .city = "Malmö",
                    .country = "SE",
                    .source = "003",
                    .qualification = "02"});
  return service.dispatch("0000008002", kBaltic);
}

}  // namespace channelbridge::sandbox
