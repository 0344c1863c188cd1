// A mail server for tests, by the smtp-server library: keeps what it took, whole, and refuses what it is told to refuse.
//   mails: [{from, to: [...], text, headers: {lower-case name: value}, body, user, secure}]
import { SMTPServer } from "smtp-server";

export class Mailbox {
  /**
   * Listens on a free loopback port. `tls`: {key, cert}; with it STARTTLS is offered, or with `implicit` spoken at once;
   * `login`: {user, password} demanded; `refuse`: addresses answered 550.
   */
  static async start({ tls, implicit = false, login, refuse = [], port = 0 } = {}) {
    const box = new Mailbox();
    box.mails = [];
    box.attempts = 0;
    box.loseAnswers = 0;  // so many mails are taken, and the connection is cut in place of the answer
    const disabledCommands = [...(tls && !implicit ? [] : ["STARTTLS"]), ...(login ? [] : ["AUTH"])];
    box.server = new SMTPServer({
      ...tls, secure: implicit, disabledCommands, authOptional: !login, disableReverseLookup: true, closeTimeout: 100,
      onConnect: (_session, done) => ((box.attempts += 1), done()),
      onAuth: ({ username, password }, _session, done) =>
        username === login.user && password === login.password ? done(null, { user: username }) : done(new Error("bad login")),
      onRcptTo: ({ address }, _session, done) =>
        refuse.includes(address) ? done(Object.assign(new Error("no such user"), { responseCode: 550 })) : done(),
      onData: (stream, session, done) => {
        const chunks = [];
        stream.on("data", (chunk) => chunks.push(chunk));
        stream.on("end", () => {
          box.mails.push(parse(Buffer.concat(chunks).toString("latin1"), session));
          if (box.loseAnswers-- > 0) return box.sockets.forEach((socket) => socket.destroy());
          done();
        });
      },
    });
    box.server.on("error", () => {});  // of connections: a test looks at what arrived
    box.sockets = new Set();
    box.server.server.on("connection", (socket) => {
      box.sockets.add(socket);
      socket.on("error", () => {}).on("close", () => box.sockets.delete(socket));
    });
    await new Promise((resolve) => box.server.listen(port, "127.0.0.1", resolve));
    box.port = box.server.server.address().port;
    return box;
  }

  async stop() {
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function parse(text, session) {
  const end = text.indexOf("\r\n\r\n");
  const headers = {};
  for (const line of text.slice(0, end).replace(/\r\n[ \t]/g, " ").split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    headers[name] = name in headers ? `${headers[name]} AND ${line.slice(colon + 2)}` : line.slice(colon + 2);
  }
  const raw = text.slice(end + 4);
  const body = headers["content-transfer-encoding"] === "base64" ? Buffer.from(raw, "base64").toString() : raw;
  return { from: session.envelope.mailFrom.address, to: session.envelope.rcptTo.map(({ address }) => address), text, headers, body,
           user: session.user, secure: session.secure };
}
