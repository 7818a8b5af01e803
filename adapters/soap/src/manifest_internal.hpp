#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/document/path.hpp"
#include "channelbridge/document/tree_path.hpp"
#include "channelbridge/soap/wsdl.hpp"
#include "template_internal.hpp"

namespace channelbridge::soap {

/// A path as the manifest has it.
struct Place {
  document::Path path{};
  std::string text{};
  int line{};
};

/// A text that a call carries at one place.
struct TextAt {
  Place place{};
  Template text{};
  bool null{};  ///< "~": xsi:nil
  TimeForm form{TimeForm::DateTime};
};

using Query = std::vector<std::pair<std::string, Template>>;

/// What stands at a place of an answer; of several texts one is enough, of IsNot none may be one.
struct Condition {
  enum class Kind : std::uint8_t { Any, None, Is, IsNot };
  Place place{};
  Kind kind{Kind::Any};
  std::vector<std::string> values{};
};
using Conditions = std::vector<Condition>;  ///< all of them hold

/// Where an answer has its messages, below the part that is about one document.
struct Messages {
  Place each{};
  std::vector<Place> code{};  ///< joined with blanks
  std::optional<Place> text{};
  std::optional<Place> severity{};
  std::vector<std::string> errors{};  ///< severities that are errors; empty = every message is one
  std::optional<Place> field{};
  std::vector<std::string> headings{};  ///< codes that only say that others follow
};

/// How an answer says what became of a call. Paths are below `each`, else below the answer's own
/// element.
struct Answer {
  std::optional<Place> each{};   ///< the part that is about one document
  std::optional<Place> match{};  ///< where it names the write's number
  std::vector<Place> key{};
  std::optional<Place> version{};
  std::optional<Place> document{};  ///< the object after the write
  Conditions done{};
  Conditions refused{};
  std::optional<Messages> messages{};
};

/// One port that calls go to.
struct ServiceUse {
  std::string wsdl{};
  std::string port{};
  std::optional<Version> version{};
  Template path{};  ///< "" = that of the port's address
  Query query{};
  int line{};
  std::shared_ptr<const Wsdl> description{};  ///< never null in a Manifest
  const Port* bound{};                        ///< never null in a Manifest
};

struct Call {
  std::string service{};  ///< "" = the manifest's own
  std::string operation{};
  int line{};
  std::vector<TextAt> request{};
  Answer answer{};
  const ServiceUse* use{};   ///< never null in a Manifest
  const Operation* bound{};  ///< never null in a Manifest
};

enum class Strategy : std::uint8_t { Time, Snapshot };

struct ReadCall {
  Call call{};
  Place rows{};  ///< the element that is one document; an empty path = the answer's own
  Strategy strategy{Strategy::Snapshot};
  std::optional<Place> next{};   ///< the token of the next page; none there = the last page
  std::optional<Place> more{};   ///< whether there is one
  std::optional<Place> total{};  ///< rows of all pages
  std::optional<Place> bound{};  ///< the server's clock when it looked; none = the Date header
  std::size_t page_size{200};
};

struct WriteCall {
  Call call{};
  std::optional<Place> each{};  ///< the element that repeats for each document
  std::vector<TextAt> with{};   ///< below `each`
  Place body{};                 ///< the document, below `each` where there is one
  std::size_t batch{1};
  bool conditional{};  ///< the service refuses it when the version has moved
  bool repeatable{};   ///< the same twice has the effect of once
  bool whole{};        ///< an update: what the object shows goes along
  std::vector<document::ChangeFlags> marks{};  ///< below `body`
  std::optional<Call> commit{};
  std::optional<Call> rollback{};
};

/// A text of the document that no message carries: the service adds it up by itself.
struct StepSum {
  Place total{};
  Place of{};         ///< the texts of rows that add up to it
  Place otherwise{};  ///< what the object shows here is the total of a step without such rows
};

/// A call that brings an object from one status to another.
struct StatusStep {
  std::vector<Template> from{};
  std::vector<Template> to{};
  bool whole{};  ///< what the object shows goes along, as far as the message has a place for it
  bool last{};   ///< no further step follows it in the same write
  std::map<std::string, std::string, std::less<>> names{};  ///< of the document -> of the message
  /// Lists of the document of whose rows the message takes a part -> the element that tells a row.
  std::map<std::string, std::string, std::less<>> rows{};
  std::vector<StepSum> sums{};
  WriteCall write{};

