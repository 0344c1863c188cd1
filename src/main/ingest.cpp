#include "main/ingest.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "main/input_file.hpp"
#include "main/lines.hpp"
#include "main/remote.hpp"

namespace countersign::cli {
namespace {

constexpr std::size_t body_size = 512 * 1024;  // of one request
constexpr std::size_t body_lines = 1000;
constexpr std::size_t longest_object = 1024 * 1024;  // the server takes no longer request
constexpr std::size_t most_named = 20;               // of the lines that were left out
constexpr std::string_view erase_line = "\x1b[K";

bool on_terminal() {
  return ::isatty(STDERR_FILENO) == 1;
}

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

/// A line as it goes over, and where it came from.
struct OutgoingLine {
  std::string object;
  std::string_view file;  // of the options
  std::size_t number = 0;
};

/// Lines on their way to the server, a request at a time.
class LineSender {
 public:
  LineSender(const Remote& remote, const IngestOptions& options)
      : remote_(remote),
        options_(options),
        path_(fmt::format("/api/v1/ingest?source={}{}", to_percent(options.source), options.ask ? "&ask=yes" : "")) {}

  void add(std::string_view line) {
    ++number_;
    if (line.empty() || !sent_) return;
    OutgoingLine outgoing{object_of(line), file_name_, number_};
    if (outgoing.object.size() >= longest_object) return leave_out(outgoing, "longer than any request may be");
    if (size_ + outgoing.object.size() > body_size) send();
    size_ += outgoing.object.size() + 1;
    lines_.push_back(std::move(outgoing));
    if (lines_.size() == body_lines) send();
  }

  void send() {
    send(lines_);
    lines_.clear();
    size_ = 0;
  }

  /// The file whose lines come now; for the progress.
  void read_from(const InputFile& file, std::string_view name) {
    file_ = &file;
    file_name_ = name;
    number_ = 0;
  }
  void read_to_end() { file_ = nullptr; }

  [[nodiscard]] const Sum& sum() const { return sum_; }
  /// What stopped it: nothing is sent after that.
  [[nodiscard]] const Result<void>& sent() const { return sent_; }
  /// Lines that the server took in no request; the others went on.
  [[nodiscard]] std::size_t left_out() const { return left_out_; }

 private:
  /// What is too large, in bytes or in parts, goes in halves, until it is one line that the server won't take.
  void send(std::span<const OutgoingLine> lines) {
    if (lines.empty() || !sent_) return;
    std::string body;
    for (const auto& line : lines)
      body.append(line.object).append("\n");
    const auto reply = remote_.post_text(path_, std::move(body));
    if (!reply) {
      sent_ = std::unexpected(reply.error());
    } else if (reply->status == 413 && lines.size() == 1) {
      leave_out(lines.front(), complaint(*reply));
    } else if (reply->status == 413) {
      send(lines.first(lines.size() / 2));
      send(lines.subspan(lines.size() / 2));
    } else if (reply->status != 200) {
      sent_ = fail(Fault::unavailable, "{}", complaint(*reply));
    } else {
      sum_.add(reply->body);
      show();
    }
  }

  void leave_out(const OutgoingLine& line, std::string_view why) {
    if (++left_out_ > most_named) return;
    if (on_terminal()) fmt::print(stderr, "\r{}", erase_line);
    fmt::print(stderr, "{}:{}: left out: {}\n", one_line(line.file), line.number, one_line(why, 200));
  }

  [[nodiscard]] std::string object_of(std::string_view line) const {
    if (options_.input == "jsonl") return std::string(line);
    nlohmann::json object{{"message", line}};
    if (options_.input == "message") object["program"] = "sshd";
    if (!options_.host.empty()) object["host"] = options_.host;
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  void show() const {
    if (!on_terminal()) return;
    const auto part = file_ && file_->size() > 0 ? fmt::format("{} %, ", file_->position() * 100 / file_->size()) : "";
    fmt::print(stderr, "\r{}{}: {}{} lines, {} events, {} known already, {} quarantined", erase_line,
               one_line(file_name_, 40), part, sum_.received, sum_.events, sum_.duplicates, sum_.quarantined);
  }

  const Remote& remote_;
  const IngestOptions& options_;
  const std::string path_;
  std::vector<OutgoingLine> lines_;
  std::size_t size_ = 0;  // of their body
  std::size_t left_out_ = 0;
  Sum sum_;
  Result<void> sent_;
  const InputFile* file_ = nullptr;
  std::string_view file_name_;
  std::size_t number_ = 0;  // of the newest line in it
};

Result<void> send_file(const std::string& name, LineSender& sender) {
  const auto file = InputFile::open(name);
  if (!file) return std::unexpected(file.error());
  sender.read_from(*file, name);
  const auto read = for_each_line(*file, [&](std::string_view line) { sender.add(line); });
  sender.read_to_end();
  return read;
}

void print(const Sum& sum, const std::string& format) {
  if (format == "json")
    fmt::print(R"({{"received":{},"events":{},"duplicates":{},"quarantined":{},"ignored":{}}})"
               "\n",
               sum.received, sum.events, sum.duplicates, sum.quarantined, sum.ignored);
  else
    fmt::print("{} lines: {} events, {} known already, {} quarantined, {} of no interest\n", sum.received, sum.events,
               sum.duplicates, sum.quarantined, sum.ignored);
}

int ingest(const IngestOptions& options) {
  int status = 0;
  const auto complain = [&status](std::string_view message) {
    fmt::print(stderr, "{}\n", one_line(message, 1000));
    status = 2;
  };
  const auto remote = Remote::find(options.remote);
  if (!remote) {
    complain(remote.error().message);
    return status;
  }
  LineSender sender(*remote, options);
  for (const auto& file : options.files) {
    if (!sender.sent()) break;
    // One that can't be read, or not whole: what was read of it counts, and so do the others.
    if (const auto read = send_file(file, sender); !read) complain(read.error().message);
  }
  sender.send();
  if (on_terminal()) fmt::print(stderr, "\n");
  if (const auto n = sender.left_out(); n > 0)
    complain(
        fmt::format("{} too large for a request: left out", n == 1 ? "1 line is" : fmt::format("{} lines are", n)));
  if (!sender.sent()) complain(sender.sent().error().message);
  const bool refused = !sender.sent() && sender.sum().received == 0;
  if (!refused) print(sender.sum(), options.format);
  return status;
}

}  // namespace

void add_ingest(CLI::App& app, int& status) {
  auto options = std::make_shared<IngestOptions>();
  auto* command = app.add_subcommand("ingest", "Lines of files into the store: what a source missed. Can be repeated");
  add_remote_options(*command, options->remote);
  command->add_option("--source", options->source, "The webhook, tail or syslog listener whose lines these are")
      ->required();
  command->add_option("--input", options->input, "syslog lines (the default), bare messages of sshd, or JSON lines")
      ->check(CLI::IsMember({"syslog", "message", "jsonl"}));
  command->add_option("--host", options->host, "The host of lines that name none");
  command->add_flag("--ask", options->ask, "Ask people about these logins; without it nobody is");
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->add_option("FILE", options->files, "Files, also in gzip (auth.log.2.gz); - is standard input")
      ->default_val(std::vector<std::string>{"-"});
  command->callback([&status, options] { status = ingest(*options); });
}

}  // namespace countersign::cli
