#include <algorithm>
#include <filesystem>

#include "adapter_internal.hpp"
#include "channelbridge/adapter/http_settings.hpp"

namespace channelbridge::idoc {
namespace {

constexpr std::size_t kPartyNumber = 10;

bool is_client(const std::string& text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<Problem> problems_of(const Options& options) {
  std::vector<Problem> out;
  const auto check = [&out](bool holds, std::string path, std::string message) {
    if (!holds)
      out.push_back({.path = std::move(path), .rule = "value", .message = std::move(message)});
  };
  check(options.path.starts_with('/'), "path", "must begin with /");
  check(options.client.empty() || is_client(options.client), "client",
        "'" + options.client + "' is not a client of three digits");
  check(!options.accepted.empty(), "accepted", "is empty: any answer would count");
  check(options.repeated.empty() || options.docnum, "repeated",
        "is said of a DOCNUM: ours carry none with 'docnum: false'");
  check(options.received.empty() != options.listing.empty(), "received",
        "say where the system's IDocs arrive: a folder (received), or a web folder (listing)");
  check(options.listing.empty() || options.listing.starts_with('/'), "listing",
        "is a path on the host of url, and begins with /");
  check(options.posts_user.empty() || !options.received.empty(), "posts.user",
        "posted IDocs are laid down in a folder: set 'received' in place of 'listing'");
  check(options.posts_user.empty() == options.posts_password.empty(), "posts.password",
        "stands with posts.user: the system logs on with both");
  check(options.posts_user.find(':') == std::string::npos, "posts.user",
        "cannot have a colon (RFC 7617)");
  check(TimeZone::find(options.time_zone).has_value(), "time_zone",
        "there is no time zone '" + options.time_zone + "'");
  for (const auto& [name, party] :
       {std::pair<std::string, const Party*>("partner", &options.partner),
        std::pair<std::string, const Party*>("self", &options.self)}) {
    check(!party->number.empty() && characters(party->number) <= kPartyNumber, name + ".number",
          "is the partner number of up to 10 characters, as the partner profile has it");
    check(characters(party->port) <= kPartyNumber, name + ".port", "has up to 10 characters");
    check(party->type == "LS" || party->type == "KU" || party->type == "LI", name + ".type",
          "is LS, KU or LI");
  }
  check(options.settle.count() >= 0 && options.poll.count() > 0, "poll", "must be a time");
  return out;
}

Party read_party(const adapter::SettingsReader& reader, const std::string& name) {
  return {.type = reader.text(name + ".type", "LS"),
          .number = reader.text(name + ".number"),
          .port = reader.text(name + ".port", reader.text(name + ".number"))};
}

Result<std::shared_ptr<adapter::Adapter>> make(const adapter::SystemSettings& system) {
  namespace fs = std::filesystem;
  adapter::SettingsReader reader(system);
  const adapter::HttpSettings http = adapter::read_http_settings(reader);
  Options options;
  options.path = reader.text("path", http.base_path.empty() ? options.path : http.base_path);
  options.client = reader.text("client");
  options.accepted = reader.text("accepted", options.accepted);
  options.repeated = reader.text("repeated", options.repeated);
  options.partner = read_party(reader, "partner");
  options.self = read_party(reader, "self");
  const auto folder = [&](const char* name) {
    const std::string text = reader.text(name);
    return text.empty() ? text : (fs::path(system.folder) / text).string();
  };
  options.received = folder("received");
  options.types = folder("types");
  options.listing = reader.text("listing");
  options.posts_user = reader.text("posts.user");
  options.posts_password = reader.secret("posts.password");
  options.basic_types = reader.text("basic_types");
  options.time_zone = reader.text("time_zone", options.time_zone);
  options.docnum = reader.flag("docnum", options.docnum);
  options.reprocessing = reader.flag("reprocessing", options.reprocessing);
  options.settle = reader.duration("settle", options.settle);
  options.poll = reader.duration("poll", options.poll);
  options.quiet = reader.duration("quiet", options.quiet);
  for (Problem& problem : problems_of(options))
    reader.problem(problem.path, problem.rule, problem.message);
  if (auto types = Types::load(options.types); !types)
    for (const Problem& problem : types.error().problems())
      reader.problem("types", problem.rule, problem.file + ": " + problem.message);
  if (auto finished = reader.finish(); !finished) return std::move(finished).error();
  return make_adapter(http.transport, http.pipeline, std::move(options));
}

}  // namespace

Result<std::shared_ptr<adapter::Adapter>> make_adapter(std::shared_ptr<http::Transport> transport,
                                                       http::PipelineOptions pipeline,
                                                       Options options) {
  std::string system = pipeline.system;
  if (auto problems = problems_of(options); !problems.empty())
    return Error(ErrorCode::Invalid, "the settings of system '" + system + "' do not hold")
        .with_system(system)
        .with_problems(std::move(problems));
  auto types = Types::load(options.types);
  if (!types) return types.error().with_system(system);
  auto shared = std::make_shared<http::Pipeline>(std::move(transport), std::move(pipeline));
  auto source = options.listing.empty() ? make_folder(options.received)
                                        : make_web_folder(shared, options.listing);
  TimeZone zone = *TimeZone::find(options.time_zone);
  return std::shared_ptr<adapter::Adapter>(
      std::make_shared<IdocAdapter>(std::move(options), *std::move(types), std::move(zone),
                                    std::move(shared), std::move(source), std::move(system)));
}

adapter::AdapterKind kind() {
  std::vector<std::string> names = adapter::http_setting_names();
  for (const char* name :
       {"path",           "client",        "accepted",  "repeated",    "partner.type",
        "partner.number", "partner.port",  "self.type", "self.number", "self.port",
        "received",       "listing",       "types",     "basic_types", "time_zone",
        "docnum",         "reprocessing",  "settle",    "poll",        "quiet",
        "posts.user",     "posts.password"})
    names.emplace_back(name);
  return {.name = "idoc",
          .known_settings = std::move(names),
          .make = make,
          .published = [](std::string_view object,
                          const std::string&) -> Result<adapter::ObjectMetadata> {
            auto types = Types::load();
            if (!types) return std::move(types).error();
            return types->describe(object);
          }};
}

}  // namespace channelbridge::idoc
