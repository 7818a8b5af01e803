#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "sandbox/sap/edmx.hpp"

namespace channelbridge::sandbox::odata {

class Transaction;
struct Change;
struct Row;

/// What the server writes by itself into a property of this name.
enum class Stamp {
  Now,       ///< date, time or timestamp, as the property's type asks
  User,      ///< the logon user
  Uuid,      ///< a new UUID
  UserTime,  ///< user and YYYYMMDDhhmmss: the ETag of A_BusinessPartner
  RowUuid    ///< the ObjectID of the row with hyphens (C4C)
};

struct StampRule {
  Stamp stamp{};
  bool on_change = false;  ///< on every change, else only on create
};

/// Internal number assignment for a key or id that the caller left out.
struct Numbering {
  std::int64_t first = 1;
  std::int64_t step = 1;
  bool per_parent = false;  ///< counted among the rows with the same other key fields
  bool object_id = false;   ///< 32 hex digits (C4C)
};

/// A text with its normal form: C4C rewrites Phone and fills NormalisedPhone, S/4HANA fills
/// InternationalPhoneNumber.
struct PhoneRule {
  std::string property{};
  std::string normal{};   ///< property that receives +<digits>; empty = none
  std::string country{};  ///< property with the ISO country of a number without +
  bool rewrite = false;   ///< the property itself becomes "+46 812345678"
};

/// A field that the tenant has added to an entity (key user extensibility): a text in its metadata
/// that may be written, read and searched for as the published ones.
struct CustomField {
  std::string set{};   ///< "A_SalesQuotation"
  std::string name{};  ///< "YY1_ChannelRecord_SDH": YY1_, a name, the business context's suffix
  int max_length = 40;

  /// From "A_SalesQuotation.YY1_ChannelRecord_SDH".
  /// Errors   Invalid: not of this form
  static Result<CustomField> parse(std::string_view text);
};

/// A published field whose metadata says that a create cannot set it, in a tenant whose release
/// lets it (of OData V2: sap:creatable).
struct CreatableField {
  std::string set{};   ///< "A_SalesOrder"
  std::string name{};  ///< "ExternalDocumentID"

  /// From "A_SalesOrder.ExternalDocumentID".
  /// Errors   Invalid: not of this form
  static Result<CreatableField> parse(std::string_view text);
};

enum class Csrf {
  Session,    ///< token bound to the session cookie
  Stateless,  ///< token compared with the sap-XSRF cookie
  Off
};

/// What a system does differently with the same metadata. The EDMX says what exists; this says how
/// the system behaves.
struct Settings {
  // reading
  std::size_t page_size = 1000;        ///< 0 = everything at once
  std::size_t expand_page_size = 0;    ///< page size with $expand; 0 = page_size
  bool row_number_skiptokens = false;  ///< $skiptoken=1001, else opaque
  bool or_on_one_property = false;
  std::chrono::seconds delta_life = std::chrono::hours(24 * 7);  ///< of a delta link; ours
  bool wildcard_eq = false;                                      ///< Name eq '*abc*'
  bool only_startswith_endswith = false;
  // writing
  bool require_if_match = true;  ///< 428 when the row has an ETag and the request none
  /// A property with updatable=false is refused only when its value differs.
  bool ignore_equal_read_only = false;
  bool ignore_texts_and_etag = false;  ///< …Text and ETag are silently ignored
  bool nullable_false_is_mandatory = false;
  bool trim_front = false;
  /// A new row has a change date, too (unconfirmed: the table behind partners leaves it empty).
  bool change_time_on_create = true;
  bool touch_parent = true;  ///< a change of a child is a change of its parent
  /// The one key field that a create leaves out is filled from a range where no rule of `numbering`
  /// does: documents count from 1000001, items 10, 20 … within their document.
  bool number_open_keys = false;
  Csrf csrf = Csrf::Session;
  // names
  Joins joins{};
  /// Those of sets that the service does not have are another service's. The first of a set whose
  /// `correlation` names none of its properties is what the journal shows.
  std::vector<CustomField> custom_fields{};
  std::vector<CreatableField> creatable_fields{};  ///< likewise
  /// Sets of a V4 service whose changes can be followed by delta links, as its metadata then says.
  std::vector<std::string> delta_links{};
  std::vector<std::string> alpha{};                           ///< properties with ALPHA conversion
  std::map<std::string, StampRule, std::less<>> stamps{};     ///< by property
  std::map<std::string, Numbering, std::less<>> numbering{};  ///< by "Set/property"
  /// By "Set/property" or "property", as JSON text.
  std::map<std::string, std::string, std::less<>> defaults{};
  /// By set: the property whose value the journal shows.
  std::map<std::string, std::string, std::less<>> correlation{};
  std::map<std::string, std::vector<PhoneRule>, std::less<>> phones{};  ///< by set
  std::string phone_warning = "AM/289";  ///< code of "its country is not known" (unconfirmed)
  /// Texts behind codes, by code property: fills …CodeText.
  std::map<std::string, std::map<std::string, std::string>, std::less<>> code_texts{};
  /// Codes that are refused when not in this list, by "Set/property"; an empty code always passes.
  std::map<std::string, std::vector<std::string>, std::less<>> code_lists{};
  /// Properties whose value is the ETag when the document declares none; the first that exists.
  std::vector<std::string> etag{"ETag", "LastChangeDateTime"};
  /// The ETag is the time of the last change with 100 ns (C4C).
  bool etag_is_timestamp = false;
  /// Join targets that make a child part of its parent, beside key fields.
  std::vector<std::string> hard_children{};
  // business rules, run inside the transaction; a refusal is thrown
  std::function<void(Transaction&, const std::string& set, Row& row)> before_save{};
  std::function<void(Transaction&, const std::string& set, const Row& row, bool created)>
      after_save{};
  std::function<void(Transaction&, const std::string& set, const Row& row)> before_remove{};
  std::function<void(Transaction&, const std::string& set, const Row& row)> after_remove{};
  /// What a unit of work has done, once it is done: for effects in other services.
  std::function<void(const std::vector<Change>&)> after_commit{};
  // words
  /// innererror.application.component_id; empty = no innererror (C4C).
  std::string component = "CA-GTF";
  int lock_status = 400;
  std::string lock_code = "/IWBEP/CM_MGW_RT/022";
  std::string lock_text = "Object %k is currently being processed by user %u";  ///< %k key, %u user
  int batch_status = 202;        ///< of an answered $batch
  std::string batch_boundary{};  ///< its boundary without the last digit; empty = from a UUID
  bool batch_echoes_content_id = false;  ///< among the inner headers, where C4C clients write it
};

}  // namespace channelbridge::sandbox::odata
