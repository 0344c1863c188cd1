#!/usr/bin/env python3
"""Checks a bundle of `countersign audit export`: python3 verify.py [--head HEAD] [FOLDER]

Holds every file to manifest.json and every entry of the audit chain to its hash, counts the population against the
report, and says what it found. With --head, a head of the chain that was noted outside earlier, a tail that was cut
since is found too. Needs Python 3 and nothing else; exits 0 when all holds, 1 when something does not.
"""
import argparse
import calendar
import hashlib
import json
import pathlib
import re
import struct
import sys
import time

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base32: an id is 63 bits in thirteen characters


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


def micros(at):
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z", at)
    seconds = calendar.timegm(time.strptime(match.group(1), "%Y-%m-%dT%H:%M:%S"))
    return seconds * 1_000_000 + int((match.group(2) or "").ljust(6, "0"))


def link(previous, chain, entry):
    return hashlib.sha256(
        text(previous) + text(chain) + number(id_of(entry["id"])) + number(micros(entry["at"]))
        + text(entry["kind"]) + text(entry["actor"]) + text(entry["detail"])).digest()


def check_files(folder, manifest):
    for name, digest in manifest["files"].items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != digest:
            raise ValueError(f"{name} is not the file that was exported: SHA-256 {found}, the manifest has {digest}")
    return len(manifest["files"])


def check_chain(folder, manifest, head):
    previous, last, seen, count = b"", 0, not head, 0
    with open(folder / "audit.jsonl", encoding="utf-8") as lines:
        chain = bytes.fromhex(json.loads(next(lines))["chain"])
        for count, line in enumerate(lines, 1):
            entry = json.loads(line)
            place = f"entry {count} of the chain ({entry['id']}, {entry['kind']} of {entry['at']})"
            if id_of(entry["id"]) <= last:
                raise ValueError(f"{place} stands after a later one")
            if link(previous, chain, entry).hex() != entry["hash"]:
                raise ValueError(f"{place} does not follow from the one before")
            previous, last = bytes.fromhex(entry["hash"]), id_of(entry["id"])
            seen = seen or entry["hash"] == head
    if previous.hex() != manifest["head"]:
        raise ValueError("the chain does not end in the manifest's head")
    if not seen:
        raise ValueError(f"the head {head} is not in the chain: its tail was cut, or this is another chain")
    return count


def check_population(folder):
    with open(folder / "population.jsonl", encoding="utf-8") as lines:
        logins = sum(event.get("event.count", 1) for event in map(json.loads, lines)
                     if event.get("event.outcome") != "failure")
    summary = json.loads((folder / "report.json").read_text(encoding="utf-8"))["summary"]
    if logins != summary["logins"]:
        raise ValueError(f"the population has {logins} logins, the report {summary['logins']}")
    if sum(summary.values()) != 2 * summary["logins"]:
        raise ValueError("the report's verdicts do not add up to its logins")
    return logins


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", nargs="?", default=pathlib.Path(__file__).parent, type=pathlib.Path)
    arguments.add_argument("--head", default="", help="a head of the chain, noted outside earlier")
    given = arguments.parse_args()
    try:
        manifest = json.loads((given.folder / "manifest.json").read_text(encoding="utf-8"))
        files = check_files(given.folder, manifest)
        entries = check_chain(given.folder, manifest, given.head.lower())
        logins = check_population(given.folder)
    except (OSError, ValueError, KeyError, AttributeError, StopIteration) as fault:
        print(f"does not hold: {fault}")
        return 1
    print(f"holds: {files} files, {entries} entries of the chain up to {manifest['head']}, {logins} logins "
          f"from {manifest['from']} to {manifest['to']}")
    return 0


sys.exit(main())
