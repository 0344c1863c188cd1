// countersign-agent against a server that keeps contract.md's rules: everything spooled arrives once, and coverage says
// exactly what could not be seen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Agent, FakeServer, until } from "./lib/agent.mjs";

const ports = (server) => server.sightings("pam").map((sighting) => sighting["source.port"]);

async function room(t, options = {}) {
  const server = await FakeServer.start();
  t.after(async () => {
    await server.vanish();
    assert.deepEqual(server.breaches, []);
  });
  const agent = await Agent.start(server, options);
  t.after(() => agent.stop());
  return { server, agent };
}

test("a login leaves the host within a second, as what it was", async (t) => {
  const { server, agent } = await room(t);
  await until(() => server.of("pam").length >= 1, "the first batch");
  const began = Date.now();
  assert.equal(agent.pam({ port: 50001 }).code, 0);
  const login = await until(() => server.sightings("pam")[0], "the login");
  assert.ok(Date.now() - began < 1000, `it took ${Date.now() - began} ms`);
  const { id, "@timestamp": at, "process.pid": pid, ...rest } = login;
  assert.match(id, /^pam:[0-9a-f]{16}$/);
  assert.equal(pid, process.pid);
  assert.ok(Math.abs(Date.parse(at) - began) < 1000);
  assert.deepEqual(rest, { "event.action": "ssh_login", "event.outcome": "success", "process.name": "sshd",
                           "user.name": "oswaldo", "source.ip": "203.0.113.7", "source.port": 50001, "process.tty": "ssh" });
  const [batch] = server.of("pam");
  assert.equal(batch.boot_id, "boot-1");
  assert.equal(batch.host, "bastion");
  assert.equal(server.gaps("pam").length, 0);
});

test("the server is away: what happens meanwhile comes once, in order, without a gap", async (t) => {
  const { server, agent } = await room(t);
  await until(() => server.of("pam").length >= 1, "the first batch");
  await server.vanish();
  for (let port = 50001; port <= 50040; ++port) agent.pam({ port });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await server.listen();
  await until(() => ports(server).length >= 40, "all of them");
  assert.deepEqual(ports(server), Array.from({ length: 40 }, (_, i) => 50001 + i));
  assert.deepEqual(server.gaps("pam"), []);
});
