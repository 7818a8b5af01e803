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

void SapCrmService::add_partner(const std::string& number, const std::string& name, bool blocked,
                                bool sales_partner) {
  const std::lock_guard lock(mutex_);
  funds_.add_partner(number, {.name = name,
                              .blocked = blocked,
                              .sales_partner = sales_partner,
                              .fields = {{"NAME_ORG1", name}}});
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

void SapCrmService::add_program(crm::Program program) {
  const std::lock_guard lock(mutex_);
  funds_.add_program(std::move(program));
}

void SapCrmService::add_template(crm::InitiativeTemplate plan) {
  const std::lock_guard lock(mutex_);
  funds_.add_template(std::move(plan));
}

Result<void> SapCrmService::enroll(const std::string& program, crm::Participant participant) {
  return by_people([&] { funds_.enroll(program, std::move(participant)); });
}

Result<void> SapCrmService::decide_initiative(const crm::Verdict& verdict) {
  return by_people([&] {
    crm::Notes notes;
    funds_.decide_initiative(verdict, notes);
  });
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

Result<std::string> SapCrmService::enter_initiative(crm::Initiative initiative) {
  return post_by_people([&] {
    crm::Notes notes;
    crm::InitiativeOffer offer{.initiative = std::move(initiative)};
    return funds_.submit(std::move(offer), "CLERK", notes).number;
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
  return by_people([&] {
    leads_.fall_back();
    leads_.dispatch(lead, partner, "CHM", funds_.partners());
  });
}

Result<void> SapCrmService::fail_dispatch(const std::string& lead) {
  return by_people([&] { leads_.fail(lead); });
}

Result<std::vector<std::string>> SapCrmService::redispatch(const std::string& partner) {
  std::vector<std::string> numbers;
  auto done = by_people([&] { numbers = leads_.redispatch(partner, funds_.partners()); });
  if (!done) return std::move(done).error();
  return numbers;
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
      "decide",           "settle",     "dispatch",       "budget", "transfer", "expire",
      "partners",         "lock",       "unlock",         "accrue", "external", "reverse",
      "over_consumption", "redispatch", "workflow_error", "enroll"};
  if (!kOurs.contains(what) || request.method != "POST") return std::nullopt;
  if (what == "expire") return json_response(200, Json{{"expired", expire()}});
  const Result<Json> body = parse_json(request.body);
  if (!body) return json_response(400, Json{{"error", body.error().message()}});
  const auto refusal = [](const Error& error) {
    return json_response(error.code() == ErrorCode::Rejected ? 409 : 400,
                         Json{{"error", error.message()}});
  };
  if (what == "redispatch") {
    const auto leads = redispatch(sandbox::text_of(*body, "partner"));
    return leads ? json_response(200, Json{{"leads", *leads}}) : refusal(leads.error());
  }
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
    const auto flag = [&body](const char* name, bool otherwise) {
      const auto said = body.find(name);
      return said != body.end() && said->is_boolean() ? said->get<bool>() : otherwise;
    };
    add_partner(text("number"), text("name"), flag("blocked", false), flag("sales_partner", true));
    return {};
  }
  if (what == "lock")
    return lock(text("object"), text("number"), sandbox::text_of(body, "user", "MILLER"));
  if (what == "unlock") return lock(text("object"), text("number"), "");
  if (what == "dispatch") return dispatch(text("lead"), text("partner"));
  if (what == "enroll") {
    const auto from = model::Date::parse(text("from"));
    if (!from) return crm_problem("from: a day, \"2027-01-01\"");
    return enroll(
        text("program"),
        {.partner = text("partner"), .from = *from, .to = model::Date::parse(text("to"))});
  }
  if (what == "workflow_error") return fail_dispatch(text("lead"));
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
  const std::string initiative = sandbox::text_of(body, "initiative");
  std::string currency;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = funds_.claims().find(claim); found != funds_.claims().end())
      currency = found->second.submitted.currency;
    if (const auto found = funds_.reservations().find(reservation);
        found != funds_.reservations().end())
      currency = found->second.requested.currency;
  }
  const std::string& request = reservation.empty() ? initiative : reservation;
  crm::Verdict verdict{.number = claim.empty() ? request : claim,
                       .code = sandbox::text_of(body, "decision"),
                       .amount = amount_in_json(body, "amount", currency),
                       .reason = sandbox::text_of(body, "reason"),
                       .by = sandbox::text_of(body, "by", "MANAGER")};
  static const std::set<std::string> kCodes{"REVW", "APPR", "REJC", "RETN", "CLOS"};
  if (!kCodes.contains(verdict.code) || (reservation.empty() && verdict.code == "CLOS"))
    return crm_problem("decision: REVW, APPR, REJC, RETN, or CLOS of a reservation");
  if (const auto items = body.find("items"); items != body.end() && items->is_object())
    for (const auto& [number, decision] : items->items()) {
      const auto amount = amount_in_json(decision, "amount", currency);
      if (!amount) return crm_problem("items." + number + ".amount: a number as text");
      verdict.items.push_back(
          {.item = number, .approved = *amount, .reason = sandbox::text_of(decision, "reason")});
    }
  if (!claim.empty()) return decide_claim(verdict);
  return reservation.empty() && !initiative.empty() ? decide_initiative(verdict)
                                                    : decide_reservation(verdict);
}

