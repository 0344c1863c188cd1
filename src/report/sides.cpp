#include "report/sides.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/words.hpp"

namespace countersign::report {
namespace {

constexpr std::size_t longest_account = 1000;

/// The line; where it is kept no more, what was read from it.
std::string account_words(const app::Sighting& sighting, const app::StoredEvent& stored) {
  if (!sighting.raw.empty()) return one_line(sighting.raw, longest_account);
  std::string words;
  core::for_each_field(sighting.account.value_or(stored.event), [&](std::string_view name, std::string_view text,
                                                                    bool /*number*/) {
    if (name.starts_with("user.") || name.starts_with("source.") || name.starts_with("ssh.") || name == "process.pid")
      words += fmt::format("{}{} {}", words.empty() ? "" : ", ", name, text);
  });
  return one_line(words, longest_account);
}

void add_accounts(Side& side, const app::StoredEvent& stored, std::string_view witness = {}) {
  for (const auto& sighting : stored.sightings)
    if (witness.empty() || sighting.witness == witness)
      side.said.push_back({one_line(sighting.source, 60), sighting.time, account_words(sighting, stored)});
}

/// One for each witness that spoke, after those that are there.
void add_witnesses(std::vector<Side>& sides, const app::StoredEvent& stored) {
  for (const auto& sighting : stored.sightings)
    if (std::ranges::find(sides, sighting.witness, &Side::title) == sides.end())
      sides.push_back({sighting.witness, {}});
  for (auto& side : sides)
    add_accounts(side, stored, side.title);
}

}  // namespace

std::vector<Side> sides_of(const app::FindingEvent& of) {
  std::vector<Side> sides;
  if (of.login) {
    sides = {{"log", {}}, {"kernel", {}}};
    add_witnesses(sides, *of.login);
  } else if (!of.same_id.empty()) {
    sides = {{"the same id", {}}, {"this one", {}}};
    for (const auto& other : of.same_id)
      add_accounts(sides[0], other);
    add_accounts(sides[1], of.event);
  } else {
    add_witnesses(sides, of.event);
  }
  return sides;
}

std::string title_of(const app::FindingEvent& of) {
  const auto& stored = of.login ? *of.login : of.event;
  const auto& event = stored.event;
  auto words = event.user.empty() ? event.host : fmt::format("{}@{}", event.user, event.host);
  if (!event.address.empty()) words += " from " + event.address;
  if (event.port) words += fmt::format(" port {}", *event.port);
  words += " at " + to_rfc3339(event.time);
  if (of.login) words += fmt::format(": {}", title_of(stored.verdict));
  if (!of.login && !core::field(of.event.event, "finding.about").empty()) words += ": kept no more";
  return one_line(words, 400);
}

std::string words_of(const Side& side) {
  std::string words;
  for (const auto& said : side.said)
    words += fmt::format("{}{}: {}", words.empty() ? "" : "; ", said.by, said.words);
  return words;
}

}  // namespace countersign::report
