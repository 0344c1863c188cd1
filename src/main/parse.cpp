#include "main/parse.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/event_json.hpp"
#include "app/structure.hpp"
#include "base/clock.hpp"
#include "core/rules/reading.hpp"
#include "core/syslog.hpp"
#include "main/input_file.hpp"
#include "main/lines.hpp"
#include "main/rules_file.hpp"
#include "main/zones.hpp"
#include "webhooks/envelope.hpp"
#include "webhooks/generic_json.hpp"

namespace countersign::cli {
namespace {

using core::Reading;

/// What --stats counts. A message is one of event, quarantined, ignored, whatever its repeat count.
class Tally {
 public:
  explicit Tally(std::span<const core::Rule> rules) : rules_(rules), by_rule_(rules.size()) {}

  void add(const core::Classified& classified) {
    ++lines_;
    ++readings_[static_cast<std::size_t>(classified.reading)];
    if (classified.rule != nullptr) ++by_rule_[static_cast<std::size_t>(classified.rule - rules_.data())];
  }

  [[nodiscard]] std::uint64_t unread() const { return readings_[static_cast<std::size_t>(Reading::quarantined)]; }

  [[nodiscard]] std::string to_json() const {
    nlohmann::ordered_json result{{"lines", lines_},
                                  {"events", readings_[static_cast<std::size_t>(Reading::event)]},
                                  {"quarantined", readings_[static_cast<std::size_t>(Reading::quarantined)]},
                                  {"ignored", readings_[static_cast<std::size_t>(Reading::ignored)]},
                                  {"by_rule", nlohmann::ordered_json::object()},
                                  {"ignored_by_rule", nlohmann::ordered_json::object()}};
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      if (by_rule_[i] != 0) result[rules_[i].ignore ? "ignored_by_rule" : "by_rule"][rules_[i].id] = by_rule_[i];
    }
    return result.dump();
  }

 private:
  std::span<const core::Rule> rules_;
  std::uint64_t lines_ = 0;
  std::array<std::uint64_t, 3> readings_{};
  std::vector<std::uint64_t> by_rule_;
};

/// Nobody can say whose message it is; as core::read has it.
constexpr core::Classified kUnread{Reading::quarantined, nullptr, {}, 1};

/// Reads lines of one format; --stats needs the classification alone, events are printed as they come.
class LineReader {
 public:
  LineReader(const core::Engine& engine, const ParseOptions& options, const core::Zone& zone, Timestamp now,
             std::FILE* out)
      : engine_(engine), options_(options), zone_(zone), now_(now), out_(out), tally_(engine.rules()) {}

  void line(std::string_view text) {
    if (options_.unread) return unread(text);
    read(text);
  }

  [[nodiscard]] const Tally& tally() const { return tally_; }

 private:
  void read(std::string_view text) {
    switch (options_.input) {
      case LineFormat::syslog:
        return syslog(text);
      case LineFormat::message:
        return message(text);
      case LineFormat::jsonl:
        return json(text);
    }
  }

  void unread(std::string_view text) {
    const auto before = tally_.unread();
    read(text);
    if (tally_.unread() == before) return;
    std::fwrite(text.data(), 1, text.size(), out_);
    std::fputc('\n', out_);
  }

  void syslog(std::string_view text) {
    const auto line = core::read_syslog(text);
    if (!line || line->program.empty()) return tally_.add(kUnread);
    const auto classified = engine_.classify(line->program, line->message);
    tally_.add(classified);
    if (options_.stats || options_.unread || classified.reading != Reading::event) return;
    auto event = engine_.extract(classified);
    if (const auto time = core::read_stamp(line->stamp, zone_, now_)) event.time = *time;
    event.host = line->host;
    event.process = line->program;
    core::set_field(event, "process.pid", std::string(line->pid));
    print(event);
  }

