// The loops that tests/bench/witness.mjs times: prints the nanoseconds of CPU that one turn took, its children's with
// it, the least of 20 runs: other programs' turns on the same CPU don't count.
// usage: witness_loops exec|write|getppid|socket TURNS
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string_view>

extern char** environ;

namespace {

void run_true() {
  char name[] = "/bin/true";
  char* const arguments[] = {name, nullptr};
  pid_t child = 0;
  if (posix_spawn(&child, name, nullptr, nullptr, arguments, environ) != 0) std::abort();
  waitpid(child, nullptr, 0);
}

/// Of this process, or of it and the children it has waited for, in nanoseconds.
double cpu_time(bool children) {
  timespec own{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
  double sum = static_cast<double>(own.tv_sec) * 1e9 + static_cast<double>(own.tv_nsec);
  rusage used{};
  if (children && getrusage(RUSAGE_CHILDREN, &used) == 0) {
    for (const timeval& part : {used.ru_utime, used.ru_stime})
      sum += static_cast<double>(part.tv_sec) * 1e9 + static_cast<double>(part.tv_usec) * 1e3;
  }
  return sum;
}

void must(bool held) {
  if (!held) std::abort();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const std::string_view loop = arguments[1];
  const long turns = std::atol(arguments[2]);
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  int pair[2] = {-1, -1};
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  double least = std::numeric_limits<double>::max();
  for (int run = 0; run < 20; ++run) {
    const double begin = cpu_time(loop == "exec");
    for (long turn = 0; turn < turns; ++turn) {
      char byte = 'x';
      if (loop == "exec") run_true();
      if (loop == "write") must(write(null, &byte, 1) == 1);
      if (loop == "getppid") syscall(SYS_getppid);
      if (loop == "socket") must(write(pair[0], &byte, 1) == 1 && read(pair[1], &byte, 1) == 1);
    }
    least = std::min(least, (cpu_time(loop == "exec") - begin) / static_cast<double>(turns));
  }
  std::printf("%.2f\n", least);
}
