// Any bytes as lines of a log: the header parser must point into the line, the fast path must read it as the naive one
// does and take the same fields, and what is extracted must be whole. Input: lines, each read as syslog and as a
// message of a watched program; one that begins with '{' also as JSON.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "app/event_json.hpp"
#include "app/structure.hpp"
#include "core/shape.hpp"
#include "core/syslog.hpp"
#include "main/rules_file.hpp"

namespace {

using namespace countersign;

[[noreturn]] void broken(const char* what) {
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

const core::Engine& engine() {
  static const auto compiled = cli::compile_rules(cli::built_in_rules(), false);
  if (!compiled.engine) broken("the built-in rules have errors");
  return *compiled.engine;
}

void inside(std::string_view part, std::string_view line) {
  if (part.empty()) return;
  if (part.data() < line.data() || part.data() + part.size() > line.data() + line.size())
    broken("a part of the header lies outside the line");
}

void classify(std::string_view program, std::string_view message) {
  const auto fast = engine().classify(program, message);
  const auto naive = engine().classify_naively(program, message);
  if (fast.rule != naive.rule || fast.reading != naive.reading || fast.count != naive.count)
    broken("the fast path reads the message otherwise than the naive one");
  inside(fast.message, message);
  if (fast.reading != core::Reading::event) return;
  const auto event = app::to_json(engine().extract(fast));
  if (event.empty()) broken("an event without a field");
  if (event != app::to_json(engine().extract_naively(fast)))
    broken("the fast path takes other fields than the naive one");
}

void read_line(std::string_view line) {
  if (const auto header = core::read_syslog(line)) {
    for (const auto part : {header->stamp, header->host, header->program, header->pid, header->message})
      inside(part, line);
    core::read_stamp(header->stamp, core::Zone(), from_micros(1'795'136'523'000'000));
    classify(header->program, header->message);
  }
  for (const auto* program : {"sshd", "sudo", "su", "login", "dropbear", "tailscaled", "teleport"})
    classify(program, line);
  if (core::shape_of(line).size() > 200) broken("a shape past its bound");
  if (const auto fields = app::structure_of(line))
    if (const auto read = engine().classify("", *fields); read && read->reading == core::Reading::event)
      classify("", core::field(engine().extract(*read), "user.name"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(bytes), size);
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    read_line(line);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return 0;
}
