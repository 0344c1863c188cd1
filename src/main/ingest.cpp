#include "main/ingest.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "main/input_file.hpp"
#include "main/lines.hpp"
#include "main/remote.hpp"

namespace countersign::cli {
namespace {

constexpr std::size_t body_size = 512 * 1024;  // of one request
constexpr std::size_t body_lines = 1000;
constexpr std::string_view erase_line = "\x1b[K";

struct IngestOptions {
  RemoteOptions remote;
  std::string source, input = "syslog", host, format = "text";
  std::vector<std::string> files;
  bool ask = false;
};

struct Sum {
  std::size_t received = 0, events = 0, duplicates = 0, quarantined = 0, ignored = 0;

  void add(const nlohmann::json& tally) {
    received += tally.value("received", std::size_t{0});
    events += tally.value("events", std::size_t{0});
    duplicates += tally.value("duplicates", std::size_t{0});
    quarantined += tally.value("quarantined", std::size_t{0});
    ignored += tally.value("ignored", std::size_t{0});
  }
};

/// Lines on their way to the server, a request at a time.
class LineSender {
 public:
  LineSender(const Remote& remote, const IngestOptions& options)
      : remote_(remote),
        options_(options),
        path_(fmt::format("/api/v1/ingest?source={}{}", to_percent(options.source), options.ask ? "&ask=yes" : "")) {}

  Result<void> add(std::string_view line) {
    if (line.empty()) return {};
    body_ += object_of(line) + "\n";
    if (++lines_ < body_lines && body_.size() < body_size) return {};
    return send();
  }

  Result<void> send() {
    if (lines_ == 0) return {};
    const auto reply = remote_.post_text(path_, std::exchange(body_, {}));
    lines_ = 0;
    if (!reply) return std::unexpected(reply.error());
    if (reply->status != 200) return fail(Fault::unavailable, "{}", complaint(*reply));
    sum_.add(reply->body);
    show();
    return {};
  }

  /// The file whose lines come now; for the progress.
  void read_from(const InputFile& file, std::string_view name) {
    file_ = &file;
    file_name_ = one_line(name, 40);
  }
  void read_to_end() { file_ = nullptr; }

  [[nodiscard]] const Sum& sum() const { return sum_; }

 private:
  [[nodiscard]] std::string object_of(std::string_view line) const {
    if (options_.input == "jsonl") return std::string(line);
    nlohmann::json object{{"message", line}};
    if (options_.input == "message") object["program"] = "sshd";
    if (!options_.host.empty()) object["host"] = options_.host;
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  void show() const {
    if (::isatty(STDERR_FILENO) != 1) return;
    const auto part = file_ && file_->size() > 0 ? fmt::format("{} %, ", file_->position() * 100 / file_->size()) : "";
    fmt::print(stderr, "\r{}{}: {}{} lines, {} events, {} known already, {} quarantined", erase_line, file_name_, part,
               sum_.received, sum_.events, sum_.duplicates, sum_.quarantined);
  }

  const Remote& remote_;
  const IngestOptions& options_;
  const std::string path_;
  std::string body_;
  std::size_t lines_ = 0;
  Sum sum_;
  const InputFile* file_ = nullptr;
  std::string file_name_;
};

Result<void> send_file(const std::string& name, LineSender& sender) {
  const auto file = InputFile::open(name);
  if (!file) return std::unexpected(file.error());
  sender.read_from(*file, name);
  Result<void> sent;
  const auto read = for_each_line(
      file->descriptor(),
      [&](std::string_view line) {
        if (sent) sent = sender.add(line);
      },
      [&] { return file->finished(); });
  sender.read_to_end();
  return sent ? read : sent;
}

int ingest(const IngestOptions& options) {
  const auto failed = [](const Error& error) {
    fmt::print(stderr, "{}\n", one_line(error.message, 1000));
    return 2;
  };
  const auto remote = Remote::find(options.remote);
  if (!remote) return failed(remote.error());
  LineSender sender(*remote, options);
  int status = 0;
  for (const auto& file : options.files) {
    const auto sent = send_file(file, sender);
    if (sent) continue;
    if (sent.error().fault != Fault::invalid) return failed(sent.error());
    status = failed(sent.error());  // damaged: what could be read of it counts, and so do the others
  }
  if (const auto sent = sender.send(); !sent) return failed(sent.error());
  const auto& sum = sender.sum();
  if (::isatty(STDERR_FILENO) == 1) fmt::print(stderr, "\n");
  if (options.format == "json")
    fmt::print(R"({{"received":{},"events":{},"duplicates":{},"quarantined":{},"ignored":{}}})"
               "\n",
               sum.received, sum.events, sum.duplicates, sum.quarantined, sum.ignored);
  else
    fmt::print("{} lines: {} events, {} known already, {} quarantined, {} of no interest\n", sum.received, sum.events,
               sum.duplicates, sum.quarantined, sum.ignored);
  return status;
}

}  // namespace

void add_ingest(CLI::App& app, int& status) {
  auto options = std::make_shared<IngestOptions>();
  auto* command = app.add_subcommand("ingest", "Lines of files into the store: what a source missed. Can be repeated");
  add_remote_options(*command, options->remote);
  command->add_option("--source", options->source, "The webhook, tail or syslog listener whose lines these are")
      ->required();
  command->add_option("--input", options->input, "syslog lines, bare messages of sshd, or JSON lines")
      ->check(CLI::IsMember({"syslog", "message", "jsonl"}));
  command->add_option("--host", options->host, "The host of lines that name none");
  command->add_flag("--ask", options->ask, "Ask people about these logins; without it nobody is");
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->add_option("FILE", options->files, "Files, also in gzip (auth.log.2.gz); - is standard input")
      ->default_val(std::vector<std::string>{"-"});
  command->callback([&status, options] { status = ingest(*options); });
}

}  // namespace countersign::cli
