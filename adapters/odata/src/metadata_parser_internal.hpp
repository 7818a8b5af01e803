#pragma once

#include <map>
#include <memory>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/odata/metadata.hpp"

namespace channelbridge::odata {

/// One reading of one EDMX document, in the order: types, associations, sets, annotations, base
/// types.
class MetadataParser {
 public:
  Result<std::shared_ptr<const Metadata>> parse(std::string_view edmx);

 private:
  struct End {
    std::string type{};
    bool many{};
  };

  void read_schema(const pugi::xml_node& schema);
  void read_type(const pugi::xml_node& node);
  void read_property(const pugi::xml_node& node, Type& type);
  void read_association(const pugi::xml_node& node);
  void read_container(const pugi::xml_node& node);
  void read_annotations(const pugi::xml_node& node);
  void fold_base(const std::string& type);
  void bind_navigations();
  std::string qualify(const std::string& name) const;

  std::shared_ptr<Metadata> out_ = std::make_shared<Metadata>();
  std::string namespace_{};
  std::map<std::string, std::string> aliases_{};
  std::map<std::string, std::string> base_{};
  std::map<std::string, std::vector<std::string>> enums_{};
  /// association -> role -> end
  std::map<std::string, std::map<std::string, End>> associations_{};
  /// (type, navigation) -> association, role of the far end
  std::map<std::pair<std::string, std::string>, std::pair<std::string, std::string>> far_ends_{};
  /// association -> pairs of role and set, one entry per association set
  std::multimap<std::string, std::vector<std::pair<std::string, std::string>>> association_sets_{};
};

}  // namespace channelbridge::odata
