// The numbers that stand for the domain's words in the database file. They never change; a new word takes a new one.
#pragma once

#include <cstdint>
#include <type_traits>

#include "app/rows.hpp"

// Of the targets, those of core/pager.hpp are pagers; all the others are the chat's that asks people.
#define COUNTERSIGN_NO_PAGER "NOT GLOB 'pager:*'"

namespace countersign::store {

using core::Act;
using core::ApprovalState;
using core::Severity;
using core::TimerKind;

/// The file's number of a word.
template <typename Enum>
  requires std::is_enum_v<Enum>
constexpr std::int64_t code(Enum value) {
  return static_cast<std::int64_t>(value);
}

/// The word of a number; columns are CHECKed, so a number that is none can't be read.
template <typename Enum>
  requires std::is_enum_v<Enum>
constexpr Enum word(std::int64_t code) {
  return static_cast<Enum>(code);
}

static_assert(code(ApprovalState::pending) == 0 && code(ApprovalState::approved) == 1 &&
              code(ApprovalState::denied) == 2 && code(ApprovalState::expected) == 3);
static_assert(code(app::NotificationState::pending) == 0 && code(app::NotificationState::sent) == 1 &&
              code(app::NotificationState::failed) == 2 && code(app::NotificationState::cancelled) == 3);
static_assert(code(Severity::normal) == 0 && code(Severity::high) == 1 && code(Severity::critical) == 2);
static_assert(code(Act::approve) == 0 && code(Act::deny) == 1 && code(Act::wrong_person) == 2 &&
              code(Act::revise) == 3);
static_assert(code(TimerKind::escalate) == 0 && code(TimerKind::repeat) == 1 && code(TimerKind::page) == 2);

}  // namespace countersign::store
