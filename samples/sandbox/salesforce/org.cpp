#include "sandbox/salesforce/org.hpp"

#include "sandbox/salesforce/record_id.hpp"
#include "sandbox/salesforce/state.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

void put(const Table& table, Row& row, const char* field, const std::string& value) {
  if (const auto number = table.object().find(field); number && !value.empty())
    row.set(*number, value);
}

std::string add_system_row(Table& table, const std::string& id, Timestamp now,
                           const std::vector<std::pair<const char*, std::string>>& values) {
  Row row;
  row.set(table.id(), id);
  for (const char* field : {"CreatedDate", "LastModifiedDate", "SystemModstamp"}) {
    put(table, row, field, datetime_text(now));
  }
  for (const auto& [field, value] : values) put(table, row, field, value);
  table.append(std::move(row));
  return id;
}

void add_users(State& state) {
  Table* table = state.database.table("User");
  std::uint64_t number = 0;
  for (const User& user : state.options.users) {
    const std::string id = make_id("005", ++number);
    state.actors[user.username] = {.user_id = id, .username = user.username};
    if (table == nullptr) continue;
    const std::size_t space = user.name.rfind(' ');
    add_system_row(
        *table, id, state.now(),
        {{"Username", user.username},
         {"Name", user.name},
         {"FirstName", space == std::string::npos ? "" : user.name.substr(0, space)},
         {"LastName", space == std::string::npos ? user.name : user.name.substr(space + 1)},
         {"Email", user.username},
         {"IsActive", "true"},
         {"UserType", "Standard"}});
  }
}

void add_record_types(State& state) {
  Table* table = state.database.table("RecordType");
  if (table == nullptr) return;
  for (const RecordType& type : state.database.metadata.record_types()) {
    add_system_row(*table, type.id, state.now(),
                   {{"Name", type.name},
                    {"DeveloperName", type.developer_name},
                    {"SobjectType", type.object},
                    {"IsActive", "true"}});
  }
}

/// Every org has exactly one standard price book.
void add_price_book(State& state) {
  Table* table = state.database.table("Pricebook2");
  if (table == nullptr || !table->object().find("IsStandard")) return;
  add_system_row(*table, table->next_id(), state.now(),
                 {{"Name", "Standard Price Book"}, {"IsActive", "true"}, {"IsStandard", "true"}});
}

}  // namespace

std::string State::random_text(std::size_t length) {
  static constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string text;
  while (text.size() < length) text += kLetters[random->next() % kLetters.size()];
  return text;
}

std::string State::open_session(const Actor& actor, const std::string& client_id) {
  std::string token = std::string(id15(org_id)) + "!AQ" + random_text(94);
  sessions[token] = {
      .actor = actor, .client_id = client_id, .expires = now() + options.session_lifetime};
  return token;
}

Transaction State::begin(const Actor& actor, std::int64_t lock_every,
                         const DuplicateHeader& duplicates) {
  for (auto& [name, table] : database.tables) table.drop_past_pending(now());
  return Transaction(database, actor,
                     {.now = now(),
                      .correlation_field = options.correlation_field,
                      .lock_every = lock_every,
                      .duplicate_rules = duplicate_rules,
                      .duplicates = duplicates,
                      .locked = approvals.locked,
                      .cpq_later = options.cpq_asynchronous,
                      .orders = options.orders,
                      .funds = options.funds,
                      .files = options.files,
                      .cases = options.cases});
}

Json full_record(const Database&, const Table& table, const Row& row, const std::string& base) {
  const ObjectType& object = table.object();
  Json record{
      {"attributes",
       {{"type", object.name()},
        {"url", base + "/sobjects/" + object.name() + "/" + std::string(row.view(table.id()))}}}};
  for (std::uint16_t number = 0; number < object.field_count(); ++number) {
    record[object.fields()[number].name] = wire_value(object, number, row);
  }
  return record;
}

Org::Org(std::unique_ptr<State> state) : state_(std::move(state)) {}
Org::~Org() = default;
const std::shared_ptr<Desk>& Org::desk() const { return state_->desk; }

Result<std::shared_ptr<Org>> Org::open(OrgOptions options, std::shared_ptr<Desk> desk) {
  Result<Metadata> metadata = Metadata::load(options.metadata);
  if (!metadata) return std::move(metadata).error();
  if (options.users.empty()) return Error(ErrorCode::Invalid, "an org needs at least one user");
  auto state = std::make_unique<State>(std::move(options), std::move(desk));
  state->database.metadata = std::move(*metadata);
  for (const auto& [key, object] : state->database.metadata.objects()) {
    state->database.tables.emplace(object.name(), Table(object));
  }
  state->org_id = make_id("00D", 1);
  add_users(*state);
  add_record_types(*state);
  add_price_book(*state);
  return std::shared_ptr<Org>(new Org(std::move(state)));
}

