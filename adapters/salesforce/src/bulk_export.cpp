#include <algorithm>
#include <set>

#include "bulk_read_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using Kind = ExportColumn::Kind;

/// Source: Object Reference, "Field Types"; of the types that are not listed, a job's results show
/// nothing that could be read as the REST API's value.
std::optional<Kind> kind_of(const std::string& type) {
  static const std::map<std::string, Kind, std::less<>> kKinds = {
      {"id", Kind::Text},        {"reference", Kind::Text},       {"string", Kind::Text},
      {"textarea", Kind::Text},  {"email", Kind::Text},           {"phone", Kind::Text},
      {"url", Kind::Text},       {"picklist", Kind::Text},        {"multipicklist", Kind::Text},
      {"combobox", Kind::Text},  {"encryptedstring", Kind::Text}, {"date", Kind::Text},
      {"time", Kind::Text},      {"boolean", Kind::Boolean},      {"int", Kind::Number},
      {"long", Kind::Number},    {"double", Kind::Number},        {"currency", Kind::Number},
      {"percent", Kind::Number}, {"datetime", Kind::Time}};
  const auto found = kKinds.find(type);
  return found == kKinds.end() ? std::nullopt : std::optional(found->second);
}

/// The kind of the field at the end of a path over parents.
Result<std::optional<Kind>> kind_at(const ObjectDescribe& object, std::string_view path,
                                    Describes& describes, const Context& context) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) {
    const auto property = object.metadata.properties.find(path);
    return property == object.metadata.properties.end() ? std::nullopt
                                                        : kind_of(property->second.type);
  }
  const auto parent = object.metadata.navigations.find(path.substr(0, dot));
  const bool list = object.children.contains(path.substr(0, dot));
  if (parent == object.metadata.navigations.end() || list) return std::optional<Kind>();
  auto described = describes.get(parent->second, context);
  if (described) return kind_at(**described, path.substr(dot + 1), describes, context);
  if (described.error().code() != ErrorCode::NotFound) return std::move(described).error();
  // An owner is a user or a queue; whatever it is, its name is a text.
  return path.substr(dot + 1) == "Name" ? std::optional(Kind::Text) : std::nullopt;
}

/// Is this text a number as JSON writes one?
bool is_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - from;
  };
  const std::size_t first = at;
  const std::size_t whole = digits();
  if (whole == 0 || (whole > 1 && text[first] == '0')) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

class RecordWriter {
 public:
  RecordWriter(std::string& out, const std::string& object,
               const std::vector<ExportColumn>& columns, const std::vector<std::string>& values,
               const std::string& base)
      : out_(out), object_(object), columns_(columns), values_(values), base_(base) {}

  Result<void> write() {
    out_ += R"({"attributes":{"type":)";
    document::append_json_string(out_, object_);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].path != "Id") continue;
      out_ += R"(,"url":)";
      document::append_json_string(out_, base_ + "/sobjects/" + object_ + "/" + values_[i]);
    }
    out_ += '}';
    if (auto done = members(""); !done) return done;
    out_ += '}';
    return {};
  }

 private:
  /// The members below `prefix` ("", "Owner."), in the order in which they were selected.
  Result<void> members(const std::string& prefix) {
    std::set<std::string> parents;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string& path = columns_[i].path;
      if (!path.starts_with(prefix)) continue;
      const std::size_t dot = path.find('.', prefix.size());
      const std::string name = path.substr(
          prefix.size(), dot == std::string::npos ? std::string::npos : dot - prefix.size());
      if (dot != std::string::npos && !parents.insert(name).second) continue;
      if (out_.back() != '{') out_ += ',';
      document::append_json_string(out_, name);
      out_ += ':';
      if (dot == std::string::npos) {
        if (auto done = value(columns_[i], values_[i]); !done) return done;
        continue;
      }
      const std::string below = prefix + name + ".";
      if (!any_value(below)) {  // a parent that is not set
        out_ += "null";
        continue;
      }
      out_ += '{';
      if (auto done = members(below); !done) return done;
      out_ += '}';
    }
    return {};
  }

  bool any_value(const std::string& prefix) const {
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i].path.starts_with(prefix) && !values_[i].empty()) return true;
    return false;
  }

  Result<void> value(const ExportColumn& column, const std::string& text) {
    const auto wrong = [&column](const char* what) {
      return Error(ErrorCode::Protocol,
                   "a value of " + column.path + " in a job's results is no " + what)
          .with_sent(Sent::Answered);
    };
    if (text.empty()) {
      out_ += column.kind == Kind::Boolean ? "false" : "null";
      return {};
    }
    switch (column.kind) {
      case Kind::Boolean:
        if (text != "true" && text != "false") return wrong("boolean");
        out_ += text;
        return {};
      case Kind::Number:
        if (!is_number(text)) return wrong("number");
        out_ += text;
        return {};
      case Kind::Time: {  // the REST API writes the same moment with an offset
        if (!parse_iso8601(text)) return wrong("time");
        const bool zulu = text.ends_with('Z');
        document::append_json_string(out_, zulu ? text.substr(0, text.size() - 1) + "+0000" : text);
        return {};
      }
      case Kind::Text:
        break;
    }
    document::append_json_string(out_, text);
    return {};
  }

  std::string& out_;
  const std::string& object_;
  const std::vector<ExportColumn>& columns_;
  const std::vector<std::string>& values_;
  const std::string& base_;
};

}  // namespace

Result<std::optional<std::vector<ExportColumn>>> export_columns(const ObjectDescribe& object,
                                                                const Columns& columns,
                                                                Describes& describes,
                                                                const Context& context) {
  std::vector<ExportColumn> out;
  const std::optional<std::vector<ExportColumn>> none;
  if (!columns.lists.empty()) return none;
  for (const std::string& path : columns.select) {
    auto kind = kind_at(object, path, describes, context);
    if (!kind) return std::move(kind).error();
    if (!*kind) return none;
    out.push_back({.path = path, .kind = **kind});
  }
  return std::optional(std::move(out));
}

Result<void> append_exported(std::string& out, const std::string& object,
                             const std::vector<ExportColumn>& columns,
                             const std::vector<std::string>& values, const std::string& base) {
  return RecordWriter(out, object, columns, values, base).write();
}

}  // namespace channelbridge::salesforce
