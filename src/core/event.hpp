// A thing that happened, in the names of the Elastic Common Schema. Owns its strings; passive data.
// An unknown field is empty (or nullopt) here and left out in every output.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace countersign::core {

enum class Severity { normal, high, critical };

struct Event {
  Timestamp time{};                                       // @timestamp
  std::string rule;                                       // rule.id
  std::string action;                                     // event.action: ssh_login, …
  std::string outcome;                                    // event.outcome: success, failure
  std::int64_t count = 1;                                 // event.count
  std::string host;                                       // host.name
  std::string process;                                    // process.name
  std::optional<std::int64_t> pid;                        // process.pid
  std::string user;                                       // user.name, decoded
  std::string address;                                    // source.ip, normalised; a host name where the log has one
  std::optional<std::int64_t> port;                       // source.port
  std::string method;                                     // ssh.method
  std::string key_type;                                   // ssh.key.type
  std::string key;                                        // ssh.key.fingerprint
  std::string certificate;                                // ssh.certificate.id
  std::string serial;                                     // ssh.certificate.serial
  std::string authority;                                  // ssh.ca.fingerprint
  std::vector<std::pair<std::string, std::string>> more;  // any other field, by ECS name
};

/// Sets the field of that ECS name (typed ones are parsed; a number that is none is left unset); others go to `more`.
void set_field(Event& event, std::string_view name, std::string value);

/// The field of that ECS name as text, or empty. Times are RFC 3339.
std::string field(const Event& event, std::string_view name);

/// Every known field in the contract's order, as (name, text, is_number): the one place outputs take names from.
void for_each_field(const Event& event,
                    const std::function<void(std::string_view name, std::string_view text, bool is_number)>& visit);

/// `::ffff:a.b.c.d` becomes a.b.c.d; other addresses are lower-cased; anything else stays as it is.
std::string normalise_address(std::string_view address);

}  // namespace countersign::core
