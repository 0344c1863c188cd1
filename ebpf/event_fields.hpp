// What a record's bytes are in an event: texts, times, and fields by their names (sighting.hpp). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "core/event.hpp"
#include "ebpf/wire.h"

namespace countersign::ebpf {

/// In clock ticks, as /proc has a process's start.
std::int64_t ticks(std::uint64_t nanoseconds);

Timestamp time_of(const wire_head& head, Timestamp boot);

/// The first `size` bytes, or as many as there are: a record may claim more.
template <std::size_t capacity>
std::string_view text_of(const wire_u8 (&bytes)[capacity], std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size < capacity ? size : capacity};
}

/// Nothing where the value is empty; of an id, where it is nobody's.
void add(core::Event& event, std::string_view name, std::string value);
void add_uid(core::Event& event, std::uint32_t uid);

/// How a process ended, from wait(2)'s status.
void set_status(core::Event& event, std::int32_t status);

}  // namespace countersign::ebpf
