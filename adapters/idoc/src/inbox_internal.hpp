#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "channelbridge/idoc/idoc.hpp"
#include "document_key_internal.hpp"
#include "source_internal.hpp"
#include "status_internal.hpp"

namespace channelbridge::idoc {

/// What is known of one IDoc of a file without opening it again.
struct Summary {
  std::size_t place{};  ///< 1-based
  std::string message{};
  std::string number{};
  std::string version{};
  std::string fault{};  ///< why it is none of ours; "" = it is
};

/// One file in one state.
struct Item {
  Entry entry{};
  std::string stamp{};
  std::vector<Summary> messages{};
  std::optional<Error> unreadable{};  ///< the file as a whole
};

/// Everything that has arrived: the files of the folder, the IDocs in them, and what they say of
/// ours. Each state of a file is parsed once per process.
///
/// Set aside: files that are no envelope; IDocs that break its rules; those that somebody else has
/// sent or that are for somebody else; another content under a number that its sender has used.
///
/// Threads: any.
class Inbox {
 public:
  Inbox(std::unique_ptr<Source> source, Party partner, Party self, std::chrono::milliseconds quiet)
      : source_(std::move(source)),
        partner_(std::move(partner)),
        self_(std::move(self)),
        quiet_(quiet) {}

  /// The folder as it is now, oldest first. Errors: Unavailable and those of HTTP.
  Result<std::vector<std::shared_ptr<const Item>>> look(const Context& context);
  /// The IDocs of a file by their places; one that was set aside is in `broken`.
  Result<std::shared_ptr<const Envelope>> open(const Item& item, const Context& context);
  /// The file's bytes.
  Result<std::string> bytes(const Item& item, const Context& context);
  /// What was said of one IDoc of ours: by its ARCKEY's number, else by its DOCNUM; in the order in
  /// which it came.
  std::vector<StatusRecord> statuses(const std::string& number, const std::string& document) const;
  /// The messages of this kind about a document, the newest last.
  Result<std::vector<std::shared_ptr<const Message>>> about(const std::string& message,
                                                            const DocumentId& id,
                                                            std::string_view key,
                                                            const Context& context);
  const std::string& label() const { return source_->label(); }

 private:
  /// Null: it is not whole yet, or gone again.
  Result<std::shared_ptr<const Item>> parse(const Entry& entry, const Context& context);
  std::string fault_of(const Message& message, const std::string& text, const std::string& file);
  void note_statuses(const Message& message);
  Result<std::vector<std::string>> keys_of(const Item& item, const DocumentId& id,
                                           const Context& context);

  std::unique_ptr<Source> source_;
  const Party partner_;
  const Party self_;
  const std::chrono::milliseconds quiet_;
  std::mutex look_mutex_;  // one look at a time
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Item>> items_;  // by stamp
  std::map<std::string, std::shared_ptr<const Envelope>> open_;
  struct FirstSeen {
    std::string hash{};  ///< of the content
    std::string place{};
  };
  std::map<std::string, FirstSeen> numbers_;  ///< by sender, message type and number
  std::map<std::string, std::map<std::string, std::vector<std::string>>> keys_;  // id -> stamp
  std::map<std::string, std::vector<StatusRecord>> by_archive_key_;  // its number's part
  std::map<std::string, std::vector<StatusRecord>> by_document_;
  std::size_t arrived_{};  // statuses
};

/// What an IDoc of ours carries in ARCKEY: the write's number, and of a create the record's id.
std::string archive_key(const std::string& number, const std::string& record);
/// What it carries in DOCNUM: 16 digits that follow from the number.
std::string document_number(const std::string& number);

}  // namespace channelbridge::idoc
