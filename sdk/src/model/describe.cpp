#include "channelbridge/model/describe.hpp"

#include <utility>

namespace channelbridge::model {
namespace {

/// The customary bounds of a percentage: 999.9999 %.
constexpr std::uint8_t kPercentPrecision = 7;
constexpr std::uint8_t kPercentScale = 4;

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    if (blank > 0) out.emplace_back(text.substr(0, blank));
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
  return out;
}

/// Walks the rows of a description and writes them down flat.
class Flattener {
 public:
  void walk(std::span<const Row> rows, const std::string& prefix, const FieldOptions& above) {
    for (const Row& row : rows) {
      FieldOptions options = row.options;
      options.personal = options.personal || above.personal;
      options.read_only = options.read_only || above.read_only;
      if (!above.group.empty()) options.group = above.group;
      const std::string path = prefix + std::string(row.name);
      switch (row.kind) {
        case Row::Kind::Field:
          add(path, row, options);
          break;
        case Row::Kind::Nested:
        case Row::Kind::Group:
          if (row.kind == Row::Kind::Group && options.group.empty()) options.group = path;
          walk(row.rows, row.name.empty() ? prefix : path + ".", options);
          break;
        case Row::Kind::List: {
          lists.push_back({.path = path,
                           .keys = words(row.keys),
                           .required = row.options.required,
                           .read_only = row.options.read_only});
          const std::string element = path + "[]";
          options.group = element;
          walk(row.rows, element + ".", options);
          break;
        }
        case Row::Kind::Custom:
          break;  // declared by the project: EntityType::with_custom
      }
    }
  }

  std::vector<FieldInfo> fields{};
  std::vector<ListInfo> lists{};

 private:
  void add(const std::string& path, const Row& row, const FieldOptions& options) {
    FieldInfo info{.path = path,
                   .type = row.value().type,
                   .max_length = options.max_length,
                   .precision = options.precision,
                   .scale = options.scale,
                   .required = options.required,
                   .personal = options.personal,
                   .read_only = options.read_only,
                   .codes = options.codes,
                   .refers_to = std::string(options.refers_to),
                   .group = std::string(options.group)};
    if (info.type == FieldType::Percent && info.precision == 0) {
      info.precision = kPercentPrecision;
      info.scale = kPercentScale;
    }
    fields.push_back(std::move(info));
  }
};

}  // namespace

std::shared_ptr<const EntityType> entity_type(const EntityDescription& description) {
  Flattener flat;
  flat.walk(description.rows, "", {});
  return std::make_shared<const EntityType>(std::string(description.name), std::move(flat.fields),
                                            std::move(flat.lists), description.rules);
}

}  // namespace channelbridge::model
