#include "app/mismatch.hpp"

#include "base/text.hpp"

namespace countersign::app {

Finding find_mismatch(std::string_view host, std::string_view program, Timestamp time, std::string_view words) {
  constexpr std::size_t longest_name = 80;
  Finding finding;
  finding.kind = "program_mismatch";
  finding.key = host;
  finding.event.host = host;
  finding.event.process = program;
  finding.event.time = time;
  core::set_field(finding.event, "log.mismatch", std::string(words));
  finding.reason = fmt::format(
      "a message on {} says it is {}'s, but the journal knows that {}: somebody forges log lines there; what else is "
      "found "
      "of these joins this, and no person is asked about it",
      one_line(host, longest_name), one_line(program, longest_name), words);
  return finding;
}

}  // namespace countersign::app
