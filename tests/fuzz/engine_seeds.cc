// Writes the built-in rules' own lines into a folder, a file each: what the engine's fuzzer starts from.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "main/rules_file.hpp"

int main(int argc, char** argv) {
  using namespace countersign::cli;
  if (argc != 2) return 2;
  const std::filesystem::path folder(argv[1]);
  const auto pack = built_in_rules();
  int written = 0;
  const auto write = [&](const std::string& line) { std::ofstream(folder / std::to_string(++written)) << line; };
  for (const auto& rule : pack.rules) {
    for (const auto& example : rule.matches)
      write(example.message);
    for (const auto& line : rule.rejects)
      write(line);
    for (const auto& program : rule.programs)
      if (!rule.matches.empty())
        write(fmt::format("Nov 20 01:02:03 web1 {}[42]: {}", program, rule.matches.front().message));
  }
  return written == 0 ? 1 : 0;
}
