// Programs, and what partners plan under them: initiatives with their elements.
#include <algorithm>
#include <set>

#include "sandbox/soap/crm_desk.hpp"

namespace channelbridge::sandbox::crm {
namespace {

bool is_given_up(Status status) {
  return status == Status::Rejected || status == Status::Cancelled;
}

/// May the partner still plan otherwise?
bool is_open_plan(Status status) {
  return status == Status::Submitted || status == Status::InApproval || status == Status::Returned;
}

bool same_elements(const Initiative& left, const Initiative& right) {
  return std::is_permutation(left.elements.begin(), left.elements.end(), right.elements.begin(),
                             right.elements.end(), [](const auto& one, const auto& other) {
                               return one.type == other.type && one.planned == other.planned;
                             });
}

/// What was spent and came of it is no part of the plan.
bool same_plan(const Initiative& left, const Initiative& right) {
  return left.program == right.program && left.plan == right.plan &&
         left.description == right.description && left.from == right.from && left.to == right.to &&
         left.location == right.location && left.target_group == right.target_group &&
         same_elements(left, right);
}

std::string span(const Date& from, const std::optional<Date>& to) {
  return to_string(from) + (to ? " to " + to_string(*to) : std::string(" on"));
}

bool is_inside(const Initiative& initiative, const Date& from, const std::optional<Date>& to) {
  return initiative.from >= from && (!to || initiative.to <= *to);
}

/// Amounts of elements or expenses: one row of each type, all in one currency.
template <typename Row, typename AmountOf>
void check_costs(const std::vector<Row>& rows, AmountOf amount_of, const char* field) {
  std::set<std::string> types;
  for (const Row& row : rows) {
    const Amount& amount = amount_of(row);
    if (!types.insert(row.type).second)
      refuse(kSum, "Element " + row.type + " occurs twice", "ElementType");
    if (amount.currency != amount_of(rows.front()).currency)
      refuse(kCurrency,
             "Currency " + amount.currency + " is not that of the other elements, " +
                 amount_of(rows.front()).currency,
             field);
    if (amount.value.sign() < 0 || amount.value.scale() > soap::minor_digits(amount.currency))
      refuse(kAmount, "Amount " + to_string(amount.value) + " " + amount.currency + " is not valid",
             field);
  }
}

void check_expenses(const std::vector<Expense>& expenses) {
  check_costs(
      expenses, [](const Expense& each) -> const Amount& { return each.actual; }, "ActualCost");
}

}  // namespace

std::pair<Date, Date> days_of(const std::vector<const Initiative*>& initiatives) {
  std::pair<Date, Date> out(initiatives.front()->from, initiatives.front()->to);
  for (const Initiative* each : initiatives) {
    out.first = std::min(out.first, each->from);
    out.second = std::max(out.second, each->to);
  }
  return out;
}

void FundsDesk::add_program(Program program) {
  program.admin.changed = clock_->now();
  if (program.admin.changed_by.empty()) program.admin.changed_by = "PLANNER";
  programs_[program.number] = std::move(program);
}

void FundsDesk::add_template(InitiativeTemplate plan) { templates_[plan.number] = std::move(plan); }

void FundsDesk::enroll(const std::string& program, Participant participant) {
  const auto found = programs_.find(program);
  if (found == programs_.end()) refuse(kNotFound, "Program " + program + " does not exist");
  check_partner(participant.partner);
  std::vector<Participant>& all = found->second.participants;
  std::erase_if(all, [&participant](const Participant& each) {
    return each.partner == participant.partner && each.from == participant.from;
  });
  all.push_back(std::move(participant));
  touch(found->second.admin, "PLANNER");
}

Initiative& FundsDesk::initiative_named(const std::string& number,
                                        const std::optional<int>& change) {
  const auto found = initiatives_.find(number);
  if (found == initiatives_.end())
    refuse(kNotFound, "Initiative " + number + " does not exist", "InitiativeNumber");
  check_change(found->second.admin, "Initiative " + number, change);
  return found->second;
}

void FundsDesk::complete(Initiative& initiative, const Initiative* before) const {
  const auto plan = templates_.find(initiative.plan);
  if (plan == templates_.end())
    refuse(kNotFound, "Initiative template " + initiative.plan + " does not exist",
           "TemplateNumber");
  initiative.type = plan->second.type;
  if (initiative.program.empty() || (before != nullptr && before->plan != initiative.plan))
    initiative.program = plan->second.program;
  constexpr std::size_t kStep = 10;
  std::size_t last = 0;
  const auto known = [before](const std::string& type) -> const InitiativeElement* {
    if (before == nullptr) return nullptr;
    const auto found =
        std::find_if(before->elements.begin(), before->elements.end(),
                     [&type](const InitiativeElement& each) { return each.type == type; });
    return found == before->elements.end() ? nullptr : &*found;
  };
  if (before != nullptr)
    for (const InitiativeElement& each : before->elements)
      last = std::max<std::size_t>(last, std::stoul(each.number));
  for (InitiativeElement& element : initiative.elements) {
    const InitiativeElement* old = known(element.type);
    if (old == nullptr) last += kStep;
    element.number = old == nullptr ? std::to_string(last) : old->number;
  }
}

void FundsDesk::check_plan(const Initiative& initiative) const {
  if (initiative.from > initiative.to)
    refuse(kPeriod, "Period " + span(initiative.from, initiative.to) + " ends before it begins",
           "ActivityFrom");
  check_costs(
      initiative.elements,
      [](const InitiativeElement& each) -> const Amount& { return each.planned; }, "PlannedCost");
  if (initiative.program.empty()) return;
  const auto found = programs_.find(initiative.program);
  if (found == programs_.end())
    refuse(kNotFound, "Program " + initiative.program + " does not exist", "ProgramNumber");
  const Program& program = found->second;
  const std::string what = "Program " + program.number;
  if (program.admin.status != Status::Open)
    refuse(kWrongStatus, what + " has status " + text_of_status(options_, program.admin),
           "ProgramNumber");
  if (!is_inside(initiative, program.from, program.to))
    refuse(kPeriod,
           "Period " + span(initiative.from, initiative.to) + " is not inside " +
               span(program.from, program.to) + " of program " + program.number,
           "ActivityFrom");
  const bool enrolled = std::any_of(program.participants.begin(), program.participants.end(),
                                    [&initiative](const Participant& each) {
                                      return each.partner == initiative.partner &&
                                             is_inside(initiative, each.from, each.to);
                                    });
  if (program.enrollment && !enrolled)
    refuse(kEnrollment,
           "Business partner " + initiative.partner + " is not enrolled in program " +
               program.number + " from " + span(initiative.from, initiative.to),
           "Partner");
}

const Initiative& FundsDesk::submit(InitiativeOffer offer, const std::string& user, Notes& notes) {
  Initiative& wanted = offer.initiative;
  check_partner(wanted.partner);
  check_reference(wanted.admin.reference, wanted.number);
  check_expenses(wanted.expenses);
  if (!wanted.number.empty()) return submit_again(std::move(offer), user, notes);
  complete(wanted, nullptr);
  check_plan(wanted);
  wanted.number = next(initiative_range_);
  wanted.admin.change = 0;
  wanted.admin.status = Status::Submitted;
  touch(wanted.admin, user);
  const std::string number = wanted.number;
  notes.push_back({.number = kDone, .text = "Initiative " + number + " was submitted"});
  return initiatives_[number] = std::move(wanted);
}

const Initiative& FundsDesk::submit_again(InitiativeOffer offer, const std::string& user,
                                          Notes& notes) {
  Initiative& wanted = offer.initiative;
  const std::string what = "Initiative " + wanted.number;
  Initiative& stored = initiative_named(wanted.number, offer.change);
  if (!offer.change) refuse(kStale, what + ": ChangeNumber is missing");
  if (stored.partner != wanted.partner)
    refuse(kPartner, what + " is of partner " + stored.partner, "Partner");
  complete(wanted, &stored);
  Status status = stored.admin.status;
  if (!same_plan(stored, wanted)) {
    if (!is_open_plan(status))
      refuse(kWrongStatus, what + " has status " + text_of_status(options_, stored.admin) +
                               ": what is planned stays");
    check_plan(wanted);
    move_reservations(wanted, user);
    status = Status::Submitted;
  }
  const std::string reference =
      wanted.admin.reference.empty() ? stored.admin.reference : wanted.admin.reference;
  wanted.admin = stored.admin;
  wanted.admin.reference = reference;
  wanted.admin.status = status;
  wanted.decision = stored.decision;
  stored = std::move(wanted);
  touch(stored.admin, user);
  notes.push_back(
      {.number = kDone, .text = what + " has status " + text_of_status(options_, stored.admin)});
  return stored;
}

void FundsDesk::move_reservations(const Initiative& initiative, const std::string& user) {
  std::vector<std::pair<Reservation*, std::pair<Date, Date>>> moved;
  for (auto& [number, reservation] : reservations_) {
    const auto& all = reservation.initiatives;
    if (!is_open_plan(reservation.admin.status) ||
        std::find(all.begin(), all.end(), initiative.number) == all.end())
      continue;
    std::vector<const Initiative*> planned;
    planned.reserve(all.size());
    for (const std::string& each : all)
      planned.push_back(each == initiative.number ? &initiative : &initiatives_.at(each));
    const auto [from, to] = days_of(planned);
    if (from == reservation.from && to == reservation.to) continue;
    fund_for(reservation.fund, reservation.partner, from, to);
    moved.emplace_back(&reservation, std::pair(from, to));
  }
  for (auto& [reservation, days] : moved) {
    reservation->from = days.first;
    reservation->to = days.second;
    touch(reservation->admin, user);
  }
}

std::vector<const Initiative*> FundsDesk::standing_initiatives(
    const Reservation& reservation) const {
  std::vector<const Initiative*> out;
  for (const std::string& number : reservation.initiatives) {
    const std::string what = "Initiative " + number;
    const auto found = initiatives_.find(number);
    if (found == initiatives_.end())
      refuse(kNotFound, what + " does not exist", "InitiativeNumber");
    if (found->second.partner != reservation.partner)
      refuse(kPartner, what + " is of partner " + found->second.partner, "InitiativeNumber");
    if (is_given_up(found->second.admin.status))
      refuse(kWrongStatus,
             what + " has status " + text_of_status(options_, found->second.admin) +
                 " and gets no money",
             "InitiativeNumber");
    out.push_back(&found->second);
  }
  return out;
}

void FundsDesk::refer(Claim& claim, const Reservation& reservation) const {
  if (reservation.initiatives.empty()) return;
  const Initiative& initiative = initiatives_.at(reservation.initiatives.front());
  claim.initiative = initiative.number;
  for (ClaimItem& item : claim.items) {
    const auto element =
        std::find_if(initiative.elements.begin(), initiative.elements.end(),
                     [&item](const auto& each) { return each.type == item.expense_type; });
    item.element = element == initiative.elements.end() ? std::string() : element->number;
  }
}

const Initiative& FundsDesk::decide_initiative(const Verdict& verdict, Notes& notes) {
  Initiative& initiative = initiative_named(verdict.number, verdict.change);
  const std::string what = "Initiative " + verdict.number;
  check_undecided(initiative.admin, what);
  if ((verdict.code == "REJC" || verdict.code == "RETN") && verdict.reason.empty())
    refuse(kReason, what + ": a reason is needed", "Reason");
  if (verdict.code == "APPR") {
    if (options_.approval_step && initiative.admin.status != Status::InApproval)
      refuse(kWrongStatus, what + " has status " + text_of_status(options_, initiative.admin) +
                               " and is not in approval");
    check_plan(initiative);
    initiative.admin.status = Status::Approved;
  } else if (verdict.code == "REVW") {
    initiative.admin.status = Status::InApproval;
  } else {
    initiative.admin.status = verdict.code == "REJC" ? Status::Rejected : Status::Returned;
  }
  initiative.decision = Decision{verdict.code, verdict.reason, verdict.by, clock_->now()};
  if (!verdict.reference.empty()) initiative.admin.reference = verdict.reference;
  touch(initiative.admin, verdict.by);
  notes.push_back({.number = kDone,
                   .text = what + " has status " + text_of_status(options_, initiative.admin)});
  return initiative;
}

const Initiative& FundsDesk::progress(const InitiativeNews& news, Notes& notes) {
  Initiative& initiative = initiative_named(news.number, news.change);
  const std::string what = "Initiative " + news.number;
  const Status status = initiative.admin.status;
  const auto follow = [&](Status needed, Status then) {
    if (status != needed)
      refuse(kWrongStatus, what + " has status " + text_of_status(options_, initiative.admin) +
                               ": " + news.step + " does not follow");
    return then;
  };
  check_expenses(news.expenses);
  Status then = Status::Cancelled;
  if (news.step == "RUNN") {
    then = follow(Status::Approved, Status::Running);
  } else if (news.step == "COMP") {
    then = follow(Status::Running, Status::Completed);
  } else if (news.step == "REPT") {
    then = follow(Status::Completed, Status::Reported);
    if (news.result.empty()) refuse(kResults, what + ": its results are missing", "Result");
  } else {
    if (!is_open_plan(status) && status != Status::Approved && status != Status::Running)
      follow(Status::Running, then);
    if (news.reason.empty()) refuse(kReason, what + ": a reason is needed", "Reason");
    initiative.decision = Decision{news.step, news.reason, news.by, clock_->now()};
  }
  initiative.expenses = news.expenses;
  initiative.result = news.result;
  initiative.admin.status = then;
  touch(initiative.admin, news.by);
  notes.push_back({.number = kDone,
                   .text = what + " has status " + text_of_status(options_, initiative.admin)});
  return initiative;
}

}  // namespace channelbridge::sandbox::crm
