#include "app/backfill.hpp"

namespace countersign::app {

std::string_view to_text(BackfillState state) {
  switch (state) {
    case BackfillState::idle:
      return "idle";
    case BackfillState::running:
      return "running";
    case BackfillState::done:
      return "done";
    case BackfillState::failed:
      return "failed";
  }
  return "";
}

}  // namespace countersign::app
