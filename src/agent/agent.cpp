#include "agent/agent.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/account.hpp"
#include "agent/containment.hpp"
#include "agent/control.hpp"
#include "agent/courier.hpp"
#include "agent/post.hpp"
#include "agent/privileges.hpp"
#include "agent/process.hpp"
#include "agent/session_json.hpp"
#include "agent/ways.hpp"
#include "agent/witness/ebpf_witness.hpp"
#include "agent/witness/log_witness.hpp"
#include "agent/witness/pam_witness.hpp"

namespace countersign::agent {
namespace {

constexpr Duration login_delay = std::chrono::milliseconds(20), detail_delay = std::chrono::seconds(2);
constexpr Duration between_looks = std::chrono::milliseconds(500), between_keeps = std::chrono::seconds(1);
constexpr Duration between_ways = std::chrono::minutes(1);
constexpr Duration farewell = std::chrono::seconds(3);
constexpr unsigned keeps_a_sync = 10;

class Running final : public Agent {
 public:
  Running(std::unique_ptr<const Configuration> configuration, Account account, const Clock& clock, Random& random,
          Tell tell);

  Result<void> open_posts();
  void watch() override;
  void run() override;

 private:
  CourierEvents courier_events();
  Containment::Parts containment_parts();
  Result<Stream> open_stream(const std::string& witness_class) const;
  void add_post(std::unique_ptr<Witness> witness, Stream stream);
  Result<void> add_kernel();
  Result<void> add_log();
  std::string answer(std::string_view question) const;
  void keep_looking();
  void keep();
  void keep_finding_ways();
  void stop();

