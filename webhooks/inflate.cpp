#include "webhooks/inflate.hpp"

#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

namespace countersign::webhooks {
namespace {

constexpr std::string_view kGzip = "\x1f\x8b";
constexpr std::string_view kZstd = "\x28\xb5\x2f\xfd";
using Chunk = std::array<char, 1 << 15>;

/// Collects what comes out, and says when it is too much.
class Bounded {
 public:
  Bounded(const InflateBound& bound, std::size_t input) : bound_(bound), input_(input) {}

  bool add(std::string_view bytes) {
    const auto size = text_.size() + bytes.size();
    if (size > bound_.bytes || (size > bound_.ratio_from && size / bound_.ratio > input_)) return false;
    text_.append(bytes);
    return true;
  }
  std::string take() { return std::move(text_); }

 private:
  const InflateBound& bound_;
  std::size_t input_;
  std::string text_;
};

std::unexpected<Error> too_large() {
  return fail(Fault::too_large, "the body unpacks to more than is taken; send smaller batches");
}

Result<std::string> unzip(std::string_view body, const InflateBound& bound) {
  constexpr int kAnyHeader = 15 + 32;  // gzip or zlib, whichever it is
  z_stream stream{};
  if (inflateInit2(&stream, kAnyHeader) != Z_OK) return fail(Fault::internal, "zlib can't start");
  const std::unique_ptr<z_stream, decltype([](z_stream* s) { inflateEnd(s); })> ending(&stream);
  // zlib does not write to its input, but its type says so.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(body.data()));  // NOLINT
  stream.avail_in = static_cast<uInt>(body.size());
  Bounded out(bound, body.size());
  Chunk chunk;
  while (true) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());  // NOLINT
    stream.avail_out = chunk.size();
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END) return fail(Fault::invalid, "the compressed body is damaged or cut");
    if (!out.add({chunk.data(), chunk.size() - stream.avail_out})) return too_large();
    if (status != Z_STREAM_END) continue;
    if (stream.avail_in == 0) return out.take();
    // RFC 1952 section 2.2: members may follow one another.
    if (inflateReset(&stream) != Z_OK) return fail(Fault::internal, "zlib can't go on");
  }
}

Result<std::string> unzstd(std::string_view body, const InflateBound& bound) {
  const std::unique_ptr<ZSTD_DCtx, decltype([](ZSTD_DCtx* c) { ZSTD_freeDCtx(c); })> context(ZSTD_createDCtx());
  if (!context) return fail(Fault::internal, "zstd can't start");
  constexpr int kLargestWindowLog = 23;  // 8 MiB of memory, as RFC 8878 asks of every reader
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kLargestWindowLog);
  Bounded out(bound, body.size());
  Chunk chunk;
  ZSTD_inBuffer in{body.data(), body.size(), 0};
  std::size_t wanted = 1;
  while (in.pos < in.size) {
    ZSTD_outBuffer piece{chunk.data(), chunk.size(), 0};
    wanted = ZSTD_decompressStream(context.get(), &piece, &in);
    if (ZSTD_isError(wanted) != 0) return fail(Fault::invalid, "the compressed body is damaged");
    if (!out.add({chunk.data(), piece.pos})) return too_large();
    while (piece.pos == piece.size && wanted != 0) {  // more is ready than fitted
      piece.pos = 0;
      wanted = ZSTD_decompressStream(context.get(), &piece, &in);
      if (ZSTD_isError(wanted) != 0) return fail(Fault::invalid, "the compressed body is damaged");
      if (!out.add({chunk.data(), piece.pos})) return too_large();
    }
  }
  if (wanted != 0) return fail(Fault::invalid, "the compressed body is cut");
  return out.take();
}

/// One block, as Loki's clients send it (google/snappy format_description.txt); its length stands before it.
Result<std::string> unsnap(std::string_view body, const InflateBound& bound) {
  std::size_t size = 0;
  if (!snappy::GetUncompressedLength(body.data(), body.size(), &size))
    return fail(Fault::invalid, "the snappy body is damaged or cut");
  constexpr std::size_t kBestRatio = 64;  // a copy of 64 bytes takes two or three: more is a lie about the length
  if (size > bound.bytes || size / kBestRatio > body.size()) return too_large();
  std::string text;
  if (!snappy::Uncompress(body.data(), body.size(), &text))
    return fail(Fault::invalid, "the snappy body is damaged or cut");
  return text;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, [](char c) { return std::tolower(static_cast<unsigned char>(c)); });
}

}  // namespace

Result<std::string> inflate_body(std::string_view body, std::string_view encoding, const InflateBound& bound) {
  const bool plain = encoding.empty() || same_word(encoding, "identity");
  const bool snappy = same_word(encoding, "snappy");
  if (!plain && !snappy && !same_word(encoding, "gzip") && !same_word(encoding, "x-gzip") &&
      !same_word(encoding, "deflate") && !same_word(encoding, "zstd")) {
    return fail(Fault::invalid, "the Content-Encoding is none of gzip, deflate, zstd, snappy, identity");
  }
  if (plain && !body.starts_with(kGzip) && !body.starts_with(kZstd)) {
    if (body.size() > bound.bytes) return too_large();
    return std::string(body);
  }
  const bool zstd = same_word(encoding, "zstd") || (plain && body.starts_with(kZstd));
  auto text = snappy ? unsnap(body, bound) : zstd ? unzstd(body, bound) : unzip(body, bound);
  if (text && (text->starts_with(kGzip) || text->starts_with(kZstd))) {
    return fail(Fault::invalid, "the body is compressed twice; compress it once");
  }
  return text;
}

}  // namespace countersign::webhooks