Json SapCrmService::programs_json() const {
  Json out = Json::array();
  for (const auto& [number, program] : funds_.programs()) {
    Json participants = Json::array();
    for (const crm::Participant& each : program.participants) participants.push_back(each.partner);
    out.push_back({{"number", number},
                   {"participants", std::move(participants)},
                   {"admin", admin_json(program.admin, options_)}});
  }
  return out;
}

Json SapCrmService::initiatives_json() const {
  Json out = Json::array();
  for (const auto& [number, initiative] : funds_.initiatives()) {
    Json elements = Json::object();
    for (const crm::InitiativeElement& each : initiative.elements)
      elements[each.type] = soap::amount_text(each.planned);
    Json expenses = Json::object();
    for (const crm::Expense& each : initiative.expenses)
      expenses[each.type] = soap::amount_text(each.actual);
    Json row{{"number", number},
             {"program", initiative.program},
             {"template", initiative.plan},
             {"partner", initiative.partner},
             {"from", to_string(initiative.from)},
             {"to", to_string(initiative.to)},
             {"elements", std::move(elements)},
             {"expenses", std::move(expenses)},
             {"leads", initiative.result.leads},
             {"attendees", initiative.result.attendees},
             {"admin", admin_json(initiative.admin, options_)}};
    if (initiative.decision)
      row["decision"] = Json{{"code", initiative.decision->code},
                             {"reason", initiative.decision->reason},
                             {"by", initiative.decision->by}};
    out.push_back(std::move(row));
  }
  return out;
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
             {"initiatives", reservation.initiatives},
             {"from", to_string(reservation.from)},
             {"to", to_string(reservation.to)},
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
             {"initiative", claim.initiative},
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

Json SapCrmService::leads_json() const {
  Json out = Json::array();
  for (const auto& [number, lead] : leads_.leads()) {
    Json offers = Json::array();
    for (const crm::LeadOffer& offer : lead.offers)
      offers.push_back({{"partner", offer.partner},
                        {"status", leads_.words(offer.status).code},
                        {"reference", offer.admin.reference}});
    out.push_back({{"number", number},
                   {"prospect", lead.prospect},
                   {"phone", lead.phone},
                   {"partner", lead.partner},
                   {"status", leads_.words(lead.status).code},
                   {"offers", std::move(offers)},
                   {"reference", lead.admin.reference}});
  }
  return out;
}

Json SapCrmService::relations_json() const {
  Json out = Json::array();
  for (const auto& [number, relation] : relations_.relations())
    out.push_back({{"number", number},
                   {"category", relation.category},
                   {"partner1", relation.partner1},
                   {"partner2", relation.partner2},
                   {"contact", relation.contact}});
  return out;
}

Json SapCrmService::documents_json() const {
  Json out = Json::array();
  for (const auto& [number, document] : documents_.documents()) {
    Json row{{"number", number},
             {"object_type", document.object_type},
             {"process_type", document.process_type}};
    for (const auto& [block, fields] : document.blocks) row[block] = fields;
    for (const auto& [table, rows] : document.tables) row[table] = rows;
    out.push_back(std::move(row));
  }
  return out;
}

Json SapCrmService::state() {
  const std::lock_guard lock(mutex_);
  leads_.fall_back();
  Json partners = Json::object();
  for (const auto& [number, partner] : funds_.partners()) partners[number] = partner.fields;
  Json products = Json::object();
  for (const auto& [number, product] : products_.products())
    products[number] = Json{{"material", product.material}, {"texts", product.texts}};
  return Json{{"funds", funds_json()},
              {"programs", programs_json()},
              {"initiatives", initiatives_json()},
              {"reservations", reservations_json()},
              {"claims", claims_json()},
              {"leads", leads_json()},
              {"relations", relations_json()},
              {"hierarchies", hierarchies_.places()},
              {"products", std::move(products)},
              {"documents", documents_json()},
              {"partners", std::move(partners)}};
}

}  // namespace channelbridge::sandbox
