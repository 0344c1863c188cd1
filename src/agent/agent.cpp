#include "agent/agent.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "agent/account.hpp"
#include "agent/courier.hpp"
#include "agent/redaction.hpp"
#include "agent/stream.hpp"
#include "agent/witness/log_witness.hpp"
#include "agent/witness/pam_witness.hpp"

namespace countersign::agent {
namespace {

constexpr Duration login_delay = std::chrono::milliseconds(20), detail_delay = std::chrono::seconds(2);
constexpr Duration between_looks = std::chrono::milliseconds(500), between_opens = std::chrono::seconds(5);
constexpr Duration between_keeps = std::chrono::seconds(1), farewell = std::chrono::seconds(3);

/// A witness at its post: itself, its stream, and whether it watches.
struct Post {
  std::unique_ptr<Witness> witness;
  Stream stream;
  bool watching = false;
  std::string trouble;
  std::string why_not_before;  // why it did not watch until now
};

class Running final : public Agent {
 public:
  Running(std::unique_ptr<const Configuration> configuration, Account account, const Clock& clock, Random& random,
          Tell tell)
      : configuration_(std::move(configuration)),
        account_(std::move(account)),
        redactor_(configuration_->redactions),
        clock_(clock),
        tell_(std::move(tell)),
        client_(net::Client::open(
            loop_,
            {.ca_file = configuration_->ca_file, .connections_per_origin = 4, .idle_time = std::chrono::seconds(40)})),
        courier_(loop_, *client_, clock, random,
                 {configuration_->server + "/agents/v1/batches", configuration_->heartbeat}, courier_events()) {}

  Result<void> open_posts();
  void watch() override;
  void run() override;

 private:
  CourierEvents courier_events();
  Result<void> add_post(std::unique_ptr<Witness> witness, const StreamSettings& settings);
  StreamSettings stream_settings(const std::string& witness_class) const;
  void open_witness(Post& post);
  void look(Post& post);
  void gone_blind(Post& post, const std::string& why);
  void keep_looking();
  void keep();
  void stop();

