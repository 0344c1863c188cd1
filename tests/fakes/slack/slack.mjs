// A fake Slack for tests: the Web API, response_url, clicks by HTTP and by Socket Mode, strict about what the real one is strict about.
// It keeps every call, message, edit and ephemeral, and a list of every rule broken (`violations`).
// Faults are data: slack.fault({method, times, acts, answer}).
import { randomBytes } from "node:crypto";
import http from "node:http";
import https from "node:https";

import { readCall } from "./arguments.mjs";
import { blockActions, chosen, menuIn, buttonIn, buttonOf, deliver, formOf, viewActions, viewSubmission } from "./clicks.mjs";
import { blocksTooLong, faultsOfBlocks } from "./blocks.mjs";
import { answerBadly } from "./faults.mjs";
import { methods, Refused } from "./methods.mjs";
import { Sockets } from "./sockets.mjs";
import { World } from "./world.mjs";

const allScopes = ["chat:write", "im:write", "im:history", "channels:history", "groups:history", "users:read", "users:read.email", "commands"];
const responseUrlUses = 5;
const responseUrlAge = 30 * 60 * 1000;
const largestBody = 4 * 1024 * 1024;

export class FakeSlack {
  /**
   * Listens on a free loopback port. `perSecond`: messages a second a channel (0: no limit), `burst` of them at once;
   * `tls`: {key, cert} for https and wss; `faults`: from the first call on; `sockets`: options of Sockets; `now`: milliseconds, for tests that own the clock.
   */
  static async start({ botToken = "xoxb-fake", appToken = "xapp-fake", signingSecret = "fake-signing-secret", scopes = allScopes, perSecond = 1,
                       burst = 5, tls, port = 0, sockets = {}, faults = [], now = Date.now } = {}) {
    const fake = new FakeSlack();
    Object.assign(fake, { botToken, appToken, signingSecret, scopes, perSecond, burst, now });
    fake.world = new World({ now, team: { id: "T0FAKE", domain: "fake" }, bot: { id: "B0FAKE", user: "U0BOT", app: "A0FAKE" } });
    fake.calls = [];
    fake.violations = [];
    fake.faults = [];
    for (const fault of faults) fake.fault(fault);
    fake.responseUrls = new Map();
    fake.revoked = null;
    fake.appRevoked = null;
    const serve = (request, response) => void fake.#serve(request, response).catch((error) => response.destroy(error));
    fake.server = tls ? https.createServer(tls, serve) : http.createServer(serve);
    fake.sockets = new Sockets({ server: fake.server, app: fake.world.bot.app, violate: (rule, detail) => fake.violate(rule, detail),
                                 changed: () => fake.world.changed(), ...sockets });
    await new Promise((resolve) => fake.server.listen(port, "127.0.0.1", resolve));
    fake.url = `${tls ? "https" : "http"}://127.0.0.1:${fake.server.address().port}`;
    fake.apiUrl = `${fake.url}/api/`;
    return fake;
  }

