// Socket Mode's side of the fake Slack: single-use URLs, hello, envelopes to any one connection, acknowledgements
// within 3 s, and the ways a connection ends. Rules broken go to `violate(rule, detail)`.
import { randomBytes, randomUUID } from "node:crypto";

import { WebSocketServer } from "ws";

const ackWithin = 3000;
const ticketAge = 30_000;
const mostConnections = 10;
const largestMessage = 1024 * 1024;

export class Sockets {
  /** `pongWithin`: how soon a ping of ours wants its pong; `pingEvery`: how often one is sent. All in milliseconds. */
  constructor({ server, app, violate, changed, pingEvery = 2000, pongWithin = 3000 }) {
    Object.assign(this, { app, violate, changed, pingEvery, pongWithin });
    this.tickets = new Map();
    this.connections = [];  // every one there ever was, oldest first
    this.envelopes = new Map();  // envelope_id: how often it was sent and acknowledged, and who waits for that
    this.disabled = false;
    this.wss = new WebSocketServer({ noServer: true, maxPayload: largestMessage, autoPong: false, perMessageDeflate: false });
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  stop() {
    for (const connection of this.connections) connection.end();
    for (const { waiting } of this.envelopes.values()) for (const one of waiting) clearTimeout(one.timer);
    this.wss.close();
  }

  /** Of apps.connections.open: good for one connection within half a minute. */
  makeUrl(base) {
    const ticket = randomUUID();
    this.tickets.set(ticket, { made: Date.now(), used: false });
    return `${base.replace(/^http/, "ws")}/link/?ticket=${ticket}&app_id=${this.app}`;
  }

  /** Those that said hello and are not gone. */
  get live() {
    return this.connections.filter((connection) => connection.helloAt && !connection.closedAt);
  }

  #upgrade(request, socket, head) {
    const url = new URL(request.url, "http://fake");
    const ticket = this.tickets.get(url.searchParams.get("ticket"));
    const refuse = (status, why) => {
      this.violate("socket_url", why);
      socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    };
    if (url.pathname !== "/link/" || !ticket) return refuse("404 Not Found", "a URL that was never given out");
    if (ticket.used) return refuse("409 Conflict", "a URL used twice");
    if (Date.now() - ticket.made > ticketAge) return refuse("410 Gone", "a URL used too late");
    ticket.used = true;
    if (request.headers.authorization) this.violate("socket_url", "a token was sent along");
    this.wss.handleUpgrade(request, socket, head, (ws) => this.#welcome(ws, socket));
  }

  #welcome(ws, socket) {
    const connection = new Connection(this, ws, socket);
    this.connections.push(connection);
    if (this.disabled) return connection.disconnect("link_disabled", { closeAfter: 0 });
    if (this.live.length >= mostConnections) {
      this.violate("connections", `more than ${mostConnections} at once`);
      return connection.disconnect("too_many_websockets", { closeAfter: 0 });
    }
    connection.hello();
  }

  /**
   * Sends an envelope over any one live connection that isn't frozen. Resolves to {acked, ms, late, payload, said} once it is
   * acknowledged or its time is over; {undelivered: true} where there is no connection: Slack then shows a failure.
   */
  deliver(type, payload, { id = randomUUID(), over } = {}) {
    const able = this.live.filter((connection) => !connection.frozen);
    const connection = over ?? able[Math.floor(Math.random() * able.length)];
    if (!connection) return Promise.resolve({ undelivered: true });
    const acceptsPayload = type !== "events_api";
    const envelope = this.envelopes.get(id) ?? { sent: 0, acks: 0, waiting: [] };
    this.envelopes.set(id, envelope);
    envelope.sent += 1;
    return new Promise((resolve) => {
      const began = performance.now();
      const one = { settle: (acked, said) => {
        clearTimeout(one.timer);
        const ms = performance.now() - began;
        if (!acked || ms > ackWithin) this.violate("ack", `${type}: ${acked ? `after ${Math.round(ms)} ms` : "never"}`);
        resolve({ acked, ms, late: ms > ackWithin, id, connection, payload, said });
        this.changed();
      } };
      one.timer = setTimeout(() => {
        envelope.waiting.splice(envelope.waiting.indexOf(one), 1);
        one.settle(false);
      }, ackWithin + 500);
      envelope.waiting.push(one);
      connection.send({ envelope_id: id, type, accepts_response_payload: acceptsPayload, payload });
    });
  }

