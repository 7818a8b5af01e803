#include <iostream>
#include <string>

#include "channelbridge/document/tree.hpp"

// -Wsign-conversion and -Wconversion would refuse this line: the library's warnings are not its
// users'.
short length_of(const std::string& text) { return text.size(); }

int main() {
  const auto tree = channelbridge::document::parse_tree(R"({"amount":1234.50})",
                                                        channelbridge::document::Format::Json);
  if (!tree || tree->find("amount")->text != "1234.50") return 1;
  std::cout << "added as a folder: " << length_of("short") << '\n';
  return 0;
}
