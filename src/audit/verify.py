#!/usr/bin/env python3
"""Checks a bundle of `countersign audit export`: python3 verify.py [--head HEAD] [--key KEY] [FOLDER]

Holds every file to manifest.json, every entry of the audit chain to its hash, the sightings of each day to the root in
the chain, sealed reports, policies, approvals, decisions and verdicts to their entries, and the population to its
sightings and to the report; and that nothing is left out: no file, no day with a root, no login that a sighting of such
a day tells of, no approval, decision or finding of the chain, no mapping. With --head, a head of the chain that was
noted outside earlier, a tail that was cut since is found too. With --key, the server's public key as `countersign
agents key` printed it, the signature proves who spoke. Needs Python 3 and, for the signature, the program openssl (3.0
or later); exits 0 when all holds, 1 when something does not or when --key is given and the signature can't be checked
here, 2 when it was called wrongly, with an empty --head or --key too.
"""
# One file on purpose, in the order it is read: how things are written and hashed; files; chain; sightings; seals and
# policy; approvals; logins; signature; the command. An auditor has one file to read and one SHA-256 to compare, and can
# run a copy from elsewhere over any bundle. Modules beside it would be imported from the folder under examination
# before a byte of it is checked, and Python would leave its cache there.
import argparse
import base64
import calendar
import collections
import datetime
import fnmatch
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
FILES = ("audit.jsonl", "population.jsonl", "mappings.jsonl", "approvals.jsonl", "sightings.jsonl", "report.json",
         "policy.json", "verify.py")
MOST_EVENTS = 1000  # that an approval lists
MINUTE = 60_000_000
LOGIN_KINDS = "*_login aws_session signin"  # what is a login, by its action
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
    return day_at(given_at(written))


def given_at(written):
    """When an id was given, as micros() has it."""
    return (EPOCH * 1000 + (id_of(written) >> 21)) * 1000


