// What people at the system do beside its services: budgets, decisions, settlements, locks.
#include <set>
#include <utility>

#include "sandbox/common/json.hpp"
#include "sandbox/soap/sap_crm_server.hpp"

namespace channelbridge::sandbox {
namespace {

constexpr const char* kNoAmount = "amount: a number as text, \"100.00\"";

Error crm_problem(const std::string& text) { return Error(ErrorCode::Invalid, text); }

std::optional<soap::Amount> amount_in_json(const Json& body, const char* name,
                                           const std::string& currency) {
  const auto value = model::Decimal::parse(sandbox::text_of(body, name));
  if (!value) return std::nullopt;
  return soap::Amount{*value, currency};
}

Json admin_json(const crm::Admin& admin, const crm::CrmOptions& options) {
  return Json{{"status", crm::text_of_status(options, admin)},
              {"reference", admin.reference},
              {"change", admin.change},
              {"changed_by", admin.changed_by}};
}

}  // namespace

Result<void> SapCrmService::by_people(const std::function<void()>& work) {
  const std::lock_guard lock(mutex_);
  try {
    work();
    return {};
  } catch (const crm::Refused& refused) {
    return Error(ErrorCode::Rejected, refused.note.text);
  }
}

void SapCrmService::add_partner(const std::string& number, const std::string& name, bool blocked) {
  const std::lock_guard lock(mutex_);
  funds_.add_partner(number, {.name = name, .blocked = blocked, .fields = {{"NAME_ORG1", name}}});
}

void SapCrmService::add_plan(crm::Plan plan) {
  const std::lock_guard lock(mutex_);
  funds_.add_plan(std::move(plan));
}

Result<void> SapCrmService::add_fund(crm::Fund fund, const model::Decimal& budget) {
  return by_people([&] { funds_.add_fund(std::move(fund), budget, "PLANNER"); });
}

Result<void> SapCrmService::change_budget(const std::string& fund, const model::Decimal& by_so_much,
                                          const std::string& text) {
  return by_people([&] { funds_.change_budget(fund, by_so_much, text); });
}

Result<void> SapCrmService::transfer(const std::string& from, const std::string& to,
                                     const model::Decimal& value) {
  return by_people([&] { funds_.transfer(from, to, value); });
}

Result<std::string> SapCrmService::post_by_people(const std::function<std::string()>& work) {
  std::string number;
  auto done = by_people([&] { number = work(); });
  if (!done) return std::move(done).error();
  return number;
}

Result<std::string> SapCrmService::accrue(const std::string& fund, const model::Decimal& amount,
                                          const std::string& invoice, const std::string& text) {
  return post_by_people([&] { return funds_.accrue(fund, amount, invoice, text); });
}

Result<std::string> SapCrmService::approve_over_consumption(const std::string& reservation,
                                                            const model::Decimal& amount,
                                                            const std::string& by) {
  return post_by_people([&] { return funds_.approve_over_consumption(reservation, amount, by); });
}

Result<std::string> SapCrmService::settle_externally(const crm::ExternalPayment& payment) {
  return post_by_people([&] { return funds_.settle_externally(payment); });
}

Result<std::string> SapCrmService::reverse_posting(const std::string& posting) {
  return post_by_people([&] { return funds_.take_back(posting); });
}

std::vector<std::string> SapCrmService::expire() {
  const std::lock_guard lock(mutex_);
  return funds_.expire();
}

Result<void> SapCrmService::decide_reservation(const crm::Verdict& verdict) {
  return by_people([&] {
    crm::Notes notes;
    funds_.decide_reservation(verdict, notes);
  });
}

Result<void> SapCrmService::decide_claim(const crm::Verdict& verdict) {
  return by_people([&] {
    crm::Notes notes;
    funds_.decide_claim(verdict, notes);
  });
}

Result<void> SapCrmService::settle(const crm::SettlementNews& news) {
  return by_people([&] {
    crm::Notes notes;
    funds_.confirm(news, notes);
  });
}

Result<std::string> SapCrmService::enter_reservation(crm::Reservation reservation) {
  return post_by_people([&] {
    crm::Notes notes;
    crm::ReservationOffer offer{.reservation = std::move(reservation)};
    return funds_.submit(std::move(offer), "CLERK", notes).number;
  });
}

Result<std::string> SapCrmService::enter_claim(crm::Claim claim) {
  return post_by_people([&] {
    crm::Notes notes;
    return funds_.submit(crm::ClaimOffer{.claim = std::move(claim)}, "CLERK", notes).number;
  });
}

void SapCrmService::add_lead(crm::Lead lead) {
  const std::lock_guard lock(mutex_);
  leads_.add(std::move(lead));
}

Result<void> SapCrmService::dispatch(const std::string& lead, const std::string& partner) {
  return by_people([&] { leads_.dispatch(lead, partner, "CHM"); });
}

Result<void> SapCrmService::lock(const std::string& object, const std::string& number,
                                 const std::string& user) {
  return by_people([&] {
    const bool found =
        object == "Lead" ? leads_.lock(number, user) : funds_.lock(object, number, user);
    if (!found) crm::refuse(crm::kNotFound, object + " " + number + " does not exist");
  });
}

std::optional<Response> SapCrmService::administer(const Request& request) {
  const std::string what = request.path.substr(std::string_view("/__sandbox/").size());
  static const std::set<std::string> kOurs{
      "decide", "settle", "dispatch", "budget",   "transfer", "expire",          "partners",
      "lock",   "unlock", "accrue",   "external", "reverse",  "over_consumption"};
  if (!kOurs.contains(what) || request.method != "POST") return std::nullopt;
  if (what == "expire") return json_response(200, Json{{"expired", expire()}});
  const Result<Json> body = parse_json(request.body);
  if (!body) return json_response(400, Json{{"error", body.error().message()}});
  const auto refusal = [](const Error& error) {
    return json_response(error.code() == ErrorCode::Rejected ? 409 : 400,
                         Json{{"error", error.message()}});
  };
  if (const auto posting = administer_postings(what, *body))
    return *posting ? json_response(200, Json{{"posting", **posting}}) : refusal(posting->error());
  const Result<void> done =
      what == "decide" ? administer_decision(*body) : administer_funds(what, *body);
  return done ? Response{.status = 204} : refusal(done.error());
}

std::optional<Result<std::string>> SapCrmService::administer_postings(const std::string& what,
                                                                      const Json& body) {
  const auto text = [&body](const char* name) { return sandbox::text_of(body, name); };
  if (what == "reverse") return reverse_posting(text("posting"));
  if (what != "accrue" && what != "over_consumption" && what != "external") return std::nullopt;
  const auto amount = model::Decimal::parse(text("amount"));
  if (!amount) return crm_problem(kNoAmount);
  if (what == "accrue") return accrue(text("fund"), *amount, text("invoice"), text("text"));
  if (what == "over_consumption")
    return approve_over_consumption(text("reservation"), *amount,
                                    sandbox::text_of(body, "by", "MANAGER"));
  return settle_externally({.fund = text("fund"),
                            .reservation = text("reservation"),
                            .amount = *amount,
                            .text = text("text")});
}

Result<void> SapCrmService::administer_funds(const std::string& what, const Json& body) {
  const auto text = [&body](const char* name) { return sandbox::text_of(body, name); };
  if (what == "partners") {
    const auto blocked = body.find("blocked");
    add_partner(text("number"), text("name"),
                blocked != body.end() && blocked->is_boolean() && blocked->get<bool>());
    return {};
  }
  if (what == "lock")
    return lock(text("object"), text("number"), sandbox::text_of(body, "user", "MILLER"));
  if (what == "unlock") return lock(text("object"), text("number"), "");
  if (what == "dispatch") return dispatch(text("lead"), text("partner"));
  if (what == "settle")
    return settle({.number = text("claim"),
                   .step = text("step"),
                   .document = text("document"),
                   .company = text("company_code"),
                   .year = text("year"),
                   .value_date = model::Date::parse(text("value_date")),
                   .bank_reference = text("bank_reference"),
                   .reason = text("reason"),
                   .by = sandbox::text_of(body, "by", "ACCOUNTING")});
  const auto amount = model::Decimal::parse(text("amount"));
  if (!amount) return crm_problem(kNoAmount);
  return what == "budget" ? change_budget(text("fund"), *amount, text("text"))
                          : transfer(text("from"), text("to"), *amount);
}

Result<void> SapCrmService::administer_decision(const Json& body) {
  const std::string claim = sandbox::text_of(body, "claim");
  const std::string reservation = sandbox::text_of(body, "reservation");
  std::string currency;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = funds_.claims().find(claim); found != funds_.claims().end())
      currency = found->second.submitted.currency;
    if (const auto found = funds_.reservations().find(reservation);
        found != funds_.reservations().end())
      currency = found->second.requested.currency;
  }
  crm::Verdict verdict{.number = claim.empty() ? reservation : claim,
                       .code = sandbox::text_of(body, "decision"),
                       .amount = amount_in_json(body, "amount", currency),
                       .reason = sandbox::text_of(body, "reason"),
                       .by = sandbox::text_of(body, "by", "MANAGER")};
  static const std::set<std::string> kCodes{"REVW", "APPR", "REJC", "RETN", "CLOS"};
  if (!kCodes.contains(verdict.code) || (!claim.empty() && verdict.code == "CLOS"))
    return crm_problem("decision: REVW, APPR, REJC, RETN, or CLOS of a reservation");
  if (const auto items = body.find("items"); items != body.end() && items->is_object())
    for (const auto& [number, decision] : items->items()) {
      const auto amount = amount_in_json(decision, "amount", currency);
      if (!amount) return crm_problem("items." + number + ".amount: a number as text");
      verdict.items.push_back(
          {.item = number, .approved = *amount, .reason = sandbox::text_of(decision, "reason")});
    }
  return claim.empty() ? decide_reservation(verdict) : decide_claim(verdict);
}

