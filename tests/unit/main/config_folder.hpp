// A folder with a configuration and what it names, gone when it goes. One a process at a time.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "main/config/config.hpp"

namespace countersign::cli {

/// An authority of nobody.
inline constexpr auto a_certificate = R"(-----BEGIN CERTIFICATE-----
MIIBcDCCARWgAwIBAgIUBwr6ocCJV5VYlk17852XRwluRLAwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBeDAgFw0yNjExMjYyMTU0NDhaGA8yMTI2MTEwMjIxNTQ0OFow
DDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAaSCA7+UMsW
tOiolYxU/rNUMRi5Li3oLZt0tgnaIReY+s0ivFCyPVfBZmjCf3gYkVoIan4bO0xZ
YtMzFEmfi6ujUzBRMB0GA1UdDgQWBBQV6icaM+xBQeJMn0Z6rf/vALqGFjAfBgNV
HSMEGDAWgBQV6icaM+xBQeJMn0Z6rf/vALqGFjAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0kAMEYCIQClJPrVTD3mpdfZCa4SV+R8rP2Li5LiTBJUC2a+Lhr7
0AIhAPf2FWBf8A6gECA/nLtJWz5Uc+HFyguXdGOCpNx+5tD8
-----END CERTIFICATE-----
)";

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("countersign-config-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_ / "people.d");
    write("token", "s3cret\n");
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }
  [[nodiscard]] std::string at(const std::string& name) const { return (path_ / name).string(); }
  void make_folder(const std::string& name) const { std::filesystem::create_directories(path_ / name); }
  [[nodiscard]] LoadedConfig load(const std::string& text) const {
    write("c.toml", text);
    return load_config(at("c.toml"));
  }

 private:
  std::filesystem::path path_;
};

}  // namespace countersign::cli
