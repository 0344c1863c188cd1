#include "main/audit_bundle.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

#include "app/daily_root.hpp"
#include "audit/chain_check.hpp"
#include "auditor.hpp"
#include "base/encoding.hpp"
#include "core/login.hpp"
#include "main/audit_source.hpp"
#include "main/audit_store.hpp"
#include "main/bundle_folder.hpp"

namespace countersign::cli {
namespace {

using nlohmann::json, nlohmann::ordered_json;

constexpr int most_attempts = 10;

constexpr auto asked_earlier =
    std::chrono::days(1);  // an approval may be older than its login, by a clock that is ahead

template <typename Json>
std::string dumped(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string said(const json& row, const char* name) {
  const auto found = row.find(name);
  return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
}

class Export {
 public:
  Export(const Remote& remote, const BundleWanted& wanted, BundleFolder folder, Timestamp from, Timestamp to)
      : remote_(remote), wanted_(wanted), folder_(std::move(folder)), from_(from), to_(to) {}

  /// The chain is read first and its newest entries after the rest: what happened meanwhile is among those.
  Result<std::string> write() {
    auto chain = folder_.open("audit.jsonl");
    if (auto taken = take_chain(chain, ""); !taken) return std::unexpected(taken.error());
    const auto entries_before = check_ ? check_->entries() : 0;
    for (const auto part : {&Export::take_logins, &Export::take_approvals, &Export::take_policy})
      if (auto taken = (this->*part)(); !taken) return std::unexpected(taken.error());
    if (auto taken = take_chain(chain, to_text(last_)); !taken) return std::unexpected(taken.error());
    if (auto finished = folder_.finish("audit.jsonl", std::move(chain)); !finished)
      return std::unexpected(finished.error());
    // What these are of is fixed by the chain, which has all of its entries now.
    for (const auto part : {&Export::take_sightings, &Export::take_seals})
      if (auto taken = (this->*part)(); !taken) return std::unexpected(taken.error());
    for (const auto& file : embedded::auditor())
      if (auto written = folder_.write(std::string(file.name), file.text); !written)
        return std::unexpected(written.error());
    return finish(entries_before);
  }

 private:
  Result<void> take_chain(BundleFile& file, const std::string& after) {
    return read_chain(
        remote_,
        [&](const std::string& chain) {
          if (check_) return;
          check_.emplace(chain, "");
          file.line(dumped(json{{"chain", to_hex(chain)}}));
        },
        [&](const app::AuditEntry& entry, const json& object) {
          file.line(dumped(object));
          last_ = entry.id;
          if (auto held = check_->add(entry); !held) return held;
          return claims_.add(entry);
        },
        after);
  }

  /// Population and report are read one after the other, and late lines may come in between: until both tell the same.
  Result<void> take_logins() {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
      const auto counted = take_population();
      if (!counted) return std::unexpected(counted.error());
      const auto reported = take_report();
      if (!reported) return std::unexpected(reported.error());
      if (*counted == *reported) return {};
    }
    return fail(Fault::unavailable, "lines of this span come in too fast to export it as one: try again later");
  }

  /// How many logins there are.
  Result<std::int64_t> take_population() {
    logins_.clear();
    std::int64_t count = 0;
    auto file = folder_.open("population.jsonl");
    const auto path = fmt::format("/api/v1/events?limit=1000&query={}&from={}&to={}", to_percent(core::login_query()),
                                  to_percent(wanted_.from), to_percent(wanted_.to));
    if (auto read = read_list(remote_, path, "events",
                              [&](const json& event) -> Result<void> {
                                file.line(dumped(event));
                                logins_[said(event, "id")] = said(event, "approval.id");
                                if (said(event, "event.outcome") != "failure") count += event.value("event.count", 1);
                                return {};
                              });
        !read)
      return std::unexpected(read.error());
    if (auto finished = folder_.finish("population.jsonl", std::move(file)); !finished)
      return std::unexpected(finished.error());
    return count;
  }

  Result<void> take_approvals() {
    auto file = folder_.open("approvals.jsonl");
    auto mappings = folder_.open("mappings.jsonl");
    const auto path = fmt::format("/api/v1/approvals?limit=20&from={}", to_percent(to_rfc3339(from_ - asked_earlier)));
    if (auto read = read_list(remote_, path, "approvals",
                              [&](const json& approval) -> Result<void> {
                                taken_.insert(said(approval, "id"));
                                const bool wanted = map(approval, mappings) || within(said(approval, "created_at"));
                                if (wanted) file.line(dumped(approval));
                                return {};
                              });
        !read)
      return read;
    if (auto taken = take_older(file, mappings); !taken) return taken;
    if (auto finished = folder_.finish("mappings.jsonl", std::move(mappings)); !finished) return finished;
    return folder_.finish("approvals.jsonl", std::move(file));
  }

  /// What logins of the population were asked under before that, as where a clock is ahead.
  Result<void> take_older(BundleFile& file, BundleFile& mappings) {
    for (const auto& [login, approval] : logins_) {
      if (approval.empty() || !taken_.insert(approval).second) continue;
      const auto reply = remote_.get("/api/v1/approvals/" + to_percent(approval));
      if (!reply) return std::unexpected(reply.error());
      if (reply->status != 200) return fail(Fault::invalid, "{}", complaint(*reply));
      if (map(reply->body, mappings)) file.line(dumped(reply->body));
    }
    return {};
  }

  /// Whether the approval is about a login of the population; a line for each.
  bool map(const json& approval, BundleFile& mappings) const {
    bool any = false;
    for (const auto& event : approval["events"]) {
      if (!logins_.contains(said(event, "id"))) continue;
      any = true;
      mappings.line(dumped(ordered_json{{"event", said(event, "id")},
                                        {"user.name", said(event, "user.name")},
                                        {"host.name", said(event, "host.name")},
                                        {"ssh.key.fingerprint", said(event, "ssh.key.fingerprint")},
                                        {"person", approval["person"]},
                                        {"addressed_to", approval["addressed_to"]},
                                        {"reason", approval["reason"]},
                                        {"approval", approval["id"]}}));
    }
    return any;
  }

  [[nodiscard]] bool within(const std::string& at) const {
    const auto time = parse_rfc3339(at);
    return time && *time >= from_ && *time < to_;
  }

  Result<void> take_sightings() {
    auto file = folder_.open("sightings.jsonl");
    const auto first = app::to_date(std::chrono::floor<std::chrono::days>(from_));
    const auto last = app::to_date(std::chrono::floor<std::chrono::days>(to_));
    for (const auto& root : claims_.roots()) {
      if (root.date < first || root.date > last) continue;
      days_.push_back(root.date);
      if (auto read = read_taken(remote_, root,
                                 [&](const std::string& record) -> Result<void> {
                                   file.line(record);
                                   return {};
                                 });
          !read)
        return read;
    }
    return folder_.finish("sightings.jsonl", std::move(file));
  }

  Result<void> take_seals() {
    for (const auto& seal : claims_.seals()) {
      if (!parse_id(seal.id)) return fail(Fault::conflict, "{} names no seal", seal.place);
      const auto document = read_sealed(remote_, seal.id, "json");
      if (!document) return std::unexpected(document.error());
      if (auto written = folder_.write("seals/" + seal.id + ".json", *document); !written) return written;
    }
    return {};
  }

  /// How many logins it tells of; where it is a sealed one, with those that came since or were of no kind it counted.
  Result<std::int64_t> take_report() {
    const auto report = take(
        "report.json", fmt::format("/api/v1/report?from={}&to={}", to_percent(wanted_.from), to_percent(wanted_.to)));
    if (!report) return std::unexpected(report.error());
    return report->value(json::json_pointer("/summary/logins"), std::int64_t{0}) +
           report->value(json::json_pointer("/sealed/amendments/late_logins"), std::int64_t{0}) +
           report->value(json::json_pointer("/sealed/amendments/uncounted_logins"), std::int64_t{0});
  }
  Result<void> take_policy() {
    const auto policy = take("policy.json", "/api/v1/audit/policy");
    return policy ? Result<void>() : std::unexpected(policy.error());
  }

  Result<json> take(const std::string& name, const std::string& path) {
    auto reply = remote_.get(path);
    if (!reply) return std::unexpected(reply.error());
    if (reply->status != 200 || !reply->body.is_object()) return fail(Fault::invalid, "{}", complaint(*reply));
    if (auto written = folder_.write(name, reply->text); !written) return std::unexpected(written.error());
    return std::move(reply->body);
  }

  /// The manifest, and the server's word on it.
  Result<std::string> finish(std::int64_t entries_before) {
    const auto head = check_ ? to_hex(check_->head()) : std::string();
    const auto manifest = ordered_json{{"from", wanted_.from}, {"to", wanted_.to},
                                       {"head", head},         {"entries_before", entries_before},
                                       {"days", days_},        {"files", folder_.digests()}}
                              .dump(2) +
                          "\n";
    if (auto written = folder_.write("manifest.json", manifest); !written) return std::unexpected(written.error());
    const auto reply = remote_.post("/api/v1/audit/statement", json{{"manifest", to_hex(crypto::sha256(manifest))}});
    if (!reply) return std::unexpected(reply.error());
    if (reply->status != 201) return fail(Fault::invalid, "the server does not sign: {}", complaint(*reply));
    if (auto written = folder_.write("statement.json", said(reply->body, "statement")); !written)
      return std::unexpected(written.error());
    const ordered_json signature{{"public_key", said(reply->body, "public_key")},
                                 {"signature", said(reply->body, "signature")}};
    if (auto written = folder_.write("statement.sig", signature.dump() + "\n"); !written)
      return std::unexpected(written.error());
    return head;
  }

  const Remote& remote_;
  const BundleWanted& wanted_;
  BundleFolder folder_;
  const Timestamp from_, to_;
  std::optional<audit::ChainCheck> check_;
  audit::Claims claims_;
  Id last_;
  std::map<std::string, std::string> logins_;  // of the population, by id: the approval it is asked under
  std::set<std::string> taken_;                // approvals
  std::vector<std::string> days_;
};

}  // namespace

Result<std::string> export_bundle(const Remote& remote, const BundleWanted& wanted) {
  const auto from = parse_rfc3339(wanted.from);
  if (!from) return fail(Fault::invalid, "--from: {}", from.error().message);
  const auto to = parse_rfc3339(wanted.to);
  if (!to) return fail(Fault::invalid, "--to: {}", to.error().message);
  // What is not over may still change, so a bundle of it would not be whole.
  if (*to > wanted.now)
    return fail(Fault::invalid, "--to: the span is not over: it ends at {}; export it after that", to_rfc3339(*to));
  if (*from >= *to) return fail(Fault::invalid, "--from: it must be before --to");
  auto folder = BundleFolder::make(wanted.folder);
  if (!folder) return std::unexpected(folder.error());
  return Export(remote, wanted, *std::move(folder), *from, *to).write();
}

}  // namespace countersign::cli
