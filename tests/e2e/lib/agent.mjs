// countersign-agent for one test, and a server for it to report to that keeps contract.md's rules about batches and
// notes every breach of them. The programs are beside $COUNTERSIGN.
import { spawn, spawnSync } from "node:child_process";
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { toml } from "./countersign.mjs";

const beside = (name) => join(dirname(process.env.COUNTERSIGN ?? ""), name);
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const derHead = Buffer.from("302a300506032b6570032100", "hex");  // SubjectPublicKeyInfo of an Ed25519 key

export async function until(condition, what, within = 15_000) {
  const end = Date.now() + within;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${within} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The server's side as far as agents see it. */
export class FakeServer {
  static async start({ host = "bastion", token = "fixed-token", joinToken = "join-token", port = 0, tls = null } = {}) {
    const made = new FakeServer();
    Object.assign(made, { host, token, joinToken, tls, batches: [], breaches: [], streams: new Map(), agents: new Map(),
                          commands: [], answer: null, joins: 0 });
    const keys = generateKeyPairSync("ed25519");
    made.privateKey = keys.privateKey;
    made.publicKey = keys.publicKey.export({ type: "spki", format: "der" }).subarray(12).toString("base64");
    await made.listen(port);
    return made;
  }

  async listen(port = this.port ?? 0) {
    const serve = (request, response) => this.#serve(request, response);
    this.server = this.tls ? createTlsServer(this.tls, serve) : createServer(serve);
    await new Promise((resolve) => this.server.listen(port, "127.0.0.1", resolve));
    this.port = this.server.address().port;
    this.url = `${this.tls ? "https" : "http"}://127.0.0.1:${this.port}`;
  }

  /** Gone from the network, what it knows is kept. */
  async vanish() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #serve(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const reply = this.answer?.(request, body) ?? (request.url === "/agents/v1/join" ? this.#join(request, body) : this.#batch(request, body));
    if (reply === null) return request.socket.destroy();
    response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers }).end(JSON.stringify(reply.body ?? {}));
  }

  #join(request, body) {
    this.joins += 1;
    if (request.headers.authorization !== `Bearer ${this.joinToken}`) return { status: 403, body: { error: "no such join token" } };
    const said = JSON.parse(body);
    const key = createPublicKey({ key: Buffer.concat([derHead, Buffer.from(said.public_key, "base64")]), format: "der", type: "spki" });
    if (!verify(null, body, key, Buffer.from(request.headers["countersign-signature"] ?? "", "base64"))) return { status: 403, body: { error: "bad signature" } };
    const known = [...this.agents.values()].find((agent) => agent.host === said.host);
    if (known && known.publicKey !== said.public_key) return { status: 409, body: { error: `second agent for ${said.host}` } };
    const agent = known ?? { id: randomBytes(6).toString("hex"), host: said.host, publicKey: said.public_key, key, machine: said.machine_id };
    this.agents.set(agent.id, agent);
    return { status: known ? 200 : 201, body: { agent_id: agent.id, host: agent.host, server_key: this.publicKey } };
  }

  #batch(request, body) {
    const agent = this.agents.get(request.headers["countersign-agent"]);
    if (agent ? !verify(null, body, agent.key, Buffer.from(request.headers["countersign-signature"] ?? "", "base64"))
              : request.headers.authorization !== `Bearer ${this.token}`)
      return { status: 401, body: { error: "not known" } };
    const batch = JSON.parse(body);
    if (batch.host !== this.host) return { status: 403, body: { error: "another host's token" } };
    const breach = (what) => this.breaches.push(`${batch.class} ${batch.sequence}: ${what}`);
    if (body.length > 1024 * 1024) breach("too long");
    if (batch.sightings.length > 1000) breach("too many sightings");
    const name = `${batch.agent_id} ${batch.class}`;
    const stream = this.streams.get(name) ?? { sequence: 0, hash: "", ids: new Set(), to: null };
    this.streams.set(name, stream);
    const hash = sha256(body);
    if (batch.sequence === stream.sequence)
      return hash === stream.hash ? this.#acknowledge(batch) : { status: 409, body: { error: `batch ${batch.sequence} had other content` } };
    if (batch.sequence < stream.sequence) return { status: 409, body: { error: `batch ${batch.sequence} is old` } };
    if (batch.sequence > stream.sequence + 1) breach(`follows ${stream.sequence}`);
    if (batch.previous !== stream.hash) breach("does not bear the hash of the batch before");
    const from = Date.parse(batch.coverage.from), to = Date.parse(batch.coverage.to);
    if (!(from <= to)) breach(`covers ${batch.coverage.from} to ${batch.coverage.to}`);
    if (stream.to !== null && batch.coverage.from < stream.to) breach("covers again what was covered");
    for (const sighting of batch.sightings) {
      if (stream.ids.has(sighting.id)) breach(`sighting ${sighting.id} came twice`);
      stream.ids.add(sighting.id);
    }
    Object.assign(stream, { sequence: batch.sequence, hash, to: batch.coverage.to });
    this.batches.push({ ...batch, received: new Date() });
    return this.#acknowledge(batch);
  }

  #acknowledge(batch) {
    const commands = this.commands.filter((command) => command.agent_id === batch.agent_id).map((command) => {
      const payload = Buffer.from(JSON.stringify(command));
      return { payload: payload.toString("base64"), signature: sign(null, payload, command.key ?? this.privateKey).toString("base64") };
    });
    return { status: 200, body: { acknowledged: batch.sequence, ...(commands.length ? { commands } : {}) } };
  }

  of(witnessClass) { return this.batches.filter((batch) => batch.class === witnessClass); }
  sightings(witnessClass) { return this.of(witnessClass).flatMap((batch) => batch.sightings); }

  /** The spans between coverages: [{from, to, why}], and batches that lost logins. */
  gaps(witnessClass) {
    const gaps = [];
    let until = null;
    for (const { coverage } of this.of(witnessClass)) {
      if (until !== null && coverage.from > until) gaps.push({ from: until, to: coverage.from, why: coverage.why });
      if (coverage.lost > 0) gaps.push({ from: coverage.from, to: coverage.to, lost: coverage.lost, why: coverage.why });
      until = coverage.to;
    }
    return gaps;
  }
}

