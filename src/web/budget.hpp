// Bytes that requests may hold, over all of them: what a body may unpack to, then what its records are, from before it
// is decoded until it is committed. Whoever finds none left answers 503. Safe for concurrent access; outlives its
// shares.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "app/decoder.hpp"

namespace countersign::web {

class Budget {
 public:
  explicit Budget(std::size_t bytes) : limit_(bytes) {}
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  static constexpr std::size_t usual = std::size_t{256} << 20;
  static constexpr std::size_t small = 64 * 1024;  // an eighth is for shares up to this size alone

  /// What one request holds; given back when it ends.
  class Share {
   public:
    Share(Share&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share();
    /// False where that much more is not left: it then holds what it held.
    [[nodiscard]] bool resize(std::size_t bytes);

   private:
    friend class Budget;
    Share(Budget& budget, std::size_t bytes) : budget_(&budget), bytes_(bytes) {}
    Budget* budget_;
    std::size_t bytes_;
  };

  /// None where that much is not left. A request larger than all there is takes all that a large one may: it gets in
  /// when no other large one is in.
  [[nodiscard]] std::optional<Share> take(std::size_t bytes);
  [[nodiscard]] std::size_t used() const;
  [[nodiscard]] std::size_t limit() const { return limit_; }

 private:
  bool exchange(std::size_t held, std::size_t& wanted);

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::size_t large_ = 0, small_ = 0;  // what shares of either size hold; guarded by mutex_
};

/// What a body may hold while it is decoded: itself, or what may come out of it, up to `most_unpacked`; before it is
/// unpacked nobody knows. `encoding` as Content-Encoding says.
std::size_t held_while_decoding(std::string_view body, std::string_view encoding, std::size_t most_unpacked);
/// What the records of a delivery hold until they are committed, roughly and rather more.
std::size_t held_by(const app::Decoded& decoded);

}  // namespace countersign::web
