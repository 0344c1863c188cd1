// The audit chain as an auditor meets it: a head noted outside, the day's root, sealed reports, a store that somebody
// touched, a bundle checked elsewhere.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, createHmac, generateKeyPairSync, sign } from "node:crypto";
import { mkdirSync } from "node:fs";
import { appendFile, copyFile, cp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { acceptedLine, Countersign, papertrailEvent } from "./lib/countersign.mjs";

let server, head, seal, archive;
const heads = [];  // what the archive was posted
let archiveAnswers = 503;

const run = (program, args) => new Promise((resolve) =>
  execFile(program, args, { maxBuffer: 64 << 20 }, (error, out, err) => resolve({ code: error?.code ?? 0, out: out.trim(), err: err.trim(), raw: out })));
const countersign = (...args) => run(process.env.COUNTERSIGN, args);
const audit = (...args) => countersign("audit", ...args);
const asked = () => ["--config", server.configFile, "--server", server.url];
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

const day = 86_400_000;
const yesterday = new Date(Date.now() - day).toISOString().slice(0, 10);
const span = [`${yesterday}T00:00:00Z`, `${new Date().toISOString().slice(0, 10)}T00:00:00Z`];  // whole: the hour of the run is in it
const spanArguments = ["--from", span[0], "--to", span[1]];

/** What the store has is a day older than it is: ids and times alike. The chain, which says otherwise, begins anew. */
const aged = (table, ids, times) => `UPDATE ${table} SET ${[...ids.map((id) => `${id} = ${id} - (${day} << 21)`),
                                                           ...times.map((time) => `${time} = ${time} - ${day}000`)].join(", ")};`;
const age = ["PRAGMA foreign_keys = OFF; DELETE FROM audit; DELETE FROM mark;",
             "DELETE FROM decision_event; DELETE FROM note; DELETE FROM decision; DELETE FROM timer; DELETE FROM notification; DELETE FROM button;",
             "UPDATE event SET approval = NULL, finding = NULL, state = 0; DELETE FROM approval;",
             aged("event", ["id"], ["time"]), aged("sighting", ["event", "id"], ["time", "received_at"]),
             aged("raw_line", ["sighting"], []), aged("account", ["sighting"], []), aged("event_field", ["event"], []),
            ].join("\n");

const file = () => join(server.folder, "countersign.db");
const sql = async (statement) => {
  const done = await run("sqlite3", [file(), statement]);
  assert.equal(done.code, 0, done.err);
  return done.out;
};
const logins = async (ports) => server.papertrail(ports.map((port) => papertrailEvent({ message: acceptedLine({ port }) })));

before(async () => {
  archive = createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      heads.push({ body, signature: request.headers["countersign-signature"] });
      response.writeHead(archiveAnswers).end();
    });
  });
  await new Promise((resolve) => archive.listen(0, "127.0.0.1", resolve));
  server = await Countersign.start({
    config: (made) => {
      mkdirSync(join(made.folder, "worm"));
      return {
        notify: { group_window: "0s", daily_at: "00:00" },
        audit: { head_file: join(made.folder, "worm", "heads.jsonl"), secret_file: join(made.folder, "webhook.token"),
                 url: `http://127.0.0.1:${archive.address().port}/heads` },
      };
    },
  });
  await logins([101, 102, 103]);
  await server.end();
  await sql(age);
  await sql(`INSERT INTO mark (name, value) VALUES ('digest.day', '${(Date.now() - 2 * day) * 1000}')`);
  await server.restart();
});

after(async () => {
  await server?.stop();
  archive?.close();
});

