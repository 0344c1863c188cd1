// An agent for one test: posts batches as contract.md and deploy/agents-protocol.md have them, with a fixed token or,
// once joined, with signatures of its own key.
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";

const rawKey = (key) => Buffer.from(key.export({ format: "jwk" }).x, "base64url");

export class FakeAgent {
  /** `token`: a fixed one. Without, join() first. */
  constructor(countersign, { host = "bastion", token, agentId = `agent-${randomBytes(4).toString("hex")}`,
                             witness = "kernel", start = new Date() } = {}) {
    Object.assign(this, { countersign, host, token, agentId, witness, sequence: 0, previous: "", until: start });
    this.bootId = "b00t";
    this.keys = generateKeyPairSync("ed25519");
  }

  publicKey() {
    return rawKey(this.keys.publicKey);
  }

  async join(joinToken, { machineId = randomBytes(32).toString("hex"), publicKey = this.publicKey(), ...more } = {}) {
    const body = JSON.stringify({ host: this.host, machine_id: machineId, public_key: publicKey.toString("base64"),
                                  version: "0.1.0", boot_id: this.bootId, ...more });
    const reply = await this.countersign.api("/agents/v1/join", {
      role: null, body,
      headers: { authorization: `Bearer ${joinToken}`, "countersign-signature": this.sign(body) },
    });
    if (reply.status < 300) {
      this.agentId = reply.body.agent_id;
      this.serverKey = reply.body.server_key;
    }
    this.machineId = machineId;
    return reply;
  }

  sign(body) {
    return sign(null, Buffer.from(body), this.keys.privateKey).toString("base64");
  }

  /** The next batch of the stream, covering from the last one's end to `to`. */
  batch(sightings = [], { to = new Date(), from = this.until, lost = 0, ...more } = {}) {
    this.until = to;
    return {
      host: this.host, boot_id: this.bootId, agent_id: this.agentId, class: this.witness, sequence: ++this.sequence,
      sent_at: new Date().toISOString(), previous: this.previous,
      coverage: { from: from.toISOString(), to: to.toISOString(), lost }, sightings, ...more,
    };
  }

  /** Posts a batch (or any text) as it is. */
  async post(batch, { headers = {} } = {}) {
    const body = typeof batch === "string" ? batch : JSON.stringify(batch);
    this.previous = createHash("sha256").update(body).digest("hex");
    const proof = this.token
      ? { authorization: `Bearer ${this.token}` }
      : { "countersign-agent": this.agentId, "countersign-signature": this.sign(body) };
    return this.countersign.api("/agents/v1/batches", { role: null, body, headers: { ...proof, ...headers } });
  }

  /** Posts the next batch. */
  async send(sightings, options) {
    return this.post(this.batch(sightings, options));
  }
}

let sightings = 0;

/** A login as the kernel's witness tells it. */
export function kernelLogin({ id = `s-${++sightings}`, user = "oswaldo", address = "203.0.113.7", port = 51234,
                              at = new Date(), pid = 4243, ...more } = {}) {
  return { id, "@timestamp": at.toISOString(), "event.action": "ssh_login", "user.name": user, "user.id": "1001",
           "source.ip": address, "source.port": port, "process.pid": pid, "process.start": 812345,
           "host.boot_id": "b00t", "session.id": `session-${pid}`, "ssh.method": "publickey",
           "ssh.key.fingerprint": "SHA256:abcdEFGHijklMNOPqrstUVWXyz0123456789ABCDEFG", ...more };
}

/** Whether the server's key signed this command; its payload, read. */
export function openCommand({ payload, signature }, serverKey) {
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(serverKey, "base64").toString("base64url") }, format: "jwk" });
  const bytes = Buffer.from(payload, "base64");
  if (!verify(null, bytes, key, Buffer.from(signature, "base64"))) throw new Error("the command's signature is wrong");
  return JSON.parse(bytes);
}
