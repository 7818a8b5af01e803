#pragma once

#include "channelbridge/testing/fakes.hpp"
#include "client.hpp"

namespace channelbridge::sandbox::test {

inline constexpr const char* kNorth = "0010100001";

inline model::Date day(const char* text) { return *model::Date::parse(text); }
inline model::Decimal number(const char* text) { return *model::Decimal::parse(text); }

/// CRM on 1 June 2026 with a partner, a funds plan of 2026 and its fund of 1,000.00 EUR.
class CrmDesk : public ::testing::Test {
 protected:
  void open(const crm::CrmOptions& options = {}, bool strict = true) {
    auto made = SapCrmService::make(options, desk);
    ASSERT_TRUE(made) << made.error().message();
    service = *std::move(made);
    service->add_partner(kNorth, "Nordwind GmbH");
    service->add_plan({.number = "0000000100",
                       .description = "Channel marketing",
                       .budget = {number("5000"), "EUR"},
                       .from = day("2026-01-01"),
                       .to = day("2026-12-31"),
                       .strict = strict,
                       .tolerance = number("10")});
    ASSERT_TRUE(add_fund("0000000200", "1000"));
  }
  Result<void> add_fund(const char* fund, const char* budget, const char* partner = kNorth) {
    return service->add_fund({.number = fund,
                              .plan = "0000000100",
                              .description = "Marketing",
                              .partner = partner,
                              .from = day("2026-01-01"),
                              .to = day("2026-12-31")},
                             number(budget));
  }
  /// An operation of the funds' service; what it answers fits its schema.
  Answer call(const std::string& operation, const std::string& content,
              const std::string& message_id = {}) {
    const std::string header =
        message_id.empty() ? ""
                           : "<a:MessageID xmlns:a=\"http://www.w3.org/2005/08/addressing\">" +
                                 message_id + "</a:MessageID>";
    const Answer answer =
        send(*service, Post{.path = SapCrmService::kFunds,
                            .body = "<z:" + operation +
                                    " xmlns:z=\"http://example.com/zcrm/channel_funds\">" +
                                    content + "</z:" + operation + ">",
                            .header = header});
    EXPECT_EQ(answer.status, 200) << answer.fault();
    EXPECT_EQ(complaint("channel_funds", answer), "") << answer.text;
    return answer;
  }
  Answer query(const std::string& operation, const std::string& selection = {}) {
    return call(operation, "<Selection>" + selection + "</Selection>");
  }
  static std::string money(const char* name, const std::string& amount) {
    return std::string("<") + name + " currencyCode=\"EUR\">" + amount + "</" + name + ">";
  }
  static std::string reservation(const std::string& amount, const std::string& reference = "R-1") {
    return "<ExternalReference>" + reference +
           "</ExternalReference><FundNumber>0000000200"
           "</FundNumber><Partner>0010100001</Partner><Description>Trade fair</Description>"
           "<ActivityFrom>2026-06-10</ActivityFrom><ActivityTo>2026-06-20</ActivityTo>" +
           money("RequestedAmount", amount) +
           "<ReimbursementPercent>50</ReimbursementPercent><ClaimDeadline>2026-08-01"
           "</ClaimDeadline>";
  }
  static std::string decision(const std::string& object, const std::string& id, int change,
                              const std::string& content) {
    return "<" + object + "Number>" + id + "</" + object + "Number><ChangeNumber>" +
           std::to_string(change) + "</ChangeNumber>" + content + "<DecidedBy>MANAGER</DecidedBy>";
  }
  static std::string item(const std::string& id, const std::string& invoice, const std::string& net,
                          const std::string& submitted) {
    return "<Item><ItemNumber>" + id + "</ItemNumber><InvoiceNumber>" + invoice +
           "</InvoiceNumber><InvoiceDate>2026-06-15</InvoiceDate><SupplierName>Messe Kiel"
           "</SupplierName>" +
           money("NetAmount", net) + money("SubmittedAmount", submitted) + "</Item>";
  }
  /// A claim on a reservation; items as item() writes them.
  static std::string claim(const std::string& of_reservation, const std::string& amount,
                           const std::string& items, const std::string& reference = "C-1") {
    return "<ExternalReference>" + reference + "</ExternalReference><ClaimType>REIM</ClaimType>" +
           (of_reservation.empty()
                ? "<FundNumber>0000000200</FundNumber>"
                : "<ReservationNumber>" + of_reservation + "</ReservationNumber>") +
           "<Partner>0010100001</Partner><ActivityFrom>2026-06-10</ActivityFrom><ActivityTo>"
           "2026-06-20</ActivityTo>" +
           money("SubmittedAmount", amount) + items;
  }
  /// Submits and approves; its number.
  std::string reserved(const std::string& amount) {
    const Answer submitted = call("ReservationSubmit", reservation(amount));
    const std::string id = submitted.at("Reservation/ReservationNumber");
    EXPECT_EQ(numbers(call("ReservationDecide",
                           decision("Reservation", id, 1, "<Decision>APPR</Decision>"))),
              "000");
    return id;
  }
  /// Message numbers of the answer in one text, "011 000".
  static std::string numbers(const Answer& answer) {
    std::string out;
    for (const std::string& each : answer.all("Return/item/Number"))
      out += (out.empty() ? "" : " ") + each;
    return out;
  }
  /// A category of the fund's checkbook, or a figure that follows from it.
  std::string book(const std::string& category, const std::string& fund = "0000000200") {
    const Json funds = service->state()["funds"];
    for (const Json& each : funds)
      if (each["number"] == fund) return each["checkbook"][category].get<std::string>();
    return "no fund";
  }

  std::shared_ptr<testing::ManualClock> clock =
      std::make_shared<testing::ManualClock>(*parse_iso8601("2026-06-01T10:00:00Z"));
  std::shared_ptr<Desk> desk = std::make_shared<Desk>(clock);
  std::shared_ptr<SapCrmService> service{};
};

}  // namespace channelbridge::sandbox::test
