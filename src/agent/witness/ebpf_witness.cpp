#include "agent/witness/ebpf_witness.hpp"

#include "agent/sighting_json.hpp"

namespace countersign::agent {

EbpfWitness::EbpfWitness(const Configuration& configuration, const Redactor& redactor, const Clock& clock)
    : settings_{.auth_detail = configuration.auth_detail,
                .commands = configuration.commands,
                .daemons = configuration.daemons},
      command_bytes_(configuration.command_bytes),
      redactor_(redactor),
      clock_(clock) {}

Result<void> EbpfWitness::open() {
  auto opened = ebpf::KernelWitness::open(settings_, clock_);
  if (!opened) return std::unexpected(opened.error());
  kernel_ = std::move(*opened);
  return {};
}

Result<Look> EbpfWitness::look(Timestamp) {
  Look look;
  kernel_->drain([&](ebpf::Sighting sighting) {
    for (auto& [name, value] : sighting.event.more) {
      if (name != "process.command_line") continue;
      value = redactor_(value);  // whole first: a secret that is cut in two looks like none
      if (value.size() > command_bytes_) value.resize(command_bytes_);
    }
    look.sightings.push_back({sighting_json(sighting.event, sighting.id), sighting.detail, ""});
  });
  const auto lost = kernel_->take_losses();
  if (lost.logins > 0 || lost.detail > 0) look.lost = {lost.logins, lost.detail, "the kernel's buffers were full"};
  return look;
}

std::vector<ebpf::Session> EbpfWitness::sessions() const {
  return kernel_ ? kernel_->sessions() : std::vector<ebpf::Session>();
}

}  // namespace countersign::agent
