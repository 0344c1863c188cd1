// A folder that is written once, file by file, with the digest of each. One thread.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.hpp"
#include "crypto/digest.hpp"

namespace countersign::cli {

/// One file under way: written piece by piece, so that it may be longer than memory.
class BundleFile {
 public:
  explicit BundleFile(const std::string& path) : path_(path), out_(path, std::ios::binary) {}

  void line(std::string_view text) {
    add(text);
    add("\n");
  }
  void add(std::string_view bytes) {
    out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    digest_.add(bytes);
  }
  /// Its SHA-256 in hex; Fault::unavailable where it could not be written.
  Result<std::string> finish();

 private:
  std::string path_;
  std::ofstream out_;
  crypto::Sha256 digest_;
};

class BundleFolder {
 public:
  /// Fault::invalid where it is there already.
  static Result<BundleFolder> make(const std::string& path);

  /// `name` may lie in a folder of one level, which is made.
  [[nodiscard]] BundleFile open(const std::string& name) const;
  Result<void> finish(const std::string& name, BundleFile file);
  Result<void> write(const std::string& name, std::string_view text);

  /// {"NAME": hex, …} of every file that is finished.
  [[nodiscard]] const nlohmann::ordered_json& digests() const { return digests_; }

 private:
  explicit BundleFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;
  nlohmann::ordered_json digests_ = nlohmann::ordered_json::object();
};

}  // namespace countersign::cli
