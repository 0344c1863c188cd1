// The server's side of a websocket, written byte by byte (RFC 6455) over whatever carries bytes: a test can break any
// rule of it, or fall silent.
#pragma once

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <functional>
#include <optional>
#include <string>

namespace countersign::net::testing {

class WebSocketPeer {
 public:
  struct Bytes {
    std::function<std::string(std::size_t)> read;  // so many, or fewer at the end
    std::function<void(std::string_view)> send;
  };
  struct Frame {
    int opcode = 0;
    std::string payload;
    bool masked = false;
  };
  enum Opcode { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

  explicit WebSocketPeer(Bytes bytes) : bytes_(std::move(bytes)) {}

  /// Reads the upgrade request and answers 101; the request.
  std::string accept() {
    std::string request;
    while (!request.ends_with("\r\n\r\n")) {
      const auto byte = bytes_.read(1);
      if (byte.empty()) return request;
      request += byte;
    }
    const auto at = request.find("Sec-WebSocket-Key: ");
    const auto key = request.substr(at + 19, request.find("\r\n", at) - at - 19);
    bytes_.send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
        answer_to(key) + "\r\n\r\n");
    return request;
  }

  void send(int opcode, std::string_view payload) {
    std::string head{static_cast<char>(0x80 | opcode)};
    if (payload.size() < 126) {
      head += static_cast<char>(payload.size());
    } else {
      const bool short_form = payload.size() < 65'536;
      head += static_cast<char>(short_form ? 126 : 127);
      for (int shift = short_form ? 8 : 56; shift >= 0; shift -= 8)
        head += static_cast<char>((payload.size() >> shift) & 0xff);
    }
    bytes_.send(head);
    bytes_.send(payload);
  }

  /// nullopt at the connection's end.
  std::optional<Frame> read() {
    const auto head = bytes_.read(2);
    if (head.size() < 2) return std::nullopt;
    Frame frame{head[0] & 0x0f, {}, (head[1] & 0x80) != 0};
    auto size = static_cast<std::size_t>(head[1] & 0x7f);
    if (size >= 126) {
      const auto more = bytes_.read(size == 126 ? 2 : 8);
      size = 0;
      for (const char c : more)
        size = size << 8 | static_cast<unsigned char>(c);
    }
    const auto mask = frame.masked ? bytes_.read(4) : std::string(4, '\0');
    frame.payload = bytes_.read(size);
    for (std::size_t i = 0; i < frame.payload.size() && mask.size() == 4; ++i)
      frame.payload[i] = static_cast<char>(frame.payload[i] ^ mask[i % 4]);
    return frame;
  }
  /// The next frame that is no ping; those are answered.
  std::optional<Frame> read_past_pings() {
    for (;;) {
      auto frame = read();
      if (!frame || frame->opcode != ping) return frame;
      send(pong, frame->payload);
    }
  }

 private:
  static std::string answer_to(const std::string& key) {
    const std::string both = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA_DIGEST_LENGTH];
    unsigned int size = 0;
    EVP_Digest(both.data(), both.size(), digest, &size, EVP_sha1(), nullptr);
    unsigned char base64[4 * (SHA_DIGEST_LENGTH / 3 + 1) + 1];
    const auto length = EVP_EncodeBlock(base64, digest, SHA_DIGEST_LENGTH);
    return {base64, base64 + length};
  }

  Bytes bytes_;
};

}  // namespace countersign::net::testing
