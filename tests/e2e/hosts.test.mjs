// Hosts as the security team must know them: names nobody declared, proposed with their evidence and never applied;
// ways in that nobody witnesses, a real dropbear among them, told by the real agent.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { Agent } from "./lib/agent.mjs";
import { launchBrowser } from "./lib/browser.mjs";
import { acceptedLine, Countersign, papertrailEvent } from "./lib/countersign.mjs";
import { FakeAgent, kernelLogin } from "./lib/fake-agent.mjs";
import { freePort } from "./lib/sshd.mjs";

const execute = promisify(execFile);
const dropbear = ["/usr/sbin/dropbear", "/usr/bin/dropbear"].find((path) => existsSync(path));
const noDropbear = dropbear ? false : "dropbear is not installed (deploy/install-packages --tests)";
if (noDropbear && process.env.REQUIRE_ALL === "1") throw new Error(`REQUIRE_ALL=1 and ${noDropbear}`);
if (noDropbear) console.log(`SKIPPED: ${noDropbear}`);

const tokens = { bastion: randomBytes(12).toString("hex"), web1: randomBytes(12).toString("hex") };
let folder, shots, countersign, bastion;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-hosts-"));
  shots = process.env.COUNTERSIGN_SHOTS ?? folder;
  await mkdir(shots, { recursive: true });
  for (const [name, token] of Object.entries(tokens)) await writeFile(join(folder, `${name}.token`), token, { mode: 0o600 });
  countersign = await Countersign.start({ config: {
    host: [{ name: "bastion", log: true }, { name: "web1" }, { name: "spare" }],
    agent: Object.keys(tokens).map((host) => ({ host, token_file: join(folder, `${host}.token`) })),
    reconcile: { grace: "1s", match_window: "30s" },
  } });
  bastion = new FakeAgent(countersign, { token: tokens.bastion });
});
after(async () => {
  await countersign?.stop();
  await rm(folder, { recursive: true, force: true });
});

const command = (...args) =>
  execute(process.env.COUNTERSIGN, [...args, "--config", countersign.configFile, "--server", countersign.url])
    .then(({ stdout }) => stdout, ({ stdout, stderr, code }) => (code === 1 ? stdout : assert.fail(stderr)));
const findings = async (kind) => (await countersign.approvals({ limit: 1000 }))
  .filter(({ events }) => events.some((event) => event["event.action"] === `finding_${kind}`));
const hosts = async () => (await countersign.api("/api/v1/hosts")).body;
const host = async (name) => (await hosts()).hosts.find((each) => each.name === name);

