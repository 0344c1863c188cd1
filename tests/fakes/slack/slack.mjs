// A fake Slack for tests: the Web API, response_url and clicks, strict about what the real one is strict about.
// It keeps every call, message, edit and ephemeral, and a list of every rule broken (`violations`).
// Faults are data: slack.fault({method, times, acts, answer}).
import { randomBytes } from "node:crypto";
import http from "node:http";
import https from "node:https";

import { readCall } from "./arguments.mjs";
import { blockActions, buttonOf, deliver, formOf } from "./clicks.mjs";
import { faultsOfBlocks } from "./blocks.mjs";
import { answerBadly } from "./faults.mjs";
import { methods, Refused } from "./methods.mjs";
import { World } from "./world.mjs";

const allScopes = ["chat:write", "im:write", "im:history", "channels:history", "groups:history", "users:read", "users:read.email", "commands"];
const responseUrlUses = 5;
const responseUrlAge = 30 * 60 * 1000;
const largestBody = 4 * 1024 * 1024;

export class FakeSlack {
  /**
   * Listens on a free loopback port. `perSecond`: messages a second a channel (0: no limit), `burst` of them at once;
   * `tls`: {key, cert} for https; `now`: milliseconds, for tests that own the clock.
   */
  static async start({ botToken = "xoxb-fake", signingSecret = "fake-signing-secret", scopes = allScopes, perSecond = 1,
                       burst = 5, tls, now = Date.now } = {}) {
    const fake = new FakeSlack();
    Object.assign(fake, { botToken, signingSecret, scopes, perSecond, burst, now });
    fake.world = new World({ now, team: { id: "T0FAKE", domain: "fake" }, bot: { id: "B0FAKE", user: "U0BOT", app: "A0FAKE" } });
    fake.calls = [];
    fake.violations = [];
    fake.faults = [];
    fake.responseUrls = new Map();
    fake.revoked = null;
    const serve = (request, response) => void fake.#serve(request, response).catch((error) => response.destroy(error));
    fake.server = tls ? https.createServer(tls, serve) : http.createServer(serve);
    await new Promise((resolve) => fake.server.listen(0, "127.0.0.1", resolve));
    fake.url = `${tls ? "https" : "http"}://127.0.0.1:${fake.server.address().port}`;
    fake.apiUrl = `${fake.url}/api/`;
    return fake;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The next `times` calls of `method` ("*": any) are answered badly: see faults.mjs. */
  fault(fault) {
    this.faults.push({ method: "*", times: 1, acts: false, ...fault });
  }

  /** From now on every call is refused with this error (token_revoked, account_inactive); null: no more. */
  refuseToken(error) {
    this.revoked = error;
  }

  /** Messages of a channel "C…", or of the direct messages with a user "U…", oldest first. */
  messages(id) {
    if (!/^[UW]/.test(id)) return this.world.channels.get(id)?.messages ?? [];
    return [...this.world.channels.values()].find((channel) => channel.dm === id)?.messages ?? [];
  }

  until(look, options) {
    return this.world.until(look, options);
  }

  violate(rule, detail) {
    this.violations.push({ at: this.now(), rule, detail });
    this.world.changed();
  }

  async #serve(request, response) {
    const url = new URL(request.url, this.url);
    const chunks = [];
    let size = 0;
    for await (const chunk of request) {
      size += chunk.length;
      if (size > largestBody) return request.destroy();
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks).toString();
    if (url.pathname.startsWith("/actions/")) return this.#respondUrl(request, url, body, response);
    if (!url.pathname.startsWith("/api/")) return send(response, 404, { ok: false, error: "not_found" });
    const name = url.pathname.slice("/api/".length);
    const fault = this.faults.find((f) => f.times > 0 && (f.method === "*" || f.method === name));
    if (fault) fault.times -= 1;
    const call = { at: this.now(), method: name, fault: fault?.answer?.kind };
    this.calls.push(call);
    let answer = { status: 200, headers: {}, json: undefined };
    if (!fault || fault.acts) answer = this.#call(name, call, { request, query: url.searchParams, body });
    Object.assign(call, { status: answer.status, error: answer.json?.error });
    this.world.changed();
    if (fault) return answerBadly(response, fault.answer, answer.json ?? { ok: true });
    send(response, answer.status, answer.json, answer.headers);
  }

