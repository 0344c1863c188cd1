#!/usr/bin/env python3
"""Checks a bundle of `countersign audit export`: python3 verify.py [--head HEAD] [--key KEY] [FOLDER]

Holds every file to manifest.json, every entry of the audit chain to its hash, the sightings of each day to the root in
the chain, sealed reports, policies, decisions and verdicts to their entries, and the population to its sightings and to
the report. With --head, a head of the chain that was noted outside earlier, a tail that was cut since is found too.
With --key, the server's public key as `countersign agents key` printed it, the signature proves who spoke. Needs
Python 3 and, for the signature, the program openssl (3.0 or later); exits 0 when all holds, 1 when something does not.
"""
import argparse
import base64
import calendar
import collections
import datetime
import hashlib
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import time

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base32: an id is 63 bits in thirteen characters
EPOCH = calendar.timegm((2020, 1, 1, 0, 0, 0))  # of ids: milliseconds since then, above 21 bits of a counter
STATEMENT_PREFIX = b"Countersign audit statement 1\n"
ED25519_DER = bytes.fromhex("302a300506032b6570032100")  # RFC 8410, before the key's 32 bytes
WITHOUT_ENTRY = {"waiting", "unenrolled", "not_applicable"}  # verdicts before anything is recorded


def number(value):
    return struct.pack(">q", value)


def text(value):
    raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    return number(len(raw)) + raw


def id_of(written):
    value = 0
    for letter in written:
        value = value * 32 + ALPHABET.index(letter)
    return value


