#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace channelbridge::fuzz {

/// What a mutator knows of a language.
struct Language {
  std::vector<std::string> seeds{};    ///< well-formed texts to start from
  std::vector<std::string> words{};    ///< tokens worth inserting
  std::vector<std::string> openers{};  ///< what nests when it is repeated
  std::size_t most_bytes{200'000};     ///< of a mutant
};

/// Makes mutants. The same number gives the same mutant, on every machine.
///
/// Threads: one at a time.
class Mutator {
 public:
  explicit Mutator(Language language) : language_(std::move(language)) {}

  std::string mutant(std::uint64_t number);

 private:
  void change(std::string& text);
  void flip_bit(std::string& text);
  void replace_byte(std::string& text);
  void swap_tokens(std::string& text);
  void splice(std::string& text);
  void insert_word(std::string& text);
  void erase_piece(std::string& text);
  void repeat_piece(std::string& text);
  void nest(std::string& text);
  void cut(std::string& text);

  std::uint64_t next();
  std::size_t below(std::size_t bound);  ///< 0 when `bound` is 0
  std::string piece(const std::string& text, std::size_t longest);
  const std::string& any(const std::vector<std::string>& texts);

  Language language_;
  std::uint64_t state_{};
};

}  // namespace channelbridge::fuzz
