// A log file as a feed: its lines by their syslog headers. One thread.
#pragma once

#include <string>

#include "core/zone.hpp"
#include "intake/feed.hpp"
#include "intake/file_reader.hpp"

namespace countersign::intake {

class FileFeed final : public Feed {
 public:
  /// `mark` is where it stood, empty the first time; `host` names this machine, for lines that name none.
  FileFeed(std::string path, const std::string& mark, bool from_start, std::string host, core::Zone zone);

  Result<Chunk> next(Timestamp now) override;
  void advance() override { reader_.advance(next_); }

 private:
  FileReader reader_;
  Position next_;
  const std::string host_;
  const core::Zone zone_;
};

}  // namespace countersign::intake
