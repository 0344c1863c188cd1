// countersign-agent with the kernel as its witness, beside a real sshd: logins leave within a second, sessions are listed,
// watched, ended at the host or by the server's signed request, and idling costs next to nothing.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { spawn, spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { Agent, FakeServer, until } from "./lib/agent.mjs";
import { whyNoKernelWitness } from "./lib/kernel-watch.mjs";
import { Sshd, whyNoSshd } from "./lib/sshd.mjs";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const skip = (await whyNoSshd()) ?? (await whyNoKernelWitness()) ?? false;
if (skip) console.log(skip);
let sshd, key;

before(async () => {
  if (skip) return;
  sshd = await Sshd.start({ users: { oswaldo: { password: "correct horse" } } });
  key = await sshd.makeKey("oswaldo");
  await sshd.authorize("oswaldo", key);
});
after(() => sshd?.stop());

/** An ssh session that stays; ends with the test. */
async function stay(t, command = "echo in; exec sleep 100") {
  const child = spawn("ssh", ["-F", "none", "-i", key.file, "-o", "IdentitiesOnly=yes", "-o", "UserKnownHostsFile=/dev/null",
    "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR", "-p", String(sshd.port), "oswaldo@127.0.0.1", command]);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  t.after(() => child.kill());
  await until(() => new Promise((resolve) => child.stdout.once("data", () => resolve(true))), "the session");
  return { child, ended };
}

async function room(t, options = {}) {
  const server = await FakeServer.start();
  t.after(async () => {
    await server.vanish();
    assert.deepEqual(server.breaches, []);
  });
  const agent = await Agent.start(server, { ...options, witness: { kernel: true, pam: false, ...options.witness } });
  t.after(() => agent.stop());
  await until(() => server.of("kernel").length >= 1, "the first batch");
  return { server, agent };
}

// The kernel sees every sshd of the machine; only ours counts.
const found = (server, action) => server.sightings("kernel").filter((sighting) => sighting["event.action"] === action &&
  (action === "containment" || sighting["server.port"] === sshd.port));
const running = (agent) => agent.command("sessions", "--json").stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line))
  .filter((session) => session["server.port"] === sshd.port);

test("a login as the kernel saw it is at the server within a second", { skip }, async (t) => {
  const { server } = await room(t);
  const took = [];
  for (let i = 1; i <= 5; ++i) {
    const { accepted } = await sshd.login({ user: "oswaldo", key });
    const login = await until(() => found(server, "ssh_login")[i - 1], "the login");
    const batch = server.of("kernel").find((one) => one.sightings.includes(login));
    took.push(batch.received - Date.parse(login["@timestamp"]));
    assert.equal(login["process.pid"], accepted.pid);
    assert.equal(login["user.name"], "oswaldo");
    assert.equal(login["ssh.key.fingerprint"], key.fingerprint);
    assert.match(accepted.message, new RegExp(`port ${login["source.port"]} `));
  }
  t.diagnostic(`from login to server, ms: ${took.join(" ")}`);
  assert.ok(Math.max(...took) < 1000, took.join(" "));
  assert.equal(found(server, "ssh_login").length, 5);
  assert.deepEqual(server.gaps("kernel"), []);
});

test("at the host: sessions, watch, kill", { skip }, async (t) => {
  const { agent } = await room(t);
  const watching = spawn(agent.program, ["watch", "--json", "--config", agent.configFile]);
  t.after(() => watching.kill());
  let watched = "";
  watching.stdout.on("data", (chunk) => (watched += chunk));
  await pause(200);
  const { ended } = await stay(t);
  const sessions = await until(() => running(agent).length && running(agent), "a session");
  assert.equal(sessions.length, 1);
  assert.equal(sessions[0]["user.name"], "oswaldo");
  assert.match(agent.command("sessions").stdout, /^SESSION .*\n(.*\n)*\S+ +\d+ oswaldo +127\.0\.0\.1 \d+ +publickey/);
  await until(() => /"event.action":"ssh_login"/.test(watched), "the login, watched");
  assert.equal(agent.command("kill", "nonesuch").status, 1);
  const killed = agent.command("kill", sessions[0]["session.id"].slice(0, 12));
  assert.equal(killed.status, 0, killed.stderr);
  assert.match(killed.stdout, /^ended: oswaldo from 127\.0\.0\.1/);
  await ended;
  await until(() => running(agent).length === 0, "no session");
  const stranger = spawnSync("setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", agent.program, "sessions", "--config", "/dev/null"]);
  assert.notEqual(stranger.status, 0);
});

test("a session that ran before the agent is adopted", { skip }, async (t) => {
  const { ended, child } = await stay(t);
  const { agent } = await room(t);
  const [session] = running(agent);
  assert.equal(session["session.adopted"], true);
  child.kill();
  await ended;
});

