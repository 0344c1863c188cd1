// Where one syslog message ends and the next begins in a stream of bytes: RFC 6587, octet counting ("LENGTH SP
// MESSAGE", also RFC 5425's) and messages that end in a newline. A connection's first byte decides for all of it: held
// per message, a line's content could begin a "frame" that swallows its neighbours. Pure; one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign::intake {

struct SyslogFrame {
  std::string_view text;     // without its end, LF or CRLF; a counted one may have newlines inside
  std::size_t left_out = 0;  // bytes that were cut off it
};

class SyslogFraming {
 public:
  using Visit = std::function<void(const SyslogFrame&)>;

  /// Of a message longer than `longest` bytes the rest is passed over, and what follows it is read.
  explicit SyslogFraming(std::size_t longest) : longest_(longest) {}

  /// The next bytes of the stream, in pieces of any size; `visit` is called for each whole message, and its view lives
  /// during that call. Fault::invalid where no length stands: nothing can be read any more, visited messages are good.
  Result<void> take(std::string_view bytes, const Visit& visit);

  /// What has come of a message whose end has not; empty: none.
  [[nodiscard]] std::string_view unfinished() const { return held_; }
  /// Whether the stream may end here.
  [[nodiscard]] bool whole() const { return held_.empty() && counted_left_ == 0 && left_out_ == 0; }

 private:
  enum class Method { unknown, counted, lines };

  Result<std::size_t> take_counted(std::string_view bytes, const Visit& visit);
  Result<std::size_t> take_length(std::string_view bytes);
  std::size_t take_line(std::string_view bytes, const Visit& visit);
  void hold(std::string_view bytes);
  void finish(std::string_view last, const Visit& visit);

  const std::size_t longest_;
  Method method_ = Method::unknown;
  std::string held_;              // of the message, or of its length's digits
  std::size_t counted_left_ = 0;  // of a counted message; 0: its length comes next
  std::size_t left_out_ = 0;      // of the message so far
};

}  // namespace countersign::intake
