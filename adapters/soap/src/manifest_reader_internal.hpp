#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "channelbridge/document/yaml.hpp"
#include "manifest_internal.hpp"

namespace channelbridge::soap {

/// Reads the YAML of a manifest; problems are collected. What operations and paths there are, it
/// does not know: bind_manifest() checks that.
class ManifestReader {
 public:
  ManifestReader(std::string file, std::vector<Problem>& problems)
      : file_(std::move(file)), problems_(problems) {}

  void read(const document::YamlNode& root, Manifest& out);

 private:
  using Node = document::YamlNode;

  void problem(int line, const std::string& path, std::string rule, std::string message,
               std::string suggestion = {});
  /// Names every key that is not known; false when it is no map.
  bool known(const Node& map, const std::string& path, const std::vector<std::string>& keys);
  /// Text of a member; "" when it is absent, a problem when it is something else.
  std::string text(const Node& map, const std::string& path, const char* key);
  std::string required(const Node& map, const std::string& path, const char* key);
  bool flag(const Node& map, const std::string& path, const char* key);
  std::size_t number(const Node& map, const std::string& path, const char* key,
                     std::size_t fallback);
  std::vector<std::string> texts(const Node& node, const std::string& path);

  std::optional<Place> place(const Node& map, const std::string& path, const char* key);
  std::optional<Place> parsed_place(const std::string& text, int line, const std::string& path);
  /// Paths joined with ','.
  std::vector<Place> places(const Node& map, const std::string& path, const char* key);
  Template template_of(const Node& node, const std::string& path);
  /// One or several.
  std::vector<Template> templates(const Node& map, const std::string& path, const char* key);
  /// A map of names; empty when it is absent.
  std::map<std::string, std::string, std::less<>> renames(const Node& map, const std::string& path,
                                                          const char* key);
  std::vector<SharedAttribute> shared(const Node& map, const std::string& path);
  Query query(const Node& map, const std::string& path, const char* key);
  /// Maps in a map lengthen the path.
  void request(const Node& map, const std::string& path, const std::string& below,
               std::vector<TextAt>& out);
  std::vector<TextAt> request(const Node& map, const std::string& path, const char* key);
  Conditions conditions(const Node& map, const std::string& path, const char* key);
  void condition(const std::string& key, const Node& node, const std::string& path,
                 Conditions& out);
  std::optional<Messages> messages(const Node& map, const std::string& path);
  Answer answer(const Node& map, const std::string& path);

  void parameters(const Node& map, Manifest& out);
  void service(const Node& map, const std::string& path, ServiceUse& out);
  void meanings(const Node& list, Manifest& out);
  void session(const Node& node, Manifest& out);
  void object(const std::string& name, const Node& map, Manifest& out);
  void call(const Node& map, const std::string& path, Call& out);
  std::optional<ReadCall> read_call(const Node& object, const std::string& path, const char* key);
  std::optional<WriteCall> write_call(const Node& object, const std::string& path, const char* key);
  /// What a write and a step have in common.
  void written(const Node& node, const std::string& path, WriteCall& out);
  std::optional<StatusStep> status_step(const Node& node, const std::string& path);
  std::vector<document::ChangeFlags> marks(const Node& map, const std::string& path);
  std::vector<StepSum> sums(const Node& map, const std::string& path);
  void steps(const Node& map, const std::string& path, ObjectRules& out);
  void placeholders(const ObjectRules& rules, const Manifest& manifest, const std::string& path);
  void sense_of_read(const ReadCall& read, const std::string& path);
  void sense_of_write(const ObjectRules& rules, const WriteCall& write, const std::string& path,
                      bool creates);
  void sense_of_commit(const WriteCall& write, const std::string& path);
  void sense_of_steps(const ObjectRules& rules, const std::string& path);
  std::optional<Call> step(const Node& map, const std::string& path, const char* key);
  void sense(const ObjectRules& rules, const std::string& path);

  const std::string file_;
  std::vector<Problem>& problems_;
  bool session_{};  ///< the manifest's calls of one write share a session
};

}  // namespace channelbridge::soap
