#include "ebpf/kernel_witness.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <malloc.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>
#include <witness.skel.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

#include "ebpf/mend.hpp"
#include "ebpf/tracker.hpp"

namespace countersign::ebpf {
namespace {

constexpr int kAdoptionPasses = 8;
constexpr Duration kSweepFor = std::chrono::seconds(30);

struct CloseSkeleton {
  void operator()(witness* skeleton) const { witness__destroy(skeleton); }
};
struct FreeRings {
  void operator()(ring_buffer* rings) const { ring_buffer__free(rings); }
};
using Skeleton = std::unique_ptr<witness, CloseSkeleton>;
using Rings = std::unique_ptr<ring_buffer, FreeRings>;

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string account_name(std::uint32_t uid) {
  std::array<char, 4096> space{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(uid, &entry, space.data(), space.size(), &found) != 0 || found == nullptr) return {};
  return entry.pw_name;
}

/// The uid sshd speaks to strangers with, or WIRE_NOBODY.
std::uint32_t uid_for_strangers() {
  std::array<char, 4096> space{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwnam_r("sshd", &entry, space.data(), space.size(), &found) != 0 || found == nullptr) return WIRE_NOBODY;
  return entry.pw_uid;
}

/// Field 22 of /proc/PID/stat, in clock ticks; nullopt where there is no such process, or a dead one.
std::optional<std::int64_t> start_of(std::int64_t pid) {
  std::string stat = first_line(("/proc/" + std::to_string(pid) + "/stat").c_str());
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string field;
  for (int i = 3; i <= 22; ++i)
    fields >> field;
  std::int64_t start = 0;
  if (std::from_chars(field.data(), field.data() + field.size(), start).ec != std::errc()) return std::nullopt;
  return start;
}

class LoadedWitness final : public KernelWitness {
 public:
  LoadedWitness(Skeleton skeleton, const KernelSettings& settings, const Clock& clock)
      : clock_(clock),
        skeleton_(std::move(skeleton)),
        tracker_({.boot_id = first_line("/proc/sys/kernel/random/boot_id"),
                  .commands = settings.commands,
                  .name_of = account_name}) {}

  Result<void> begin() {
    rings_.reset(ring_buffer__new(bpf_map__fd(skeleton_->maps.logins), take, this, nullptr));
    if (!rings_) return unavailable("make the logins' ring buffer", errno);
    if (const int error = ring_buffer__add(rings_.get(), bpf_map__fd(skeleton_->maps.details), take, this); error != 0)
      return unavailable("make the details' ring buffer", -error);
    return adopt();
  }

  int fd() const override { return ring_buffer__epoll_fd(rings_.get()); }

  void drain(const std::function<void(Sighting)>& sighting) override {
    sink_ = &sighting;
    timespec since_boot{};
    (void)clock_gettime(CLOCK_BOOTTIME, &since_boot);
    boot_ = clock_.now() - std::chrono::duration_cast<Duration>(std::chrono::seconds(since_boot.tv_sec) +
                                                                std::chrono::nanoseconds(since_boot.tv_nsec));
    ring_buffer__consume(rings_.get());
    const auto now = clock_.now();
    if (const auto lost = all_lost().logins; lost != known_lost_) {
      known_lost_ = lost;  // an end may be among them, of a process that is still about to go
      sweep_until_ = now + kSweepFor;
    }
    if (now < sweep_until_)
      tracker_.sweep([](std::int64_t pid, std::int64_t start) { return start_of(pid) == start; }, now, sighting);
    sink_ = nullptr;
  }

  Losses take_losses() override {
    const Losses all = all_lost();
    const Losses fresh{.logins = all.logins - told_.logins, .detail = all.detail - told_.detail};
    told_ = all;
    return fresh;
  }

  std::vector<Session> sessions() const override { return tracker_.sessions(); }

 private:
  static int take(void* self, void* bytes, std::size_t size) {
    auto& witness = *static_cast<LoadedWitness*>(self);
    witness.tracker_.take({static_cast<const char*>(bytes), size}, witness.boot_, *witness.sink_);
    return 0;
  }

