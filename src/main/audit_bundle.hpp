// The bundle of `countersign audit export`: what an auditor needs of a span, with the program that checks it.
// Blocking; one thread.
#pragma once

#include <string>

#include "base/time.hpp"
#include "main/remote.hpp"

namespace countersign::cli {

struct BundleWanted {
  std::string folder, from, to;
  Timestamp now{};  // `to` must not be after it
};

/// Writes into a new folder:
///   audit.jsonl       {"chain"}, then the whole chain
///   population.jsonl  every login of the span, flat ECS with its verdict
///   mappings.jsonl    of each login that somebody was asked about: whom it was led to, and why
///   approvals.jsonl   what was asked about them, with decisions and messages
///   sightings.jsonl   the records of every UTC day that the span touches and that has a root
///   report.json       the report of the span: verdicts, coverage and its gaps, findings with every account
///   policy.json       people, service accounts, hosts and their aliases, rules and their files: what the server runs
///   with seals/ID.json     sealed reports manifest.json     the SHA-256 of each file, the span, the chain's head
///   statement.json    the server's word on the head and the manifest, statement.sig its signature in base64
///   verify.py         holds all of it together; needs Python 3, and openssl for the signature
/// and gives the chain's head in hex. Fault::conflict where the chain does not hold.
Result<std::string> export_bundle(const Remote& remote, const BundleWanted& wanted);

}  // namespace countersign::cli
