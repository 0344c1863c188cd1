// Papertrail's search API as papertrail.com/help/search-api and papertrail-cli have it: forward where tail=false, from
// min_time (whole seconds) or after min_id; a record limit, and a time limit that ends an answer early, with events or
// without. Anything it doesn't know is refused.
import { FakeProvider } from "./listen.mjs";

const known = new Set(["tail", "limit", "min_time", "max_time", "min_id", "max_id", "q", "group_id", "system_id"]);

export class FakePapertrail extends FakeProvider {
  events = [];  // webhook's events, by id
  perAnswer = 10_000;  // how many messages the time limit lets it look at

  constructor(token) {
    super();
    this.token = token;
  }

  answer({ method, url, headers }) {
    if (method !== "GET" || url.pathname !== "/api/v1/events/search.json") return { status: 404, body: { message: "Not Found" } };
    if (headers["x-papertrail-token"] !== this.token) return { status: 401, body: { message: "Invalid authentication token" } };
    const asked = Object.fromEntries(url.searchParams);
    const bad = Object.keys(asked).find((key) => !known.has(key));
    if (bad) return { status: 400, body: { message: `unknown parameter ${bad}` } };
    const limit = Number(asked.limit ?? 1000);
    if (!(limit >= 1 && limit <= 10_000)) return { status: 400, body: { message: "limit" } };
    if (asked.tail !== "false" || (asked.min_id === undefined) === (asked.min_time === undefined))
      return { status: 400, body: { message: "this fake searches forward only" } };
    const later = this.events
      .filter((event) => asked.min_id !== undefined ? BigInt(event.id) > BigInt(asked.min_id)
                                                    : Date.parse(event.received_at) >= Number(asked.min_time) * 1000)
      .sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
    const looked = later.slice(0, Math.min(limit, this.perAnswer));
    const found = looked.filter((event) => !asked.q || event.message.includes(asked.q));
    const last = looked.at(-1);
    return {
      status: 200,
      body: {
        events: found.map((event) => ({ ...event, id: String(event.id), generated_at: event.received_at })),
        min_id: String(looked[0]?.id ?? asked.min_id ?? 0),
        max_id: String(last?.id ?? asked.min_id ?? 0),
        ...(last ? { max_time_at: last.received_at } : {}),
        ...(looked.length === later.length ? { reached_end: true } : {}),
        ...(looked.length === limit ? { reached_record_limit: true } : {}),
        ...(looked.length === this.perAnswer ? { reached_time_limit: true } : {}),
        tail: false,
      },
    };
  }
}
