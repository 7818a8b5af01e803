#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/document/tree.hpp"
#include "describes_internal.hpp"
#include "query_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {

/// The text with small letters in place of A to Z.
std::string lower_ascii(std::string text);

/// Files by their SHA-256, one file each, in a folder that the settings name.
///
/// Threads: any.
class FileFolder {
 public:
  FileFolder(std::string folder, std::size_t most_bytes)
      : folder_(std::move(folder)), most_bytes_(most_bytes) {}

  /// The bytes that have this hash. Rejected: it is no SHA-256, there is no folder or no such file,
  /// it is too large, or its bytes have another hash.
  Result<std::string> read(const std::string& hash) const;
  /// Adds these bytes, unless they are there. Errors: those of DurableFile.
  Result<void> keep(const std::string& hash, std::string_view bytes);
  std::size_t most_bytes() const { return most_bytes_; }

 private:
  const std::string folder_;  ///< "" = none
  const std::size_t most_bytes_;
  std::mutex mutex_;
};

/// Files as children of a record: the rows of ContentDocumentLink below it, whose bytes are in a
/// ContentVersion. A document's path ContentDocument.LatestPublishedVersion leads from the one to
/// the other.
///
///   read    the field FundOptions::hash_field shows the SHA-256 of the bytes. Where the org does
///   not
///           have it, they are read, once, and kept in the folder
///   write   a file is known by its hash. One that is linked already stays; one that our user has
///           uploaded before is linked; else it is uploaded out of the folder. A lost answer is
///           looked for before anything is sent again
///   kinds   FundOptions::kind_field says what kind of proof a file is, or a word of kind_words in
///           its tags and its title does. Where the org does not have the field, documents show it
///           all the same, and a file whose title does not say its kind is refused
///
/// Source   Object Reference (ContentVersion, ContentDocumentLink); REST API Developer Guide,
///          "Insert or Update Blob Data", "sObject Blob Retrieve"
/// Threads  any
class Evidence {
 public:
  Evidence(Session& session, Queries& queries, Describes& describes, const Options& options)
      : session_(session),
        queries_(queries),
        describes_(describes),
        options_(options),
        folder_(options.funds.files, options.funds.file_bytes) {}

  /// Is this node written here, and not with its record?
  static bool writes(const adapter::WriteNode& node);
  /// What has to be read of a list of files beside what the selection names.
  Result<adapter::Selection::Child> with_versions(adapter::Selection::Child child,
                                                  const Context& context);
  /// Makes or changes one file of a record.
  adapter::NodeOutcome write(const adapter::WriteNode& node, const std::string& record,
                             const Context& context);
  /// The document with the hash of each file in this list. Errors: those of the downloads but for
  /// files that are gone or that we may not read.
  Result<document::Document> shown(const ChildList& list, document::Document document,
                                   const Context& context);

 private:
  /// What a body says of a file.
  struct File {
    std::string hash{};
    std::string title{};
    document::Tree version{};  ///< members of its ContentVersion
  };
  /// A file that is linked to a record.
  struct Linked {
    std::string id{};  ///< of the link
    std::string version{};
    std::string hash{};
  };

  Result<File> file_of(const adapter::WriteNode& node, const Context& context);
  /// Takes the kind out of what is written where the org has no place for it.
  Result<void> tell_kind(File& file, const Context& context);
  /// The kind whose word comes first in FundOptions::kind_words of those in the text; "" = none.
  std::string kind_in(const std::string& text) const;
  void add_kind(document::Tree& link, bool& changed) const;
  /// Links of a record, or one link.
  Result<std::vector<Linked>> links(const std::string& condition, const Context& context);
  /// The link of a record to a file with this hash; "" = none.
  Result<std::string> link_with(const std::string& record, const std::string& hash,
                                const Context& context);
  /// A document of this hash whose version says the same; "" = none that we may see.
  Result<std::string> document_with(const File& file, const Context& context);
  Result<void> add(const File& file, const std::string& record, const Context& context);
  Result<void> upload(const File& file, const std::string& record, const std::string& bytes,
                      const Context& context);
  adapter::NodeOutcome create(const File& file, const std::string& record, const Context& context);
  adapter::NodeOutcome change(const adapter::WriteNode& node, const File& file,
                              const Context& context);
  adapter::NodeOutcome look_for(const File& file, const std::string& record, const Error& lost,
                                const Context& context);
  /// "" = the file is too large, gone, or none of ours to read.
  Result<std::string> hash_of(const std::string& version, std::size_t bytes,
                              const Context& context);
  Result<void> add_hash(document::Tree& link, bool& changed, const Context& context);
  std::string version_path(std::string_view field) const;

  Session& session_;
  Queries& queries_;
  Describes& describes_;
  const Options& options_;
  FileFolder folder_;
  std::mutex mutex_;
  std::map<std::string, std::string> hashes_{};  ///< of versions that were read, by id
};

}  // namespace channelbridge::salesforce
