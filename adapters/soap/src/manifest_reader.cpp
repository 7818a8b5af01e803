#include "manifest_reader_internal.hpp"

#include <algorithm>
#include <charconv>

#include "channelbridge/core/nearest.hpp"

namespace channelbridge::soap {
namespace {

using document::YamlNode;

std::string joined(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + '.' + std::string(key);
}

std::string lowered(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// What a fault can mean, by the names of the error codes.
constexpr ErrorCode kMeanings[] = {ErrorCode::Rejected,    ErrorCode::Conflict,
                                   ErrorCode::NotFound,    ErrorCode::Unavailable,
                                   ErrorCode::Forbidden,   ErrorCode::Unauthenticated,
                                   ErrorCode::RateLimited, ErrorCode::Unsupported};

}  // namespace

void ManifestReader::problem(int line, const std::string& path, std::string rule,
                             std::string message, std::string suggestion) {
  problems_.push_back({.file = file_,
                       .line = line,
                       .path = path,
                       .rule = std::move(rule),
                       .message = std::move(message),
                       .suggestion = std::move(suggestion)});
}

bool ManifestReader::known(const Node& map, const std::string& path,
                           const std::vector<std::string>& keys) {
  if (map.kind != Node::Kind::Map) {
    problem(map.key_line, path, "wrong_type", "must be a map");
    return false;
  }
  for (const auto& [key, value] : map.members) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    problem(value.key_line, joined(path, key), "unknown_key", "'" + key + "' is not a keyword here",
            nearest_word(key, keys));
  }
  return true;
}

std::string ManifestReader::text(const Node& map, const std::string& path, const char* key) {
  const Node* node = map.find(key);
  if (node == nullptr || node->kind == Node::Kind::Null) return {};
  if (node->kind == Node::Kind::Text) return node->text;
  problem(node->key_line, joined(path, key), "wrong_type", "must be one text");
  return {};
}

std::string ManifestReader::required(const Node& map, const std::string& path, const char* key) {
  std::string out = text(map, path, key);
  if (out.empty())
    problem(map.key_line, joined(path, key), "required", "'" + std::string(key) + "' is missing");
  return out;
}

bool ManifestReader::flag(const Node& map, const std::string& path, const char* key) {
  const std::string word = text(map, path, key);
  if (!word.empty() && word != "true" && word != "false")
    problem(map.find(key)->line, joined(path, key), "wrong_type", "must be true or false");
  return word == "true";
}

std::size_t ManifestReader::number(const Node& map, const std::string& path, const char* key,
                                   std::size_t fallback) {
  const std::string word = text(map, path, key);
  if (word.empty()) return fallback;
  constexpr std::size_t kMost = 10'000;
  std::size_t out = 0;
  const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), out);
  if (failed == std::errc() && end == word.data() + word.size() && out > 0 && out <= kMost)
    return out;
  problem(map.find(key)->line, joined(path, key), "wrong_type",
          "must be a whole number from 1 to 10000, not '" + word + "'");
  return fallback;
}

std::vector<std::string> ManifestReader::texts(const Node& node, const std::string& path) {
  std::vector<std::string> out;
  if (node.kind == Node::Kind::Text) return {node.text};
  for (const Node& each : node.items) {
    if (each.kind == Node::Kind::Text)
      out.push_back(each.text);
    else
      problem(each.line, path, "wrong_type", "must be a text or a list of texts");
  }
  if (node.kind != Node::Kind::List)
    problem(node.key_line, path, "wrong_type", "must be a text or a list of texts");
  return out;
}

std::optional<Place> ManifestReader::parsed_place(const std::string& text, int line,
                                                  const std::string& path) {
  Place out{.text = text, .line = line};
  if (text.empty()) return out;
  auto parsed = document::parse_path(text);
  if (!parsed) {
    problem(line, path, "path", "'" + text + "' is no path: " + parsed.error().message());
    return std::nullopt;
  }
  out.path = *std::move(parsed);
  return out;
}

std::optional<Place> ManifestReader::place(const Node& map, const std::string& path,
                                           const char* key) {
  const Node* node = map.find(key);
  if (node == nullptr) return std::nullopt;
  return parsed_place(text(map, path, key), node->line, joined(path, key));
}

