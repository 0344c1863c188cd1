// The rotated files beside a log: NAME.1, NAME.2.gz (logrotate's numbers), NAME-20261126, NAME-20261126.gz (its
// dateext). Free functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace countersign::intake {

/// Newest first: numbers upwards, then dates downwards. A compressed file beside the same one uncompressed, as while
/// gzip is at work, is left out.
std::vector<std::string> rotated_files(const std::string& path);

/// Every file in the folder that `path` leads to (a symbolic link followed) of that inode; one at most.
std::optional<std::string> file_of_inode(const std::string& path, std::uint64_t inode);

/// nullopt where there is no such file.
std::optional<std::uint64_t> inode_of(const std::string& path);
bool has_content(const std::string& path);

}  // namespace countersign::intake
