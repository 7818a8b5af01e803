#include "sandbox/soap/assignment.hpp"

#include <sstream>

namespace channelbridge::sandbox::soap {

Assignment Assignment::parse(const std::string& text) {
  const std::size_t equals = text.find('=');
  return {.name = text.substr(0, equals),
          .value = equals == std::string::npos ? "" : text.substr(equals + 1),
          .text = text};
}

std::string Assignment::below(const std::string& prefix) const {
  return name.starts_with(prefix + ".") ? name.substr(prefix.size() + 1) : std::string();
}

Error Assignment::refuse(const std::string& wanted) const {
  return Error(ErrorCode::Invalid, "'" + text + "' wants " + wanted);
}

Result<void> set_flag(bool& target, const Assignment& assignment) {
  if (assignment.value != "true" && assignment.value != "false")
    return assignment.refuse("true or false");
  target = assignment.value == "true";
  return {};
}

std::set<std::string> words_of(const std::string& list) {
  std::set<std::string> out;
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');)
    if (!word.empty()) out.insert(word);
  return out;
}

}  // namespace channelbridge::sandbox::soap
