#include "sandbox/sap/messages.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace channelbridge::sandbox::odata {
namespace {

/// As in a message class: &1 … &4 stand for what varies, &T at the end for another text.
struct Text {
  std::string_view english;
  std::string_view german;
};

constexpr auto kTexts = std::to_array<Text>({
    // values
    {"Property '&1' takes digits only", "Die Eigenschaft '&1' nimmt nur Ziffern auf"},
    {"Property '&1' is longer than &2 characters",
     "Die Eigenschaft '&1' ist länger als &2 Zeichen"},
    {"Property '&1' has an invalid value for &2",
     "Die Eigenschaft '&1' hat einen ungültigen Wert für &2"},
    {"Property '&1' has more than &2 decimals",
     "Die Eigenschaft '&1' hat mehr als &2 Nachkommastellen"},
    {"Property '&1' exceeds its precision", "Die Eigenschaft '&1' überschreitet ihre Genauigkeit"},
    {"Property '&1' must not be null", "Die Eigenschaft '&1' darf nicht leer sein"},
    {"Property '&1' has an unknown type", "Die Eigenschaft '&1' hat einen unbekannten Typ"},
    {"Property '&1' cannot be compared with this literal",
     "Die Eigenschaft '&1' kann mit diesem Literal nicht verglichen werden"},
    {"Property '&1' is invalid", "Die Eigenschaft '&1' ist ungültig"},
    {"Property '&1' is read-only", "Die Eigenschaft '&1' kann nur gelesen werden"},
    {"Property '&1' is not sortable", "Nach der Eigenschaft '&1' kann nicht sortiert werden"},
    {"Key property '&1' cannot be changed", "Der Schlüssel '&1' kann nicht geändert werden"},
    {"Value '&1' is not valid for '&2'", "Der Wert '&1' ist für '&2' nicht zulässig"},
    {"Value '&1' is not valid for &2", "Der Wert '&1' ist für &2 nicht zulässig"},
    {"Enter a value for '&1'", "Geben Sie einen Wert für '&1' ein"},
    {"Enter a value for &1", "Geben Sie einen Wert für &1 ein"},
    {"Phone number '&1' is kept as written: its country is not known",
     "Die Telefonnummer '&1' bleibt unverändert: ihr Land ist nicht bekannt"},
    // bodies
    {"Error while parsing the request body: an object is expected",
     "Fehler beim Lesen der Anfrage: ein Objekt wird erwartet"},
    {"Error while parsing the request body", "Fehler beim Lesen der Anfrage"},
    {"Error while parsing the request body: &1", "Fehler beim Lesen der Anfrage: &1"},
    {"Unsupported media type requested: '&1'", "Der Medientyp '&1' wird nicht unterstützt"},
    {"Inline data for '&1' is not allowed in an update",
     "Daten zu '&1' sind in einer Änderung nicht zulässig"},
    {"Deep insert through '&1' is not supported",
     "Tiefes Anlegen über '&1' wird nicht unterstützt"},
    {"An array is expected for '&1'", "Für '&1' wird eine Liste erwartet"},
    // rows
    {"&1 &2 already exists", "&1 &2 ist bereits vorhanden"},
    {"&1 '&2' does not exist", "&1 '&2' ist nicht vorhanden"},
    {"The number range of '&1' is exhausted", "Der Nummernkreis von '&1' ist erschöpft"},
    {"Object &1 is currently being processed by user &2",
     "Das Objekt &1 wird gerade vom Benutzer &2 bearbeitet"},
    {"The request has to be conditional (ETag required)",
     "Die Anfrage muss eine Bedingung enthalten (ETag erforderlich)"},
    {"Precondition failed: the state of the resource (entity) was already changed",
     "Vorbedingung verletzt: der Zustand der Ressource (Entität) wurde bereits geändert"},
    // addresses
    {"Resource not found for segment '&1'", "Zum Segment '&1' wurde keine Ressource gefunden"},
    {"Invalid key predicate '&1'", "Die Schlüsselangabe '&1' ist ungültig"},
    {"Method '&1' not allowed for this resource",
     "Die Methode '&1' ist für diese Ressource nicht zulässig"},
    {"Method not allowed", "Die Methode ist nicht zulässig"},
    {"Method not allowed for $batch", "Die Methode ist für $batch nicht zulässig"},
    {"Create is not supported for entity set '&1'", "In '&1' kann nicht angelegt werden"},
    {"Update is not supported for entity set '&1'", "In '&1' kann nicht geändert werden"},
    {"Delete is not supported for entity set '&1'", "In '&1' kann nicht gelöscht werden"},
    {"Function import '&1' takes &2 only", "Der Funktionsimport '&1' nimmt nur &2"},
    {"Function import '&1' is not implemented", "Der Funktionsimport '&1' ist nicht implementiert"},
    {"Parameter '&1' is missing", "Der Parameter '&1' fehlt"},
    {"The logon language is not supported", "Die Anmeldesprache wird nicht unterstützt"},
    // queries
    {"Invalid filter: &T", "Ungültiger Filter: &T"},
    {"Invalid filter: 'or' is only supported between terms of the same property",
     "Ungültiger Filter: 'or' wird nur zwischen Termen derselben Eigenschaft unterstützt"},
    {"unexpected '&1'", "'&1' wird nicht erwartet"},
    {"'&1' expected", "'&1' wird erwartet"},
    {"a quote is not closed", "ein Hochkomma ist nicht geschlossen"},
    {"nested too deeply", "zu tief geschachtelt"},
    {"an expression is missing", "ein Ausdruck fehlt"},
    {"property '&1' is unknown", "die Eigenschaft '&1' ist unbekannt"},
    {"property '&1' is not filterable", "nach der Eigenschaft '&1' kann nicht gefiltert werden"},
    {"navigation '&1' is unknown", "die Navigation '&1' ist unbekannt"},
    {"a text property is expected", "eine Texteigenschaft wird erwartet"},
    {"true or false expected", "true oder false wird erwartet"},
    {"a lambda variable is expected", "eine Lambda-Variable wird erwartet"},
    {"too long", "zu lang"},
    {"Operator '&1' is not supported", "Der Operator '&1' wird nicht unterstützt"},
    {"Function '&1' is not supported", "Die Funktion '&1' wird nicht unterstützt"},
    {"Option '&1' is not supported", "Die Option '&1' wird nicht unterstützt"},
    {"Invalid value for '&1'", "Ungültiger Wert für '&1'"},
    {"Invalid $orderby: '&1'", "Ungültiges $orderby: '&1'"},
    {"Navigation '&1' is invalid", "Die Navigation '&1' ist ungültig"},
    {"$select of '&1' needs a matching $expand", "$select von '&1' braucht ein passendes $expand"},
    {"Invalid $expand", "Ungültiges $expand"},
    {"Invalid option in $expand", "Ungültige Option in $expand"},
    // batches
    {"Invalid batch request: &T", "Ungültige Stapelanfrage: &T"},
    {"a header line without colon", "eine Kopfzeile ohne Doppelpunkt"},
    {"no boundary", "kein Trenner"},
    {"the closing boundary is missing", "der schließende Trenner fehlt"},
    {"an embedded request line is expected", "eine eingebettete Anfragezeile wird erwartet"},
    {"a part has the content type '&1'", "ein Teil hat den Inhaltstyp '&1'"},
    {"'&1' is missing", "'&1' fehlt"},
    {"A change operation must stand in a change set",
     "Eine Änderung muss in einem Change Set stehen"},
    {"A change set must not contain a GET", "Ein Change Set darf kein GET enthalten"},
    {"Content-ID is missing in a change set", "In einem Change Set fehlt die Content-ID"},
    {"Content-ID '&1' is unknown", "Die Content-ID '&1' ist unbekannt"},
    {"A request that this one depends on has failed",
     "Eine Anfrage, von der diese abhängt, ist fehlgeschlagen"},
    // business partners
    {"Business partner category '&1' is not allowed",
     "Der Geschäftspartnertyp '&1' ist nicht zulässig"},
    {"The business partner category cannot be changed",
     "Der Geschäftspartnertyp kann nicht geändert werden"},
    {"Enter a name for the business partner", "Geben Sie einen Namen für den Geschäftspartner ein"},
    {"Country/Region '&1' is not defined", "Das Land/die Region '&1' ist nicht definiert"},
    {"Business partner '&1' does not exist", "Der Geschäftspartner '&1' ist nicht vorhanden"},
    {"Business partner &1 is locked by user &2",
     "Der Geschäftspartner &1 ist vom Benutzer &2 gesperrt"},
    // Cloud for Customer
    {"Account &1 does not exist", "Der Kunde &1 ist nicht vorhanden"},
    {"Object &1 cannot be changed: record locked by user &2",
     "Das Objekt &1 kann nicht geändert werden: Satz gesperrt vom Benutzer &2"},
});

using Arguments = std::vector<std::pair<char, std::string>>;

/// What stands in `text` where the pattern has its marks; nullopt = it is another text.
std::optional<Arguments> match(std::string_view pattern, std::string_view text) {
  Arguments found;
  while (true) {
    const std::size_t mark = pattern.find('&');
    const std::string_view literal = pattern.substr(0, mark);
    if (!text.starts_with(literal)) return std::nullopt;
    text.remove_prefix(literal.size());
    if (mark == std::string_view::npos) return text.empty() ? std::optional(found) : std::nullopt;
    const char name = pattern[mark + 1];
    pattern.remove_prefix(mark + 2);
    const std::string_view next = pattern.substr(0, pattern.find('&'));
    // The last literal stands at the end; a value may look like it before.
    const bool last = next.size() == pattern.size();
    if (last && !text.ends_with(next)) return std::nullopt;
    const std::size_t end = last ? text.size() - next.size() : text.find(next);
    if (end == std::string_view::npos) return std::nullopt;
    found.emplace_back(name, text.substr(0, end));
    text.remove_prefix(end);
  }
}

}  // namespace

std::string in_language(const std::string& english, std::string_view language) {
  if (language != "de") return english;
  const Text* text = nullptr;
  Arguments arguments;
  // The text that says most by itself: "Business partner '&1' does …" before "&1 '&2' does …".
  for (const Text& each : kTexts) {
    if (text != nullptr && each.english.size() <= text->english.size()) continue;
    if (auto found = match(each.english, english)) {
      text = &each;
      arguments = std::move(*found);
    }
  }
  if (text == nullptr) return english;
  std::string result;
  for (std::size_t i = 0; i < text->german.size(); ++i) {
    const auto argument =
        text->german[i] != '&'
            ? arguments.end()
            : std::find_if(arguments.begin(), arguments.end(),
                           [&](const auto& each) { return each.first == text->german[i + 1]; });
    if (argument == arguments.end()) {
      result += text->german[i];
      continue;
    }
    result += argument->first == 'T' ? in_language(argument->second, language) : argument->second;
    ++i;
  }
  return result;
}

}  // namespace channelbridge::sandbox::odata
