// The kernel as a witness, by the eBPF room. Command lines are cut and redacted here, before anything keeps them. One
// thread.
#pragma once

#include <memory>
#include <vector>

#include "agent/redaction.hpp"
#include "agent/witness/witness.hpp"
#include "ebpf/kernel_witness.hpp"

namespace countersign::agent {

class EbpfWitness final : public Witness {
 public:
  /// `redactor` and `clock` must outlive it.
  EbpfWitness(const Configuration& configuration, const Redactor& redactor, const Clock& clock);

  [[nodiscard]] std::string witness_class() const override { return "kernel"; }
  Result<void> open() override;
  [[nodiscard]] bool may_come_back() const override { return false; }
  [[nodiscard]] int descriptor() const override { return kernel_ ? kernel_->fd() : -1; }
  Result<Look> look(Timestamp now) override;
  /// As of the last look; empty where the kernel isn't watched.
  [[nodiscard]] std::vector<ebpf::Session> sessions() const;
  [[nodiscard]] bool watching() const { return kernel_ != nullptr; }

 private:
  const ebpf::KernelSettings settings_;
  const std::size_t command_bytes_;
  const Redactor& redactor_;
  const Clock& clock_;
  std::unique_ptr<ebpf::KernelWitness> kernel_;
};

}  // namespace countersign::agent
