// A Countersign for one test: writes a configuration into a folder of its own, starts `countersign serve` on a free
// port, speaks the outside of contract.md, and ends what it started. The program is $COUNTERSIGN.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const roles = ["ingest", "viewer", "security", "admin"];

/** TOML of a plain object: tables, arrays of tables, strings, numbers, booleans, arrays. */
export function toml(table, path = []) {
  const lines = [];
  const nested = [];
  for (const [key, value] of Object.entries(table)) {
    if (value === undefined) continue;
    if (Array.isArray(value) && value.length > 0 && value.every(isTable)) {
      for (const row of value) nested.push(`[[${[...path, key].join(".")}]]\n${toml(row, [...path, key])}`);
    } else if (isTable(value)) {
      nested.push(`[${[...path, key].join(".")}]\n${toml(value, [...path, key])}`);
    } else {
      lines.push(`${key} = ${JSON.stringify(value)}`);  // JSON's scalars and flat arrays are TOML's
    }
  }
  return [...lines, ...nested].join("\n") + "\n";
}

function isTable(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The people and accounts most tests speak of. */
export const people = [
  { name: "Oswaldo", email: "oswaldo@example.com", slack_user: "U0OSWALDO", unix_users: ["oswaldo"] },
  { name: "Alice", email: "alice@example.com", slack_user: "U0ALICE", unix_users: ["alice"] },
];

/** A Papertrail event. `at` is a Date; ids are unique unless given. */
export function papertrailEvent({ message, host = "bastion", program = "sshd", at = new Date(), id }) {
  return {
    id: id ?? Number(randomBytes(6).readUIntBE(0, 6)),
    received_at: at.toISOString(),
    display_received_at: at.toUTCString(),
    source_ip: "208.75.57.121",
    source_name: host,
    source_id: 2,
    hostname: host,
    program,
    severity: "Info",
    facility: "Auth",
    message,
  };
}

export function acceptedLine({ user = "oswaldo", address = "203.0.113.7", port = 51234, method = "publickey",
                               key = "ED25519 SHA256:abcdEFGHijklMNOPqrstUVWXyz0123456789ABCDEFG" } = {}) {
  return `Accepted ${method} for ${user} from ${address} port ${port} ssh2${method === "publickey" ? `: ${key}` : ""}`;
}

export class Countersign {
  /**
   * Starts a server and waits for its "listening on" line.
   * `config` (an object, or a function of this that gives one) is merged over the default tables, one level deep;
   * `folder` reuses the store of an earlier one.
   */
  static async start({ config = {}, folder, env = {}, binary = process.env.COUNTERSIGN } = {}) {
    if (!binary) throw new Error("COUNTERSIGN must name the countersign program");
    const made = new Countersign();
    made.binary = binary;
    made.env = env;
    made.ownsFolder = folder === undefined;
    made.folder = folder ?? (await mkdtemp(join(tmpdir(), "countersign-")));
    made.tokens = Object.fromEntries(roles.map((role) => [role, `${role}-${randomBytes(12).toString("hex")}`]));
    made.webhookToken = randomBytes(12).toString("hex");
    await made.#writeConfig(config);
    await made.#spawn();
    return made;
  }

  async #writeConfig(overrides) {
    const file = async (name, text) => {
      await writeFile(join(this.folder, name), text, { mode: 0o600 });
      return join(this.folder, name);
    };
    const defaults = {
      server: { listen: "127.0.0.1:0" },
      store: { url: `sqlite:${join(this.folder, "countersign.db")}` },
      rules: { directories: [join(repository, "rules")] },
      webhook: {
        papertrail: { provider: "papertrail", token_file: await file("webhook.token", this.webhookToken) },
        json: { provider: "json", token_file: join(this.folder, "webhook.token"), default_program: "sshd" },
      },
      person: people,
      notify: { daily_at: "off" },  // no message of its own in a test that runs at that hour
    };
    const wanted = typeof overrides === "function" ? overrides(this) : overrides;
    const config = { ...defaults };
    for (const [key, value] of Object.entries(wanted))
      config[key] = isTable(value) && isTable(defaults[key]) ? { ...defaults[key], ...value } : value;
    config.api_token = [...(wanted.api_token ?? [])];
    for (const role of roles)
      config.api_token.push({ name: `${role}-token`, role,
                              token_file: await file(`${role}.token`, this.tokens[role]) });
    this.configFile = await file("countersign.toml", toml(config));
  }

  async #spawn() {
    this.log = "";
    this.child = spawn(this.binary, ["serve", "--config", this.configFile],
                       { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...this.env } });
    this.exited = new Promise((resolve) => this.child.once("exit", (code, signal) => resolve({ code, signal })));
    this.url = await new Promise((resolve, reject) => {
      let out = "";
      const timer = setTimeout(() => reject(new Error(`no "listening on" line within 20 s\n${this.log}`)), 20_000);
      this.child.once("error", reject);
      this.child.once("exit", (code) => {
        clearTimeout(timer);
        reject(new Error(`countersign ended with ${code} before it was ready\n${out}${this.log}`));
      });
      this.child.stderr.on("data", (chunk) => (this.log = (this.log + chunk).slice(-200_000)));
      this.child.stdout.on("data", (chunk) => {
        out += chunk;
        const ready = /^listening on (http\S+)$/m.exec(out);
        if (!ready) return;
        clearTimeout(timer);
        resolve(ready[1]);
      });
    });
  }

  /** SIGTERM (or `signal`), waits for the end; answers {code, signal}. The store's folder stays until stop(). */
  async end(signal = "SIGTERM") {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return this.exited;
  }

  /** Ends it with `signal` and starts it again on the same store. The address may change. */
  async restart(signal = "SIGTERM") {
    const ended = await this.end(signal);
    await this.#spawn();
    return ended;
  }

  async stop() {
    const ended = await this.end();
    if (this.ownsFolder) await rm(this.folder, { recursive: true, force: true });
    return ended;
  }

  /** One call of the API as `role` (null: without a token): {status, headers, body} with the body parsed. */
  async api(path, { role = "admin", method, body, headers = {} } = {}) {
    const reply = await fetch(this.url + path, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      redirect: "manual",
      headers: {
        ...(role ? { authorization: `Bearer ${this.tokens[role]}` } : {}),
        ...(body !== undefined ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await reply.text();
    const isJson = (reply.headers.get("content-type") ?? "").includes("json");
    return { status: reply.status, headers: reply.headers, body: isJson ? JSON.parse(text) : text };
  }

  /** Posts events as Papertrail does; answers {status, body}. */
  async papertrail(events, { name = "papertrail", token = this.webhookToken } = {}) {
    const payload = JSON.stringify({
      events, saved_search: { id: 42, name: "ssh logins", query: "program:sshd Accepted" },
      max_id: String(events.at(-1)?.id ?? 0), min_id: String(events.at(0)?.id ?? 0), reached_record_limit: false,
    });
    return this.api(`/webhooks/${name}?token=${encodeURIComponent(token)}`, {
      role: null, method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ payload }).toString(),
    });
  }

  /** A one-time link into the inbox: {person: "Oswaldo"} or {security: true}. */
  async inboxLink(whose) {
    const { status, body } = await this.api("/api/v1/inbox/links", { role: "admin", body: whose });
    if (status !== 201) throw new Error(`inbox link: ${status} ${JSON.stringify(body)}`);
    return body.url;
  }

  async approvals(filter = {}) {
    const { body } = await this.api(`/api/v1/approvals?${new URLSearchParams(filter)}`, { role: "viewer" });
    return body.approvals;
  }

  /** Asks until `condition` gives something true, or throws after `within` ms. For what happens soon. */
  async until(condition, { within = 15_000, what = "the condition" } = {}) {
    const end = Date.now() + within;
    for (;;) {
      const value = await condition();
      if (value) return value;
      if (Date.now() > end) throw new Error(`${what} did not come true within ${within} ms\n${this.log.slice(-4000)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