def day_at(at):
    return datetime.datetime.fromtimestamp(at // 1_000_000, datetime.timezone.utc).strftime("%Y-%m-%d")


def micros(at):
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z", at)
    seconds = calendar.timegm(time.strptime(match.group(1), "%Y-%m-%dT%H:%M:%S"))
    return seconds * 1_000_000 + int((match.group(2) or "").ljust(6, "0"))


def is_login(action):
    return any(fnmatch.fnmatchcase(action, kind) for kind in LOGIN_KINDS.split())


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


class Span:
    """What the bundle says it is of: from inclusive, to exclusive."""

    def __init__(self, manifest):
        self.start, self.end = micros(manifest["from"]), micros(manifest["to"])

    def has(self, at):
        return self.start <= at < self.end

    def touches(self, day):
        return day_at(self.start) <= day <= day_at(self.end)


def check_files(folder, manifest):
    for name in FILES:
        if name not in manifest["files"]:
            raise ValueError(f"{name} is missing in manifest.json: every bundle has it")
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
        self.roots, self.seals, self.policies, self.findings = {}, {}, {}, set()
        self.asked = {}  # of an approval: (whether before the export, when it was asked)
        self.held_since = None  # the first entry that says how an approval stands: from here on each that asks has one
        self.states = collections.defaultdict(list)  # of an approval: (whether before the export, how it stands)
        self.decisions = collections.defaultdict(dict)  # of an approval: decision, and whether before the export
        self.settled = set()  # events that a decision settled
        self.verdicts = collections.defaultdict(list)  # of a login: (whether before the export, verdict)
        self.may_wait = set()  # logins that older versions may have looked at anew without an entry
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
            self.note_root(detail, place)
        elif kind == "seal":
            self.seals[detail["id"]] = (detail, place)
        elif kind == "configuration":
            self.policies[detail.get("policy")] = entry["at"]
        elif kind == "decision":
            key = decision_key(entry["actor"], entry["at"], self.settle(detail))
            self.decisions[detail["approval"]][key] = before
        elif kind in ("verdict", "reopened"):
            self.verdicts[detail["event"]].append((before, detail["verdict"]))
            (self.may_wait.discard if "version" in detail else self.may_wait.add)(detail["event"])
        if kind == "finding":
            self.findings.add(detail["approval"])
        if kind in ("asked", "finding"):
            self.asked[detail["approval"]] = (before, micros(entry["at"]))
        if "now" in detail:
            self.held_since = self.held_since or id_of(entry["id"])
            self.states[detail["approval"]].append((before, detail["now"]))

    def settle(self, detail):
        """A decision with what it did to its events, by what was decided before: settled first, or anew."""
        settles = detail["settled_as"] != "pending"
        events = detail["events"] if settles else []
        done = {"settles": settles, "settled": [event for event in events if event not in self.settled],
                "revised": [event for event in events if event in self.settled]}
        self.settled.update(events)
        return {**detail, **done}

    def note_root(self, detail, place):
        if self.roots:
            due = day_at(micros(f"{max(self.roots)}T00:00:00Z") + 1440 * MINUTE)
            if detail["date"] != due:
                raise ValueError(f"{place} is over {detail['date']}, and the root of {due} should come next")
        self.roots[detail["date"]] = (detail["count"], detail["root"], place)


def decision_key(by, at, said):
    about = tuple(tuple(sorted(set(said[name]))) for name in ("events", "settled", "revised"))
    return (by, at, said["decision"], said["via"], said["reason"], said["settles"], about)


def standing(recorded):
    """What may stand in the bundle: the last before the export, or what came during it."""
    return [what for before, what in recorded if not before] + [what for before, what in recorded if before][-1:]


def agrees(now, stands):
    """Whether an entry tells so; older ones tell less."""
    return now == {name: stands.get(name) for name in now}


class Sightings:
    """Every exported day against its root; what was said of each login that arrived on them."""

    def __init__(self, folder, manifest, chain, span):
        trees = {day: Tree() for day in manifest["days"]}
        for day in chain.roots:
            if span.touches(day) and day not in trees:
                raise ValueError(f"the sightings of {day} are not in the bundle, and the chain has its root")
        self.count, self.said, self.logins = 0, collections.defaultdict(list), {}  # logins: of an event, time and count
        with open(folder / "sightings.jsonl", "rb") as file:
            for self.count, raw in enumerate(file, 1):
                sighting = json.loads(raw)
                day = day_of(sighting["id"])
                if day not in trees:
                    raise ValueError(f"the sighting {sighting['id']} is of {day}, which was not exported")
                trees[day].add(raw.rstrip(b"\n"))
                self.said[sighting["event"]].append(sighting["said"])
                if "event_time" in sighting and is_login(sighting["said"].get("event.action", "")):
                    self.logins[sighting["event"]] = (sighting["event_time"], sighting["event_count"])
        for day, tree in trees.items():
            count, root, place = chain.roots[day]
            if tree.count != count:
                raise ValueError(f"of the {count} sightings of {day} that {place} is over, {tree.count} are there")
            if tree.root().hex() != root:
                raise ValueError(f"the {count} sightings of {day} are not those that {place} is over: one was changed")


def check_seals(folder, manifest, chain):
    for seal, (detail, place) in chain.seals.items():
        name = f"seals/{seal}.json"
        if name not in manifest["files"]:
            raise ValueError(f"{name} is missing in manifest.json, and {place} tells of it")
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != detail["digests"]["json"]:
            raise ValueError(f"the sealed report {seal} is not the document that {place} fixed")
    return len(chain.seals)


def check_policy(folder, chain):
    digest = hashlib.sha256((folder / "policy.json").read_bytes()).hexdigest()
    if digest not in chain.policies:
        raise ValueError("policy.json is nothing that the chain says was loaded")
    return chain.policies[digest]


def check_approval(approval, chain):
    """An approval of the bundle against the chain; how many decisions it has."""
    if (approval["kind"] == "finding") != (approval["id"] in chain.findings):
        raise ValueError(f"the chain knows otherwise whether {approval['id']} is a finding")
    names = ("addressed_to", "approvers", "kind", "needs_reason", "reason", "severity", "state")
    stands = {name: approval[name] for name in names}
    stands["person"] = approval["person"] or ""
    entries = chain.states.get(approval["id"], [])
    # Of one that an older version asked the chain may say nothing until something becomes of it.
    held = approval["id"] in chain.asked or any(before for before, _ in entries)
    if entries and held and not any(agrees(now, stands) for now in standing(entries)):
        raise ValueError(f"the approval {approval['id']} is {approval['state']}, and does not stand as the chain says")
    for name in ("approvers", "kind", "needs_reason", "severity"):  # these never change
        first = next((now[name] for _, now in entries if name in now), stands[name])
        if first != stands[name]:
            raise ValueError(f"the approval {approval['id']} has another {name} than the chain first told")
    if approval["id"] in chain.asked and micros(approval["created_at"]) != chain.asked[approval["id"]][1]:
        raise ValueError(f"the approval {approval['id']} is of {approval['created_at']}, and not by the chain")
    decided = chain.decisions.get(approval["id"], {})
    old = chain.held_since is None or id_of(approval["id"]) < chain.held_since
    if not (entries or decided or approval["id"] in chain.asked) and approval["state"] != "expected" \
            and not (old and approval["state"] == "pending"):
        raise ValueError(f"the approval {approval['id']} is {approval['state']}, and no entry of the chain says so")
    found = {decision_key(one["by"], one["at"], one): one["at"] for one in approval["decisions"]}
    for key, at in found.items():
        if key not in decided:
            raise ValueError(f"the decision of {at} about {approval['id']} is in no entry of the chain")
    for key, before in decided.items():
        if before and key not in found:
            raise ValueError(f"the decision of {key[1]} about {approval['id']} is in the chain and not in the bundle")
    return len(found)


def check_approvals(folder, chain, span, population):
    """What was asked, about whom, and what was decided: all of the span, and all about its logins."""
    count, asked, mapped, cut = 0, set(), {}, set()
    for approval in lines(folder, "approvals.jsonl"):
        asked.add(approval["id"])
        count += check_approval(approval, chain)
        if len(approval["events"]) >= MOST_EVENTS:
            cut.add(approval["id"])
        for event in approval["events"]:
            if event["id"] in population:
                mapped[(event["id"], approval["id"])] = [
                    approval["person"], approval["addressed_to"], approval["reason"]]
    for approval, (before, at) in chain.asked.items():
        if before and span.has(at) and approval not in asked:
            raise ValueError(f"the approval {approval} is in the chain and not in the bundle")
    for approval, decisions in chain.decisions.items():
        if any(decisions.values()) and approval not in asked and span.has(given_at(approval)) \
                and span.has(given_at(approval) - MINUTE):
            raise ValueError(f"a decision about {approval} is in the chain, and the approval is not in the bundle")
    for event, approval in population.items():
        if approval and approval not in cut and (event, approval) not in mapped:
            raise ValueError(f"the approval {approval} of the login {event} is not in the bundle")
    for mapping in lines(folder, "mappings.jsonl"):
        if mapped.pop((mapping["event"], mapping["approval"]), None) != [
                mapping["person"], mapping["addressed_to"], mapping["reason"]]:
            raise ValueError(f"the mapping of the login {mapping['event']} is not what its approval says")
    for event, approval in mapped:
        raise ValueError(f"the mapping of the login {event} to the approval {approval} is missing")
    return count


def check_login(event, chain, sightings, days):
    entries = chain.verdicts.get(event["id"], [])
    recorded = standing(entries)  # it may have changed while it was exported, or have got its first
    may_be = recorded + (["waiting"] if event["id"] in chain.may_wait else [])
    if not any(before for before, _ in entries):
        may_be += WITHOUT_ENTRY
    if event["verdict"] not in may_be:
        raise ValueError(f"the login {event['id']} is {event['verdict']}, and the chain says "
                         f"{recorded[-1] if recorded else 'nothing of it'}")
    told = sightings.logins.get(event["id"])
    if told and told != (event["@timestamp"], event.get("event.count", 1)):
        raise ValueError(f"the login {event['id']} has another time or count than its sightings' records")
    given = given_at(event["id"])
    if not {day_at(given), day_at(given + MINUTE)} <= days:
        return
    if not sightings.said[event["id"]]:
        raise ValueError(f"of the login {event['id']} no sighting tells")
    for name in ("user.name", "source.ip", "ssh.key.fingerprint", "host.name"):
        said = {one.get(name, "") for one in sightings.said[event["id"]]} - {""}  # a later day's witness may have added it
        if event.get(name, "") and said and event[name] not in said:
            raise ValueError(f"of the login {event['id']} no witness said the {name} that the population has")


def check_population(folder, manifest, chain, span, sightings):
    """How many logins there are, and the approval of each, by id."""
    logins, days, population = 0, set(manifest["days"]), {}
    for event in lines(folder, "population.jsonl"):
        if event.get("event.outcome") != "failure":
            logins += event.get("event.count", 1)
        if event["id"] in population:
            raise ValueError(f"the login {event['id']} is there twice")
        population[event["id"]] = event.get("approval.id")
        check_login(event, chain, sightings, days)
    for event, (at, _) in sightings.logins.items():
        if span.has(micros(at)) and event not in population:
            raise ValueError(f"the login {event} is in the sightings and not in the population")
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    if (micros(report["from"]), micros(report["to"])) != (span.start, span.end):
        raise ValueError("the report is of another span")
    summary = report["summary"]
    since = report.get("sealed", {}).get("amendments", {})
    if logins != summary["logins"] + since.get("late_logins", 0) + since.get("uncounted_logins", 0):
        raise ValueError(f"the population has {logins} logins, the report {summary['logins']}")
    if sum(summary.values()) != 2 * summary["logins"]:
        raise ValueError("the report's verdicts do not add up to its logins")
    return logins, population


def unchecked(why, key):
    """A signature that somebody asked for must not pass unseen."""
    if key:
        raise ValueError(f"the signature can't be held to --key: {why}")
    return f"NOT CHECKED: {why}"


def check_statement(folder, chain, span, key):
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
    if span.end > micros(statement["at"]):
        raise ValueError("the span was not over when the bundle was made")
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
            return unchecked("there is no openssl here", key)
    if verified.returncode != 0:
        if "nknown option" in verified.stderr or "sage" in verified.stderr:
            return unchecked("this openssl knows no Ed25519, 3.0 does", key)
        raise ValueError("the server's statement does not bear its signature")
    return "holds" + ("" if key else f" (of the key {signed['public_key']}; is it the server's? --key compares)")


def filled(value):
    """What "$(cat noted.head)" gives without the file: taken for nothing given, it would let a cut tail pass."""
    if not value.strip():
        raise argparse.ArgumentTypeError("it is empty: is the file there?")
    return value.strip()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", nargs="?", default=pathlib.Path(__file__).parent, type=pathlib.Path)
    arguments.add_argument("--head", type=filled, help="a head of the chain, noted outside earlier")
    arguments.add_argument("--key", type=filled, help="the server's public key, in base64")
    given = arguments.parse_args()
    folder = given.folder
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        span = Span(manifest)
        files = check_files(folder, manifest)
        chain = Chain(folder, manifest, (given.head or "").lower())
        signature = check_statement(folder, chain, span, given.key)
        sightings = Sightings(folder, manifest, chain, span)
        seals = check_seals(folder, manifest, chain)
        loaded = check_policy(folder, chain)
        logins, population = check_population(folder, manifest, chain, span, sightings)
        decisions = check_approvals(folder, chain, span, population)
    except (OSError, ValueError, KeyError, AttributeError, TypeError, StopIteration) as fault:
        print(f"does not hold: {fault!r}" if isinstance(fault, KeyError) else f"does not hold: {fault}")
        return 1
    print(f"holds: {files} files, {chain.count} entries of the chain up to {manifest['head']}, {logins} logins "
          f"from {manifest['from']} to {manifest['to']}")
    print(f"roots: {len(manifest['days'])} days, {sightings.count} sightings; a day that is not over has none")
    print(f"seals: {seals}; decisions: {decisions}; policies: those loaded at {loaded}")
    print(f"signature: {signature}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
