#include "scripted_database.hpp"

#include <fstream>
#include <iterator>

#include "channelbridge/document/tree.hpp"
#include "values_internal.hpp"

namespace channelbridge::tryton {
namespace {

http::Response answer_of(const std::string& member, int status = 200) {
  return {
      .status = status,
      .headers = {{"content-type", "application/json"}, {"date", "Thu, 01 Jan 2026 12:00:00 GMT"}},
      .body = status == 200 ? R"({"id":1,)" + member + "}" : std::string()};
}

std::string fixture(const std::string& model) {
  std::ifstream in(
      std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/tryton/" + model + ".json",
      std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

Result<http::Response> ScriptedDatabase::send(const http::Request& request, const Context&) {
  const auto body = document::parse_tree(request.body, document::Format::Json);
  if (request.method != "POST" || request.target != "/erp/" || !body || body->children.size() != 3)
    return answer_of({}, 400);
  const std::lock_guard lock(mutex_);
  const Call call{.method = body->find("method")->text,
                  .params = json_of(*body->find("params")),
                  .authorization = request.headers.get("Authorization").value_or("")};
  if (call.method == "common.db.login") {
    if (call.params != R"(["bridge",{"password":"secret"},"en"])") return answer_of({}, 401);
    ++logins_;
    ended_ = false;
    return answer_of(R"("result":[7,"session)" + std::to_string(logins_) + R"("])");
  }
  if (ended_ || call.authorization.empty()) return answer_of({}, 401);
  static constexpr std::string_view kFields = ".fields_get";
  if (call.method.ends_with(kFields)) {
    const std::string model = call.method.substr(6, call.method.size() - 6 - kFields.size());
    const std::string fields = fixture(model);
    return answer_of(fields.empty() ? "\"error\":[\"'" + model + "'\",\"\"]"
                                    : "\"result\":" + fields);
  }
  if (call.method.ends_with(".get_preferences")) return answer_of(R"("result":{"company":1})");
  calls_.push_back(call);
  auto answered = answer_(call);
  if (!answered) return std::move(answered).error();
  return answer_of(*answered);
}

std::vector<Call> ScriptedDatabase::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

std::vector<std::string> ScriptedDatabase::methods() const {
  std::vector<std::string> out;
  for (const Call& call : calls()) out.push_back(call.method);
  return out;
}

Scripted script(ScriptedDatabase::Answer answer, Options options) {
  Scripted out;
  out.database = std::make_shared<ScriptedDatabase>(std::move(answer));
  options.database = "erp";
  options.user = "bridge";
  options.password = Secret("secret");
  http::PipelineOptions pipeline{.system = "erp", .random = seeded_random(7)};
  out.adapter = *make_tryton(out.database, std::move(pipeline), "", std::move(options));
  return out;
}

std::string stamps(int id) {
  return "\"id\":" + std::to_string(id) +
         R"(,"create_date":{"__class__":"datetime","year":2026,"month":1,"day":1,"hour":9,)"
         R"("minute":0,"second":0,"microsecond":168350},"write_date":null,"create_uid":7,)"
         R"("write_uid":null,"_timestamp":"1767258000.168350")";
}

std::string stamps(int id, int user, int minute) {
  return "\"id\":" + std::to_string(id) +
         R"(,"create_date":{"__class__":"datetime","year":2026,"month":1,"day":1,"hour":9,)"
         R"("minute":0,"second":0,"microsecond":168350},"create_uid":7,)"
         R"("write_date":{"__class__":"datetime","year":2026,"month":1,"day":2,"hour":9,)"
         R"("minute":)" +
         std::to_string(minute) + R"(,"second":0,"microsecond":0},"write_uid":)" +
         std::to_string(user) + R"(,"_timestamp":"stamp )" + std::to_string(minute) + "\"";
}

adapter::Selection parties() {
  return {.object = "party.party",
          .id = "id",
          .version = "@etag",
          .modified = "write_date",
          .modified_by = "write_uid",
          .correlation = R"(identifiers[type=""].code)",
          .paths = {"id", "name", "lang.code"}};
}

adapter::Selection sales() {
  return {.object = "sale.sale",
          .id = "id",
          .version = "@etag",
          .modified = "write_date",
          .correlation = "description",
          .paths = {"id", "reference", "currency.code", "state", "total_amount"},
          .children = {{.navigation = "lines",
                        .object = "sale.line",
                        .paths = {"id", "product", "quantity", "unit_price"}}}};
}

}  // namespace channelbridge::tryton