std::vector<Place> ManifestReader::places(const Node& map, const std::string& path,
                                          const char* key) {
  std::vector<Place> out;
  const Node* node = map.find(key);
  const std::string said = text(map, path, key);
  if (node == nullptr || said.empty()) return out;
  std::size_t begin = 0;
  bool inside = false;  // a comma between brackets belongs to a selection
  for (std::size_t i = 0; i <= said.size(); ++i) {
    if (i < said.size()) {
      if (said[i] == '[') inside = true;
      if (said[i] == ']') inside = false;
      if (said[i] != ',' || inside) continue;
    }
    if (auto found = parsed_place(said.substr(begin, i - begin), node->line, joined(path, key)))
      out.push_back(*std::move(found));
    begin = i + 1;
  }
  return out;
}

Template ManifestReader::template_of(const Node& node, const std::string& path) {
  if (node.kind != Node::Kind::Text) {
    problem(node.key_line, path, "wrong_type", "must be one text");
    return {};
  }
  auto out = Template::parse(node.text);
  if (out) return *std::move(out);
  problem(node.line, path, "placeholder", "'" + node.text + "' " + out.error().message());
  return {};
}

std::vector<Template> ManifestReader::templates(const Node& map, const std::string& path,
                                                const char* key) {
  const Node* node = map.find(key);
  const std::string here = joined(path, key);
  std::vector<Template> out;
  if (node == nullptr) {
    problem(map.line, here, "required", "'" + std::string(key) + "' is missing");
    return out;
  }
  for (const std::string& text : texts(*node, here)) {
    auto parsed = Template::parse(text);
    if (!parsed)
      problem(node->line, here, "placeholder", "'" + text + "' " + parsed.error().message());
    else
      out.push_back(*std::move(parsed));
  }
  return out;
}

std::map<std::string, std::string, std::less<>> ManifestReader::renames(const Node& map,
                                                                        const std::string& path,
                                                                        const char* key) {
  std::map<std::string, std::string, std::less<>> out;
  const Node* node = map.find(key);
  if (node == nullptr) return out;
  const std::string here = joined(path, key);
  if (node->kind != Node::Kind::Map) {
    problem(node->key_line, here, "wrong_type", "must be a map of names");
    return out;
  }
  for (const auto& [name, value] : node->members) {
    const std::string other = text(*node, here, name.c_str());
    if (other.empty())
      problem(value.key_line, joined(here, name), "required", "names no element");
    else
      out.emplace(name, other);
  }
  return out;
}

std::vector<SharedAttribute> ManifestReader::shared(const Node& map, const std::string& path) {
  std::vector<SharedAttribute> out;
  const Node* node = map.find("shared");
  if (node == nullptr) return out;
  const std::string here = joined(path, "shared");
  if (node->kind != Node::Kind::Map) {
    problem(node->key_line, here, "wrong_type", "must be a map of attributes and paths");
    return out;
  }
  for (const auto& [name, value] : node->members) {
    auto from = place(*node, here, name.c_str());
    if (!name.starts_with('@') || !from || from->path.empty())
      problem(
          value.key_line, joined(here, name), "path",
          "says where the text of an attribute stands: \"@currencyCode\": Amount/@currencyCode");
    else
      out.push_back({name, *std::move(from)});
  }
  return out;
}

Query ManifestReader::query(const Node& map, const std::string& path, const char* key) {
  Query out;
  const Node* node = map.find(key);
  if (node == nullptr) return out;
  const std::string here = joined(path, key);
  if (node->kind != Node::Kind::Map) {
    problem(node->key_line, here, "wrong_type", "must be a map of parameters of the address");
    return out;
  }
  for (const auto& [name, value] : node->members)
    out.emplace_back(name, template_of(value, joined(here, name)));
  return out;
}

