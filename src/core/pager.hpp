// The names of pagers among the targets of notifications: "pager:NAME", which no person's name can be. Pure.
#pragma once

#include <string>
#include <string_view>

namespace countersign::core {

inline constexpr std::string_view pager_prefix = "pager:";

/// Those that take the audit chain's head daily, beside the pagers of the configuration: none of these is called so.
inline constexpr std::string_view publisher_prefix = "audit.";
inline constexpr std::string_view head_file = "audit.file";
inline constexpr std::string_view head_webhook = "audit.webhook";

inline std::string pager_target(std::string_view name) {
  return std::string(pager_prefix).append(name);
}

inline bool is_pager(std::string_view target) {
  return target.starts_with(pager_prefix);
}

/// The pager's name; `target` must be one.
inline std::string_view pager_name(std::string_view target) {
  return target.substr(pager_prefix.size());
}

}  // namespace countersign::core