  const std::unique_ptr<const Configuration> configuration_;  // account_ points to it
  Account account_;
  const Redactor redactor_;
  const Clock& clock_;
  const Tell tell_;
  net::Loop loop_;
  std::unique_ptr<net::Client> client_;
  Control control_;
  Containment containment_;
  std::vector<std::unique_ptr<Post>> posts_;
  EbpfWitness* kernel_ = nullptr;  // of the first post, where it is that
  Courier courier_;                // carries the posts' streams
  unsigned kept_ = 0;
  bool stopping_ = false;
};

Running::Running(std::unique_ptr<const Configuration> configuration, Account account, const Clock& clock,
                 Random& random, Tell tell)
    : configuration_(std::move(configuration)),
      account_(std::move(account)),
      redactor_(configuration_->redactions),
      clock_(clock),
      tell_(std::move(tell)),
      client_(net::Client::open(
          loop_,
          {.ca_file = configuration_->ca_file, .connections_per_origin = 4, .idle_time = std::chrono::seconds(40)})),
      control_(loop_, [this](std::string_view question) { return answer(question); }),
      containment_(containment_parts()),
      courier_(loop_, *client_, clock, random,
               {configuration_->server + "/agents/v1/batches", configuration_->heartbeat}, courier_events()) {}

CourierEvents Running::courier_events() {
  return {.prove = [this](std::string_view body) { return account_.prove(body); },
          .before_seal =
              [this](Stream& stream) {
                for (auto& post : posts_)
                  if (&post->stream() == &stream) post->look();
              },
          .asked = [this](const std::vector<Asked>& requests) { containment_.asked(requests, clock_.now()); },
          .refused = [this](int status, const std::string& why) { account_.refused(status, why); },
          .tell = tell_};
}

Containment::Parts Running::containment_parts() {
  return {.allowed = configuration_->contain,
          .addressee =
              [this] {
                return Addressee{account_.server_key(), account_.agent_id(), configuration_->host,
                                 account_.machine().boot_id};
              },
          .sessions = [this] { return kernel_ ? kernel_->sessions() : std::vector<ebpf::Session>(); },
          .end = end_session,
          .report = [this](Spooled sighting) { posts_.front()->add(std::move(sighting)); },
          .tell = tell_};
}

Result<Stream> Running::open_stream(const std::string& witness_class) const {
  return Stream::open({.folder = configuration_->spool + "/" + witness_class,
                       .witness_class = witness_class,
                       .host = configuration_->host,
                       .agent_id = account_.agent_id(),
                       .machine_id = account_.machine().machine_id,
                       .boot_id = account_.machine().boot_id,
                       .contain = configuration_->contain,
                       .spool_bytes = configuration_->spool_bytes});
}

void Running::add_post(std::unique_ptr<Witness> witness, Stream stream) {
  posts_.push_back(std::make_unique<Post>(
      std::move(witness), std::move(stream), loop_, clock_,
      Post::Events{
          .fresh = [this](Stream& has, bool logins) { courier_.hurry(has, logins ? login_delay : detail_delay); },
          .seen =
              [this](const std::vector<Spooled>& sightings) {
                for (const auto& sighting : sightings)
                  control_.publish(sighting.json);
              },
          .tell = tell_}));
  courier_.carry(posts_.back()->stream());
}

Result<void> Running::add_kernel() {
  auto stream = open_stream("kernel");
  if (!stream) return std::unexpected(stream.error());
  auto witness = std::make_unique<EbpfWitness>(*configuration_, redactor_, clock_);
  kernel_ = witness.get();
  add_post(std::move(witness), std::move(*stream));
  return {};
}

Result<void> Running::add_log() {
  auto stream = open_stream("log");
  if (!stream) return std::unexpected(stream.error());
  if (auto cut = stream->cut_to_place(); !cut) return cut;
  LogWitness::Settings settings{configuration_->log, configuration_->log_from_start, configuration_->host,
                                stream->place().value_or("")};
  add_post(std::make_unique<LogWitness>(std::move(settings), redactor_), std::move(*stream));
  return {};
}

Result<void> Running::open_posts() {
  if (account_.foreign()) {
    for (const auto* name : {"kernel", "log", "pam"}) {
      std::error_code ignored;
      std::filesystem::remove_all(configuration_->spool + "/" + name, ignored);
    }
    tell_("the spool came from another machine: what it held is given up, and this machine is an agent of its own");
  }
  if (configuration_->kernel)
    if (auto added = add_kernel(); !added) return added;
  if (configuration_->pam) {
    auto stream = open_stream("pam");
    if (!stream) return std::unexpected(stream.error());
    add_post(std::make_unique<PamWitness>(configuration_->run_directory, account_.machine().boot_id),
             std::move(*stream));
  }
  if (configuration_->journal || !configuration_->log.empty())
    if (auto added = add_log(); !added) return added;
  std::error_code error;
  std::filesystem::create_directories(configuration_->run_directory, error);
  if (error) return fail(Fault::unavailable, "can't make {}: {}", configuration_->run_directory, error.message());
  return control_.open(control_path(configuration_->run_directory), configuration_->group);
}

void Running::watch() {
  for (auto& post : posts_)
    post->open();
  Need need{.end_sessions = configuration_->contain,
            .readable = {"/run/log/journal", "/var/log"},
            .writable = {configuration_->spool, configuration_->run_directory}};
  for (const auto& file : {configuration_->log, configuration_->join_token_file, configuration_->ca_file})
    if (!file.empty()) need.readable.push_back(std::filesystem::path(file).parent_path());
  for (const auto& left : give_up_privileges(need))
    tell_(left);
}

/// For people at the host: "sessions", "status".
std::string Running::answer(std::string_view question) const {
  std::string text;
  if (question == "sessions") {
    if (!kernel_ || !kernel_->watching()) return "error: the kernel is not watched, so sessions are not known\n";
    for (const auto& session : kernel_->sessions())
      text += session_json(session) + "\n";
    return text;
  }
  if (question != "status") return "error: not understood\n";
  nlohmann::ordered_json witnesses;
  for (const auto& post : posts_)
    witnesses[post->stream().witness_class()] = {{"watching", post->watching()},
                                                 {"trouble", post->trouble()},
                                                 {"spooled_bytes", post->stream().spooled_bytes()},
                                                 {"sequence", post->stream().sequence()}};
  const auto acknowledged = courier_.last_acknowledged();
  return nlohmann::ordered_json{{"host", configuration_->host},
                                {"agent_id", account_.agent_id()},
                                {"acknowledged", acknowledged ? to_rfc3339(*acknowledged) : ""},
                                {"trouble", courier_.trouble()},
                                {"witnesses", std::move(witnesses)}}
             .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

/// Witnesses without a descriptor are looked at by the clock.
void Running::keep_looking() {
  if (stopping_) return;
  for (auto& post : posts_)
    if (post->by_clock()) post->look();
  loop_.after(between_looks, [this] { keep_looking(); });
}

/// How far was looked reaches the disk each second, and is synced now and then.
void Running::keep() {
  if (stopping_) return;
  for (auto& post : posts_) {
    if (!post->by_clock()) post->look();
    post->stream().keep(kept_ % keeps_a_sync == 0);
  }
  ++kept_;
  loop_.after(between_keeps, [this] { keep(); });
}

/// Beside the kernel's stream, whose coverage they are the limits of.
void Running::keep_finding_ways() {
  if (stopping_ || !kernel_) return;
  auto& stream = posts_.front()->stream();
  stream.tell_ways(to_json(find_ways(all_processes(), listening_ports())));
  if (stream.has_ways()) courier_.hurry(stream, detail_delay);
  loop_.after(between_ways, [this] { keep_finding_ways(); });
}

void Running::run() {
  loop_.on_signal({SIGTERM, SIGINT}, [this](int) { stop(); });
  account_.start(loop_, *client_,
                 {.changed =
                      [this](const std::string& agent_id) {
                        for (auto& post : posts_)
                          if (auto taken = post->stream().take_id(agent_id); !taken) tell_(taken.error().message);
                        courier_.start();
                      },
                  .tell = tell_});
  keep_looking();
  keep();
  keep_finding_ways();
  loop_.run();
}

void Running::stop() {
  if (std::exchange(stopping_, true)) return;
  for (auto& post : posts_)
    post->close();
  courier_.finish(farewell, [this] { loop_.stop(); });
}

}  // namespace

Result<std::unique_ptr<Agent>> Agent::open(Configuration configuration, const Clock& clock, Random& random, Tell tell) {
  std::error_code error;
  std::filesystem::create_directories(configuration.spool, error);
  if (error) return fail(Fault::unavailable, "can't make the spool {}: {}", configuration.spool, error.message());
  std::filesystem::permissions(configuration.spool, std::filesystem::perms::owner_all, error);
  auto machine = read_machine(configuration.machine_id_file, configuration.boot_id_file);
  if (!machine) return std::unexpected(machine.error());
  auto kept = std::make_unique<const Configuration>(std::move(configuration));
  auto account = Account::open(*kept, std::move(*machine), random);
  if (!account) return std::unexpected(account.error());
  auto running = std::make_unique<Running>(std::move(kept), std::move(*account), clock, random, std::move(tell));
  if (auto opened = running->open_posts(); !opened) return std::unexpected(opened.error());
  return running;
}

}  // namespace countersign::agent
