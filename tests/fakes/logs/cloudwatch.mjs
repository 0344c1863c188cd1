// CloudWatch Logs' FilterLogEvents: AWS JSON 1.1, Signature Version 4 verified by computing it anew, nextToken through
// pages that may be empty, tokens that end. The official SDK passes against it (tests/e2e/backfill.test.mjs).
import { createHash, createHmac, randomBytes } from "node:crypto";

import { FakeProvider } from "./listen.mjs";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const refused = (type, message, status = 400) => ({
  status, headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": randomBytes(8).toString("hex") },
  body: JSON.stringify({ __type: type, message }),
});

export class FakeCloudWatch extends FakeProvider {
  events = [];    // {eventId, logStreamName, timestamp, message}
  pageSize = 100;
  emptyPages = 1;  // before each page with something
  tokens = new Map();

  constructor({ accessKeyId, secretAccessKey, sessionToken, region, logGroup }) {
    super();
    Object.assign(this, { accessKeyId, secretAccessKey, sessionToken, region, logGroup });
  }

  /** What is wrong with the signature, or null. docs.aws.amazon.com, "Create a signed AWS API request". */
  #forged({ method, target, headers, body }) {
    const parts = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/
      .exec(headers.authorization ?? "");
    if (!parts) return refused("IncompleteSignature", "Authorization header");
    const [, key, day, region, service, names, signature] = parts;
    if (key !== this.accessKeyId) return refused("UnrecognizedClientException", "The security token included in the request is invalid.");
    if (region !== this.region || service !== "logs") return refused("InvalidSignatureException", "Credential should be scoped to a valid region.");
    const stamp = headers["x-amz-date"] ?? "";
    const at = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
    if (!stamp.startsWith(day) || Math.abs(Date.now() - at) > 5 * 60_000) return refused("InvalidSignatureException", "Signature expired");
    if (headers["x-amz-security-token"] !== this.sessionToken) return refused("UnrecognizedClientException", "security token");
    const signed = names.split(";");
    const must = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))];
    if (must.some((name) => !signed.includes(name))) return refused("InvalidSignatureException", "a header is not signed");
    const [path, query = ""] = target.split("?");
    const canonical = [method, path, query, ...signed.map((name) => `${name}:${headers[name].trim().replace(/ +/g, " ")}`), "",
                       names, sha256(body)].join("\n");
    const text = ["AWS4-HMAC-SHA256", stamp, `${day}/${region}/logs/aws4_request`, sha256(canonical)].join("\n");
    const derived = ["aws4_request"].reduce(hmac, hmac(hmac(hmac(`AWS4${this.secretAccessKey}`, day), region), "logs"));
    return hmac(derived, text).toString("hex") === signature ? null
      : refused("InvalidSignatureException", "The request signature we calculated does not match the signature you provided.");
  }

  answer(asked) {
    const forged = this.#forged(asked);
    if (forged) return forged;
    if (asked.method !== "POST" || asked.headers["x-amz-target"] !== "Logs_20140328.FilterLogEvents") return refused("UnknownOperationException", "");
    if (asked.headers["content-type"] !== "application/x-amz-json-1.1") return refused("SerializationException", "");
    const { logGroupName, startTime, endTime, limit = 10_000, nextToken, filterPattern } = JSON.parse(asked.body);
    if (logGroupName !== this.logGroup) return refused("ResourceNotFoundException", "The specified log group does not exist.");
    if (limit < 1 || limit > 10_000) return refused("InvalidParameterException", "limit");
    const query = JSON.stringify([startTime, endTime, filterPattern]);
    let place = { from: 0, empty: this.emptyPages };
    if (nextToken !== undefined) {
      place = this.tokens.get(nextToken);
      if (!place || place.query !== query) return refused("InvalidParameterException", "The specified nextToken is invalid.");
    }
    const next = (from, empty) => {
      const token = randomBytes(24).toString("base64");
      this.tokens.set(token, { from, empty, query });
      return token;
    };
    const all = this.events.filter((event) => event.timestamp >= (startTime ?? 0) && event.timestamp <= (endTime ?? Infinity))
      .sort((a, b) => a.timestamp - b.timestamp);
    if (place.empty > 0)
      return this.#page([], next(place.from, place.empty - 1));
    const end = place.from + Math.min(limit, this.pageSize);
    return this.#page(all.slice(place.from, end).map((event) => ({ ...event, ingestionTime: event.timestamp + 500 })),
                      end < all.length ? next(end, this.emptyPages) : undefined);
  }

  #page(events, nextToken) {
    return { status: 200, headers: { "content-type": "application/x-amz-json-1.1" },
             body: JSON.stringify({ events, searchedLogStreams: [], ...(nextToken ? { nextToken } : {}) }) };
  }
}
