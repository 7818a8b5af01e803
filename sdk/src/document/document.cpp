#include "channelbridge/document/document.hpp"

#include <array>
#include <utility>

namespace channelbridge::document {

std::shared_ptr<const Page> Page::make(std::string bytes, Format format) {
  std::shared_ptr<Page> page(new Page);
  page->size_ = bytes.size();
  page->format_ = format;
  bytes.append(kPadding, '\0');
  page->buffer_ = std::move(bytes);
  return page;
}

std::string_view Page::bytes() const { return std::string_view(buffer_).substr(0, size_); }

Document::Document(std::shared_ptr<const Page> page, std::size_t offset, std::size_t length,
                   bool full)
    : page_(std::move(page)), offset_(offset), length_(length), full_(full) {}

Document Document::of(std::string text, Format format, bool full) {
  const std::size_t size = text.size();
  return {Page::make(std::move(text), format), 0, size, full};
}

std::string_view Document::text() const {
  if (!page_) return {};
  return page_->bytes().substr(offset_, length_);
}

Format Document::format() const { return page_ ? page_->format() : Format::Json; }

namespace {

constexpr auto kMustEscape = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = true;
  table['\\'] = true;
  return table;
}();

void append_escape(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4U];
      out += kHex[static_cast<unsigned char>(c) & 15U];
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t clean = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!kMustEscape[static_cast<unsigned char>(text[i])]) continue;
    out.append(text, clean, i - clean);
    append_escape(out, text[i]);
    clean = i + 1;
  }
  out.append(text, clean, text.size() - clean);
  out += '"';
}

}  // namespace channelbridge::document