Json SapCrmService::funds_json() const {
  Json out = Json::array();
  for (const auto& [number, fund] : funds_.funds()) {
    Json book = Json::object();
    for (const char* category : crm::kCategories)
      book[category] = soap::amount_text({funds_.checkbook().sum(number, category), fund.currency});
    book["available_to_reserve"] =
        soap::amount_text({funds_.checkbook().available_to_reserve(number), fund.currency});
    out.push_back({{"number", number},
                   {"plan", fund.plan},
                   {"currency", fund.currency},
                   {"checkbook", std::move(book)},
                   {"admin", admin_json(fund.admin, options_)}});
  }
  return out;
}

Json SapCrmService::reservations_json() const {
  Json out = Json::array();
  for (const auto& [number, reservation] : funds_.reservations()) {
    const std::string& currency = reservation.requested.currency;
    Json row{{"number", number},
             {"fund", reservation.fund},
             {"partner", reservation.partner},
             {"requested", soap::amount_text(reservation.requested)},
             {"consumed", soap::amount_text({reservation.consumed, currency})},
             {"admin", admin_json(reservation.admin, options_)}};
    if (reservation.reserved)
      row["reserved"] = soap::amount_text({*reservation.reserved, currency});
    out.push_back(std::move(row));
  }
  return out;
}

