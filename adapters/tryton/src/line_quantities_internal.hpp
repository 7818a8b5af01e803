#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"
#include "models_internal.hpp"

namespace channelbridge::tryton {

/// What has left of a line of a sale, and what was invoiced of it, are properties that Tryton does
/// not have: it keeps moves and invoice lines below the line, each perhaps in a unit of its own.
/// They are added up here, in the line's unit: `quantity_shipped` (of moves that are done) and
/// `quantity_invoiced` (of invoices that are posted or paid). Of a line below zero, a return, both
/// are null, each is where it would be more than was ordered, and what was shipped is of a line
/// whose product is not moved (a service, or none).
void describe_line_quantities(std::string_view name, Model& model);
/// What has to be read for a path of an object's rows: the path itself, or what it is computed
/// from.
std::vector<std::string> read_for(std::string_view object, const std::string& path);
/// Computes those of them that the selection asks for, in a plain document.
void add_line_quantities(const adapter::Selection& selection, document::Tree& document);

}  // namespace channelbridge::tryton
