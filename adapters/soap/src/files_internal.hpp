#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/error.hpp"
#include "channelbridge/soap/wsdl.hpp"
#include "xml_internal.hpp"

namespace channelbridge::soap {

/// The files of one service: read once, kept while they are read. Nothing is fetched.
class Files {
 public:
  Files(const WsdlOptions& options, std::vector<Problem>& problems)
      : options_(options), problems_(problems) {}

  /// nullptr, with a problem, when it cannot be read or is no strict XML.
  const SourceFile* open(const std::string& path);
  const SourceFile* add(std::string_view text, const std::string& path);
  /// What an import at `node` names; nullptr with a problem when it is not local. `again` says that
  /// it has been opened before.
  const SourceFile* import(const SourceFile& from, pugi::xml_node node, std::string_view location,
                           bool& again);

  void problem(const SourceFile& file, pugi::xml_node node, std::string rule, std::string message,
               std::string suggestion = {});

 private:
  const WsdlOptions& options_;
  std::vector<Problem>& problems_;
  std::map<std::string, std::unique_ptr<SourceFile>> files_{};
  std::string folder_{};  ///< of the first file
};

}  // namespace channelbridge::soap
