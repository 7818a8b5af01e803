#include <filesystem>

#include "channelbridge/adapter/http_settings.hpp"
#include "channelbridge/file/file.hpp"

namespace channelbridge::file {
namespace {

char read_separator(adapter::SettingsReader& reader) {
  const std::string text = reader.text("separator", ",");
  if (text == "tab" || text == "\\t") return '\t';
  if (text.size() == 1) return text.front();
  reader.problem("separator", "separator", "must be one character, or 'tab'");
  return ',';
}

Result<std::shared_ptr<adapter::Adapter>> make(const adapter::SystemSettings& system) {
  adapter::SettingsReader reader(system);
  Options options;
  const std::string folder = reader.required("folder");
  options.inbox = reader.text("inbox", options.inbox);
  options.outbox = reader.text("outbox", options.outbox);
  options.format =
      reader.one_of("format", {"csv", "ndjson"}, "csv") == "ndjson" ? Format::Ndjson : Format::Csv;
  options.separator = read_separator(reader);
  const std::string encoding =
      reader.one_of("encoding", {"utf-8", "iso-8859-1", "windows-1252"}, "utf-8");
  options.encoding = encoding == "utf-8"        ? Encoding::Utf8
                     : encoding == "iso-8859-1" ? Encoding::Latin1
                                                : Encoding::Windows1252;
  options.byte_order_mark = reader.flag("byte_order_mark", options.byte_order_mark);
  options.changed_column = reader.text("changed_column", options.changed_column);
  options.max_row_bytes = static_cast<std::size_t>(reader.integer(
      "max_row_bytes", static_cast<std::int64_t>(options.max_row_bytes), 100, 64'000'000));
  options.quiet = reader.duration("quiet", options.quiet);
  if (options.byte_order_mark && options.encoding != Encoding::Utf8)
    reader.problem("byte_order_mark", "pair", "belongs to the encoding utf-8 only");
  if (auto finished = reader.finish(); !finished) return std::move(finished).error();
  return make_file(system.name, (std::filesystem::path(system.folder) / folder).string(),
                   std::move(options));
}

}  // namespace

adapter::AdapterKind kind() {
  return {.name = "file",
          .known_settings = {"folder", "inbox", "outbox", "format", "separator", "encoding",
                             "byte_order_mark", "changed_column", "max_row_bytes", "quiet"},
          .make = make,
          .published = nullptr};
}

}  // namespace channelbridge::file
