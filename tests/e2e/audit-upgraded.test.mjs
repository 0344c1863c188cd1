// A store that an older version began, whose chain does not tell who was asked: nobody is accused of that, neither by
// `audit verify` nor by a bundle's verify.py; what was asked since and has no entry is found by both.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { acceptedLine, Countersign, papertrailEvent } from "./lib/countersign.mjs";

const script = fileURLToPath(new URL("../../src/audit/verify.py", import.meta.url));
const run = (program, args) => new Promise((resolve) =>
  execFile(program, args, { maxBuffer: 64 << 20 }, (error, out, err) => resolve({ code: error?.code ?? 0, out, err })));
const audit = (...args) => run(process.env.COUNTERSIGN, ["audit", ...args]);

test("an upgraded store agrees with its chain, also once its older questions are decided", async (t) => {
  const server = await Countersign.start({ config: { notify: { group_window: "0s" } } });
  t.after(() => server.stop());
  const asked = ["--config", server.configFile, "--server", server.url];
  const sql = async (statement) => assert.equal((await run("sqlite3", [join(server.folder, "countersign.db"), statement])).code, 0);
  const login = (port) => server.papertrail([papertrailEvent({ message: acceptedLine({ port }) })]);
  const agrees = async (what) => {
    const { code, err } = await audit("verify", ...asked);
    assert.equal(code, 0, `${what}: ${err}`);
  };
  await login(1);
  await login(2);
  await server.end();
  await sql("DELETE FROM audit; DELETE FROM mark");  // as if nothing of these had ever been told
  await server.restart();
  asked[3] = server.url;
  await agrees("what the older version asked");
  await login(3);
  await agrees("what is asked now");
  const [newest, , oldest] = await server.approvals({ state: "pending" });
  assert.equal((await server.api(`/api/v1/approvals/${oldest.id}/decision`, { body: { decision: "approve", reason: "mine" } })).status, 200);
  await agrees("what is decided now");

  const folder = join(server.folder, "bundle"), from = new Date(Date.now() - 3_600_000).toISOString();
  const made = await audit("export", folder, "--from", from, "--to", new Date().toISOString(), ...asked);
  assert.equal(made.code, 0, made.err);
  const { code, out } = await run("python3", [join(folder, "verify.py"), folder]);
  assert.equal(code, 0, out);
  assert.match(out, /decisions: 1;/);

  await server.end();
  await sql(`CREATE TEMP TABLE made AS SELECT * FROM approval ORDER BY id DESC LIMIT 1;
             UPDATE made SET id = (SELECT max(id) FROM audit) + 1; INSERT INTO approval SELECT * FROM made`);
  const found = await audit("verify", "--config", server.configFile);
  assert.equal(found.code, 1, newest.id);
  assert.match(found.err, /^the approval \w+ is pending in the store, and no entry of the chain says so$/m);
});

test("an approval of a bundle against its chain, by what was recorded before the export and during it", async () => {
  const python = `
import collections, importlib.util, json, sys, types
spec = importlib.util.spec_from_file_location("verify", sys.argv[1])
verify = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verify)
case = json.loads(sys.argv[2])
def stands(state):
    return {"addressed_to": "a", "approvers": 1, "kind": "login", "reason": "r", "severity": "normal", "state": state, "person": "", **case.get("terms", {})}
id = case["id"]
chain = types.SimpleNamespace(findings=set(), asked={id: (True, 0)} if case.get("asked") else {},
    states={id: [(before, stands(state)) for before, state in case.get("recorded", [])]},
    decisions=collections.defaultdict(dict), held_since=case.get("since"))
told = {"approvers": 1, "needs_reason": False, "created_at": "1970-01-01T00:00:00Z", **case.get("stands", {})}
verify.check_approval({"id": id, "decisions": [], **stands(case["state"]), **told}, chain)
`;
  const id = "0000000000100", before = 1000, since = 2000;  // 1024
  for (const [name, found, approval] of [
    ["asked and told", null, { state: "pending", asked: true, recorded: [[true, "pending"]], since: before }],
    ["asked and told otherwise", /does not stand/, { state: "approved", asked: true, recorded: [[true, "pending"]], since: before }],
    ["asked and told with its terms", null, { state: "pending", asked: true, recorded: [[true, "pending"]], terms: { needs_reason: false } }],
    ["with a reason, by the chain", /does not stand/, { state: "pending", asked: true, recorded: [[true, "pending"]], terms: { needs_reason: true } }],
    ["with a reason, of which an older entry says nothing", null, { state: "pending", asked: true, recorded: [[true, "pending"]], stands: { needs_reason: true } }],
    ["asked at another time", /and not by the chain/, { state: "pending", asked: true, recorded: [[true, "pending"]], stands: { created_at: "1970-01-01T00:00:01Z" } }],
    ["decided while it was exported, read before", null, { state: "pending", asked: true, recorded: [[true, "pending"], [false, "approved"]], since: before }],
    ["an older one, decided while it was exported, read before", null, { state: "pending", recorded: [[false, "approved"]], since }],
    ["an older one, read after", null, { state: "approved", recorded: [[false, "approved"]], since }],
    ["an older one that was decided, read as before that", /does not stand/, { state: "pending", recorded: [[true, "approved"]], since }],
    ["an older one of which nothing is told", null, { state: "pending", since }],
    ["one of a chain that tells nothing at all", null, { state: "pending" }],
    ["an older one that nobody approved", /is approved, and no entry/, { state: "approved", since }],
    ["a newer one of which nothing is told", /is pending, and no entry/, { state: "pending", since: before }],
    ["a newer one that was covered", null, { state: "expected", since: before }],
  ]) {
    const { code, err } = await run("python3", ["-c", python, script, JSON.stringify({ id, ...approval })]);
    assert.equal(code, found ? 1 : 0, `${name}: ${err}`);
    if (found) assert.match(err, found, name);
  }
});
