// Sessions as PAM opens and closes them: the hook in /etc/pam.d sends a datagram for each to a socket here. Only root's
// are believed. What the hook could not deliver it marks in a file beside the socket, and that is counted. Owns both;
// one thread.
#pragma once

#include "agent/witness/witness.hpp"

namespace countersign::agent {

class PamWitness final : public Witness {
 public:
  /// `directory` is the sockets'; `boot_id` goes into the sightings' ids.
  PamWitness(std::string directory, std::string boot_id);
  ~PamWitness() override;
  PamWitness(const PamWitness&) = delete;
  PamWitness& operator=(const PamWitness&) = delete;

  [[nodiscard]] std::string witness_class() const override { return "pam"; }
  Result<void> open() override;
  [[nodiscard]] int descriptor() const override { return socket_; }
  Result<Look> look(Timestamp now) override;

 private:
  void close();
  std::int64_t missed();

  const std::string path_, missed_path_, boot_id_;
  int socket_ = -1;
  std::int64_t missed_ = 0;  // marks already counted
  std::int64_t seen_ = 0;
};

}  // namespace countersign::agent
