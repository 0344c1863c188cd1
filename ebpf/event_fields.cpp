#include "ebpf/event_fields.hpp"

#include <utility>

namespace countersign::ebpf {
namespace {

constexpr std::uint64_t kNanosecondsPerTick = 1'000'000'000 / 100;  // USER_HZ is 100 wherever we run

}  // namespace

std::int64_t ticks(std::uint64_t nanoseconds) {
  return static_cast<std::int64_t>(nanoseconds / kNanosecondsPerTick);
}

Timestamp time_of(const wire_head& head, Timestamp boot) {
  return boot + std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(head.at));
}

void add(core::Event& event, std::string_view name, std::string value) {
  if (!value.empty()) event.more.emplace_back(name, std::move(value));
}

void add_uid(core::Event& event, std::uint32_t uid) {
  if (uid != WIRE_NOBODY) add(event, "user.id", std::to_string(uid));
}

void set_status(core::Event& event, std::int32_t status) {
  if (const int signal = status & 0x7f; signal != 0)
    add(event, "process.exit_signal", std::to_string(signal));
  else
    add(event, "process.exit_code", std::to_string(status >> 8 & 0xff));
}

}  // namespace countersign::ebpf
