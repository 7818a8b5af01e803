#include "line_quantities_internal.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>

namespace channelbridge::tryton {
namespace {

using adapter::Selection;
using document::Tree;

constexpr std::string_view kSaleLine = "sale.line";

/// A quantity that is added up over the rows of a list.
struct Summed {
  std::string_view name{};      ///< of the property
  std::string_view list{};      ///< whose rows are added up
  std::string_view unit{};      ///< of a row
  std::string_view document{};  ///< that a row's state is the state of; "" = the row itself
  std::string_view counts{};    ///< states in which a row counts
  std::string_view products{};  ///< types of products that have such rows; "" = each line has
};

// Source: Tryton 6.0, module sale: SaleLine._move_remaining_quantity counts moves that are done,
// each converted to the line's unit; SaleLine.get_move makes moves of products of the types in
// Move.get_product_types (module stock: goods, assets) and of no line without a product. An invoice
// is one from its posting on (module account_invoice).
constexpr Summed kSums[] = {
    {"quantity_shipped", "moves", "uom", "", " done ", " goods assets "},
    {"quantity_invoiced", "invoice_lines", "unit", "invoice", " posted paid ", ""}};

const Summed* summed(std::string_view object, std::string_view path) {
  if (object != kSaleLine) return nullptr;
  const auto* found = std::find_if(std::begin(kSums), std::end(kSums),
                                   [path](const Summed& each) { return each.name == path; });
  return found == std::end(kSums) ? nullptr : found;
}

std::optional<double> number_of(const Tree* row, std::string_view name) {
  const Tree* value = row == nullptr ? nullptr : row->find(name);
  if (value == nullptr || value->kind != Tree::Kind::Number) return std::nullopt;
  double number = 0;
  const char* end = value->text.data() + value->text.size();
  const auto read = std::from_chars(value->text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end ? std::optional(number) : std::nullopt;
}

bool counts(const Summed& sum, const Tree& row) {
  const Tree* place = sum.document.empty() ? &row : row.find(sum.document);
  const Tree* state = place == nullptr ? nullptr : place->find("state");
  return state != nullptr && state->kind == Tree::Kind::Text &&
         sum.counts.find(" " + state->text + " ") != std::string_view::npos;
}

/// A service is never moved: none shipped of it would read as still to be shipped.
bool has_rows(const Summed& sum, const Tree& line) {
  if (sum.products.empty()) return true;
  const Tree* product = line.find("product");
  const Tree* type = product == nullptr ? nullptr : product->find("type");
  return type != nullptr && type->kind == Tree::Kind::Text &&
         sum.products.find(" " + type->text + " ") != std::string_view::npos;
}

std::string decimal_text(double value) {
  char out[64];
  const auto end = std::to_chars(std::begin(out), std::end(out), value, std::chars_format::fixed);
  return {std::begin(out), end.ptr};
}

/// Rounded to the digits of the line's unit, as the ERP itself counts what is left: factors of
/// units are kept with twelve decimals and are not exact. Nothing of more than was ordered, which
/// Tryton allows and the canonical order refuses as a whole: less would be a lie.
std::optional<std::string> total(const Summed& sum, const Tree& line) {
  const Tree* unit = line.find("unit");
  const auto ordered = number_of(&line, "quantity");
  const auto factor = number_of(unit, "factor");
  const auto digits = number_of(unit, "digits");
  const Tree* rows = line.find(sum.list);
  if (!ordered || *ordered < 0 || rows == nullptr || !has_rows(sum, line)) return std::nullopt;
  if (!factor || *factor <= 0 || !digits) return std::nullopt;
  double in_base_unit = 0;
  for (const Tree& row : rows->children) {
    if (!counts(sum, row)) continue;
    const auto quantity = number_of(&row, "quantity");
    const auto of_row = number_of(row.find(sum.unit), "factor");
    if (!quantity || !of_row) return std::nullopt;
    in_base_unit += *quantity * *of_row;
  }
  const double one = std::pow(10.0, *digits);
  const double in_unit = std::round(in_base_unit / *factor * one) / one;
  return in_unit > *ordered ? std::nullopt : std::optional(decimal_text(in_unit));
}

void add_to_line(const Selection::Child& child, Tree& line) {
  for (const std::string& path : child.paths) {
    const Summed* sum = summed(child.object, path);
    if (sum == nullptr || line.find(path) != nullptr) continue;
    const auto text = total(*sum, line);
    line.children.push_back({.kind = text ? Tree::Kind::Number : Tree::Kind::Null,
                             .name = path,
                             .text = text.value_or("")});
  }
}

}  // namespace

void describe_line_quantities(std::string_view name, Model& model) {
  if (name != kSaleLine) return;
  for (const Summed& sum : kSums) {
    if (model.find(sum.list) == nullptr) continue;
    adapter::PropertyMetadata property;
    property.name = sum.name;
    property.type = "float";
    property.creatable = property.updatable = property.filterable = false;
    model.metadata.properties.emplace(sum.name, std::move(property));
  }
}

std::vector<std::string> read_for(std::string_view object, const std::string& path) {
  const Summed* sum = summed(object, path);
  if (sum == nullptr) return {path};
  const std::string list(sum->list);
  const std::string state =
      sum->document.empty() ? ".state" : "." + std::string(sum->document) + ".state";
  std::vector<std::string> out{"quantity",
                               "unit.factor",
                               "unit.digits",
                               list + ".quantity",
                               list + "." + std::string(sum->unit) + ".factor",
                               list + state};
  if (!sum->products.empty()) out.emplace_back("product.type");
  return out;
}

void add_line_quantities(const Selection& selection, Tree& document) {
  for (const Selection::Child& child : selection.children) {
    const auto rows = std::find_if(document.children.begin(), document.children.end(),
                                   [&](const Tree& each) { return each.name == child.navigation; });
    if (rows == document.children.end()) continue;
    for (Tree& row : rows->children) add_to_line(child, row);
  }
}

}  // namespace channelbridge::tryton
