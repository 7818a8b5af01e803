#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"
#include "channelbridge/adapter/http_settings.hpp"
#include "channelbridge/http/pipeline.hpp"
#include "channelbridge/odata/value.hpp"

namespace channelbridge::odata {

/// How changes are found.
enum class Strategy : std::uint8_t {
  Auto,      ///< delta links where the metadata of a V4 service offers them and it takes them;
             ///< else time step with V2, keyset with V4; snapshot without a time of change
  Keyset,    ///< (time, key) greater than the last seen; needs `or` over two properties
  TimeStep,  ///< time not before the last seen; repeats dropped by hash, a crowded moment is paged
             ///< by key
  Snapshot,  ///< everything, ordered by key, with a count check
  Delta,     ///< the server's own delta links
};

/// How a $batch is written. V2 knows multipart only.
enum class BatchFormat : std::uint8_t {
  Multipart,  ///< multipart/mixed with change sets: every service takes it
  Json        ///< OData JSON Format 4.01, 19: V4 services of newer releases
};

/// One line of an error table: what a refusal means. The first line that fits wins. Texts are
/// constants.
struct ErrorRule {
  int status{};                ///< 0 = any
  std::string_view code{};     ///< the system's code begins so; "" = any
  std::string_view message{};  ///< part of the system's words, in lower case; "" = any
  ErrorCode meaning{ErrorCode::Rejected};
  bool duplicate{};  ///< another object is in the way; its key is looked for in the words
};

/// What a kind of system or a user fixes about a service.
struct Options {
  std::string kind{"odata"};
  std::string service_path{
      "/"};  ///< of the service root, from the host: "/sap/opu/odata/sap/API_BUSINESS_PARTNER"
  std::vector<std::pair<std::string, std::string>>
      parameters{};             ///< for every request: sap-client, sap-language
  std::string metadata_file{};  ///< EDMX to use in place of the service's own; "" = ask the service
  /// EDMX whose sets say what the service's own metadata has wrong or lacks: its properties replace
  /// those of the same set and name, or are added. Sets that the service does not have say nothing.
  std::string overlay_file{};
  bool csrf{};       ///< modifying requests need a fetched token and its cookies
  bool batch{true};  ///< writes go in $batch, one change set per request
  BatchFormat batch_format{BatchFormat::Multipart};
  /// Children are nested in the body that creates their root; false: they refer to it in one change
  /// set, and without `batch` each is created by a request of its own, behind its root.
  bool deep_create{true};
  bool update_by_merge{};               ///< POST with X-HTTP-Method: MERGE in place of PATCH
  std::size_t max_page{1000};           ///< rows that a page may have
  std::size_t max_expanded_page{1000};  ///< the same when children come along
  std::size_t batch_records{50};
  Strategy strategy{Strategy::Auto};
  /// Objects whose time of change is empty until their first change: the first pull reads
  /// everything by key, and later ones follow this property, or pair of properties (date, time; the
  /// date alone where the type has no such time), beside the time of change. "" = none.
  std::string created{};
  /// Property of a child that holds its root's key (C4C: ParentObjectID): children are then created
  /// by POST to their own set, and touched roots are found by it. "" = POST to the navigation, key
  /// properties of the same name.
  std::string parent_property{};
  /// Every object has its time of change from its creation on, whatever its metadata says of empty
  /// values: no warning that some may not be followed.
  bool always_stamped{};
  std::string time_zone{"UTC"};  ///< of dates and times that have no zone
  std::string user{};            ///< our own user, as the system shows it in a modified-by property
  std::string
      correlation{};  ///< default path of our record id: "ExternalID", "to_X[Type=T].Number"
  std::chrono::milliseconds overlap{std::chrono::minutes(2)};
  std::chrono::milliseconds settle{5'000};
  std::uint64_t daily_calls{};    ///< our calls in one UTC day; 0 = no budget
  std::uint64_t reserve_calls{};  ///< of these, kept for others: we pause before they are touched
  int lock_attempts{3};  ///< a write refused because of a row lock is sent again this often
  std::span<const ErrorRule> errors{};  ///< of the kind, before the driver's own lines
};

/// An adapter for one OData service. Requests go through a Pipeline made from `pipeline`; when
/// `options.csrf`, its layer becomes the token's. Contacts nothing.
Result<std::shared_ptr<adapter::Adapter>> make_adapter(std::shared_ptr<http::Transport> transport,
                                                       http::PipelineOptions pipeline,
                                                       Options options);

/// What the services of one host share: a pipeline with its limits and retries, a session with its
/// cookies (each service has a CSRF token of its own in it), a budget of calls.
///
/// Threads: any, once its adapters are made.
class Host;
/// `daily_calls` and `reserve_calls` as in Options. Contacts nothing. Errors: Invalid.
Result<std::shared_ptr<Host>> make_host(std::shared_ptr<http::Transport> transport,
                                        http::PipelineOptions pipeline,
                                        std::uint64_t daily_calls = 0,
                                        std::uint64_t reserve_calls = 0);
/// One more service of a host, before the first request to it; the budget in `options` counts for
/// nothing. `host` is not null.
Result<std::shared_ptr<adapter::Adapter>> make_adapter(std::shared_ptr<Host> host, Options options);

/// `adapter: odata`: any service, by its root's address.
adapter::AdapterKind kind();

/// For native adapters: the settings every OData system shares, on top of what their kind fixes.
///
///     service, client, language, time_zone, user, metadata, overlay, csrf, batch, batch_format,
///     deep_create, strategy, overlap, settle, page_size, batch_records, correlation, created
Options read_options(adapter::SettingsReader& reader, const adapter::HttpSettings& http,
                     Options defaults);
std::vector<std::string> setting_names();
/// Reads settings and makes the adapter: what AdapterKind::make of every kind on this driver does.
/// `adjust` may read further settings.
Result<std::shared_ptr<adapter::Adapter>> make_from_settings(
    const adapter::SystemSettings& settings, Options defaults,
    const std::function<void(adapter::SettingsReader&, const adapter::HttpSettings&, Options&)>&
        adjust);

/// The driver's own table: HTTP statuses and the codes of SAP Gateway (docs/adapters/odata.md has
/// it in words).
std::span<const ErrorRule> standard_errors();

}  // namespace channelbridge::odata
