// What the kernel allows differs from machine to machine; that every part is tried and judged doesn't.
#include "ebpf/probe.hpp"

#include <doctest/doctest.h>

TEST_CASE("each part is tried: those that fail say the errno, and what to do where they are needed") {
  const auto abilities = countersign::ebpf::probe_kernel();
  CHECK(abilities.size() > 10);
  for (const auto& ability : abilities) {
    CAPTURE(ability.name);
    CAPTURE(ability.error);
    CHECK(ability.ok == (ability.error == 0));
    CHECK(!ability.purpose.empty());
    CHECK(ability.mend.empty() == (ability.ok || !ability.required));
  }
}