test("the day before has its root, and the head goes to the file and to the archive until it is taken", async () => {
  await server.until(async () => heads.length > 0, { what: "a head at the archive" });
  await server.until(async () => {
    const { body } = await server.api("/readyz", { role: null });
    return body.status === "degraded" && body.reasons.some((reason) => /1 of the audit chain's heads is not published by webhook: .*503/.test(reason));
  }, { what: "/readyz says that the head is not out" });
  archiveAnswers = 200;
  await server.until(async () => (await server.api("/readyz", { role: null })).body.status === "ok", { what: "/readyz is ok" });
  assert.match((await server.api("/metrics", { role: null })).body, /countersign_count_total\{name="audit.head_not_taken"\} [1-9]/);

  const { body, signature } = heads.at(-1);
  const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature);
  assert.equal(mac, createHmac("sha256", server.webhookToken).update(`${time}.${body}`).digest("hex"));
  const posted = JSON.parse(body);
  assert.deepEqual([posted.kind, posted.audit.date, posted.audit.sightings], ["head", yesterday, 3]);
  const kept = (await readFile(join(server.folder, "worm", "heads.jsonl"), "utf8")).split("\n");
  assert.deepEqual([kept.length, JSON.parse(kept[0])], [2, posted.audit]);
  const { body: chain } = await server.api("/api/v1/audit?limit=1000");
  const root = chain.entries.find((entry) => entry.kind === "root");
  assert.equal(root.hash, posted.audit.head);
  assert.equal(JSON.parse(root.detail).root, posted.audit.root);
});

test("decisions, findings, changes and loads are entries; a chain and a store that nobody touched agree", async () => {
  await logins([1, 2, 3]);
  const pending = await server.approvals({ state: "pending" });
  for (const [n, approval] of pending.entries())
    await server.api(`/api/v1/approvals/${approval.id}/decision`, { body: { decision: n === 1 ? "deny" : "approve", reason: `no ${n} \u00e9` } });
  const expected = { account: "oswaldo", host: "web*", network: "203.0.113.0/24", reason: "updates", until: new Date(Date.now() + day).toISOString() };
  assert.equal((await server.api("/api/v1/expected", { body: expected })).status, 201);
  await server.papertrail([papertrailEvent({ id: 7, message: acceptedLine({ port: 7 }) })]);
  await server.papertrail([papertrailEvent({ id: 7, message: acceptedLine({ port: 8 }) })]);  // the same id: a finding
  head = (await audit("head", ...asked())).out;
  assert.match(head, /^[0-9a-f]{64}$/);
  const { body: chain } = await server.api("/api/v1/audit?limit=1000");
  const kinds = new Set(chain.entries.map((entry) => entry.kind));
  for (const kind of ["configuration", "decision", "expected", "finding", "root"]) assert.ok(kinds.has(kind), kind);
  const loaded = JSON.parse(chain.entries.find((entry) => entry.kind === "configuration").detail);
  const policy = await fetch(`${server.url}/api/v1/audit/policy`, { headers: { authorization: `Bearer ${server.tokens.viewer}` } });
  assert.equal(sha256(Buffer.from(await policy.arrayBuffer())), loaded.policy);
  assert.ok(Object.keys(loaded.files).some((name) => name.endsWith("sshd.toml")));

  const held = await audit("verify", ...asked(), "--head", head);
  assert.equal(held.code, 0, held.err);
  assert.match(held.out, /^the chain holds: \d+ entries.*\nthe store agrees: 1 daily roots, 0 sealed reports/);
  const wrong = await audit("verify", ...asked(), "--head", "0".repeat(64));
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /the tail was cut, or this is another chain/);
  assert.equal((await audit("verify", ...asked(), "--head", "beef")).code, 2);
  for (const empty of [["--head", ""], ["--head", " "]]) {  // as "$(cat noted.head)" gives without the file
    const { code, out, err } = await audit("verify", ...asked(), ...empty);
    assert.equal(code, 2, out);
    assert.match(err, /the head is empty: is the file there\?/);
  }
});

test("what is loaded anew is an entry with another digest, and the file's expected changes stand in it", async () => {
  const loads = async () => (await server.api("/api/v1/audit?limit=1000")).body.entries
    .filter((entry) => entry.kind === "configuration").map((entry) => JSON.parse(entry.detail));
  const before = await loads();
  await appendFile(server.configFile, '\n[[expected]]\naccount = "alice"\nreason = "kernel updates"\nauthor = "Alice"\nuntil = 2036-01-01T00:00:00Z\n');
  server.child.kill("SIGHUP");
  const after = await server.until(async () => { const now = await loads(); return now.length > before.length && now; }, { what: "a second load" });
  assert.notEqual(after.at(-1).policy, before.at(-1).policy);
  assert.deepEqual(after.at(-1).expected.map((change) => change.reason), ["kernel updates"]);
});

