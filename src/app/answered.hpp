// A piece of work for the store that comes to something: the work fills `into` on the writer's thread, and once that is
// durable `done` gets it there, or the error. Called once.
#pragma once

#include <memory>
#include <utility>

#include "base/result.hpp"

namespace countersign::app {

template <typename T, typename Done>
auto answered(std::shared_ptr<T> into, Done done) {
  return [into = std::move(into), done = std::move(done)](Result<void> written) mutable {
    if (written)
      done(std::move(*into));
    else
      done(std::unexpected(written.error()));
  };
}

/// The end of such a work: what it came to is kept, or its error given on.
template <typename T>
Result<void> keep_in(T& into, Result<T> made) {
  if (!made) return std::unexpected(made.error());
  into = *std::move(made);
  return {};
}

}  // namespace countersign::app
