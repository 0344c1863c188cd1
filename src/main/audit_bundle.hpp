// The bundle of `countersign audit export`: what an auditor needs of a span, with the program that checks it.
// Blocking; one thread.
#pragma once

#include <string>

#include "main/remote.hpp"

namespace countersign::cli {

struct BundleWanted {
  std::string folder, from, to;
  std::string config_file;  // whose people, accounts and rules are put in; empty: left out
};

/// Writes into a new folder:
///   audit.jsonl      {"chain"}, then the whole chain
///   population.jsonl every login of the span, flat ECS with its verdict
///   report.json      the report of the span: verdicts, coverage and gaps, findings with every account
///   policy.json      people, service accounts and hosts as configured, rules by id (without a configuration: absent)
///   manifest.json    the SHA-256 of each file, the span, the chain's head
///   verify.py        holds all of it together; needs Python 3 and nothing else
/// and gives the chain's head in hex. Fault::conflict where the chain does not hold.
Result<std::string> export_bundle(const Remote& remote, const BundleWanted& wanted);

}  // namespace countersign::cli