def day_of(written):
    """The UTC day that an id was given on."""
    at = datetime.datetime.fromtimestamp(EPOCH + (id_of(written) >> 21) // 1000, datetime.timezone.utc)
    return at.strftime("%Y-%m-%d")


def micros(at):
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z", at)
    seconds = calendar.timegm(time.strptime(match.group(1), "%Y-%m-%dT%H:%M:%S"))
    return seconds * 1_000_000 + int((match.group(2) or "").ljust(6, "0"))


def sha256(raw):
    return hashlib.sha256(raw).digest()


class Tree:
    """The Merkle Tree Hash of RFC 6962, section 2.1, over records that come one by one."""

    def __init__(self):
        self.count, self.peaks = 0, []

    def add(self, record):
        value, before = sha256(b"\0" + record), self.count
        while before & 1:
            value, before = sha256(b"\1" + self.peaks.pop() + value), before >> 1
        self.peaks.append(value)
        self.count += 1

    def root(self):
        if not self.peaks:
            return sha256(b"")
        value = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            value = sha256(b"\1" + peak + value)
        return value


def link(previous, chain, entry):
    return sha256(
        text(previous) + text(chain) + number(id_of(entry["id"])) + number(micros(entry["at"]))
        + text(entry["kind"]) + text(entry["actor"]) + text(entry["detail"]))


def lines(folder, name):
    with open(folder / name, encoding="utf-8", newline="\n") as file:
        for line in file:
            yield json.loads(line)


def check_files(folder, manifest):
    for name, digest in manifest["files"].items():
        found = hashlib.sha256()
        with open(folder / name, "rb") as file:
            for piece in iter(lambda: file.read(1 << 20), b""):
                found.update(piece)
        if found.hexdigest() != digest:
            raise ValueError(
                f"{name} is not the file that was exported: SHA-256 {found.hexdigest()}, the manifest has {digest}")
    return len(manifest["files"])


class Chain:
    """The chain, entry by entry held to its hash, and what its entries say."""

    def __init__(self, folder, manifest, head):
        self.roots, self.seals, self.policies = {}, {}, {}
        self.decisions, self.findings = set(), set()
        self.verdicts = collections.defaultdict(list)  # of a login: (whether before the export, verdict)
        self.id, previous, last, seen, self.count = b"", b"", 0, not head, 0
        for self.count, entry in enumerate(lines(folder, "audit.jsonl")):
            if self.count == 0:
                self.id = bytes.fromhex(entry["chain"])
                continue
            place = f"entry {self.count} of the chain ({entry['id']}, {entry['kind']} of {entry['at']})"
            if id_of(entry["id"]) <= last:
                raise ValueError(f"{place} stands after a later one")
            if link(previous, self.id, entry).hex() != entry["hash"]:
                raise ValueError(f"{place} does not follow from the one before")
            previous, last = bytes.fromhex(entry["hash"]), id_of(entry["id"])
            seen = seen or entry["hash"] == head
            self.note(entry, json.loads(entry["detail"]), place, self.count <= manifest["entries_before"])
        self.head = previous.hex()
        if self.head != manifest["head"]:
            raise ValueError("the chain does not end in the manifest's head")
        if not seen:
            raise ValueError(f"the head {head} is not in the chain: its tail was cut, or this is another chain")

    def note(self, entry, detail, place, before):
        kind = entry["kind"]
        if kind == "root":
            self.roots[detail["date"]] = (detail["count"], detail["root"], place)
        elif kind == "seal":
            self.seals[detail["id"]] = (detail["digests"]["json"], place)
        elif kind == "configuration":
            self.policies[detail.get("policy")] = entry["at"]
        elif kind == "decision":
            self.decisions.add((detail["approval"], entry["actor"], detail["decision"], entry["at"], detail["reason"]))
        elif kind == "finding":
            self.findings.add(detail["approval"])
        elif kind == "verdict":
            self.verdicts[detail["event"]].append((before, detail["verdict"]))


def check_sightings(folder, manifest, chain):
    """Every exported day against its root; what was said of each login that arrived on them."""
    trees, said, total = {day: Tree() for day in manifest["days"]}, collections.defaultdict(list), 0
    with open(folder / "sightings.jsonl", "rb") as file:
        for total, raw in enumerate(file, 1):
            sighting = json.loads(raw)
            day = day_of(sighting["id"])
            if day not in trees:
                raise ValueError(f"the sighting {sighting['id']} is of {day}, which was not exported")
            trees[day].add(raw.rstrip(b"\n"))
            said[sighting["event"]].append(sighting["said"])
    for day, tree in trees.items():
        count, root, place = chain.roots[day]
        if tree.count != count:
            raise ValueError(f"of the {count} sightings of {day} that {place} is over, {tree.count} are there")
        if tree.root().hex() != root:
            raise ValueError(f"the {count} sightings of {day} are not those that {place} is over: one was changed")
    return total, said


def check_seals(folder, chain):
    for seal, (digest, place) in chain.seals.items():
        if hashlib.sha256((folder / "seals" / f"{seal}.json").read_bytes()).hexdigest() != digest:
            raise ValueError(f"the sealed report {seal} is not the document that {place} fixed")
    return len(chain.seals)


def check_policy(folder, chain):
    digest = hashlib.sha256((folder / "policy.json").read_bytes()).hexdigest()
    if digest not in chain.policies:
        raise ValueError("policy.json is nothing that the chain says was loaded")
    return chain.policies[digest]


def check_approvals(folder, chain):
    count = 0
    for approval in lines(folder, "approvals.jsonl"):
        if (approval["kind"] == "finding") != (approval["id"] in chain.findings):
            raise ValueError(f"the chain knows otherwise whether {approval['id']} is a finding")
        for decision in approval["decisions"]:
            count += 1
            key = (approval["id"], decision["by"], decision["decision"], decision["at"], decision["reason"])
            if key not in chain.decisions:
                raise ValueError(f"the decision of {decision['at']} about {approval['id']} is in no entry of the chain")
    return count


def check_population(folder, manifest, chain, said):
    logins, days = 0, set(manifest["days"])
    for event in lines(folder, "population.jsonl"):
        if event.get("event.outcome") != "failure":
            logins += event.get("event.count", 1)
        recorded = chain.verdicts.get(event["id"], [])
        good = {verdict for before, verdict in recorded if not before}  # it may have changed while it was exported
        good.update([verdict for before, verdict in recorded if before][-1:])
        if event["verdict"] not in (good | {"waiting"} if recorded else WITHOUT_ENTRY):
            raise ValueError(f"the login {event['id']} is {event['verdict']}, and the chain says "
                             f"{recorded[-1][1] if recorded else 'nothing of it'}")
        if day_of(event["id"]) not in days:
            continue
        for name in ("user.name", "source.ip", "ssh.key.fingerprint", "host.name"):
            if event.get(name, "") and all(event[name] != one.get(name, "") for one in said[event["id"]]):
                raise ValueError(f"of the login {event['id']} no witness said the {name} that the population has")
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    summary = report["summary"]
    late = report.get("sealed", {}).get("amendments", {}).get("late_logins", 0)
    if logins != summary["logins"] + late:
        raise ValueError(f"the population has {logins} logins, the report {summary['logins']}")
    if sum(summary.values()) != 2 * summary["logins"]:
        raise ValueError("the report's verdicts do not add up to its logins")
    return logins


def check_statement(folder, chain, key):
    """What is said of the signature: that it holds, or why it was not checked."""
    raw = (folder / "statement.json").read_bytes()
    statement, signed = json.loads(raw), json.loads((folder / "statement.sig").read_text(encoding="utf-8"))
    manifest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    if statement["manifest"] != manifest:
        raise ValueError("manifest.json is not the one that the server's statement speaks of")
    if statement["head"] != chain.head and not chain.count < statement["entries"]:
        raise ValueError("the server's statement speaks of another head of the chain")
    if statement["chain"] != chain.id.hex():
        raise ValueError("the server's statement speaks of another chain")
    if key and base64.b64decode(key) != base64.b64decode(signed["public_key"]):
        raise ValueError(f"the statement is signed with another key: {signed['public_key']}")
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        der = base64.encodebytes(ED25519_DER + base64.b64decode(signed["public_key"])).decode()
        (place / "key").write_text(f"-----BEGIN PUBLIC KEY-----\n{der}-----END PUBLIC KEY-----\n", encoding="ascii")
        (place / "message").write_bytes(STATEMENT_PREFIX + raw)
        (place / "signature").write_bytes(base64.b64decode(signed["signature"]))
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", place / "key", "-rawin",
                   "-in", place / "message", "-sigfile", place / "signature"]
        try:
            verified = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            return "NOT CHECKED: there is no openssl here"
    if verified.returncode != 0:
        if "nknown option" in verified.stderr or "sage" in verified.stderr:
            return "NOT CHECKED: this openssl knows no Ed25519, 3.0 does"
        raise ValueError("the server's statement does not bear its signature")
    return "holds" + ("" if key else f" (of the key {signed['public_key']}; is it the server's? --key compares)")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", nargs="?", default=pathlib.Path(__file__).parent, type=pathlib.Path)
    arguments.add_argument("--head", default="", help="a head of the chain, noted outside earlier")
    arguments.add_argument("--key", default="", help="the server's public key, in base64")
    given = arguments.parse_args()
    folder = given.folder
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        files = check_files(folder, manifest)
        chain = Chain(folder, manifest, given.head.lower())
        signature = check_statement(folder, chain, given.key)
        sightings, said = check_sightings(folder, manifest, chain)
        seals = check_seals(folder, chain)
        loaded = check_policy(folder, chain)
        decisions = check_approvals(folder, chain)
        logins = check_population(folder, manifest, chain, said)
    except (OSError, ValueError, KeyError, AttributeError, StopIteration) as fault:
        print(f"does not hold: {fault!r}" if isinstance(fault, KeyError) else f"does not hold: {fault}")
        return 1
    print(f"holds: {files} files, {chain.count} entries of the chain up to {manifest['head']}, {logins} logins "
          f"from {manifest['from']} to {manifest['to']}")
    print(f"roots: {len(manifest['days'])} days, {sightings} sightings; a day that is not over has none")
    print(f"seals: {seals}; decisions: {decisions}; policies: those loaded at {loaded}")
    print(f"signature: {signature}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