void ManifestReader::request(const Node& map, const std::string& path, const std::string& below,
                             std::vector<TextAt>& out) {
  for (const auto& [key, value] : map.members) {
    const std::string here = joined(path, key);
    const std::string name = below.empty() ? key : below + '/' + key;
    if (value.kind == Node::Kind::Map) {
      request(value, here, name, out);
      continue;
    }
    auto place = parsed_place(name, value.key_line, here);
    if (!place) continue;
    TextAt text{.place = *std::move(place), .null = value.kind == Node::Kind::Null};
    if (!text.null) text.text = template_of(value, here);
    out.push_back(std::move(text));
  }
}

std::vector<TextAt> ManifestReader::request(const Node& map, const std::string& path,
                                            const char* key) {
  std::vector<TextAt> out;
  const Node* node = map.find(key);
  if (node == nullptr || node->kind == Node::Kind::Null) return out;
  if (node->kind != Node::Kind::Map) {
    problem(node->key_line, joined(path, key), "wrong_type",
            "must be a map of paths and texts of the request");
    return out;
  }
  request(*node, joined(path, key), "", out);
  return out;
}

void ManifestReader::condition(const std::string& key, const Node& node, const std::string& path,
                               Conditions& out) {
  auto place = parsed_place(key, node.key_line, path);
  if (!place) return;
  Condition made{.place = *std::move(place)};
  if (node.kind == Node::Kind::Map) {
    const Node* excluded = known(node, path, {"not"}) ? node.find("not") : nullptr;
    made.kind = Condition::Kind::IsNot;
    if (excluded == nullptr)
      problem(node.key_line, path, "condition",
              "must be any, none, a list of texts, or { not: [texts] }");
    else
      made.values = texts(*excluded, path);
  } else if (node.kind == Node::Kind::Text && (node.text == "any" || node.text == "none")) {
    made.kind = node.text == "any" ? Condition::Kind::Any : Condition::Kind::None;
  } else {
    made.kind = Condition::Kind::Is;
    made.values = texts(node, path);
  }
  out.push_back(std::move(made));
}

Conditions ManifestReader::conditions(const Node& map, const std::string& path, const char* key) {
  Conditions out;
  const Node* node = map.find(key);
  if (node == nullptr) return out;
  const std::string here = joined(path, key);
  if (node->kind != Node::Kind::Map) {
    problem(node->key_line, here, "wrong_type", "must be a map of paths and what stands there");
    return out;
  }
  for (const auto& [name, value] : node->members) condition(name, value, joined(here, name), out);
  return out;
}

std::optional<Messages> ManifestReader::messages(const Node& map, const std::string& path) {
  const Node* node = map.find("messages");
  const std::string here = joined(path, "messages");
  if (node == nullptr ||
      !known(*node, here, {"each", "code", "text", "severity", "errors", "field", "headings"}))
    return std::nullopt;
  Messages out;
  out.each = place(*node, here, "each").value_or(Place{.line = node->line});
  out.code = places(*node, here, "code");
  out.text = place(*node, here, "text");
  out.severity = place(*node, here, "severity");
  out.field = place(*node, here, "field");
  if (const Node* errors = node->find("errors")) out.errors = texts(*errors, here + ".errors");
  if (const Node* headings = node->find("headings"))
    out.headings = texts(*headings, here + ".headings");
  if (!out.errors.empty() && !out.severity)
    problem(node->key_line, here + ".severity", "required",
            "'errors' names severities: 'severity' says where they stand");
  return out;
}

Answer ManifestReader::answer(const Node& map, const std::string& path) {
  Answer out;
  const Node* node = map.find("answer");
  const std::string here = joined(path, "answer");
  if (node == nullptr ||
      !known(*node, here,
             {"each", "match", "key", "version", "document", "done", "refused", "messages"}))
    return out;
  out.each = place(*node, here, "each");
  out.match = place(*node, here, "match");
  out.key = places(*node, here, "key");
  out.version = place(*node, here, "version");
  out.document = place(*node, here, "document");
  out.done = conditions(*node, here, "done");
  out.refused = conditions(*node, here, "refused");
  out.messages = messages(*node, here);
  return out;
}

void ManifestReader::parameters(const Node& map, Manifest& out) {
  const Node* node = map.find("parameters");
  if (node == nullptr) return;
  if (node->kind != Node::Kind::Map)
    return problem(node->key_line, "parameters", "wrong_type", "must be a map");
  for (const auto& [name, value] : node->members) {
    const std::string here = "parameters." + name;
    if (!known(value, here, {"about", "default"})) continue;
    Parameter made{.about = required(value, here, "about")};
    if (value.find("default") != nullptr) made.fallback = text(value, here, "default");
    out.parameters.emplace(name, std::move(made));
  }
}

