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
    made.url = table.required("url");
    need_scheme(table, "url", made.url, "https://", "http://");
    made.secret = table.secret("secret");
    if (made.secret.empty() && !table.has("secret_file") && !table.has("secret_env") && !table.has("secret"))
      table.problem("", "[[export]] needs a secret to sign its entries with; add secret_file = \"…\"");
    made.ca_file = table.path("ca_file").value_or("");
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
