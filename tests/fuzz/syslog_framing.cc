// Any bytes as a syslog connection, in pieces of any size: the same messages however it is split, none longer than is
// taken, nothing kept without bound.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/syslog.hpp"
#include "intake/syslog_framing.hpp"

namespace {

using namespace countersign;

constexpr std::size_t kLongest = 200;

[[noreturn]] void broken(const char* what) {
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

struct Outcome {
  std::vector<std::pair<std::string, std::size_t>> frames;
  bool sound = true;
  bool operator==(const Outcome&) const = default;
};

Outcome take(std::string_view stream, std::size_t piece) {
  intake::SyslogFraming framing(kLongest);
  Outcome outcome;
  while (!stream.empty() && outcome.sound) {
    const auto part = stream.substr(0, piece);
    stream.remove_prefix(part.size());
    const auto taken = framing.take(part, [&](const intake::SyslogFrame& frame) {
      if (frame.text.empty() || frame.text.size() > kLongest) broken("a frame has a text, and no more than is taken");
      core::read_syslog(frame.text);
      outcome.frames.emplace_back(frame.text, frame.left_out);
    });
    outcome.sound = taken.has_value();
    if (framing.unfinished().size() > kLongest) broken("what is kept is bounded");
  }
  return outcome;
}

}  // namespace

/// The first byte is the size of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);  // NOLINT: bytes are bytes
  if (take(stream, stream.size() + 1) != take(stream, std::size_t{data[0]} + 1)) broken("a split changes nothing");
  return 0;
}
