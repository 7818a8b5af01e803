#include <algorithm>

#include "channelbridge/odata/odata.hpp"
#include "json_internal.hpp"
#include "reader_internal.hpp"
#include "writer_internal.hpp"

namespace channelbridge::odata {
namespace {

using adapter::Capabilities;
using adapter::Selection;

/// One OData service behind the adapter contract.
///
/// Threads: any. State is the service's metadata and session only; cursors are the caller's.
class ODataAdapter final : public adapter::Adapter {
 public:
  ODataAdapter(std::shared_ptr<Host> host, Options options, TimeZone zone)
      : service_(std::move(host), std::move(options), std::move(zone)) {}

  Capabilities capabilities(const Selection& selection) const override {
    const Options& options = service_.options();
    Capabilities out;
    const bool etag = selection.version == "@etag";
    out.versions = etag                        ? adapter::Versions::Etag
                   : selection.version.empty() ? adapter::Versions::None
                                               : adapter::Versions::Ordered;
    // What is followed by itself (`touch`) does not move its root's version.
    out.conditional = etag && selection.touch.empty();
    // A create answers with the object; a change answers 204, with an ETag where the service has
    // them.
    out.reply = etag ? adapter::Reply::Version : adapter::Reply::None;
    out.idempotency =
        holds_our_id(selection) ? adapter::Idempotency::Find : adapter::Idempotency::None;
    out.deletes_visible = follows_links(selection);
    out.deep_create = options.deep_create;
    out.atomic_group = options.batch;
    out.modified_by = !selection.modified_by.empty() && !options.user.empty();
    out.page_size = options.max_page;
    out.batch_records = options.batch ? options.batch_records : 1;
    out.batch_bytes = 4U << 20U;
    out.read_keys = Reader::kMostKeys;
    out.concurrency = service_.concurrency();
    out.settle = options.settle;
    out.overlap = options.overlap;
    return out;
  }

  Result<adapter::ObjectMetadata> describe(std::string_view object,
                                           const Context& context) override {
    auto metadata = service_.metadata(context);
    if (!metadata) return metadata.error();
    auto described = (*metadata)->describe(object);
    if (!described) return service_.located(described.error(), "describe " + std::string(object));
    return described;
  }

  Result<std::string> probe(const Context& context) override {
    auto root = service_.get(service_.target(""), "probe", context);
    if (!root) return root.error();
    auto metadata = service_.metadata(context);
    if (!metadata) return metadata.error();
    return std::string((*metadata)->version() == Version::V2 ? "OData V2" : "OData V4") +
           " service at " + service_.options().service_path + ", " +
           std::to_string((*metadata)->sets().size()) + " entity sets";
  }

  Result<adapter::Page> read(const Selection& selection, const adapter::Cursor& cursor,
                             std::size_t page_size, const Context& context) override {
    return Reader(service_, selection, context).read(cursor, page_size);
  }

  Result<adapter::Change> read_by_key(const Selection& selection, std::string_view key,
                                      const Context& context) override {
    return Reader(service_, selection, context).read_by_key(key);
  }

  Result<adapter::Page> read_by_keys(const Selection& selection,
                                     const std::vector<std::string>& keys,
                                     const Context& context) override {
    return Reader(service_, selection, context).read_by_keys(keys);
  }

  Result<std::vector<adapter::Change>> find(const Selection& selection,
                                            std::string_view correlation,
                                            const Context& context) override {
    return Reader(service_, selection, context).find(correlation);
  }

  Result<std::vector<adapter::WriteOutcome>> write(
      const Selection& selection, const std::vector<adapter::WriteRequest>& requests,
      const Context& context) override {
    return Writer(service_, selection, context).write(requests);
  }

  adapter::Usage usage() const override { return service_.usage(); }

 private:
  /// Deletes are seen where the server's links are followed. `auto` takes those that the metadata
  /// offers; before the service has shown it, nobody knows.
  bool follows_links(const Selection& selection) const {
    const Strategy asked = service_.options().strategy;
    if (asked != Strategy::Auto) return asked == Strategy::Delta;
    const auto metadata = service_.known_metadata();
    if (metadata == nullptr) return false;
    const auto shape = make_shape(service_, *metadata, selection);
    return shape && Reader::offers_links(*metadata, *shape, selection);
  }

  /// The default of a kind does not fit each of its objects; before the service has shown its
  /// metadata it is taken to, and find() says Unsupported where it does not.
  bool holds_our_id(const Selection& selection) const {
    if (!selection.correlation.empty()) return true;
    const auto path = document::parse_path(service_.options().correlation);
    if (!path || path->empty()) return false;
    const auto metadata = service_.known_metadata();
    const Type* type = metadata ? metadata->type_of_set(selection.object) : nullptr;
    return type == nullptr || leads_from(*type, *path);
  }

  Service service_;
};

Error wrong(const std::string& system, std::string message) {
  return Error(ErrorCode::Invalid, std::move(message))
      .with_system(system)
      .with_operation("make adapter");
}

}  // namespace

Result<std::shared_ptr<adapter::Adapter>> make_adapter(std::shared_ptr<Host> host,
                                                       Options options) {
  const std::string& system = host->system();
  if (!options.service_path.starts_with('/')) {
    return wrong(system, "the service's path does not begin with '/'");
  }
  auto zone = TimeZone::find(options.time_zone);
  if (!zone) return wrong(system, "there is no time zone '" + options.time_zone + "'");
  return std::shared_ptr<adapter::Adapter>(
      std::make_shared<ODataAdapter>(std::move(host), std::move(options), std::move(*zone)));
}

Result<std::shared_ptr<adapter::Adapter>> make_adapter(std::shared_ptr<http::Transport> transport,
                                                       http::PipelineOptions pipeline,
                                                       Options options) {
  auto host = make_host(std::move(transport), std::move(pipeline), options.daily_calls,
                        options.reserve_calls);
  if (!host) return host.error();
  return make_adapter(*std::move(host), std::move(options));
}

}  // namespace channelbridge::odata
