#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "channelbridge/adapter/registry.hpp"
#include "channelbridge/core/secret.hpp"
#include "channelbridge/http/pipeline.hpp"
#include "channelbridge/http/transport.hpp"

namespace channelbridge::idoc {

/// One side of an exchange, as partner profiles name it.
struct Party {
  std::string type{"LS"};  ///< LS logical system, KU customer, LI vendor
  std::string number{};    ///< up to 10 characters
  std::string port{};      ///< up to 10 characters
};

/// How IDocs go to one system and come from it. Every member has a setting of the same name
/// (`posts.user`, `posts.password`).
struct Options {
  std::string path{"/sap/bc/idoc_xml"};         ///< where ours are posted
  std::string client{};                         ///< sap-client, three digits; "" = none
  std::string accepted{"IDoc-XML-inbound ok"};  ///< part of the answer to a stored IDoc
  /// Part of what the system says of an IDoc whose DOCNUM it has had before: in the port's answer,
  /// or in a status (there also the message's class and number, "E0/123"). "" = it takes one twice.
  std::string repeated{};
  Party partner{};  ///< the system
  Party self{};     ///< we
  /// Folder where the system's IDocs arrive (its file port), or …
  std::string received{};
  /// … path of the same folder behind a web server that lists it as JSON (nginx `autoindex_format
  /// json`), on the host of `url`.
  std::string listing{};
  /// What the system logs on with where it posts IDocs to us; they are laid down in `received`.
  /// "" = it posts none.
  std::string posts_user{};
  Secret posts_password{};
  std::string types{};        ///< folder with definitions of IDoc types; "" = those that come along
  std::string basic_types{};  ///< types to write messages in: "DEBMAS06 ORDERS05"; "" = the newest
  std::string time_zone{"UTC"};              ///< of CREDAT and CRETIM
  bool docnum{true};                         ///< ours carry a number in DOCNUM, too
  bool reprocessing{true};                   ///< people there process a failed IDoc (51) again
  std::chrono::milliseconds settle{30'000};  ///< how long a run waits for an IDoc's status
  std::chrono::milliseconds poll{1'000};     ///< between two looks for it
  std::chrono::milliseconds quiet{0};        ///< leave files alone that changed less than this ago
};

/// IDoc-XML over HTTP: IDocs are posted to the system; what it says (documents, and the fate of
/// ours) arrives as files in a folder, which it posts to our receiver() or another program writes.
///
/// Objects    message types: ORDERS, ORDRSP, DEBMAS …; documents are single IDocs
/// Keys       the business document's number, by the mapping's `id`; one per document
/// Versions   day, time and number of a message: a newer message of a document is its newer version
/// Writes     one IDoc each, with a number in ARCKEY that is the write's own. An answer of the port
///            tells that it was stored; STATUS and ALEAUD messages tell what became of it. One
///            of which nothing is heard is sent again only where the system refuses its number
/// Errors     Invalid: the options, each with its reason
/// Threads    any
Result<std::shared_ptr<adapter::Adapter>> make_adapter(std::shared_ptr<http::Transport> transport,
                                                       http::PipelineOptions pipeline,
                                                       Options options);

/// The kind `idoc` for an AdapterRegistry.
adapter::AdapterKind kind();

}  // namespace channelbridge::idoc