  #call(name, call, { request, query, body }) {
    const warnings = [];
    try {
      const method = methods[name];
      if (!method) throw new Refused("unknown_method", { req_method: name });
      if (request.method !== "POST" && request.method !== "GET") throw new Refused("invalid_http_method");
      const read = readCall(method, { query, headers: request.headers, body });
      warnings.push(...read.warnings);
      call.args = read.args;
      for (const rule of read.broken) this.violate("argument", `${name}: ${rule}`);
      if (read.token === undefined || read.token === "") throw new Refused("not_authed");
      if (read.token !== this.botToken) throw new Refused("invalid_auth");
      if (this.revoked) throw new Refused(this.revoked);
      const needScope = (scope) => {
        if (!this.scopes.includes(scope))
          throw new Refused("missing_scope", { needed: scope, provided: this.scopes.join(",") });
      };
      method.scopes.forEach(needScope);
      const answer = method.run({ world: this.world, needScope, countPost: (channel) => this.#countPost(channel) }, read.args);
      return { status: 200, headers: {}, json: { ok: true, ...answer, ...warned(warnings, answer) } };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.message === "ratelimited") {
        this.violate("rate", `${name}: more than ${this.perSecond} a second in one channel`);
        return { status: 429, headers: { "retry-after": String(error.more.retryAfter) }, json: { ok: false, error: "ratelimited" } };
      }
      this.violate("refused", `${name}: ${error.message} ${JSON.stringify(error.more)}`);
      return { status: 200, headers: {}, json: { ok: false, error: error.message, ...error.more, ...warned(warnings, error.more) } };
    }
  }

  /** A bucket for each channel: short bursts pass, a stream faster than the rate doesn't. */
  #countPost(channel) {
    if (this.perSecond === 0) return;
    const now = this.now() / 1000;
    const bucket = channel.bucket ?? { left: this.burst, at: now };
    bucket.left = Math.min(this.burst, bucket.left + (now - bucket.at) * this.perSecond);
    bucket.at = now;
    channel.bucket = bucket;
    if (bucket.left < 1) throw new Refused("ratelimited", { retryAfter: Math.max(1, Math.ceil((1 - bucket.left) / this.perSecond)) });
    bucket.left -= 1;
  }

  /** {message, user} → a URL good for five uses within half an hour. */
  #makeResponseUrl(message, user) {
    const path = `/actions/${this.world.team.id}/${randomBytes(6).readUIntBE(0, 6)}/${randomBytes(18).toString("base64url")}`;
    this.responseUrls.set(path, { message, user, left: responseUrlUses, made: this.now() });
    return this.url + path;
  }

  #respondUrl(request, url, body, response) {
    const entry = this.responseUrls.get(url.pathname);
    const refuse = (status, error) => {
      this.violate("response_url", error);
      send(response, status, { ok: false, error });
    };
    if (request.method !== "POST") return refuse(405, "invalid_http_method");
    if (!entry) return refuse(404, "no_such_url");
    if (this.now() - entry.made > responseUrlAge) return refuse(404, "expired_url");
    if (entry.left === 0) return refuse(404, "used_url");
    if (request.headers.authorization) this.violate("response_url", "the bot's token was sent along");
    let said;
    try {
      said = JSON.parse(body);
    } catch {
      return refuse(500, "invalid_payload");
    }
    if (said.blocks !== undefined && faultsOfBlocks(said.blocks).length > 0) return refuse(400, "invalid_blocks");
    if (!said.text && !said.blocks && !said.delete_original) return refuse(400, "no_text");
    entry.left -= 1;
    const channel = this.world.channels.get(entry.message.channel);
    if (said.delete_original) channel.messages.splice(channel.messages.indexOf(entry.message), 1);
    else if (said.replace_original) this.world.edit(entry.message, said);
    else if (said.response_type === "in_channel") this.world.post(channel, said);
    else this.world.whisper(channel.id, entry.user, said);
    this.world.changed();
    send(response, 200, { ok: true });
  }

  /**
   * `user` clicks `action_id` on a message, as it now is or as `revision` showed it, and the click is POSTed to `url`.
   * `forge` may alter {payload}, and give {timestamp, signed, secret, body, method, headers}. Answers {status, body, ms, form}.
   */
  async click({ url, user, channel, ts, action_id, revision, forge = {} }) {
    const message = this.world.find(/^[UW]/.test(channel) ? this.world.dmOf(channel).id : channel, ts);
    const button = message && buttonOf(message, action_id, revision);
    if (!button) throw new Error(`no ${action_id} button on ${channel}/${ts}: ${JSON.stringify(message?.blocks)}`);
    const payload = blockActions(this.world, { message, button, userId: user, responseUrl: this.#makeResponseUrl(message, user) });
    forge.payload?.(payload);
    const form = formOf(payload);
    const timestamp = forge.timestamp ?? Math.floor(this.now() / 1000);
    const answer = await deliver(url, { secret: this.signingSecret, body: form, ...forge, timestamp });
    const genuine = Object.keys(forge).length === 0;
    if (genuine && answer.late) this.violate("ack", `answered after ${Math.round(answer.ms)} ms`);
    if (genuine && answer.status !== 200) this.violate("ack", `answered ${answer.status}`);
    return { ...answer, form, payload, timestamp };
  }
}

function warned(warnings, answer) {
  if (warnings.length === 0) return {};
  return { warning: warnings.join(","), response_metadata: { ...answer.response_metadata, warnings } };
}

function send(response, status, json, headers = {}) {
  const body = JSON.stringify(json);
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(body), ...headers });
  response.end(body);
}
