// Another host-based system: approvals fed to it (polled, and pushed by a signed webhook that survives its receiver's and
// our own deaths), and its word as a witness. The real program over real sockets.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { isGenuine } from "../../deploy/examples/hids/verify.mjs";
import { acceptedLine, Countersign, papertrailEvent } from "./lib/countersign.mjs";

const run = promisify(execFile);
const repository = fileURLToPath(new URL("../..", import.meta.url));
const sample = (name) => readFile(join(repository, "webhooks/samples", name), "utf8");
const secret = "export-secret";
const login = (port, more = {}) => papertrailEvent({ message: acceptedLine({ port }), ...more });

/** Takes what an export sends, as deploy/hids.md tells a receiver to; answers as told. */
class Receiver {
  static async start(port = 0) {
    const made = new Receiver();
    Object.assign(made, { taken: [], refused: [], forged: [], answers: [], always: null });
    made.server = createServer((request, response) => void made.#serve(request, response));
    await made.listen(port);
    return made;
  }
  async listen(port = this.port ?? 0) {
    if (this.server.listening) return;
    await new Promise((resolve) => this.server.listen(port, "127.0.0.1", resolve));
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}/feed`;
  }
  async stop() {
    this.server.closeAllConnections();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }
  async #serve(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const answer = this.answers.shift() ?? this.always ?? { status: 204 };
    if (!isGenuine(request.headers["countersign-signature"], body, secret)) {
      this.forged.push(body.toString());
      return response.writeHead(401).end();
    }
    const { entry, export: name } = JSON.parse(body);
    assert.equal(request.headers["idempotency-key"], entry.id);
    assert.equal(name, "hids");
    if (answer === "hang") return undefined;
    if (answer === "reset") this.taken.push(entry);  // it has it, and we never hear that it does
    if (answer === "reset") return request.socket.resetAndDestroy();
    (answer.status < 300 ? this.taken : this.refused).push(entry);
    response.writeHead(answer.status, answer.headers ?? {}).end();
    return undefined;
  }
  /** Ports of the entries it took, each once, in the order it took them first. */
  get ports() {
    return [...new Map(this.taken.map((entry) => [entry.id, entry.events[0]["source.port"]])).values()];
  }
}

describe("approvals to another system", () => {
  let server, receiver;
  before(async () => {
    receiver = await Receiver.start();
    server = await Countersign.start({ env: { COUNTERSIGN_EXPORT: secret }, config: {
      notify: { group_window: "0s" },
      export: [{ name: "hids", url: receiver.url, secret_env: "COUNTERSIGN_EXPORT" }],
    } });
  });
  after(async () => {
    await server?.stop();
    await receiver?.stop();
  });
  const readyz = async () => (await server.api("/readyz", { role: null })).body;
  const metric = async (name) => Number(new RegExp(`^${name}(?:{[^}]*})? (.*)$`, "m").exec((await server.api("/metrics", { role: null })).body)?.[1]);
  const took = (ports) => server.until(() => receiver.ports.length >= ports.length, { within: 20_000, what: `${ports} (there are ${receiver.ports})` })
    .then(() => assert.deepEqual(receiver.ports, ports));

  test("pending, approved, denied: pushed signed and in order, and the same when polled", async () => {
    await server.papertrail([login(1), login(2)]);
    await server.until(async () => (await server.approvals()).length === 2, { what: "two approvals" });
    const [two, one] = await server.approvals();
    assert.equal((await server.api(`/api/v1/approvals/${one.id}/decision`, { body: { decision: "approve" } })).status, 200);
    assert.equal((await server.api(`/api/v1/approvals/${two.id}/decision`, { body: { decision: "deny", reason: "nobody's" } })).status, 200);
    await server.until(() => receiver.taken.length >= 4, { what: "four entries" });
    const polled = (await server.api("/api/v1/approvals/feed", { role: "viewer" })).body;
    assert.equal(polled.more, false);
    const told = (entries) => entries.map(({ change, events }) => `${change} ${events[0]["source.port"]}`);
    assert.deepEqual(told(receiver.taken), ["pending 1", "pending 2", "approved 1", "denied 2"]);
    assert.deepEqual(told(polled.entries), told(receiver.taken));
    assert.deepEqual(polled.entries.map(({ id }) => id), receiver.taken.map(({ id }) => id));
    const denied = receiver.taken[3];
    assert.deepEqual(denied.decision, { by: "admin-token", via: "api", reason: "nobody's", events_became: "denied" });
    const [event] = denied.events;
    assert.equal(`${event["user.name"]}@${event["host.name"]} from ${event["source.ip"]}`, "oswaldo@bastion from 203.0.113.7");
    assert.match(event.sightings[0].provider_id, /^\d+$/);
    assert.equal(receiver.forged.length, 0);
    receiver.taken = [];
  });

  test("500, a redirect, a lost answer: each entry in order, at least once", async () => {
    receiver.answers = [{ status: 500 }, { status: 307, headers: { location: `${receiver.url}/elsewhere` } }, "reset", { status: 204 }];
    await server.papertrail([login(11), login(12), login(13)]);
    await took([11, 12, 13]);
    assert.equal(receiver.refused.filter((entry) => entry.events[0]["source.port"] === 11).length, 2);
    assert.equal(receiver.taken.filter((entry) => entry.events[0]["source.port"] === 11).length, 2);  // once unheard
    receiver.taken = [];
  });

  test("the receiver is down: said by /readyz and /metrics; killed and back, nothing is lost", async () => {
    await receiver.stop();
    await server.papertrail([login(21), login(22)]);
    await server.until(async () => (await readyz()).reasons.some((why) => /^export hids: nothing delivered since .*refused/.test(why)), { what: "a reason" });
    assert.equal((await readyz()).status, "degraded");
    assert.equal(await metric("countersign_export_backlog"), 2);
    await server.restart("SIGKILL");
    await server.papertrail([login(23)]);
    receiver = await Receiver.start(receiver.port);
    await took([21, 22, 23]);
    await server.until(async () => (await readyz()).reasons.every((why) => !why.startsWith("export")), { what: "well again" });
    assert.equal(await metric("countersign_export_backlog"), 0);
    receiver.taken = [];
  });

  test("killed while a slow receiver has an entry: it comes again after the start", async () => {
    receiver.answers = ["hang"];
    await server.papertrail([login(31), login(32)]);
    await server.until(() => receiver.answers.length === 0, { what: "the entry is on its way" });
    await server.restart("SIGKILL");
    await took([31, 32]);
    receiver.taken = [];
  });

  test("reading on by the cursor meets every change once; a bad one is 400 with the reason", async () => {
    const all = (await server.api("/api/v1/approvals/feed?limit=1000", { role: "viewer" })).body.entries.map(({ id }) => id);
    const met = [];
    for (let cursor = "", more = true; more;) {
      const { body } = await server.api(`/api/v1/approvals/feed?limit=3&since=${cursor}`, { role: "viewer" });
      met.push(...body.entries.map(({ id }) => id));
      ({ cursor, more } = body);
    }
    assert.deepEqual(met, all);
    const bad = await server.api("/api/v1/approvals/feed?since=AAAA", { role: "viewer" });
    assert.equal(bad.status, 400);
    assert.match(bad.body.error, /^since: not a cursor of the feed/);
    assert.equal((await server.api("/api/v1/approvals/feed", { role: "ingest" })).status, 403);
  });

  test("the snippets of deploy/examples/hids tell ours from others'", async () => {
    const now = Math.floor(Date.now() / 1000);
    const { createHmac } = await import("node:crypto");
    const sign = (time, body) => `t=${time},v1=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`;
    const cases = [[sign(now, "{}"), "{}", true], [sign(now, "{}"), "{ }", false], [sign(now - 400, "{}"), "{}", false],
                   ["", "{}", false], [sign(now, "{}").toUpperCase(), "{}", false]];
    for (const [header, body, good] of cases) {
      assert.equal(isGenuine(header, Buffer.from(body), secret), good, header);
      const python = "import sys; from verify import is_genuine; print(is_genuine(sys.argv[1], sys.argv[2].encode(), sys.argv[3].encode()))";
      const { stdout } = await run("python3", ["-B", "-c", python, header, body, secret], { cwd: join(repository, "deploy/examples/hids") });
      assert.equal(stdout.trim(), good ? "True" : "False", header);
    }
  });
});

describe("another system as a witness", () => {
  let server;
  const at = new Date(Math.floor(Date.now() / 1000) * 1000 - 5000);
  const key = "ED25519 SHA256:abcdEFGHijklMNOPqrstUVWXyz0123456789ABCDEFG";
  before(async () => {
    server = await Countersign.start({ config: (made) => {
      const hook = (preset, more = {}) => ({ ...(preset ? { provider: "template", preset } : { provider: "json" }), class: "kernel", hosts: ["web*"],
                                             token_file: join(made.folder, "webhook.token"), ...more });
      return {
        notify: { group_window: "0s" },
        webhook: { papertrail: { provider: "papertrail", token_file: join(made.folder, "webhook.token") },
                   wazuh: hook("wazuh"), wazuh_log: hook("wazuh", { class: "log" }), osquery: hook("osquery"),
                   auditd: hook("", { class: "kernel" }) },
      };
    } });
  });
  after(() => server?.stop());

  const post = async (name, body) => {
    const { status, body: reply } = await server.api(`/webhooks/${name}`, { role: null, method: "POST", body,
      headers: { authorization: `Bearer ${server.webhookToken}`, "content-type": "application/json" } });
    assert.equal(status, 200, JSON.stringify(reply));
    return reply;
  };
  const logins = async (host) => (await server.api(`/api/v1/events?${new URLSearchParams({ query: `host.name=${host} AND event.action=ssh_login` })}`, { role: "viewer" })).body.events;
  const sightings = async (event) => (await server.api(`/api/v1/approvals/${event["approval.id"]}`)).body.events.find(({ id }) => id === event.id).sightings;

  // Each is one login of deploy on a host of its own, first told by the log or by the other system.
  const port = 51234, pid = 2211;
  const seconds = String(at.getTime() / 1000), audit = `${seconds}.123:4711`;
  const shapes = {
    "wazuh, sshd's line (rule 5715)": ["wazuh", async (host) => JSON.parse((await sample("wazuh_alert.json")).replaceAll("web1", host)
      .replaceAll("Nov 20 01:02:03", at.toISOString()).replace(/"timestamp": "2026[^"]*"/, `"timestamp": "${at.toISOString().replace("Z", "+0000")}"`)
      .replace("1763600523", seconds))],
    "wazuh, an audit record": ["wazuh", async (host) => ({ timestamp: at.toISOString().replace("Z", "+0000"), rule: { level: 3, id: "80700", groups: ["audit"] },
      agent: { id: "001", name: host, ip: "10.0.0.5" }, manager: { name: "wazuh" }, id: `${seconds}.77`, decoder: { parent: "auditd", name: "auditd" },
      full_log: `type=USER_START msg=audit(${audit}): pid=${pid} uid=0 auid=1001 ses=7 subj=unconfined msg='op=PAM:session_open grantors=pam_unix acct="deploy" exe="/usr/sbin/sshd" hostname=203.0.113.7 addr=203.0.113.7 terminal=ssh res=success'`,
      location: "/var/log/audit/audit.log" })],
    "osquery, last": ["osquery", async (host) => JSON.parse((await sample("osquery_result.json")).replaceAll("web1", host).replaceAll("1795136523", seconds))],
    "osquery, logged_in_users with the session's pid": ["osquery", async (host) => ({ name: "logged_in_users", hostIdentifier: host, unixTime: Number(seconds) + 40,
      columns: { type: "user", user: "deploy", tty: "pts/0", host: "203.0.113.7", time: seconds, pid: "2230" }, action: "added" })],
    "auditd through a shipper": ["auditd", async (host) => JSON.parse((await sample("auditd_user_login.json")).replaceAll("web1", host)
      .replace("2026-11-20T01:02:03.123Z", at.toISOString()).replaceAll("1795136523", seconds))],
    "auditbeat": ["auditd", async (host) => ({ "@timestamp": at.toISOString(), event: { module: "auditd", action: "logged-in", outcome: "success" },
      auditd: { message_type: "user_login", result: "success", session: "7" }, user: { audit: { id: "1001", name: "deploy" }, name: "root" },
      source: { ip: "203.0.113.7" }, process: { pid, executable: "/usr/sbin/sshd" }, host: { name: host } })],
    "laurel": ["auditd", async (host) => ({ ID: audit, NODE: host, USER_START: { pid, uid: 0, auid: 1001, ses: 7, op: "PAM:session_open", acct: "deploy",
      exe: "/usr/sbin/sshd", addr: "203.0.113.7", hostname: "203.0.113.7", terminal: "ssh", res: "success", AUID: "deploy" } })],
  };
  let n = 0;
  for (const [what, [hook, make]] of Object.entries(shapes))
    for (const order of ["log first", "witness first"]) {
      const host = `web${++n}`;
      test(`${what}, ${order}: one login, two witnesses, matched`, async () => {
        const tell = () => post("json", JSON.stringify({ host, program: "sshd", pid, "@timestamp": at.toISOString(), message: acceptedLine({ user: "deploy", port, key }) }));
        const claim = async () => {
          const reply = await post(hook, JSON.stringify(await make(host)));
          assert.equal(reply.quarantined + reply.ignored, 0, JSON.stringify(reply));
          assert.deepEqual(await post(hook, JSON.stringify(await make(host))), { ...reply, events: 0, duplicates: 1 });  // redelivered
        };
        if (order === "log first") await tell();
        await claim();
        if (order !== "log first") await tell();
        const [event, ...others] = await server.until(async () => {
          const found = await logins(host);
          return found.some(({ verdict }) => verdict === "matched") && found;
        }, { what: `matched on ${host}`, within: 5000 }).catch(async (error) => assert.fail(`${JSON.stringify(await logins(host))}\n${error.message}`));
        assert.equal(others.length, 0, JSON.stringify(others));
        assert.equal(event["verdict.independent"], true);
        assert.equal(event["user.name"], "deploy");
        assert.equal(event["source.ip"], "203.0.113.7");
        const both = await sightings(event);
        assert.deepEqual(both.map((one) => one.class).sort(), ["kernel", "log"]);
        assert.equal(both.find((one) => one.class === "kernel").source, hook);
        assert.equal((await server.approvals({ limit: 1000 })).filter(({ events }) => events[0]["host.name"] === host).length, 1);  // asked once
      });
    }

  test("sshd's line by Wazuh under class log is a second copy of the log, not a second witness", async () => {
    const host = "web90";
    await server.papertrail([papertrailEvent({ host, at, message: acceptedLine({ user: "deploy", port, key }) })]);
    await post("wazuh_log", JSON.stringify(await shapes["wazuh, sshd's line (rule 5715)"][1](host)));
    const [event] = await logins(host);
    assert.equal(event.verdict, "unenrolled");
    assert.deepEqual((await sightings(event)).map((one) => one.class), ["log", "log"]);
  });

  test("a log line that the other system does not bear out is unenrolled: it covers nothing, so its silence accuses nobody", async () => {
    const host = "web91";
    await post("osquery", JSON.stringify(await shapes["osquery, last"][1](host)));
    await server.papertrail([papertrailEvent({ host, at, message: acceptedLine({ user: "alice", port: 7 }) })]);
    const alice = (await logins(host)).find((event) => event["user.name"] === "alice");
    assert.equal(alice.verdict, "unenrolled");
  });

  test("a host outside the token's list is quarantined, counted, and no event", async () => {
    const reply = await post("osquery", JSON.stringify(await shapes["osquery, last"][1]("db1")));
    assert.deepEqual([reply.events, reply.quarantined], [0, 1]);
    assert.deepEqual(await logins("db1"), []);
    const { body } = await server.api("/api/v1/quarantine", { role: "viewer" });
    assert.ok(body.quarantine.some(({ why, source }) => why === "osquery may not speak for this host" && source === "osquery"));
    assert.match((await server.api("/metrics", { role: null })).body, /countersign_messages_total{result="quarantined",source="osquery"} 1/);
  });

  test("what is no login of sshd's is ignored, a failure is recorded, a terminal within a session asks nobody", async () => {
    const row = (columns) => JSON.stringify({ name: "q", hostIdentifier: "web92", unixTime: Number(seconds), columns, action: "added" });
    assert.equal((await post("osquery", row({ pid: "9", path: "/usr/bin/id" }))).ignored, 1);
    assert.equal((await post("osquery", row({ username: "deploy", tty: "pts/1", pid: "9", type: "7", time: seconds, host: "tmux(8).%0" }))).events, 1);
    assert.deepEqual(await logins("web92"), []);
    assert.equal((await server.approvals({ limit: 1000 })).filter(({ events }) => events[0]["host.name"] === "web92").length, 0);
  });

  test("deploy/examples/hids/custom-countersign brings an alert as Wazuh's integrator runs it", async () => {
    const host = "web93", file = join(server.folder, "alert.json"), token = join(server.folder, "webhook.token");
    await writeFile(file, JSON.stringify(await shapes["wazuh, an audit record"][1](host)));
    const script = join(repository, "deploy/examples/hids/custom-countersign");
    const ended = await run("python3", [script, file, "", `${server.url}/webhooks/wazuh`, token]);
    assert.equal(ended.stderr, "");
    assert.equal((await logins(host)).length, 1);
    const refused = spawnSync("python3", [script, file, "", `${server.url}/webhooks/wazuh`, join(server.folder, "viewer.token")], { encoding: "utf8" });
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /answered 401/);
  });
});
