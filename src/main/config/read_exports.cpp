#include <fmt/format.h>

#include "main/config/reading.hpp"

namespace countersign::cli {

void read_exports(Section& root, Config& config) {
  Claims names("the export's name", "give each export its own: name = \"…\"");
  for (auto& table : root.each("export")) {
    ExportConfig made;
    auto& settings = made.settings;
    settings.name = table.required("name");
    if (!settings.name.empty() && !is_plain_name(settings.name))
      table.problem("name", "an export's name has letters, digits, '.', '-' and '_' only, 64 at most");
    names.claim(table, "name", settings.name, settings.name);
    auto webhook = read_outbound_webhook(table, "[[export]] needs a secret to sign its entries with");
    made.url = std::move(webhook.url);
    made.secret = std::move(webhook.secret);
    made.ca_file = std::move(webhook.ca_file);
    for (const auto& word : table.texts("kinds", {"pending", "decisions", "findings"}))
      if (const auto kind = app::parse_feed_kind(word))
        settings.kinds.push_back(*kind);
      else
        table.problem("kinds", kind.error().message);
    const auto from = table.text("from", "now");
    if (from != "now" && from != "start")
      table.problem("from", "'from' is \"now\" (what comes) or \"start\" (everything there is)");
    settings.from_start = from == "start";
    table.finish();
    config.exports.push_back(std::move(made));
  }
}

}  // namespace countersign::cli