test("a sealed span stays as it was sealed, and what comes later amends it", async () => {
  const report = (...args) => countersign("report", ...asked(), ...args);
  const early = await report("--seal", "--from", span[0], "--to", new Date(Date.now() + day).toISOString());
  assert.equal(early.code, 2);
  assert.match(early.err, /the span is not over: it ends at/);
  assert.equal((await report("--seal")).code, 2);
  const made = await report("--seal", ...spanArguments, "--format", "json");
  assert.equal(made.code, 0, made.err);
  seal = JSON.parse(made.out);
  const again = await report("--seal", ...spanArguments);
  assert.equal(again.code, 1);
  assert.match(again.err, new RegExp(`was sealed by .* at .*: ${seal.id}`));
  assert.match((await report("--seals")).out, new RegExp(`^${seal.id}  ${span[0]} to ${span[1]}  ${seal.digest}`));
  assert.equal(sha256((await report("--sealed", seal.id)).raw), seal.digest);
  assert.equal((await report("--sealed", "0000000000001")).code, 2);

  const sealed = JSON.parse((await report(...spanArguments, "--format", "json")).out);
  assert.equal(sealed.summary.logins, 3);
  assert.deepEqual([sealed.sealed.digest, sealed.sealed.amendments.late_lines], [seal.digest, 0]);
  const late = { at: new Date(`${yesterday}T12:00:00Z`) };
  await server.papertrail([papertrailEvent({ ...late, message: acceptedLine({ port: 9 }) })]);
  const forms = Object.fromEntries(await Promise.all(["text", "html", "csv", "json"].map(async (form) =>
    [form, (await report(...spanArguments, "--format", form)).out])));
  const amended = JSON.parse(forms.json);
  assert.equal(amended.summary.logins, 3);
  assert.deepEqual([amended.sealed.amendments.late_lines, amended.sealed.amendments.late_logins], [1, 1]);
  for (const form of ["text", "html", "csv"]) {
    assert.match(forms[form], /since sealed: 1 late line, 1 login nobody had told of/, form);
    assert.ok(forms[form].includes(seal.digest), form);
  }
  const columns = forms.csv.split("\r\n").map((line) => line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).length);
  assert.equal(new Set(columns).size, 1);
  assert.equal(sha256((await report("--sealed", seal.id)).raw), seal.digest);
});

