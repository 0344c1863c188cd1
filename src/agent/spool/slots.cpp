#include "agent/spool/slots.hpp"

#include <charconv>
#include <optional>

#include "agent/spool/line.hpp"

namespace countersign::agent {
namespace {

constexpr std::size_t head_bytes = 16 + 1 + 20 + 1 + 10 + 1;  // checksum, generation, length, a line end

struct Content {
  std::uint64_t generation = 0;
  std::string text;
};

std::string fixed_head(std::uint64_t generation, std::string_view text) {
  const auto numbers = fmt::format("{:020} {:010}", generation, text.size());
  return fmt::format("{} {}\n", checksum(fmt::format("{}\n{}", numbers, text)), numbers);
}

std::optional<Content> content_of(const File& file) {
  const auto start = file.read(0, head_bytes);
  if (!start || start->size() != head_bytes) return std::nullopt;
  Content content;
  std::size_t length = 0;
  std::from_chars(start->data() + 17, start->data() + 37, content.generation);
  std::from_chars(start->data() + 38, start->data() + 48, length);
  const auto size = file.size();
  if (content.generation == 0 || !size || length > *size) return std::nullopt;
  auto text = file.read(head_bytes, length);
  if (!text || fixed_head(content.generation, *text) != *start) return std::nullopt;
  content.text = std::move(*text);
  return content;
}

/// Zeros up to its full size, so that its blocks are its own.
Result<void> reserve(File& file, std::size_t capacity) {
  const auto size = file.size();
  if (!size) return std::unexpected(size.error());
  if (*size >= capacity) return {};
  if (auto written = file.write(*size, std::string(capacity - *size, '\0')); !written) return written;
  return file.sync();
}

}  // namespace

Result<Slots> Slots::open(const std::string& path, std::size_t capacity) {
  auto first = File::open(path + ".0");
  if (!first) return std::unexpected(first.error());
  auto second = File::open(path + ".1");
  if (!second) return std::unexpected(second.error());
  for (auto* file : {&*first, &*second})
    if (auto reserved = reserve(*file, capacity); !reserved) return std::unexpected(reserved.error());
  Slots slots({std::move(*first), std::move(*second)}, capacity);
  slots.recover();
  return slots;
}

void Slots::recover() {
  for (const auto& file : files_) {
    auto content = content_of(file);
    if (!content || content->generation <= generation_) continue;
    generation_ = content->generation;
    text_ = std::move(content->text);
  }
}

std::size_t Slots::room() const {
  return capacity_ - head_bytes;
}

Result<void> Slots::store(std::string text, bool synced) {
  if (text.size() > room()) return fail(Fault::too_large, "{} bytes don't fit {} of the spool", text.size(), room());
  const auto next = generation_ + 1;
  auto& file = files_[next & 1];
  if (auto written = file.write(0, fixed_head(next, text) + text); !written) return written;
  if (synced)
    if (auto done = file.sync(); !done) return done;
  generation_ = next;
  text_ = std::move(text);
  return {};
}

}  // namespace countersign::agent
