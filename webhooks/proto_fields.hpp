// The fields of one protobuf message, one after the other, by libprotobuf's wire reader and without generated code: a
// part that is broken costs only itself, nothing is copied, and nesting is the caller's. Views point into the message.
// Source: protobuf.dev/programming-guides/encoding. Pure.
#pragma once

#include <google/protobuf/io/coded_stream.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace countersign::webhooks {

class ProtoFields {
 public:
  explicit ProtoFields(std::string_view message);

  struct Field {
    int number = 0;
    std::uint64_t value = 0;  // of a varint, fixed32, fixed64
    std::string_view bytes;   // of a string, bytes or message
    bool has_bytes = false;
  };
  /// nullopt at the end, and where the message breaks off.
  std::optional<Field> next();
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  std::string_view message_;
  google::protobuf::io::CodedInputStream stream_;
  bool broken_ = false;
};

void put_varint(std::string& message, int field, std::uint64_t value);
void put_bytes(std::string& message, int field, std::string_view bytes);

}  // namespace countersign::webhooks