void ManifestReader::service(const Node& map, const std::string& path, ServiceUse& out) {
  out.line = map.key_line;
  out.wsdl = text(map, path, "wsdl");
  out.port = text(map, path, "port");
  if (const Node* wsdl = map.find("wsdl")) out.line = wsdl->line;
  if (const Node* address = map.find("path"))
    out.path = template_of(*address, joined(path, "path"));
  out.query = query(map, path, "query");
  const std::string version = text(map, path, "soap");
  if (version == "1.1") out.version = Version::Soap11;
  if (version == "1.2") out.version = Version::Soap12;
  if (!version.empty() && !out.version)
    problem(map.find("soap")->line, joined(path, "soap"), "one_of",
            "'" + version + "' is no version of SOAP", "\"1.1\" or \"1.2\", in quotes");
}

void ManifestReader::meanings(const Node& list, Manifest& out) {
  if (list.kind != Node::Kind::List)
    return problem(list.key_line, "faults", "wrong_type", "must be a list");
  std::vector<std::string> names;
  for (const ErrorCode code : kMeanings) names.emplace_back(to_string(code));
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const Node& node = list.items[i];
    const std::string here = "faults[" + std::to_string(i) + "]";
    if (!known(node, here, {"code", "words", "means", "nothing_done"})) continue;
    Meaning made{.code = text(node, here, "code"),
                 .words = lowered(text(node, here, "words")),
                 .nothing_done = flag(node, here, "nothing_done")};
    const std::string word = required(node, here, "means");
    const auto* found = std::find_if(std::begin(kMeanings), std::end(kMeanings),
                                     [&word](ErrorCode code) { return to_string(code) == word; });
    if (found != std::end(kMeanings))
      made.means = *found;
    else if (!word.empty())
      problem(node.find("means")->line, here + ".means", "one_of",
              "'" + word + "' is no meaning of a fault", nearest_word(word, names));
    if (made.code.empty() && made.words.empty())
      problem(node.line, here, "required", "names neither a code nor words of a fault");
    out.meanings.push_back(std::move(made));
  }
}

void ManifestReader::session(const Node& node, Manifest& out) {
  if (node.kind == Node::Kind::Text && (node.text == "true" || node.text == "false")) {
    out.session = node.text == "true";
    return;
  }
  if (!known(node, "session", {"cookie", "open", "close"})) return;
  out.session = true;
  if (auto cookie = Template::parse(text(node, "session", "cookie")))
    out.session_cookie = *std::move(cookie);
  else
    problem(node.find("cookie")->line, "session.cookie", "placeholder", cookie.error().message());
  out.opening = query(node, "session", "open");
  out.closing = query(node, "session", "close");
}

void ManifestReader::read(const Node& root, Manifest& out) {
  known(root, "",
        {"about", "wsdl", "port", "soap", "path", "query", "addressing", "session", "live_wsdl",
         "parameters", "services", "faults", "objects"});
  parameters(root, out);
  service(root, "", out.own);
  out.addressing = flag(root, "", "addressing");
  out.live_wsdl = text(root, "", "live_wsdl");
  if (const Node* node = root.find("session")) session(*node, out);
  session_ = out.session;
  if (const Node* node = root.find("faults")) meanings(*node, out);
  if (const Node* node = root.find("services")) {
    for (const auto& [name, value] : node->members) {
      const std::string here = "services." + name;
      if (!known(value, here, {"wsdl", "port", "soap", "path", "query"})) continue;
      required(value, here, "wsdl");
      service(value, here, out.services[name]);
    }
  }
  const Node* objects = root.find("objects");
  if (objects == nullptr || objects->members.empty())
    return problem(objects == nullptr ? 1 : objects->key_line, "objects", "required",
                   "the manifest describes no objects");
  for (const auto& [name, value] : objects->members) object(name, value, out);
}

}  // namespace channelbridge::soap