test("the server ends a session: signed, for this process, once, and reported; nothing else is obeyed", { skip }, async (t) => {
  const { server, agent } = await room(t, { agent: { join_token_file: "join", contain: true } });
  const { ended } = await stay(t, "trap '' TERM HUP; (trap '' TERM HUP; sleep 98765) & echo in; wait");
  const login = await until(() => found(server, "ssh_login")[0], "the login");
  const [agentId] = server.agents.keys();
  const request = (over) => ({ id: `r${server.commands.length}`, action: "end_session", agent_id: agentId, host: "bastion", boot_id: "boot-1",
    pid: login["process.pid"], start: login["process.start"], user: "oswaldo",
    issued_at: new Date().toISOString(), expires_at: new Date(Date.now() + 300_000).toISOString(), ...over });
  const outcome = async (over) => {
    const command = request(over);
    server.commands.push(command);
    return until(() => found(server, "containment").find((one) => one["containment.id"] === command.id), "the report");
  };
  const bystander = spawn("sleep", ["100"]);
  t.after(() => bystander.kill());
  const startOf = async (pid) => Number((await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1].split(" ")[19]);
  const none = await outcome({ pid: bystander.pid, start: await startOf(bystander.pid) });
  assert.equal(none["event.outcome"], "failure");
  assert.match(none.message, /none of sshd's/);
  assert.match((await outcome({ start: login["process.start"] - 1 })).message, /has ended already/);
  assert.match((await outcome({ user: "alice" })).message, /another user's session/);
  assert.match((await outcome({ boot_id: "boot-0" })).message, /started anew/);
  server.commands.push(request({ key: generateKeyPairSync("ed25519").privateKey }));  // signed by another
  await until(() => /not obeyed: a request bears a signature/.test(agent.log), "the refusal");
  server.commands.pop();
  assert.equal(bystander.exitCode, null);
  const done = await outcome({});
  assert.equal(done["event.outcome"], "success");
  await ended;
  assert.equal(spawnSync("pgrep", ["-x", "-f", "sleep 98765"]).status, 1);
  await pause(1000);  // asked again with each answer
  assert.equal(found(server, "containment").filter((one) => one["containment.id"] === done["containment.id"]).length, 1);
});

test("the PAM hook in a real sshd: the login as PAM saw it, with the port; a dead agent is in nobody's way", { skip }, async (t) => {
  const server = await FakeServer.start();
  t.after(() => server.vanish());
  const agent = await Agent.start(server);
  t.after(() => agent.stop());
  const room = await Sshd.start({ users: { oswaldo: {} }, pam: `session optional pam_exec.so seteuid quiet ${agent.hook} ${agent.run}` });
  t.after(() => room.stop());
  const own = await room.makeKey("oswaldo");
  await room.authorize("oswaldo", own);
  const { accepted, port } = await room.login({ user: "oswaldo", key: own });
  await until(() => server.sightings("pam").length >= 2, "the session, opened and closed");
  const [opened, closed] = server.sightings("pam");
  assert.equal(opened["event.action"], "ssh_login");
  assert.equal(opened["process.pid"], accepted.pid);
  assert.equal(opened["source.ip"], "127.0.0.1");
  assert.equal(opened["source.port"], port);
  assert.equal(opened["user.name"], "oswaldo");
  assert.equal(closed["event.action"], "ssh_session_end");
  await agent.end("SIGKILL");
  assert.equal((await room.login({ user: "oswaldo", key: own })).code, 0);
});

test("idling costs next to nothing, with nothing left to abuse", { skip }, async (t) => {
  const { agent } = await room(t, { agent: { heartbeat: "10s" }, witness: { pam: true, log: "/dev/null" } });
  const status = await readFile(`/proc/${agent.child.pid}/status`, "utf8");
  const field = (name) => new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)[1];
  assert.equal(field("CapEff"), "0000000000000000");
  assert.equal(field("CapPrm"), "0000000000000000");
  assert.equal(field("NoNewPrivs"), "1");
  assert.equal(field("Seccomp"), "2");
  const ticks = async () => (await readFile(`/proc/${agent.child.pid}/schedstat`, "utf8")).split(" ").map(Number)[0];
  // The quietest of some spans: other tests' logins are none of idling.
  let share = 1;
  for (let i = 0; i < Number(process.env.AGENT_IDLE_SPANS ?? 4); ++i) {
    const begun = await ticks();
    await pause(3000);
    share = Math.min(share, (await ticks() - begun) / 3e9);
  }
  t.diagnostic(`idle: ${(share * 100).toFixed(3)} % of a CPU, resident ${field("VmRSS")} kB`);
  assert.ok(Number(field("VmRSS")) < 22_000, `${field("VmRSS")} kB`);  // the goal is 20 MB; how much of libraries is mapped varies
  assert.ok(share < 0.005, `${share * 100} %`);  // the goal is 0.1 %; a loaded test machine gets some room
});
