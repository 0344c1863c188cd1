// What this kernel allows the witness: one small try for each thing it is built on. Needs the same rights as the
// witness itself; leaves nothing behind. For `countersign-agent doctor`.
#pragma once

#include <string>
#include <vector>

namespace countersign::ebpf {

struct Ability {
  std::string name;  // "BTF", "bpf(2)", "tp_btf", "ring buffer", "task storage", "iter/task", …
  bool ok = false;
  bool required = false;  // without it there is no kernel witness; the others take away what `purpose` says
  int error = 0;          // errno of the try, 0 where ok
  std::string purpose;    // what it is for
  std::string mend;       // what to do, empty where ok
};

std::vector<Ability> probe_kernel();

}  // namespace countersign::ebpf
