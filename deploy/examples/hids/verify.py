"""How a receiver of [[export]] and of webhook pagers knows that a POST is Countersign's: deploy/hids.md."""

import hashlib
import hmac
import re
import time

OLDEST = 300  # seconds


def is_genuine(header: str, body: bytes, secret: bytes, now=None) -> bool:
    """header: Countersign-Signature as it came; body: the raw bytes, before any JSON is parsed; secret: the content of
    secret_file less its line end. True where they belong together and it was sent within five minutes."""
    parts = re.fullmatch(r"t=(\d{1,12}),v1=([0-9a-f]{64})", header or "")
    if not parts or abs((now or time.time()) - int(parts[1])) > OLDEST:
        return False
    right = hmac.new(secret, parts[1].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right, parts[2])