test("a name that nobody declared is proposed with its evidence, and never applied", async () => {
  for (const port of [50001, 50002, 50003]) {
    if (port === 50002) {
      await countersign.until(async () => (await findings("missing_log")).length === 1, { what: "a finding about one login", within: 20_000 });
      const { aliases, alias_candidates: candidates } = await hosts();
      assert.deepEqual([aliases, candidates.length, candidates[0].logins], [[], 1, 1]);
      const said = await command("hosts", "aliases");
      assert.match(said, /^# no name is proposed yet: 1 login under an undeclared name \(3 are needed\)\n# 1 login that the kernel of bastion saw was told of by papertrail as of ip-10-0-0-5/);
    }
    await countersign.papertrail([papertrailEvent({ message: acceptedLine({ port }), host: "ip-10-0-0-5" })]);
    assert.equal((await bastion.send([kernelLogin({ port })])).status, 200);
  }
  const found = await countersign.until(async () => {
    const all = await findings("missing_log");
    return all.length === 1 && all[0].events.length === 3 && all[0];
  }, { what: "one finding about the three logins", within: 20_000 });
  assert.match(found.reason, /an undeclared alias explains this, if that is another name of bastion/);

  const { aliases } = await hosts();
  assert.equal(aliases.length, 1);
  assert.deepEqual([aliases[0].host, aliases[0].name, aliases[0].logins, aliases[0].relay], ["bastion", "ip-10-0-0-5", 3, false]);
  assert.match(aliases[0].words, /^3 logins that the kernel of bastion saw were told of by papertrail as of ip-10-0-0-5/);
  const toml = await command("hosts", "aliases");
  assert.match(toml, /^\[\[host\]\]\nname = "bastion"\naliases = \["ip-10-0-0-5"\]$/m);
  assert.match(await command("report"), /Names that nobody declared\n {2}bastion as ip-10-0-0-5: 3 logins/);
  const { body } = await countersign.api("/api/v1/events?query=host.name=ip-10-0-0-5");
  assert.deepEqual(body.events.map((event) => event.verdict), ["unenrolled", "unenrolled", "unenrolled"]);
});

test("lines alone, however many, propose nothing", async () => {
  for (let port = 51001; port < 51010; ++port)
    await countersign.papertrail([papertrailEvent({ message: acceptedLine({ port }), host: "evil" })]);
  assert.ok((await hosts()).aliases.every(({ name }) => name !== "evil"));
});

test("what an agent sees beside sshd: listed, and a finding once for all hosts; what it can't mean is quarantined", async () => {
  const web1 = new FakeAgent(countersign, { token: tokens.web1, host: "web1", agentId: "w1" });
  const ways = [{ name: "dropbear", kind: "daemon" }, { name: "telnet", kind: "port", port: 23 }, { name: "console", kind: "console" }];
  assert.equal((await bastion.send([], { ways })).status, 200);
  assert.equal((await bastion.send([], { ways })).status, 200);
  assert.equal((await web1.send([], { ways: [ways[0], { name: "<script>", kind: "daemon" }, 7] })).status, 200);
  const found = await findings("unwitnessed_way");
  assert.equal(found.length, 2, "dropbear's, of both hosts, and the port's");
  assert.deepEqual(found.flatMap(({ events }) => events.map((event) => `${event["process.name"]} ${event["host.name"]}`)).sort(),
                   ["dropbear bastion", "dropbear web1", "telnet bastion"]);
  assert.deepEqual((await host("bastion")).ways.map(({ kind, name }) => `${kind} ${name}`.trim()),
                   ["no_log", "console console", "daemon dropbear", "port telnet"]);
  assert.deepEqual((await host("web1")).ways.map(({ kind }) => kind), ["no_log", "daemon"]);
  assert.deepEqual((await host("spare")).ways.map(({ kind }) => kind), ["no_witness"]);
  assert.deepEqual((await host("ip-10-0-0-5")).ways.map(({ kind }) => kind), ["no_agent"]);
  const { body } = await countersign.api("/api/v1/quarantine");
  assert.match(JSON.stringify(body), /needs a name of letters/);

  assert.equal((await bastion.send([], { ways: ways.slice(1) })).status, 200);  // dropbear is gone
  assert.ok((await host("bastion")).ways.every(({ name }) => name !== "dropbear"));
  const report = await command("report");
  assert.match(report, /bastion +dropbear +dropbear: a login daemon .*; gone since /);
  assert.match(report, /spare +the whole host +it is configured, and neither an agent nor a log speaks for it/);
  assert.equal((await bastion.send([], { ways })).status, 200);
  assert.equal((await findings("unwitnessed_way")).length, 2, "back again is nothing new");
  assert.match(await command("hosts", "list"), /^bastion .*\n {2}not witnessed: .*\n/m);
  for (const bad of [{ ways: 7 }, { ways: "dropbear" }])
    assert.equal((await new FakeAgent(countersign, { token: tokens.web1, host: "web1", agentId: "w2" }).send([], bad)).status, 400);
});

test("a real dropbear, by the real agent", { skip: noDropbear }, async (t) => {
  const key = join(folder, "dropbear.key"), port = await freePort();
  await execute("dropbearkey", ["-t", "ed25519", "-f", key]);
  const daemon = spawn(dropbear, ["-F", "-E", "-p", `127.0.0.1:${port}`, "-r", key, "-P", join(folder, "dropbear.pid")],
                       { stdio: ["ignore", "ignore", "pipe"] });
  t.after(() => daemon.kill());
  await once(daemon.stderr, "data");
  const server = await Countersign.start({ config: {
    agent: [{ host: "bastion", token_file: join(folder, "bastion.token") }] } });
  t.after(() => server.stop());
  const agent = await Agent.start({ url: server.url, token: tokens.bastion, joinToken: "none" }, { witness: { kernel: true, pam: false } });
  t.after(() => agent.stop());
  const seen = async () => (await server.api("/api/v1/hosts")).body.hosts.find(({ name }) => name === "bastion")?.ways
    .some(({ name, kind }) => name === "dropbear" && kind === "daemon");
  await server.until(seen, { what: "the agent's word on dropbear", within: 15_000 });
  const found = (await server.approvals({ limit: 100 })).filter(({ events }) => events[0]["event.action"] === "finding_unwitnessed_way");
  assert.ok(found.some(({ reason }) => /^A way in that no kernel witnesses, seen first on bastion\. dropbear: /.test(reason)));
});

test("the console's page shows both", async () => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(await countersign.inboxLink({ security: true }));
    await page.getByRole("button", { name: /^Open / }).click();
    await page.goto(`${countersign.url}/hosts`);
    await page.getByRole("heading", { name: "Names that nobody declared" }).waitFor();
    await page.getByRole("heading", { name: "Ways in that nobody witnesses" }).waitFor();
    assert.match(await page.locator("pre").innerText(), /aliases = \["ip-10-0-0-5"\]/);
    for (const scheme of ["light", "dark"])
      for (const [size, width] of [["narrow", 390], ["wide", 1280]]) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize({ width, height: 900 });
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, size);
        await page.screenshot({ path: join(shots, `hosts-${size}-${scheme}.png`), fullPage: true });
      }
  } finally {
    await browser.close();
  }
});
