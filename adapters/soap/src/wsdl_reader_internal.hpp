#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/soap/wsdl.hpp"
#include "schema_reader_internal.hpp"

namespace channelbridge::soap {

/// Reads a WSDL 1.1 file and what it imports: first everything is indexed, then services are
/// followed to their bindings, port types, messages and elements.
class WsdlReader {
 public:
  explicit WsdlReader(const WsdlOptions& options) : files_(options, problems_), schemas_(files_) {}

  /// `text` is the file's; nullptr = read it.
  Result<std::shared_ptr<const Wsdl>> read(const std::string& file, const std::string_view* text);

 private:
  struct Global {
    pugi::xml_node node{};
    const SourceFile* file{};
    std::string target{};
  };
  using Index = std::map<QName, Global>;

  /// What a binding says for all its operations.
  struct Bound {
    const Global* binding{};
    const Global* port_type{};
    std::string_view soap{};  ///< namespace of its extensions
    bool rpc{};
  };

  void add(const SourceFile& file);
  void service(const Global& global, const QName& name);
  void port(const Global& global, pugi::xml_node node, Service& out);
  void operation(const Bound& bound, pugi::xml_node node, Port& out);
  /// The body of one direction: `node` is wsdl:input or wsdl:output of the binding.
  Message message(const Bound& bound, pugi::xml_node node, pugi::xml_node abstract,
                  Operation& operation, bool output);
  void body(const Bound& bound, pugi::xml_node soap_body, const Global& message, Message& out,
            Operation& operation, bool output);
  void headers(const Bound& bound, pugi::xml_node node, Message& out);
  void faults(const Bound& bound, pugi::xml_node node, pugi::xml_node abstract, Operation& out);
  const Element* part_element(const Global& message, pugi::xml_node part);
  std::string action(const Bound& bound, pugi::xml_node abstract, const Operation& operation,
                     bool output) const;

  const Global* find(const Index& index, const Global& from, pugi::xml_node node,
                     const char* attribute, std::string_view what);
  void problem(const Global& global, pugi::xml_node node, std::string rule, std::string message,
               std::string suggestion = {});
  static void refuse(Operation& operation, const Global& global, pugi::xml_node node,
                     std::string message);

  std::vector<Problem> problems_{};
  Files files_;
  SchemaReader schemas_;
  std::set<const SourceFile*> seen_{};
  Index messages_{};
  Index port_types_{};
  Index bindings_{};
  std::vector<std::pair<QName, Global>> services_{};
  std::shared_ptr<Wsdl> out_ = std::make_shared<Wsdl>();
};

}  // namespace channelbridge::soap
