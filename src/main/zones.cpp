#include "main/zones.hpp"

#include <fstream>
#include <iterator>

namespace countersign::cli {

Result<core::Zone> find_zone(const std::string& name) {
  auto zone = core::Zone::from_text(name);
  if (zone || name.empty() || name.starts_with('/') || name.contains("..")) return zone;
  std::ifstream file("/usr/share/zoneinfo/" + name, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty()) return zone;
  return core::Zone::from_tzif(bytes);
}

}  // namespace countersign::cli
