#include "main/bundle_folder.hpp"

#include <filesystem>

#include "base/encoding.hpp"

namespace countersign::cli {

Result<std::string> BundleFile::finish() {
  out_.close();
  if (!out_) return fail(Fault::unavailable, "can't write {}; is the disk full?", path_);
  return to_hex(digest_.finish());
}

Result<BundleFolder> BundleFolder::make(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::create_directory(path, error))
    return fail(Fault::invalid, "can't make the folder {}: {}", path,
                error ? error.message() : "it is there already; name another");
  return BundleFolder(path);
}

BundleFile BundleFolder::open(const std::string& name) const {
  const auto file = std::filesystem::path(path_) / name;
  std::error_code error;  // shows when the file is finished
  std::filesystem::create_directory(file.parent_path(), error);
  return BundleFile(file.string());
}

Result<void> BundleFolder::finish(const std::string& name, BundleFile file) {
  auto digest = file.finish();
  if (!digest) return std::unexpected(digest.error());
  digests_[name] = *std::move(digest);
  return {};
}

Result<void> BundleFolder::write(const std::string& name, std::string_view text) {
  auto file = open(name);
  file.add(text);
  return finish(name, std::move(file));
}

}  // namespace countersign::cli