export class Agent {
  /** `agent`, `witness`: keys over the defaults of the configuration's tables. Not started yet. */
  static async prepare(server, { agent = {}, witness = {} } = {}) {
    const made = new Agent();
    made.within = [];
    made.folder = await mkdtemp(join(tmpdir(), "countersign-agent-"));
    made.run = join(made.folder, "run");
    await mkdir(made.run);
    await writeFile(join(made.folder, "token"), server.token, { mode: 0o600 });
    await writeFile(join(made.folder, "join"), server.joinToken, { mode: 0o600 });
    await made.boots("boot-1");
    await writeFile(join(made.folder, "machine-id"), "0123456789abcdef0123456789abcdef\n");
    made.config = {
      agent: { host: "bastion", server: server.url, ...(agent.join_token_file ? {} : { token_file: "token" }),
               spool: "spool", heartbeat: "300ms", run_directory: "run", boot_id_file: "boot-id",
               machine_id_file: "machine-id", ...agent },
      witness: { kernel: false, ...witness },
    };
    await made.configure();
    return made;
  }

  static async start(server, options) {
    const made = await Agent.prepare(server, options);
    await made.spawn();
    return made;
  }

  boots(id) { return writeFile(join(this.folder, "boot-id"), `${id}\n`); }
  configure() { return writeFile(join(this.folder, "agent.toml"), toml(this.config)); }
  get program() { return beside("countersign-agent"); }
  get hook() { return beside("countersign-pam"); }
  get configFile() { return join(this.folder, "agent.toml"); }

  async spawn() {
    this.out = this.log = "";
    const [program, ...words] = [...this.within, beside("countersign-agent"), "run", "--config", this.configFile];
    this.child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
    this.exited = new Promise((resolve) => this.child.once("exit", (code, signal) => resolve({ code, signal })));
    this.child.stdout.on("data", (chunk) => (this.out += chunk));
    this.child.stderr.on("data", (chunk) => (this.log += chunk));
    await until(() => {
      if (this.child.exitCode !== null) throw new Error(`countersign-agent ended with ${this.child.exitCode}\n${this.log}`);
      return /^watching as bastion$/m.test(this.out);
    }, "watching");
  }

  async end(signal = "SIGTERM") {
    this.child.kill(signal);
    return this.exited;
  }

  async stop() {
    if (this.child && this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill("SIGCONT");
      await this.end();
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  /** One session as PAM would tell of it, through the real hook. */
  pam({ type = "open_session", service = "sshd", user = "oswaldo", port = 50000, address = "203.0.113.7" } = {}) {
    const began = process.hrtime.bigint();
    const hook = spawnSync(beside("countersign-pam"), [this.run], { env: {
      PAM_TYPE: type, PAM_SERVICE: service, PAM_USER: user, PAM_RHOST: address, PAM_TTY: "ssh",
      ...(service === "sshd" ? { SSH_CONNECTION: `${address} ${port} 192.0.2.1 22` } : {}) } });
    if (hook.error) throw hook.error;
    return { code: hook.status, ms: Number(process.hrtime.bigint() - began) / 1e6 };
  }

  command(...args) {
    return spawnSync(beside("countersign-agent"), [...args, "--config", this.configFile], { encoding: "utf8", timeout: 20_000 });
  }
}