  /// What the message calls an element of the document.
  std::string called(const std::string& name) const {
    const auto other = names.find(name);
    return other == names.end() ? name : other->second;
  }
};

/// A text that stands once in a document, and at every element that wants this attribute.
struct SharedAttribute {
  std::string name{};  ///< "@currencyCode"
  Place from{};
};

/// One kind of object.
struct ObjectRules {
  std::string name{};
  std::string about{};
  int line{};
  std::string key_text{};  ///< as mappings write it
  std::vector<Place> key{};
  std::optional<Place> version{};
  bool ordered_versions{};
  std::optional<Place> modified{};
  std::optional<Place> correlation{};
  Conditions only{};     ///< rows that do not hold them are none of this object
  Conditions deleted{};  ///< empty = no row says so
  /// How long the service may go on with a write whose answer was lost; nullopt = not long.
  std::optional<std::chrono::milliseconds> settle{};
  std::vector<SharedAttribute> shared{};
  std::optional<Place> status{};  ///< what steps change; no message carries it
  std::optional<ReadCall> read{};
  std::optional<ReadCall> read_by_key{};
  std::optional<ReadCall> find{};
  std::optional<WriteCall> create{};
  std::optional<WriteCall> update{};
  std::optional<WriteCall> remove{};
  std::vector<StatusStep> steps{};
};

/// A line of the manifest's table: what a fault or a refusal means.
struct Meaning {
  std::string code{};   ///< "" = any
  std::string words{};  ///< part of the text, in lower case; "" = any
  ErrorCode means{ErrorCode::Rejected};
  bool nothing_done{};  ///< it is said before any effect
};

struct Parameter {
  std::string about{};
  std::optional<std::string> fallback{};  ///< nullopt = a project must give it
};

/// Everything that a manifest says, checked against the services that it names.
///
/// Threads: immutable.
struct Manifest {
  std::string file{};
  bool addressing{};
  bool session{};             ///< the calls of one write share the cookies that the service sets
  Template session_cookie{};  ///< how the name of the session's cookie begins; "" = any cookie
  Query opening{};
  Query closing{};
  std::string live_wsdl{};  ///< path; "" = the port's own with ?wsdl, "none" = there is none
  ServiceUse own{};
  std::map<std::string, ServiceUse, std::less<>> services{};
  std::map<std::string, Parameter, std::less<>> parameters{};
  std::vector<Meaning> meanings{};
  std::map<std::string, ObjectRules, std::less<>> objects{};

  const ObjectRules* object(std::string_view name) const;
  std::vector<std::string> object_names() const;
};

/// What a project says in place of the manifest.
struct ManifestOverrides {
  std::string wsdl{};
  std::string port{};
  std::optional<Version> version{};
  std::string path{};
};

/// A manifest's text and where its files are: in a folder, or beside it in this library.
struct ManifestSource {
  std::string file{};  ///< for problems
  std::string text{};
  bool shipped{};
};

/// The file, or the one of that name that comes along. Errors: Invalid with the nearest name.
Result<ManifestSource> find_manifest(const std::string& file);
/// Names of the manifests that come along.
std::vector<std::string> shipped_manifests();

/// Reads and checks. Errors: Invalid with all problems: file, line, path, rule, the nearest name.
Result<std::shared_ptr<const Manifest>> load_manifest(const ManifestSource& source,
                                                      const ManifestOverrides& overrides = {});

/// Every operation, path and text of it that these descriptions do not have. Binds the calls to
/// them.
std::vector<Problem> bind_manifest(Manifest& manifest);

/// Does a create leave our record id where find() looks for it: in its document, at `correlation`,
/// or in a text that names it? The call is bound.
bool carries_record(const WriteCall& create, const document::Path& correlation);

/// All calls of a manifest, with the path of each in the file.
std::vector<std::pair<std::string, Call*>> calls_of(Manifest& manifest);

}  // namespace channelbridge::soap