Json Org::record(const std::string& id) const {
  const std::lock_guard lock(state_->mutex);
  const Table* table = state_->database.table_of_id(id);
  const auto number = table == nullptr ? std::nullopt : table->find(id);
  return number ? full_record(state_->database, *table, table->row(*number), "/services/data/v60.0")
                : Json();
}

std::vector<Json> Org::records(const std::string& object) const {
  const std::lock_guard lock(state_->mutex);
  std::vector<Json> result;
  const Table* table = state_->database.table(object);
  for (RowNumber number = 0; table != nullptr && number < table->size(); ++number) {
    if (table->deleted(number)) continue;
    result.push_back(
        full_record(state_->database, *table, table->row(number), "/services/data/v60.0"));
  }
  return result;
}

std::size_t Org::count(const std::string& object) const {
  const std::lock_guard lock(state_->mutex);
  const Table* table = state_->database.table(object);
  std::size_t result = 0;
  for (RowNumber number = 0; table != nullptr && number < table->size(); ++number) {
    if (!table->deleted(number)) ++result;
  }
  return result;
}

std::string Org::access_token(const std::string& username) {
  const std::lock_guard lock(state_->mutex);
  const auto actor = state_->actors.find(username);
  return actor == state_->actors.end() ? std::string() : state_->open_session(actor->second, "");
}

void Org::expire_sessions() {
  const std::lock_guard lock(state_->mutex);
  state_->sessions.clear();
}

void Org::expire_cursors() {
  const std::lock_guard lock(state_->mutex);
  state_->cursors.clear();
}

void Org::end_bulk_jobs() {
  const std::lock_guard lock(state_->mutex);
  abort_jobs(*state_);
}

void Org::set_daily_calls(std::int64_t allowed) {
  const std::lock_guard lock(state_->mutex);
  state_->options.daily_calls = allowed;
}

Result<void> Org::add_duplicate_rule(DuplicateRule rule) {
  const std::lock_guard lock(state_->mutex);
  const Table* table = state_->database.table(rule.object);
  if (table == nullptr || rule.fields.empty())
    return Error(ErrorCode::Invalid, "a duplicate rule needs an object of the org and its fields");
  rule.object = table->object().name();
  for (std::string& name : rule.fields) {
    const auto field = table->object().find(name);
    if (!field) return Error(ErrorCode::Invalid, rule.object + " has no field '" + name + "'");
    name = table->object().fields()[*field].name;
  }
  state_->duplicate_rules.push_back(std::move(rule));
  return {};
}

void Org::clear_duplicate_rules() {
  const std::lock_guard lock(state_->mutex);
  state_->duplicate_rules.clear();
}

Result<void> Org::add_approval_process(ApprovalProcess process) {
  const std::lock_guard lock(state_->mutex);
  const Table* table = state_->database.table(process.object);
  if (table == nullptr || process.name.empty() || !state_->actors.contains(process.approver)) {
    return Error(ErrorCode::Invalid,
                 "an approval process needs a name, an object of the org and one of its users");
  }
  process.object = table->object().name();
  for (const Json* fields : {&process.entry, &process.on_submitted, &process.on_approved,
                             &process.on_rejected, &process.on_recalled}) {
    for (const auto& [name, value] : fields->items()) {
      if (!table->object().find(name))
        return Error(ErrorCode::Invalid, process.object + " has no field '" + name + "'");
    }
  }
  process.id = make_id("04a", state_->approvals.processes.size() + 1);
  state_->approvals.processes.push_back(std::move(process));
  return {};
}

Result<Sandbox> Sandbox::start(OrgOptions options, ServerOptions server,
                               std::shared_ptr<const Clock> clock) {
  Sandbox sandbox{.desk = std::make_shared<Desk>(std::move(clock))};
  Result<std::shared_ptr<Org>> org = Org::open(std::move(options), sandbox.desk);
  if (!org) return std::move(org).error();
  sandbox.org = std::move(*org);
  Result<std::unique_ptr<Server>> started =
      Server::start(make_service(sandbox.org), sandbox.desk, std::move(server));
  if (!started) return std::move(started).error();
  sandbox.server = std::move(*started);
  return sandbox;
}

}  // namespace channelbridge::sandbox::salesforce
