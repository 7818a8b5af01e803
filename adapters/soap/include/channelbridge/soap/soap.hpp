#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "channelbridge/adapter/registry.hpp"
#include "channelbridge/http/pipeline.hpp"
#include "channelbridge/http/transport.hpp"
#include "channelbridge/soap/envelope.hpp"
#include "channelbridge/soap/names.hpp"

namespace channelbridge::soap {

/// What a project says of one service beside its manifest. Every member has a setting of the same
/// name (`username_token.type`, `.user`, `.password`).
struct Options {
  /// A manifest's file, or the name of one that comes along ("sap_fi_bapi.yaml"). Its words:
  /// docs/adapters/soap.md.
  std::string manifest{};
  std::string wsdl{};  ///< in place of the manifest's: the tenant's own description, a local file
  std::string port{};  ///< in place of the manifest's
  std::optional<Version> version{};  ///< in place of the manifest's; setting `soap`
  std::string path{};                ///< in place of the manifest's and the address's
  /// Of the manifest's `parameters`, by name.
  std::map<std::string, std::string, std::less<>> parameters{};
  std::optional<UsernameToken> username_token{};
  std::string time_zone{"UTC"};                ///< of stamps without a zone, and of dates
  std::chrono::milliseconds overlap{120'000};  ///< how far a pull reads behind its last one
  /// How long until "not found" is final; nullopt = what the manifest says of the object, else 5 s.
  std::optional<std::chrono::milliseconds> settle{};
  int concurrency{4};
};

/// A system that speaks SOAP, as a manifest describes it: which operations of its WSDL read, find
/// and write which objects. Nothing of the WSDL is fetched but by probe().
///
/// Objects    those of the manifest; documents are elements of the service's messages, by local
///            names, full
/// Keys       the manifest's `key`: one text, or several joined with ','. A mapping's `id` is the
///            same
/// Cursors    `{since}`: the youngest time of change that was seen, read again by `overlap`, what
///            was shown before dropped by hash; without it every pull is a full one, its rows
///            counted where the manifest says how. An object without `read` shows nothing
/// Writes     one call each, or one of a batch. An answer that is neither clearly a success nor
///            clearly a refusal, a fault that is not known to come before any effect, and a lost
///            answer are Unknown: never sent again, looked for by `find` or `read_by_key`
/// Sessions   cookies live for one write: the call, its commit or its rollback
/// Errors     Invalid: the manifest and the options, every problem with file, line, path and the
///            nearest name
/// Threads    any
Result<std::shared_ptr<adapter::Adapter>> make_adapter(std::shared_ptr<http::Transport> transport,
                                                       http::PipelineOptions pipeline,
                                                       Options options, std::string base_path = {});

/// The kind `soap` for an AdapterRegistry. Its published metadata is that of the manifests that
/// come along, and of those in the folder.
adapter::AdapterKind kind();

}  // namespace channelbridge::soap
