// The audit chain as an auditor meets it: a head noted outside, a store that somebody touched, a bundle checked elsewhere.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFile, copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { acceptedLine, Countersign, papertrailEvent } from "./lib/countersign.mjs";

let server, head;

const run = (program, args) => new Promise((resolve) =>
  execFile(program, args, (error, out, err) => resolve({ code: error?.code ?? 0, out: out.trim(), err: err.trim() })));
const audit = (...args) => run(process.env.COUNTERSIGN, ["audit", ...args]);

before(async () => {
  server = await Countersign.start({ config: { notify: { group_window: "0s" } } });
  for (let port = 1; port <= 5; ++port) {
    await server.papertrail([papertrailEvent({ message: acceptedLine({ port }) })]);
    const [approval] = await server.approvals({ state: "pending" });
    await server.api(`/api/v1/approvals/${approval.id}/decision`, { body: { decision: port === 3 ? "deny" : "approve" } });
  }
  head = (await audit("head", "--config", server.configFile, "--server", server.url)).out;
});

after(() => server?.stop());

test("a chain nobody touched holds, by the server and alone", async () => {
  assert.match(head, /^[0-9a-f]{64}$/);
  const asked = await audit("verify", "--config", server.configFile, "--server", server.url, "--head", head);
  assert.equal(asked.code, 0, asked.err);
  assert.match(asked.out, /^the chain holds: \d+ entries/);
  const wrong = await audit("verify", "--config", server.configFile, "--server", server.url, "--head", "0".repeat(64));
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /the tail was cut, or this is another chain/);
  assert.equal((await audit("verify", "--config", server.configFile, "--server", server.url, "--head", "beef")).code, 2);
});

test("a bundle holds elsewhere, and shows what was done to it", async () => {
  const folder = join(server.folder, "bundle");
  const today = new Date();
  const span = ["--from", new Date(today - 86_400_000).toISOString(), "--to", new Date(+today + 3_600_000).toISOString()];
  const made = await audit("export", folder, ...span, "--config", server.configFile, "--server", server.url);
  assert.equal(made.code, 0, made.err);
  const check = (...args) => run("python3", [join(folder, "verify.py"), ...args]);
  const good = await check("--head", head);
  assert.equal(good.code, 0, good.out);
  assert.match(good.out, /^holds: 5 files, \d+ entries of the chain .* 5 logins/);
  assert.equal((await audit("verify", "--file", join(folder, "audit.jsonl"), "--head", head)).code, 0);
  assert.equal((await audit("export", folder, ...span, "--config", server.configFile, "--server", server.url)).code, 2);

  const kept = await readFile(join(folder, "population.jsonl"));
  await appendFile(join(folder, "population.jsonl"), "{}\n");
  assert.match((await check()).out, /population.jsonl is not the file that was exported/);
  await writeFile(join(folder, "population.jsonl"), kept);
  const lines = (await readFile(join(folder, "audit.jsonl"), "utf8")).split("\n");
  await writeFile(join(folder, "audit.jsonl"), lines.map((line) => line.replace(/"actor":"[^"]*"/, '"actor":"eve"')).join("\n"));
  const forged = await audit("verify", "--file", join(folder, "audit.jsonl"));
  assert.equal(forged.code, 1);
  assert.match(forged.err, /^entry 1 /);
});

test("what is done to the store's rows shows, and is named", async () => {
  await server.end();
  const file = join(server.folder, "countersign.db");
  const kept = join(server.folder, "kept.db");
  await copyFile(file, kept);
  const table = [
    ["a changed row", "UPDATE audit SET detail = '{}' WHERE id = (SELECT id FROM audit ORDER BY id LIMIT 1 OFFSET 2)", /^entry 3 /],
    ["a deleted row", "DELETE FROM audit WHERE id = (SELECT id FROM audit ORDER BY id LIMIT 1 OFFSET 2)", /^entry 3 /],
    ["a reordered pair", `UPDATE audit SET id = CASE id WHEN (SELECT id FROM audit ORDER BY id LIMIT 1 OFFSET 1)
       THEN -1 ELSE id END; UPDATE audit SET id = id + 1 WHERE id = (SELECT max(id) FROM audit);
       UPDATE audit SET id = (SELECT max(id) FROM audit) + 1 WHERE id = -1`, /^entry 2 /],
    ["a truncated tail", "DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)", /the tail was cut/],
  ];
  for (const [name, sql, says] of table) {
    await copyFile(kept, file);
    const touched = await run("sqlite3", [file, sql]);
    assert.equal(touched.code, 0, touched.err);
    const found = await audit("verify", "--config", server.configFile, "--head", head);
    assert.equal(found.code, 1, name);
    assert.match(found.err, says, name);
  }
});
