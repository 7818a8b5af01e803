#include <filesystem>
#include <fstream>
#include <iterator>

#include "channelbridge/core/nearest.hpp"
#include "channelbridge/document/yaml.hpp"
#include "manifest_reader_internal.hpp"
#include "shipped_internal.hpp"

namespace channelbridge::soap {
namespace {

namespace fs = std::filesystem;

std::string_view shipped_text(std::string_view name) {
  for (const auto& [known, text] : shipped_files())
    if (known == name) return text;
  return {};
}

/// Loads what a service's `wsdl` names, and finds its port.
class Descriptions {
 public:
  Descriptions(const ManifestSource& source, std::vector<Problem>& problems)
      : source_(source), problems_(problems) {}

  /// `given`: the project's own file, in place of the manifest's.
  void load(ServiceUse& use, const std::string& path, const std::string& given) {
    if (use.wsdl.empty() && given.empty())
      return problem(use.line, path + "wsdl", "required",
                     "the service's description is missing: the name of its WSDL file");
    auto loaded = open(use.wsdl, given);
    if (!loaded) {
      if (loaded.error().problems().empty())
        problem(use.line, path + "wsdl", "wsdl", loaded.error().message());
      for (const Problem& each : loaded.error().problems()) problems_.push_back(each);
      return;
    }
    use.description = *std::move(loaded);
    auto port = use.description->port(use.port, use.version);
    if (!port) return problem(use.line, path + "port", "unknown_port", port.error().message());
    use.bound = *port;
  }

 private:
  Result<std::shared_ptr<const Wsdl>> open(const std::string& name, const std::string& given) {
    if (!given.empty()) return Wsdl::load(given);
    if (!source_.shipped) return Wsdl::load((fs::path(source_.file).parent_path() / name).string());
    const std::string_view text = shipped_text(name);
    if (text.empty())
      return Error(ErrorCode::Invalid, "no file '" + name + "' comes with this manifest");
    return Wsdl::parse(text, name);
  }
  void problem(int line, std::string path, std::string rule, std::string message) {
    problems_.push_back({.file = source_.file,
                         .line = line,
                         .path = std::move(path),
                         .rule = std::move(rule),
                         .message = std::move(message)});
  }

  const ManifestSource& source_;
  std::vector<Problem>& problems_;
};

Error faulty_manifest(const std::string& file, std::vector<Problem> problems) {
  const std::size_t count = problems.size();
  return Error(ErrorCode::Invalid, "the manifest " + file + " has " + std::to_string(count) +
                                       (count == 1 ? " problem" : " problems"))
      .with_problems(std::move(problems));
}

}  // namespace

const ObjectRules* Manifest::object(std::string_view name) const {
  const auto found = objects.find(name);
  return found == objects.end() ? nullptr : &found->second;
}

std::vector<std::string> Manifest::object_names() const {
  std::vector<std::string> out;
  for (const auto& [name, rules] : objects) out.push_back(name);
  return out;
}

std::vector<std::string> shipped_manifests() {
  std::vector<std::string> out;
  for (const auto& [name, text] : shipped_files())
    if (name.ends_with(".yaml")) out.emplace_back(name);
  return out;
}

Result<ManifestSource> find_manifest(const std::string& file) {
  std::error_code failed;  // what cannot be looked at is looked for among those that come along
  if (fs::is_regular_file(file, failed)) {
    std::ifstream in(file, std::ios::binary);
    ManifestSource out{.file = file};
    out.text.assign(std::istreambuf_iterator<char>(in), {});
    if (in) return out;
    return Error(ErrorCode::Invalid, "the manifest " + file + " cannot be read");
  }
  std::string name = fs::path(file).filename().string();
  if (!name.ends_with(".yaml")) name += ".yaml";
  if (const std::string_view text = shipped_text(name); !text.empty())
    return ManifestSource{.file = name, .text = std::string(text), .shipped = true};
  const std::string near = nearest_word(name, shipped_manifests());
  return Error(ErrorCode::Invalid,
               "there is no file " + file + ", and no manifest '" + name + "' comes along" +
                   (near.empty() ? std::string() : " (did you mean '" + near + "'?)"));
}

Result<std::shared_ptr<const Manifest>> load_manifest(const ManifestSource& source,
                                                      const ManifestOverrides& overrides) {
  auto root = document::parse_yaml(source.text, source.file);
  if (!root) return std::move(root).error();
  std::vector<Problem> problems;
  auto out = std::make_shared<Manifest>();
  out->file = source.file;
  ManifestReader(source.file, problems).read(*root, *out);
  if (!overrides.port.empty()) out->own.port = overrides.port;
  if (overrides.version) out->own.version = overrides.version;
  if (!overrides.port.empty() && !overrides.version) out->own.version.reset();
  if (!overrides.path.empty()) {
    auto path = Template::parse(overrides.path);
    if (!path) return Error(ErrorCode::Invalid, "'path' " + path.error().message());
    out->own.path = *std::move(path);
  }
  Descriptions descriptions(source, problems);
  descriptions.load(out->own, "", overrides.wsdl);
  for (auto& [name, use] : out->services) descriptions.load(use, "services." + name + '.', "");
  const bool described = out->own.bound != nullptr;
  if (described)
    for (Problem& each : bind_manifest(*out)) problems.push_back(std::move(each));
  if (!problems.empty()) return faulty_manifest(source.file, std::move(problems));
  return std::shared_ptr<const Manifest>(std::move(out));
}

}  // namespace channelbridge::soap