  async stop() {
    this.sockets.stop();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Nobody listens any more: connections are refused, until plugIn(). */
  async unplug() {
    this.port = this.server.address().port;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  async plugIn() {
    await new Promise((resolve) => this.server.listen(this.port, "127.0.0.1", resolve));
  }

  /** The next `times` calls of `method` ("*": any; "response_url": what is posted there) whose body holds `holds` are answered badly: see faults.mjs. */
  fault(fault) {
    this.faults.push({ method: "*", times: 1, acts: false, ...fault });
  }

  /** From now on every call is refused with this error (token_revoked, account_inactive); null: no more. */
  refuseToken(error) {
    this.revoked = error;
  }

  /** The same for the app-level token (not_authed, invalid_auth, account_inactive). */
  refuseAppToken(error) {
    this.appRevoked = error;
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
    if (url.pathname.startsWith("/actions/")) {
      const fault = this.#faultOf("response_url", body);
      const answer = fault && !fault.acts ? undefined : this.#respondUrl(request, url, body);
      if (fault) return answerBadly(response, fault.answer, answer?.json ?? { ok: true });
      return send(response, answer.status, answer.json);
    }
    if (!url.pathname.startsWith("/api/")) return send(response, 404, { ok: false, error: "not_found" });
    const name = url.pathname.slice("/api/".length);
    const fault = this.#faultOf(name, body);
    const call = { at: this.now(), method: name, fault: fault?.answer?.kind };
    this.calls.push(call);
    let answer = { status: 200, headers: {}, json: undefined };
    if (!fault || fault.acts) answer = this.#call(name, call, { request, query: url.searchParams, body });
    Object.assign(call, { status: answer.status, error: answer.json?.error });
    this.world.changed();
    if (fault) return answerBadly(response, fault.answer, answer.json ?? { ok: true });
    send(response, answer.status, answer.json, answer.headers);
  }

  /** The fault that this call meets, if any. "*" is every method, response_url's answers apart. */
  #faultOf(name, body) {
    const fault = this.faults.find((f) => f.times > 0 && (f.method === name || (f.method === "*" && name !== "response_url")) &&
                                          (f.holds === undefined || body.includes(f.holds)));
    if (!fault) return undefined;
    fault.times -= 1;
    if (!fault.answers) return fault;
    fault.met = (fault.met ?? 0) + 1;
    return { ...fault, answer: fault.answers[(fault.met - 1) % fault.answers.length] };
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
      const [right, wrong] = method.app ? [this.appToken, this.botToken] : [this.botToken, this.appToken];
      if (read.token === wrong) throw new Refused("not_allowed_token_type");
      if (read.token !== right) throw new Refused("invalid_auth");
      const revoked = method.app ? this.appRevoked : this.revoked;
      if (revoked) throw new Refused(revoked);
      const provided = method.app ? ["connections:write"] : this.scopes;
      const needScope = (scope) => {
        if (!provided.includes(scope)) throw new Refused("missing_scope", { needed: scope, provided: provided.join(",") });
      };
      method.scopes.forEach(needScope);
      const answer = method.run({ world: this.world, needScope, countPost: (channel) => this.#countPost(channel),
                                  openSocket: () => this.sockets.makeUrl(this.url) }, read.args);
      return { status: 200, headers: { "x-oauth-scopes": provided.join(",") }, json: { ok: true, ...answer, ...warned(warnings, answer) } };
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

  #respondUrl(request, url, body) {
    const entry = this.responseUrls.get(url.pathname);
    const refuse = (status, error) => {
      this.violate("response_url", error);
      return { status, json: { ok: false, error } };
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
    if (said.blocks !== undefined && blocksTooLong(said.blocks)) return refuse(400, "msg_blocks_too_long");
    if (!said.text && !said.blocks && !said.delete_original) return refuse(400, "no_text");
    entry.left -= 1;
    const channel = this.world.channels.get(entry.message.channel);
    if (said.delete_original) channel.messages.splice(channel.messages.indexOf(entry.message), 1);
    else if (said.replace_original) this.world.edit(entry.message, said);
    else if (said.response_type === "in_channel") this.world.post(channel, said);
    else this.world.whisper(channel.id, entry.user, said);
    this.world.changed();
    return { status: 200, json: { ok: true } };
  }

  /**
   * `user` clicks `action_id` on a message, as it now is or as `revision` showed it, and the click is POSTed to `url`.
   * `forge` may alter {payload}, and give {timestamp, signed, secret, body, method, headers}. Answers {status, body, ms, form}.
   */
  async click({ url, forge = {}, ...what }) {
    const payload = this.#payloadOf(what);
    forge.payload?.(payload);
    const form = formOf(payload);
    return { ...(await this.#send(url, form, forge)), form, payload };
  }

  /** `user` chooses the option of that `value` in a menu of a message. Answers as click() does. */
  async choose({ url, user, channel, ts, action_id, value }) {
    const message = this.world.find(/^[UW]/.test(channel) ? this.world.dmOf(channel).id : channel, ts);
    const menu = menuIn(message?.blocks, action_id);
    const option = menu?.options.find((one) => one.value === value);
    if (!option) throw new Error(`no option ${value} of ${action_id}: ${JSON.stringify(message?.blocks)}`);
    return this.#send(url, formOf(chosen(this.world, { message, menu, option, userId: user, responseUrl: this.#makeResponseUrl(message, user) })));
  }

  /** `user` clicks a button that only they see (an ephemeral message). */
  async clickEphemeral({ url, ephemeral, action_id, nth = 0 }) {
    const button = ephemeral.blocks.map((block) => buttonIn([block], action_id)).filter(Boolean)[nth];
    if (!button) throw new Error(`no ${action_id} button in ${JSON.stringify(ephemeral)}`);
    const message = { ts: this.world.nextTs(this.world.channels.get(ephemeral.channel)), channel: ephemeral.channel, revisions: [] };
    const payload = blockActions(this.world, { message, button, userId: ephemeral.user, responseUrl: this.#makeResponseUrl(message, ephemeral.user) });
    payload.container.is_ephemeral = true;
    delete payload.message;
    return this.#send(url, formOf(payload));
  }

  /** `user` clicks the `nth` button of that action on their App Home. */
  async clickHome({ url, user, action_id, nth = 0, view = this.world.homes.get(user) }) {
    const found = view?.blocks.map((block) => buttonIn([block], action_id)).filter(Boolean)[nth];
    if (!found) throw new Error(`no ${action_id} button on the home of ${user}: ${JSON.stringify(view)}`);
    return this.#send(url, formOf(viewActions(this.world, { view, button: found, userId: user })));
  }

  /** `user` submits the form open before them; it closes, or shows the errors it got back. */
  async submit({ url, user, values, forge = {} }) {
    const modal = this.world.modal(user);
    if (!modal) throw new Error(`no form is open before ${user}`);
    const payload = viewSubmission(this.world, { modal, values });
    forge.payload?.(payload);
    const answer = await this.#send(url, formOf(payload), forge);
    let said = {};
    if (answer.body !== "") {
      try {
        said = JSON.parse(answer.body);
      } catch {
        this.violate("submission", `answered ${answer.body.slice(0, 80)}`);
      }
    }
    const inputs = modal.view.blocks.filter((block) => block.type === "input").map((block) => block.block_id);
    if (said.response_action === "errors") {
      if (!Object.keys(said.errors ?? {}).length || !Object.keys(said.errors).every((id) => inputs.includes(id)))
        this.violate("submission", "errors for fields the form has not");
    } else if (answer.status === 200) modal.closed = true;
    return { ...answer, errors: said.errors };
  }

  /** A slash command as Slack posts it; the answer is what its user sees: {status, ms, said}. */
  async command({ url, user, text = "", command = "/countersign", forge = {} }) {
    const form = new URLSearchParams({
      token: "verification-token-nobody-should-use", team_id: this.world.team.id, team_domain: this.world.team.domain,
      channel_id: "C0ANY", channel_name: "any", user_id: user, user_name: user.toLowerCase(), command, text,
      api_app_id: this.world.bot.app, is_enterprise_install: "false", trigger_id: this.world.trigger(user),
      response_url: `${this.url}/commands/none` }).toString();
    const answer = await this.#send(url, form, forge);
    let said;
    if (answer.status === 200 && answer.body !== "") {
      try {
        said = JSON.parse(answer.body);
      } catch {
        said = { text: answer.body };
      }
      if (said.blocks !== undefined)
        for (const fault of faultsOfBlocks(said.blocks)) this.violate("command", fault);
      if (said.blocks !== undefined && blocksTooLong(said.blocks)) this.violate("command", "msg_blocks_too_long");
      if (!said.text && !said.blocks) this.violate("command", "neither text nor blocks");
    }
    return { ...answer, said };
  }

  /** An event of the Events API, as JSON. `id` is the event's; the same id again is a retry. */
  async event({ url, event, id = `Ev${randomBytes(6).toString("hex")}`, retry, body, forge = {} }) {
    const json = body ?? { token: "verification-token-nobody-should-use", team_id: this.world.team.id, api_app_id: this.world.bot.app,
                           type: "event_callback", event_id: id, event_time: Math.floor(this.now() / 1000), event,
                           authorizations: [] };
    const headers = { "content-type": "application/json",
                      ...(retry === undefined ? {} : { "x-slack-retry-num": String(retry), "x-slack-retry-reason": "http_timeout" }) };
    return this.#send(url, JSON.stringify(json), { headers, ...forge }, Object.keys(forge).length === 0);
  }

  opened(url, user, tab = "home") {
    return this.event({ url, event: { type: "app_home_opened", user, channel: "D0ANY", tab, event_ts: (this.now() / 1000).toFixed(6) } });
  }

  /** Signs and sends; on record where a genuine request is answered late or with anything but 200. */
  async #send(url, form, forge = {}, genuine = Object.keys(forge).length === 0) {
    const timestamp = forge.timestamp ?? Math.floor(this.now() / 1000);
    const answer = await deliver(url, { secret: this.signingSecret, body: form, ...forge, timestamp });
    if (genuine && answer.late) this.violate("ack", `answered after ${Math.round(answer.ms)} ms`);
    if (genuine && answer.status !== 200) this.violate("ack", `answered ${answer.status}`);
    return { ...answer, timestamp };
  }

  /** The same click by Socket Mode: see Sockets.deliver for the answer. `again`: an envelope's {id, payload} once more. */
  async clickBySocket({ again, over, ...what }) {
    return this.sockets.deliver("interactive", again?.payload ?? this.#payloadOf(what), { id: again?.id, over });
  }

  #payloadOf({ user, channel, ts, action_id, revision }) {
    const message = this.world.find(/^[UW]/.test(channel) ? this.world.dmOf(channel).id : channel, ts);
    const button = message && buttonOf(message, action_id, revision);
    if (!button) throw new Error(`no ${action_id} button on ${channel}/${ts}: ${JSON.stringify(message?.blocks)}`);
    return blockActions(this.world, { message, button, userId: user, responseUrl: this.#makeResponseUrl(message, user) });
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