  /// Passes over all processes until one adds none: a child may come before its parent where pids have wrapped.
  Result<void> adopt() {
    for (int pass = 0; pass < kAdoptionPasses; ++pass) {
      const auto before = skeleton_->bss->adopted;
      const int iterator = bpf_iter_create(bpf_link__fd(skeleton_->links.adopt));
      if (iterator < 0) return unavailable("look for the sshd that runs already (iter/task)", -iterator);
      std::array<char, 64> nothing{};
      ssize_t got = 0;
      do
        got = read(iterator, nothing.data(), nothing.size());
      while (got > 0 || (got < 0 && errno == EAGAIN));
      const int error = got < 0 ? errno : 0;
      close(iterator);
      if (error != 0) return unavailable("look for the sshd that runs already (iter/task)", error);
      if (skeleton_->bss->adopted == before) break;
    }
    return {};
  }

  [[nodiscard]] Losses all_lost() const {
    Losses sum;
    for (std::size_t kind = 0; kind < WIRE_KINDS; ++kind) {
      const bool detail = kind >= WIRE_FAILURE && kind != WIRE_STATE && kind != WIRE_AUTH_STATE;
      (detail ? sum.detail : sum.logins) +=
          static_cast<std::int64_t>(__atomic_load_n(&skeleton_->bss->lost[kind], __ATOMIC_RELAXED));
    }
    return sum;
  }

  const Clock& clock_;
  Skeleton skeleton_;
  Rings rings_;
  Tracker tracker_;
  Timestamp boot_{};
  const std::function<void(Sighting)>* sink_ = nullptr;  // during drain()
  Losses told_;
  std::int64_t known_lost_ = 0;
  Timestamp sweep_until_{};
};

/// The kernel's form of a device number: 12 bits of major, 20 of minor.
std::uint64_t kernel_device(dev_t device) {
  return std::uint64_t{major(device)} << 20 | minor(device);
}

/// sshd's words on its sockets: by two tracepoints, or before Linux 6.3 by the functions they stand in.
void choose_sockets(witness& skeleton) {
  const bool tracepoints = libbpf_find_vmlinux_btf_id("sock_recv_length", BPF_TRACE_RAW_TP) > 0 &&
                           libbpf_find_vmlinux_btf_id("sock_send_length", BPF_TRACE_RAW_TP) > 0;
  const auto& all = skeleton.progs;
  for (bpf_program* program : {all.on_receive, all.on_send})
    bpf_program__set_autoload(program, tracepoints);
  for (bpf_program* program :
       {all.on_unix_receive, all.on_unix_send, all.on_unix_datagram, all.on_tcp_receive, all.on_tcp_send})
    bpf_program__set_autoload(program, !tracepoints);
}

void list_images(witness& skeleton, const std::vector<std::string>& daemons) {
  for (const auto& path : daemons) {
    struct stat file{};
    if (stat(path.c_str(), &file) != 0) continue;
    const struct {
      std::uint64_t device, inode;
    } key{kernel_device(file.st_dev), file.st_ino};
    const std::uint32_t listed = 1;  // IMAGE_LISTED
    bpf_map__update_elem(skeleton.maps.images, &key, sizeof key, &listed, sizeof listed, BPF_ANY);
  }
}

}  // namespace

Result<std::unique_ptr<KernelWitness>> KernelWitness::open(const KernelSettings& settings, const Clock& clock) {
  (void)libbpf_set_print(nullptr);  // its errors come back as values, and are told as such
  if (access("/sys/kernel/btf/vmlinux", R_OK) != 0) return unavailable("read the kernel's BTF", errno);
  Skeleton skeleton(witness__open());
  if (!skeleton) return unavailable("open the programs", errno);
  choose_sockets(*skeleton);
  skeleton->rodata->auth_detail = settings.auth_detail;
  skeleton->rodata->commands = settings.commands;
  skeleton->rodata->preauth_uid = uid_for_strangers();
  bpf_map__set_max_entries(skeleton->maps.logins, static_cast<std::uint32_t>(settings.login_ring));
  bpf_map__set_max_entries(skeleton->maps.details, static_cast<std::uint32_t>(settings.detail_ring));
  if (const int error = witness__load(skeleton.get()); error != 0) return unavailable("load the programs", -error);
  list_images(*skeleton, settings.daemons);
  if (const int error = witness__attach(skeleton.get()); error != 0) return unavailable("attach the programs", -error);
  auto loaded = std::make_unique<LoadedWitness>(std::move(skeleton), settings, clock);
  if (auto begun = loaded->begin(); !begun) return std::unexpected(begun.error());
  malloc_trim(0);  // the kernel's BTF took several megabytes while the programs were fitted to it
  return loaded;
}

}  // namespace countersign::ebpf