  const std::unique_ptr<const Configuration> configuration_;  // account_ points to it
  Account account_;
  const Redactor redactor_;
  const Clock& clock_;
  const Tell tell_;
  net::Loop loop_;
  std::unique_ptr<net::Client> client_;
  Courier courier_;
  std::vector<std::unique_ptr<Post>> posts_;
  unsigned kept_ = 0;
  bool stopping_ = false;
};

CourierEvents Running::courier_events() {
  return {.prove = [this](std::string_view body) { return account_.prove(body); },
          .before_seal =
              [this](Stream& stream) {
                for (auto& post : posts_)
                  if (&post->stream == &stream && post->watching) look(*post);
              },
          .asked = [](const std::vector<Asked>&) {},
          .refused = [this](int status, const std::string& why) { account_.refused(status, why); },
          .tell = tell_};
}

StreamSettings Running::stream_settings(const std::string& witness_class) const {
  return {.folder = configuration_->spool + "/" + witness_class,
          .witness_class = witness_class,
          .host = configuration_->host,
          .agent_id = account_.agent_id(),
          .machine_id = account_.machine().machine_id,
          .boot_id = account_.machine().boot_id,
          .spool_bytes = configuration_->spool_bytes};
}

Result<void> Running::add_post(std::unique_ptr<Witness> witness, const StreamSettings& settings) {
  auto stream = Stream::open(settings);
  if (!stream) return std::unexpected(stream.error());
  posts_.push_back(
      std::make_unique<Post>(Post{std::move(witness), std::move(*stream), false, "", "the agent did not run"}));
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
  if (configuration_->pam)
    if (auto added = add_post(std::make_unique<PamWitness>(configuration_->run_directory, account_.machine().boot_id),
                              stream_settings("pam"));
        !added)
      return added;
  if (configuration_->journal || !configuration_->log.empty()) {
    const auto settings = stream_settings("log");
    auto stream = Stream::open(settings);
    if (!stream) return std::unexpected(stream.error());
    if (auto cut = stream->cut_to_place(); !cut) return cut;
    auto witness =
        std::make_unique<LogWitness>(LogWitness::Settings{configuration_->log, configuration_->log_from_start,
                                                          configuration_->host, stream->place().value_or("")},
                                     redactor_);
    posts_.push_back(
        std::make_unique<Post>(Post{std::move(witness), std::move(*stream), false, "", "the agent did not run"}));
  }
  for (auto& post : posts_)
    courier_.carry(post->stream);
  return {};
}

void Running::watch() {
  std::filesystem::create_directories(configuration_->run_directory);
  for (auto& post : posts_)
    open_witness(*post);
}

void Running::open_witness(Post& post) {
  if (auto opened = post.witness->open(); !opened) {
    gone_blind(post, opened.error().message);
    loop_.after(between_opens, [this, &post] {
      if (!stopping_) open_witness(post);
    });
    return;
  }
  post.watching = true;
  post.stream.watch(clock_.now(), std::exchange(post.why_not_before, ""));
  if (!std::exchange(post.trouble, "").empty()) tell_(fmt::format("{}: watching again", post.witness->witness_class()));
  if (const int descriptor = post.witness->descriptor(); descriptor >= 0)
    loop_.watch(descriptor, [this, &post] { look(post); });
}

void Running::gone_blind(Post& post, const std::string& why) {
  if (const int descriptor = post.witness->descriptor(); post.watching && descriptor >= 0) loop_.unwatch(descriptor);
  post.watching = false;
  post.stream.blind(why);
  post.why_not_before = why;
  if (std::exchange(post.trouble, why) != why)
    tell_(fmt::format("degraded: {} sees nothing: {}", post.witness->witness_class(), why));
}

void Running::look(Post& post) {
  const auto now = clock_.now();
  auto seen = post.witness->look(now);
  if (!seen) {
    gone_blind(post, seen.error().message);
    loop_.after(between_opens, [this, &post] {
      if (!stopping_) open_witness(post);
    });
    return;
  }
  const bool any = !seen->sightings.empty();
  bool logins = seen->lost.logins > 0;
  for (const auto& sighting : seen->sightings)
    logins = logins || !sighting.detail;
  if (post.witness->gives_again()) {
    if (!post.stream.look_durably(now, seen->sightings, !seen->more)) return;
    post.witness->taken();
  } else {
    post.stream.look(now, std::move(seen->sightings), std::move(seen->lost), !seen->more);
  }
  if (logins)
    courier_.hurry(post.stream, login_delay);
  else if (any)
    courier_.hurry(post.stream, detail_delay);
  if (seen->more)
    loop_.post([this, &post] {
      if (post.watching && !stopping_) look(post);
    });
}

/// Witnesses without a descriptor are looked at by the clock.
void Running::keep_looking() {
  if (stopping_) return;
  for (auto& post : posts_)
    if (post->watching && post->witness->descriptor() < 0) look(*post);
  loop_.after(between_looks, [this] { keep_looking(); });
}

/// How far was looked reaches the disk: unsynced each second, synced every tenth time.
void Running::keep() {
  if (stopping_) return;
  for (auto& post : posts_) {
    if (post->watching && post->witness->descriptor() >= 0) look(*post);
    post->stream.keep(kept_ % 10 == 0);
  }
  ++kept_;
  loop_.after(between_keeps, [this] { keep(); });
}

void Running::run() {
  loop_.on_signal({SIGTERM, SIGINT}, [this](int) { stop(); });
  account_.start(loop_, *client_,
                 {.changed =
                      [this](const std::string& agent_id) {
                        for (auto& post : posts_)
                          if (auto renumbered = post->stream.take_id(agent_id); !renumbered)
                            tell_(renumbered.error().message);
                        courier_.start();
                      },
                  .tell = tell_});
  keep_looking();
  keep();
  loop_.run();
}

void Running::stop() {
  if (std::exchange(stopping_, true)) return;
  for (auto& post : posts_) {
    if (post->watching) look(*post);
    post->stream.keep(true);
  }
  courier_.finish(farewell, [this] {
    for (auto& post : posts_)
      post->stream.keep(true);
    loop_.stop();
  });
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