  acknowledged(connection, text, isBinary) {
    let said;
    try {
      said = isBinary ? undefined : JSON.parse(text);
    } catch {
      said = undefined;
    }
    const envelope = this.envelopes.get(said?.envelope_id);
    if (!envelope) return this.violate("ack", `no acknowledgement of ours: ${String(text).slice(0, 100)}`);
    for (const key of Object.keys(said))
      if (!["envelope_id", "payload"].includes(key)) this.violate("ack", `unknown member ${key}`);
    envelope.acks += 1;
    if (envelope.acks > envelope.sent) return this.violate("ack", "acknowledged more often than it was sent");
    envelope.waiting.shift()?.settle(true, said.payload);
  }

  /** As when an admin switches Socket Mode off: every connection is told and ended, new ones too, until enable(). */
  disable() {
    this.disabled = true;
    for (const connection of this.live) connection.disconnect("link_disabled", { closeAfter: 0 });
  }

  enable() {
    this.disabled = false;
  }
}

class Connection {
  constructor(sockets, ws, socket) {
    Object.assign(this, { sockets, ws, socket, number: sockets.connections.length, openedAt: performance.now(), frozen: false });
    ws.on("message", (text, isBinary) => this.frozen || sockets.acknowledged(this, text.toString(), isBinary));
    ws.on("ping", (data) => this.frozen || ws.pong(data));
    ws.on("pong", () => this.#ponged());
    ws.on("error", (error) => this.frozen || this.endedByUs || sockets.violate("websocket", error.message));
    ws.on("close", (code) => this.#closed(code));
    this.pinger = setInterval(() => this.#ping(), sockets.pingEvery);
  }

  send(message) {
    if (!this.frozen) this.ws.send(JSON.stringify(message));
  }

  hello() {
    this.helloAt = performance.now();
    this.send({ type: "hello", num_connections: this.sockets.live.length, connection_info: { app_id: this.sockets.app },
                debug_info: { host: `applink-${this.number}`, build_number: 1, approximate_connection_time: 18060 } });
    this.sockets.changed();
  }

  /** Tells the client to go; the connection is ended after `closeAfter` ms, as Slack does. */
  disconnect(reason, { closeAfter = 10_000 } = {}) {
    this.toldToGo = { reason, at: performance.now() };
    this.send({ type: "disconnect", reason, debug_info: { host: `applink-${this.number}` } });
    this.ender = setTimeout(() => this.#say(1000), closeAfter);
  }

  /** From now on half open: nothing is read, answered or sent, and the connection stays. */
  freeze() {
    this.frozen = true;
    this.frozenAt = performance.now();
    clearTimeout(this.pongTimer);
    this.ws.pause();
  }

  thaw() {
    this.frozen = false;
    this.ws.resume();
  }

  /** Without a goodbye. */
  end() {
    this.endedByUs = true;
    this.ws.terminate();
  }

  #say(code) {
    this.endedByUs = true;
    this.ws.close(code);
  }

  #ping() {
    if (this.frozen || this.ws.readyState !== this.ws.OPEN) return;
    this.ws.ping(randomBytes(4));
    this.pongTimer ??= setTimeout(() => {
      this.pongTimer = undefined;
      this.sockets.violate("pong", "a ping without its pong");
    }, this.sockets.pongWithin);
  }

  #ponged() {
    clearTimeout(this.pongTimer);
    this.pongTimer = undefined;
  }

  #closed(code) {
    this.closedAt = performance.now();
    this.closeCode = code;
    for (const timer of [this.pongTimer, this.ender]) clearTimeout(timer);
    clearInterval(this.pinger);
    const replaced = this.sockets.connections.some((c) => c.helloAt > (this.toldToGo?.at ?? Infinity) && c !== this);
    if (["warning", "refresh_requested"].includes(this.toldToGo?.reason) && !this.endedByUs && !replaced)
      this.sockets.violate("refresh", "the old connection was closed before a new one was open");
    this.sockets.changed();
  }
}
