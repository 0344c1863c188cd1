// Each host's witness as the API and the console show it: its agent, when it spoke, what it could see today.
// Pure but for the view it reads.
#pragma once

#include <string>
#include <vector>

#include "app/store.hpp"
#include "web/reply.hpp"

namespace countersign::web {

struct HostAttention {
  app::AgentHost host;
  std::optional<Timestamp> last_seen;  // none: it never spoke
  core::Coverage today;                // of the kernel's witness, since midnight UTC
  Timestamp since{};                   // that midnight
};

Result<std::vector<HostAttention>> read_host_attention(app::View& view, Timestamp now);

/// {"host","configured","last_seen","silent","agents":[…],"streams":[…],"coverage":{"from","to","covered","gaps":[…]}}
Json host_attention_json(const HostAttention& host, Timestamp now);

bool is_silent(const HostAttention& host, Timestamp now);
/// Of the time since midnight, 0 to 1, as far as it is known.
double covered_part(const HostAttention& host);

}  // namespace countersign::web