Json SapCrmService::claims_json() const {
  Json out = Json::array();
  for (const auto& [number, claim] : funds_.claims()) {
    Json row{{"number", number},
             {"reservation", claim.reservation},
             {"fund", claim.fund},
             {"partner", claim.partner},
             {"submitted", soap::amount_text(claim.submitted)},
             {"attachments", claim.attachments.size()},
             {"settlement", claim.settlement.number},
             {"document", claim.settlement.document},
             {"admin", admin_json(claim.admin, options_)}};
    if (claim.approved)
      row["approved"] = soap::amount_text({*claim.approved, claim.submitted.currency});
    Json items = Json::array();
    for (const crm::ClaimItem& item : claim.items) {
      Json shown{{"number", item.number}, {"reason", item.reason}};
      if (item.approved)
        shown["approved"] = soap::amount_text({*item.approved, claim.submitted.currency});
      items.push_back(std::move(shown));
    }
    row["items"] = std::move(items);
    if (claim.decision)
      row["decision"] = Json{{"code", claim.decision->code},
                             {"reason", claim.decision->reason},
                             {"by", claim.decision->by}};
    if (claim.settlement.value_date) row["paid_on"] = to_string(*claim.settlement.value_date);
    out.push_back(std::move(row));
  }
  return out;
}

Json SapCrmService::state() {
  const std::lock_guard lock(mutex_);
  leads_.fall_back();
  Json leads = Json::array();
  for (const auto& [number, lead] : leads_.leads())
    leads.push_back({{"number", number},
                     {"partner", lead.partner},
                     {"status", leads_.words(lead).code},
                     {"reference", lead.admin.reference}});
  Json partners = Json::object();
  for (const auto& [number, partner] : funds_.partners()) partners[number] = partner.fields;
  return Json{{"funds", funds_json()},
              {"reservations", reservations_json()},
              {"claims", claims_json()},
              {"leads", std::move(leads)},
              {"partners", std::move(partners)}};
}

}  // namespace channelbridge::sandbox
