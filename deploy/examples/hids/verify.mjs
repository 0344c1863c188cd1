// How a receiver of [[export]] and of webhook pagers knows that a POST is Countersign's: deploy/hids.md. No dependencies.
import { createHmac, timingSafeEqual } from "node:crypto";

const oldest = 300;  // seconds

/**
 * `header`: Countersign-Signature as it came; `body`: the raw bytes, before any JSON is parsed; `secret`: the content of
 * secret_file less its line end. True where they belong together and it was sent within five minutes.
 */
export function isGenuine(header, body, secret, now = Date.now() / 1000) {
  const [, time, offered] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header ?? "") ?? [];
  if (!time || Math.abs(now - Number(time)) > oldest) return false;
  const right = createHmac("sha256", secret).update(`${time}.`).update(body).digest();
  return timingSafeEqual(right, Buffer.from(offered, "hex"));
}
