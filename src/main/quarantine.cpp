#include "main/quarantine.hpp"

#include <fmt/format.h>

#include <memory>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "main/exchange.hpp"

namespace countersign::cli {
namespace {

using nlohmann::json;

struct QuarantineOptions {
  RemoteOptions remote;
  std::string format = "text", program, shape, id;
  int limit = 100;
  bool ask = false;
};

std::string cell(const json& object, const char* key, std::size_t limit = 200) {
  if (!object.is_object() || !object.contains(key)) return "";
  const auto& value = object[key];
  return one_line(value.is_string() ? value.get<std::string>() : value.dump(), limit);
}

std::string selection(const QuarantineOptions& options) {
  auto query = fmt::format("?limit={}", options.limit);
  if (!options.program.empty()) query += "&program=" + to_percent(options.program);
  if (!options.shape.empty()) query += "&shape=" + to_percent(options.shape);
  return query;
}

void print_shapes(const json& page) {
  for (const auto& shape : page["shapes"]) {
    fmt::print("{}  {:>7}  {:<16} {}\n", cell(shape, "id"), cell(shape, "kept"), cell(shape, "process.name", 40),
               cell(shape, "shape"));
    fmt::print("    last {}: {}\n", cell(shape, "last"), cell(shape, "sample", 300));
    if (shape.value("dropped", 0) > 0) fmt::print("    dropped for want of room: {}\n", cell(shape, "dropped"));
  }
  if (page["shapes"].empty()) fmt::print(stderr, "nothing of a known shape is in quarantine\n");
}

void print_messages(const json& page) {
  for (const auto& message : page["quarantine"])
    fmt::print("{}  {}  {} {}[{}]: {}\n", cell(message, "id"), cell(message, "@timestamp"), cell(message, "source", 40),
               cell(message, "process.name", 40), cell(message, "host.name", 60), cell(message, "message", 4000));
}

/// Whether some of it is left.
bool print_replayed(const json& sum) {
  fmt::print("read {}: {} events, {} known already, {} of no interest, {} left\n", cell(sum, "read"),
             cell(sum, "events"), cell(sum, "duplicates"), cell(sum, "ignored"), cell(sum, "left"));
  return sum.value("left", 0) > 0;
}

CLI::App* quarantine_command(CLI::App& parent, const char* name, const char* about,
                             const std::shared_ptr<QuarantineOptions>& options) {
  auto* command = parent.add_subcommand(name, about);
  add_remote_options(*command, options->remote);
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  return command;
}

}  // namespace

void add_quarantine(CLI::App& app, int& status) {
  auto* quarantine =
      app.add_subcommand("quarantine", "Messages of watched programs that no rule understood")->require_subcommand(1);
  auto listed = std::make_shared<QuarantineOptions>();
  auto* list = quarantine_command(*quarantine, "list", "By program and shape, most first", listed);
  list->add_option("--program", listed->program, "Only this program's");
  list->add_option("--limit", listed->limit, "At most this many")->check(CLI::Range(1, 1000));
  list->callback([&status, listed] {
    status = exchange(
        listed->remote, listed->format,
        [&](const Remote& remote) { return remote.get("/api/v1/quarantine" + selection(*listed)); }, print_shapes);
  });

  auto shown = std::make_shared<QuarantineOptions>();
  auto* show = quarantine_command(*quarantine, "show", "The messages of a shape, newest first, whole", shown);
  show->add_option("SHAPE", shown->shape, "The shape's id, as list shows it")->required();
  show->add_option("--limit", shown->limit, "At most this many")->check(CLI::Range(1, 1000));
  show->callback([&status, shown] {
    status = exchange(
        shown->remote, shown->format,
        [&](const Remote& remote) { return remote.get("/api/v1/quarantine" + selection(*shown)); }, print_messages);
  });

  auto replayed = std::make_shared<QuarantineOptions>();
  auto* replay = quarantine_command(
      *quarantine, "replay", "Read it again by today's rules: what they understand leaves, and asks nobody", replayed);
  replay->add_option("--program", replayed->program, "Only this program's");
  replay->add_option("--shape", replayed->shape, "Only those of this shape, by its id");
  replay->add_flag("--ask", replayed->ask, "Ask about what comes of it, as if it arrived now");
  replay->callback([&status, replayed] {
    json wanted{{"ask", replayed->ask}};
    if (!replayed->program.empty()) wanted["program"] = replayed->program;
    if (!replayed->shape.empty()) wanted["shape"] = replayed->shape;
    bool left = false;
    status = exchange(
        replayed->remote, replayed->format,
        [&](const Remote& remote) { return remote.post("/api/v1/quarantine/replay", wanted); },
        [&](const json& sum) { left = print_replayed(sum); });
    if (left) status = 1;
  });
}

}  // namespace countersign::cli