  void message(std::string_view text) {
    constexpr std::string_view kProgram = "sshd";
    const auto classified = engine_.classify(kProgram, text);
    tally_.add(classified);
    if (options_.stats || options_.unread || classified.reading != Reading::event) return;
    auto event = engine_.extract(classified);
    event.process = kProgram;
    print(event);
  }

  void json(std::string_view text) {
    app::Delivery delivery;
    delivery.body = text;
    delivery.arrival = now_;
    auto decoded = json_.decode(delivery);
    const bool several = decoded && decoded->records.size() > 1 && webhooks::Envelope::of(text);
    if (!decoded || (decoded->records.size() != 1 && !several)) return tally_.add(kUnread);
    for (auto& record : decoded->records)
      json_record(record);
    for (std::size_t i = 0; several && i < decoded->unreadable.size(); ++i)
      tally_.add(kUnread);
  }

  void json_record(core::Record& record) {
    app::read_structure(record);
    // Without a time of its own an event has none here: no arrival stands in for it.
    const auto read = core::read(engine_, record, Timestamp{});
    tally_.add(read.classified);
    if (!options_.stats && !options_.unread && read.classified.reading == Reading::event) print(read.event);
  }

  void print(const core::Event& event) {
    const auto text = app::to_json(event) + "\n";
    std::fwrite(text.data(), 1, text.size(), out_);
  }

  const core::Engine& engine_;
  const ParseOptions& options_;
  const core::Zone& zone_;
  Timestamp now_;
  std::FILE* out_;
  Tally tally_;
  webhooks::GenericJson json_{webhooks::Options{.zone = zone_}};
};

}  // namespace

int run_parse(const ParseOptions& options, Timestamp now, std::FILE* out, std::FILE* complaints) {
  constexpr int kUsage = 2;
  const auto zone = find_zone(options.timezone);
  if (!zone) {
    fmt::print(complaints, "--timezone: {}\n", zone.error().message);
    return kUsage;
  }
  auto rules = load_rules(options.rules);
  for (const auto& problem : rules.problems)
    fmt::print(complaints, "{}\n", to_text(problem));
  if (!rules.engine) return kUsage;

  LineReader reader(*rules.engine, options, *zone, now, out);
  int status = 0;
  const std::vector<std::string> standard_input{"-"};
  for (const auto& file : options.files.empty() ? standard_input : options.files) {
    const auto opened = InputFile::open(file);
    const auto read = opened ? for_each_line(*opened, [&](auto line) { reader.line(line); })
                             : Result<void>(std::unexpected(opened.error()));
    if (!read) {
      fmt::print(complaints, "{}\n", read.error().message);
      status = kUsage;
    }
  }
  if (options.stats) fmt::print(out, "{}\n", reader.tally().to_json());
  return std::fflush(out) == 0 ? status : kUsage;
}

void add_parse(CLI::App& app, int& status) {
  auto options = std::make_shared<ParseOptions>();
  auto* command = app.add_subcommand("parse", "Read log lines by the rules alone, and print one JSON object an event");
  const std::map<std::string, LineFormat> formats{
      {"syslog", LineFormat::syslog}, {"message", LineFormat::message}, {"jsonl", LineFormat::jsonl}};
  command->add_option("--rules", options->rules, "Folder of rule files (repeatable); without it the built-in rules")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command->add_option("--input", options->input, "syslog lines, bare messages of sshd, or journalctl -o json")
      ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case).description(""))
      ->type_name("syslog|message|jsonl");
  command->add_flag("--stats", options->stats, "Print one JSON object with counts instead");
  command->add_flag("--unread", options->unread, "Print the lines that no rule understood instead, as they came")
      ->excludes("--stats");
  command->add_option("--timezone", options->timezone, "Zone of stamps without one (UTC, +02:00, Europe/Berlin)");
  command->add_option("FILE", options->files, "Files to read, also in gzip; - or none: standard input");
  command->callback([options, &status] { status = run_parse(*options, SystemClock().now(), stdout, stderr); });
}

}  // namespace countersign::cli
