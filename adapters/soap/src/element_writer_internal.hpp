#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "arrange_internal.hpp"
#include "channelbridge/soap/envelope.hpp"
#include "text_check_internal.hpp"

namespace channelbridge::soap {

/// Writes one element with its schema; problems are collected.
class ElementWriter {
 public:
  /// `show` = wrong texts may stand in problems.
  ElementWriter(const Schema& schema, Empty empty, bool show, std::vector<Problem>& problems)
      : schema_(schema), empty_(empty), show_(show), problems_(problems) {}

  /// `attributes`: text that goes into the start tag as it is: " soap:mustUnderstand=\"1\"".
  std::string write(const Element& element, const document::Tree& tree, const std::string& path,
                    std::string_view attributes = {});

 private:
  void element(const Element& declared, const document::Tree& tree, const std::string& path);
  void undeclared(const QName& name, const document::Tree& tree, const std::string& path);
  void nil(const Element& declared, const document::Tree& tree, const std::string& path);
  const Type* type_of(const Element& declared, const document::Tree& tree, const std::string& path);
  void attributes(const Type& type, const document::Tree& tree, const std::string& path);
  void inside(const Element& declared, const Type& type, const document::Tree& tree,
              const std::string& path);
  void text(const TextType& type, const std::string& text, const std::string& path,
            bool in_attribute);
  /// Is it empty where the type has no empty form, and does that mean null?
  bool means_null(const Element& declared, const document::Tree& tree) const;
  std::string qualified(const QName& name);
  std::string prefix(const std::string& space);
  void problem(const std::string& path, std::string rule, std::string message,
               std::string suggestion = {});

  const Schema& schema_;
  Empty empty_;
  bool show_;
  std::vector<Problem>& problems_;
  std::map<std::string, std::string> prefixes_{};
  bool instance_{};  ///< xsi is in use
  std::string out_{};
};

}  // namespace channelbridge::soap
