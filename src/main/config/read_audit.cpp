#include <fmt/format.h>

#include <filesystem>

#include "core/pager.hpp"
#include "main/config/reading.hpp"

namespace countersign::cli {

void read_audit(Section& root, Config& config) {
  auto audit = root.section("audit");
  if (!audit) return;
  if (const auto file = audit->path("head_file")) {
    config.head_file = *file;
    config.schedule.publishers.emplace_back(core::head_file);
    const auto folder = std::filesystem::path(*file).parent_path();
    std::error_code error;
    if (std::filesystem::is_directory(*file, error))
      audit->problem("head_file", fmt::format("{} is a folder; name a file in it", *file));
    else if (!std::filesystem::is_directory(folder, error))
      audit->problem("head_file", fmt::format("there is no folder {}; make it, or name another file", folder.string()));
  }
  if (audit->has("url")) {
    config.head_webhook = read_outbound_webhook(*audit, "[audit] needs a secret to sign the head with");
    config.head_webhook->name = core::head_webhook;
    config.schedule.publishers.emplace_back(core::head_webhook);
  } else if (audit->has("secret_file") || audit->has("secret_env") || audit->has("secret") || audit->has("ca_file")) {
    audit->accept({"secret_file", "secret_env", "secret", "ca_file"});
    audit->problem("", "[audit] has a secret and nobody to send the head to; add url = \"https://…\"");
  }
  if (config.schedule.publishers.empty())
    audit->warn("", "[audit] publishes the chain's head nowhere: add head_file = \"…\" or url = \"https://…\"");
  audit->finish();
}

}  // namespace countersign::cli
