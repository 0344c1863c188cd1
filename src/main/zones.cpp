#include "main/zones.hpp"

#include "base/file.hpp"

namespace countersign::cli {

Result<core::Zone> find_zone(const std::string& name) {
  auto zone = core::Zone::from_text(name);
  if (zone || name.empty() || name.starts_with('/') || name.contains("..")) return zone;
  constexpr std::size_t longest = 1 << 20;
  const auto bytes = read_file("/usr/share/zoneinfo/" + name, longest);
  return bytes ? core::Zone::from_tzif(*bytes) : zone;
}

}  // namespace countersign::cli