test("a bundle holds elsewhere, by its head and the server's key, and shows what was done to it", async () => {
  const folder = join(server.folder, "bundle");
  const early = await audit("export", folder, "--from", span[0], "--to", new Date(Date.now() + 3_600_000).toISOString(), ...asked());
  assert.equal(early.code, 2);
  assert.match(early.err, /the span is not over: it ends at/);
  const signin = { type: "signin", user: "alice@example.com", id: "signin-1" };  // a login, though sshd's no more than its host's
  assert.equal((await server.api("/api/v1/events", { role: "ingest", body: { variables: signin } })).status, 201);
  const exported = ["--from", span[0], "--to", new Date().toISOString(), ...asked()];
  const made = await audit("export", folder, ...exported);
  assert.equal(made.code, 0, made.err);
  const key = (await server.api("/api/v1/agents")).body.server_key;
  const check = (place, ...args) => run("python3", [join(folder, "verify.py"), place, ...args]);
  const good = await check(folder, "--head", head, "--key", key);
  assert.equal(good.code, 0, good.out + good.err);
  assert.match(good.out, /^holds: \d+ files, \d+ entries of the chain .* 10 logins/);
  assert.match(good.out, /\nroots: 1 days, 3 sightings;.*\nseals: 1; decisions: 3; policies: .*\nsignature: holds$/);
  assert.equal((await audit("verify", "--file", join(folder, "audit.jsonl"), "--head", head)).code, 0);
  for (const empty of [["--head", ""], ["--key", ""], ["--head", "\n"], ["--key="]]) {
    const { code, err } = await check(folder, ...empty);
    assert.equal(code, 2, empty.join(" "));
    assert.match(err, /argument --(head|key): it is empty: is the file there\?/);
  }
  assert.equal((await audit("export", folder, ...exported)).code, 2);
  const python = (await run("python3", ["-c", "import sys; print(sys.executable)"])).out;
  const alone = (...args) => run("env", ["PATH=", python, join(folder, "verify.py"), folder, ...args]);
  const unsigned = await alone("--key", key);
  assert.equal(unsigned.code, 1, unsigned.out);
  assert.match(unsigned.out, /the signature can't be held to --key: there is no openssl here/);
  assert.match((await alone()).out, /signature: NOT CHECKED/);
  assert.match((await check(folder, "--key", Buffer.alloc(32).toString("base64"))).out, /signed with another key/);
  const mapped = (await readFile(join(folder, "mappings.jsonl"), "utf8")).trim().split("\n").map((line) => JSON.parse(line));
  assert.ok(mapped.length >= 6 && mapped.every((one) => one["user.name"] === "oswaldo"));

  /** As somebody would who also mends the manifest. */
  const mended = async (place, name) => {
    const manifest = JSON.parse(await readFile(join(place, "manifest.json"), "utf8"));
    manifest.files[name] = sha256(await readFile(join(place, name)));
    await writeFile(join(place, "manifest.json"), JSON.stringify(manifest));
    const statement = JSON.parse(await readFile(join(place, "statement.json"), "utf8"));
    statement.manifest = sha256(await readFile(join(place, "manifest.json")));
    await writeFile(join(place, "statement.json"), JSON.stringify(statement));
  };
  const change = (pattern, to) => (text) => text.replace(pattern, to);
  const table = [
    ["population.jsonl", (text) => text + "{}\n", false, /population.jsonl is not the file that was exported/],
    ["population.jsonl", (text) => text + "{}\n", true, /does not bear its signature/],
    ["audit.jsonl", change(/"actor":"[^"]*"/, '"actor":"eve"'), true, /entry 1 of the chain .* does not follow/],
    ["sightings.jsonl", change("oswaldo", "mallory"), true, /./],
    ["statement.sig", change(/"signature":"./, '"signature":"/'), false, /./],
  ];
  for (const [n, [name, touch, mend, says]] of table.entries()) {
    const place = join(server.folder, `bundle${n}`);
    await cp(folder, place, { recursive: true });
    await writeFile(join(place, name), touch(await readFile(join(place, name), "utf8")));
    if (mend) await mended(place, name);
    const found = await check(place, "--key", key);
    assert.equal(found.code, 1, `${name}: ${found.out}`);
    assert.match(found.out, says);
    await rm(place, { recursive: true });
  }
});

test("whatever is left out of a bundle is missed, also where manifest and signature were made anew", async () => {
  const folder = join(server.folder, "bundle");
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  /** As somebody would who has no key of the server's, but one. */
  const signed = async (place, manifest) => {
    await writeFile(join(place, "manifest.json"), JSON.stringify(manifest));
    const statement = JSON.parse(await readFile(join(place, "statement.json"), "utf8"));
    const text = JSON.stringify({ ...statement, manifest: sha256(await readFile(join(place, "manifest.json"))) });
    await writeFile(join(place, "statement.json"), text);
    await writeFile(join(place, "statement.sig"), JSON.stringify({
      public_key: publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("base64"),
      signature: sign(null, Buffer.from(`Countersign audit statement 1\n${text}`), privateKey).toString("base64"),
    }));
  };
  const checked = async (touch) => {
    const place = join(server.folder, "less");
    await cp(folder, place, { recursive: true });
    const manifest = JSON.parse(await readFile(join(place, "manifest.json"), "utf8"));
    await touch(place, manifest);
    await signed(place, manifest);
    const found = await run("python3", [join(folder, "verify.py"), place]);
    await rm(place, { recursive: true });
    return found;
  };
  const whole = await checked(async () => {});
  assert.equal(whole.code, 0, whole.out);
  const files = Object.keys(JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")).files);
  assert.equal(files.length, 9);
  for (const name of files) {
    const found = await checked(async (place, manifest) => {
      await rm(join(place, name));
      delete manifest.files[name];
    });
    assert.equal(found.code, 1, `without ${name}: ${found.out}`);
    assert.match(found.out, new RegExp(`${name} is missing in manifest.json`));
    if (!name.endsWith(".jsonl")) continue;
    const lines = (await readFile(join(folder, name), "utf8")).trimEnd().split("\n");
    for (let n = 0; n < lines.length; ++n) {
      const short = await checked(async (place, manifest) => {
        await writeFile(join(place, name), lines.toSpliced(n, 1).map((line) => `${line}\n`).join(""));
        manifest.files[name] = sha256(await readFile(join(place, name)));
      });
      assert.equal(short.code, 1, `${name} without its line ${n + 1}: ${lines[n]}: ${short.out}`);
      assert.match(short.out, /^does not hold: /);
    }
  }
  for (const name of ["manifest.json", "statement.json", "statement.sig"]) {
    const place = join(server.folder, "less");
    await cp(folder, place, { recursive: true });
    await rm(join(place, name));
    assert.equal((await run("python3", [join(folder, "verify.py"), place])).code, 1, name);
    await rm(place, { recursive: true });
  }
  const noDays = await checked(async (place, manifest) => {
    await writeFile(join(place, "sightings.jsonl"), "");
    manifest.files["sightings.jsonl"] = sha256("");
    manifest.days = [];
  });
  assert.match(noDays.out, /the sightings of .* are not in the bundle, and the chain has its root/);
});

test("the digest of the day before stands in the security team's inbox, and in nobody else's", async () => {
  const inbox = async (whose) => {
    const link = new URL(await server.inboxLink(whose));
    const entered = await fetch(`${server.url}/inbox/enter`, {
      method: "POST", redirect: "manual", body: link.search.slice(1),
      headers: { "sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded" },
    });
    const page = await fetch(`${server.url}/inbox`, { headers: { cookie: entered.headers.get("set-cookie").split(";")[0] } });
    assert.equal(page.status, 200);
    return page.text();
  };
  const team = await inbox({ security: true });
  assert.match(team, new RegExp(`<h3>The day before .*</h3>\\s*<p>${yesterday} \\(UTC\\): 3 logins\\.`));
  assert.match(team, /<p>Audit: \d+ entr(y|ies), head (none|[0-9a-f]+)<\/p>/);
  assert.ok(!(await inbox({ person: "Oswaldo" })).includes("The day before"));
});

test("what is done to the store's rows shows, and is named", async () => {
  await server.end();
  const kept = join(server.folder, "kept.db");
  await copyFile(file(), kept);
  const third = "(SELECT id FROM audit ORDER BY id LIMIT 1 OFFSET 2)";
  const sighting = "(SELECT id FROM sighting ORDER BY id LIMIT 1)";
  const table = [
    ["a changed row", `UPDATE audit SET detail = '{}' WHERE id = ${third}`, /^entry 3 /],
    ["a deleted row", `DELETE FROM audit WHERE id = ${third}`, /^entry 3 /],
    ["a reordered pair", `UPDATE audit SET id = CASE id WHEN (SELECT id FROM audit ORDER BY id LIMIT 1 OFFSET 1)
       THEN -1 ELSE id END; UPDATE audit SET id = id + 1 WHERE id = (SELECT max(id) FROM audit);
       UPDATE audit SET id = (SELECT max(id) FROM audit) + 1 WHERE id = -1`, /^entry 2 /],
    ["a truncated tail", `DELETE FROM audit WHERE hash >= x'' AND id >= (SELECT id FROM audit WHERE lower(hex(hash)) = '${head}')`, /the tail was cut/],
    ["a changed sighting", `UPDATE sighting SET source = 'loki' WHERE id = ${sighting}`, new RegExp(`the 3 sightings of ${yesterday} .* one was changed`)],
    ["a changed time", `UPDATE sighting SET time = time + 1 WHERE id = ${sighting}`, /one was changed/],
    ["a login of another", `UPDATE event SET user = 'alice' WHERE id = (SELECT event FROM sighting WHERE id = ${sighting})`, /one was changed/],
    ["a deleted sighting", `DELETE FROM sighting WHERE id = ${sighting}`, /of the 3 sightings of .* 2 are there: some were taken away/],
    ["a changed sealed report", `UPDATE seal_form SET body = CAST(replace(body, '"logins":3', '"logins":4') AS BLOB) WHERE form = 'json'`,
     new RegExp(`the sealed report ${seal.id} is not the document`)],
    ...["text", "html", "csv"].map((form) =>
      [`a sealed report changed as ${form}`, `UPDATE seal_form SET body = CAST(body || ' ' AS BLOB) WHERE form = '${form}'`,
       new RegExp(`the sealed report ${seal.id} is not the document .*, as ${form}`)]),
    ["a sealed report's row taken away", "PRAGMA foreign_keys = OFF; DELETE FROM seal", new RegExp(`the sealed report ${seal.id} .* is not in the store any more`)],
    ["a sealed report of another span", "UPDATE seal SET from_at = from_at - 1", new RegExp(`the sealed report ${seal.id} does not stand in the store`)],
    ["a sealed report of a longer span", "UPDATE seal SET to_at = to_at + 1", new RegExp(`the sealed report ${seal.id} does not stand in the store`)],
    ["a sealed report taken away", "DELETE FROM seal_form; DELETE FROM seal", /is not in the store any more/],
    ["a changed decision", "UPDATE decision SET decided_by = 'eve' WHERE id = (SELECT min(id) FROM decision)", /^entry \d+ \(.*, decision of .*\) tells of what does not stand in the store/],
    ["a decision put in", "INSERT INTO decision SELECT id + 1, approval, 'eve', 0, at, via, reason, 1, NULL FROM decision WHERE id = (SELECT min(id) FROM decision)",
     /^a decision of .* stands in the store and in no entry/],
    ["a changed expected change", "UPDATE expected SET ends = ends + 86400000000", /^entry \d+ \(.*, expected of/],
    ["a changed verdict", "UPDATE event SET verdict = 'matched' WHERE id = (SELECT max(id) FROM event WHERE action = 'ssh_login')", /^the login \w+ is matched in the store, and no entry/],
    ["an approval said to be approved", "UPDATE approval SET state = 1 WHERE id = (SELECT max(id) FROM approval WHERE state = 2)", /^the approval \w+ is approved in the store, and denied by entry/],
    ["an approval said to be expected", "UPDATE approval SET state = 3 WHERE id = (SELECT max(id) FROM approval WHERE state = 0)", /^the approval \w+ is expected in the store, and pending by entry/],
    ["an approval of another person", "UPDATE approval SET person = 'Alice' WHERE id = (SELECT max(id) FROM approval WHERE person <> '')", /^the approval \w+ does not stand in the store as entry/],
    ["an approval taken away", `PRAGMA foreign_keys = OFF; UPDATE event SET approval = NULL WHERE approval = (SELECT max(id) FROM approval);
       DELETE FROM approval WHERE id = (SELECT max(id) FROM approval)`, /tells of what does not stand|does not stand in the store: it was taken away/],
    ["a finding's reason", "UPDATE approval SET reason = 'nothing' WHERE kind = 'finding'", /^the approval \w+ does not stand in the store as entry/],
    ["an event's state", "UPDATE event SET state = 1 WHERE state = 2", /^the event \w+ is approved in the store, and denied by/],
    ["an event nobody decided", "UPDATE event SET state = 1 WHERE id = (SELECT max(id) FROM event WHERE state = 0 AND approval IS NOT NULL)", /^the event \w+ is approved in the store, and no decision/],
    ["a decision that settles nothing", "UPDATE decision SET settles = 0 WHERE id = (SELECT min(id) FROM decision)", /^entry \d+ \(.*, decision of .*\) tells of what does not stand/],
    ["a decision said to revise", "UPDATE decision_event SET settles = 2", /^entry \d+ \(.*, decision of .*\) tells of what does not stand/],
    ["a decision's event said not to be settled", "UPDATE decision_event SET settles = 0 WHERE decision = (SELECT max(id) FROM decision)", /^entry \d+ \(.*, decision of .*\) tells of what does not stand/],
    ["an approval without a reason", "UPDATE approval SET needs_reason = 1 - needs_reason WHERE id = (SELECT max(id) FROM approval)", /^the approval \w+ has other terms in the store/],
    ["an approval of another time", "UPDATE approval SET created_at = created_at - 1 WHERE id = (SELECT min(id) FROM approval)", /^the approval \w+ is of \S+ in the store, and of \S+ by the chain/],
    ["a decision about nothing", "DELETE FROM decision_event WHERE decision = (SELECT min(id) FROM decision)", /^entry \d+ \(.*, decision of .*\) tells of what does not stand/],
    ["a login said to be many", `UPDATE event SET count = 9 WHERE id = (SELECT event FROM sighting WHERE id = ${sighting})`, /one was changed/],
    ["a login's time", `UPDATE event SET time = time + 1 WHERE id = (SELECT event FROM sighting WHERE id = ${sighting})`, /one was changed/],
    ["a login put in", `INSERT INTO event (id, time, rule, action, outcome, count, host, process, user, address, method, key_type, key, certificate, serial, authority, verdict, news, state)
       SELECT id + 1, time, rule, action, outcome, count, host, process, 'eve', address, method, key_type, key, certificate, serial, authority, verdict, news, 0 FROM event ORDER BY id LIMIT 1`,
     /^the login \w+ stands in the store, and no sighting of its day tells of it/],
    ["the mark of the daily roots pushed ahead", "UPDATE mark SET value = 'v2 99999 0 0 ' WHERE name = 'audit.root'", /^the next daily root is due of .* by the chain, and of 2243-10-16 by the store/],
  ];
  assert.equal((await audit("verify", "--config", server.configFile, "--head", head)).code, 0);
  for (const [name, statement, says] of table) {
    await copyFile(kept, file());
    await sql(statement);
    const found = await audit("verify", "--config", server.configFile, "--head", head);
    assert.equal(found.code, 1, `${name}: ${found.out}${found.err}`);
    assert.match(found.err, says, name);
  }
  await copyFile(kept, file());
});

test("the digest of the day before was told once, with its head", async () => {
  const told = (await sql("SELECT replace(detail, char(10), '|') FROM notification WHERE purpose = 'daily'")).split("\n");
  assert.equal(told.length, 1);
  assert.match(told[0], new RegExp(`^${yesterday} \\(UTC\\): 3 logins\\..*\\|Findings: 0 open.*\\|Audit: \\d+ entr.*head`));
});

test("what a login may be in a bundle, by what was recorded and by what witnesses of its days said", async () => {
  const script = `
import importlib.util, json, sys, types
spec = importlib.util.spec_from_file_location("verify", sys.argv[1])
verify = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verify)
case = json.loads(sys.argv[2])
event = {"id": "0cntp7mkg0001", "verdict": case["verdict"], "user.name": "alice", "@timestamp": "t", **case.get("has", {})}
chain = types.SimpleNamespace(verdicts={event["id"]: [tuple(one) for one in case["recorded"]]}, may_wait=set())
sightings = types.SimpleNamespace(said={event["id"]: case["said"]}, logins={})
verify.check_login(event, chain, sightings, {verify.day_of(event["id"])})
`;
  const alice = { "user.name": "alice" };
  for (const [name, found, login] of [
    ["what was recorded last", null, { verdict: "matched", recorded: [[true, "missing_log"], [true, "matched"]], said: [alice] }],
    ["what was recorded before that", /chain says matched/, { verdict: "missing_log", recorded: [[true, "missing_log"], [true, "matched"]], said: [alice] }],
    ["judged first while it was exported: read before", null, { verdict: "waiting", recorded: [[false, "missing_log"]], said: [alice] }],
    ["judged first while it was exported: read after", null, { verdict: "missing_log", recorded: [[false, "missing_log"]], said: [alice] }],
    ["judged first while it was exported: neither", /chain says missing_log/, { verdict: "matched", recorded: [[false, "missing_log"]], said: [alice] }],
    ["judged before, and set back", /chain says missing_log/, { verdict: "waiting", recorded: [[true, "missing_log"]], said: [alice] }],
    ["another user than was said", /no witness said the user.name/, { verdict: "waiting", recorded: [], said: [{ "user.name": "bob" }] }],
    ["a key that a witness of a later day told", null, { verdict: "waiting", recorded: [], said: [alice], has: { "ssh.key.fingerprint": "SHA256:k" } }],
    ["another key than was said", /no witness said the ssh.key/, { verdict: "waiting", recorded: [], said: [{ ...alice, "ssh.key.fingerprint": "SHA256:x" }], has: { "ssh.key.fingerprint": "SHA256:k" } }],
    ["a login of which nobody told", /no sighting tells/, { verdict: "waiting", recorded: [], said: [] }],
  ]) {
    const { code, err } = await run("python3", ["-c", script, fileURLToPath(new URL("../../src/audit/verify.py", import.meta.url)), JSON.stringify(login)]);
    assert.equal(code, found ? 1 : 0, `${name}: ${err}`);
    if (found) assert.match(err, found, name);
  }
});
