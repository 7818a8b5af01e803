#include <filesystem>
#include <fstream>
#include <iterator>

#include "channelbridge/core/nearest.hpp"
#include "channelbridge/odata/metadata.hpp"

namespace channelbridge::odata {

Result<adapter::ObjectMetadata> published(std::string_view object, const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code failed;
  std::optional<adapter::ObjectMetadata> best;
  std::vector<Problem> problems;
  std::vector<std::string> sets;
  std::vector<fs::path> files;
  for (auto entry = fs::recursive_directory_iterator(folder, failed);
       !failed && entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(".edmx") || name.ends_with(".metadata.xml")) files.push_back(entry->path());
  }
  if (failed) {
    return Error(ErrorCode::Invalid, "the metadata folder " + folder + " cannot be read");
  }
  for (const fs::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto metadata = Metadata::parse(text);
    if (!metadata) {
      problems.push_back(
          {.file = file.string(), .rule = "edmx", .message = metadata.error().message()});
      continue;
    }
    for (const std::string& set : (*metadata)->sets()) sets.push_back(set);
    auto described = (*metadata)->describe(object);
    if (described && (!best || described->properties.size() > best->properties.size())) {
      best = std::move(*described);
    }
  }
  if (best) return std::move(*best);
  const std::string near = nearest_word(object, sets);
  return Error(ErrorCode::NotFound,
               "no published metadata in " + folder + " has an entity set '" + std::string(object) +
                   "'" + (near.empty() ? std::string() : " (did you mean '" + near + "'?)"))
      .with_problems(std::move(problems));
}

}  // namespace channelbridge::odata
