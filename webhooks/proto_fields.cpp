#include "webhooks/proto_fields.hpp"

#include <google/protobuf/wire_format_lite.h>

namespace countersign::webhooks {

using google::protobuf::internal::WireFormatLite;

ProtoFields::ProtoFields(std::string_view message)
    : message_(message),
      stream_(reinterpret_cast<const std::uint8_t*>(message.data()),  // NOLINT: bytes are bytes
              static_cast<int>(message.size())) {}

std::optional<ProtoFields::Field> ProtoFields::next() {
  if (broken_ || stream_.CurrentPosition() == static_cast<int>(message_.size())) return std::nullopt;
  const auto tag = stream_.ReadTag();
  Field field;
  field.number = WireFormatLite::GetTagFieldNumber(tag);
  bool good = tag != 0 && field.number > 0;
  if (good) {
    std::uint32_t small = 0;
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_VARINT:
        good = stream_.ReadVarint64(&field.value);
        break;
      case WireFormatLite::WIRETYPE_FIXED64: {
        google::protobuf::uint64 value = 0;
        good = stream_.ReadLittleEndian64(&value);
        field.value = value;
        break;
      }
      case WireFormatLite::WIRETYPE_FIXED32:
        good = stream_.ReadLittleEndian32(&small);
        field.value = small;
        break;
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
        good = stream_.ReadVarint32(&small);
        const auto at = static_cast<std::size_t>(stream_.CurrentPosition());
        good = good && small <= message_.size() - at && stream_.Skip(static_cast<int>(small));
        if (good) field.bytes = message_.substr(at, small);
        field.has_bytes = true;
        break;
      }
      default:  // groups, which nobody sends any more
        good = false;
    }
  }
  broken_ = !good;
  return good ? std::optional(field) : std::nullopt;
}

void put_varint(std::string& message, int field, std::uint64_t value) {
  const auto put = [&](std::uint64_t rest) {
    for (; rest >= 0x80; rest >>= 7)
      message.push_back(static_cast<char>(rest | 0x80));
    message.push_back(static_cast<char>(rest));
  };
  put(static_cast<std::uint64_t>(field) << 3 | WireFormatLite::WIRETYPE_VARINT);
  put(value);
}

void put_bytes(std::string& message, int field, std::string_view bytes) {
  const auto before = message.size();
  put_varint(message, field, bytes.size());
  message[before] = static_cast<char>(field << 3 | WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  message.append(bytes);
}

}  // namespace countersign::webhooks
