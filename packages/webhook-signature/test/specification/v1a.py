#!/usr/bin/env python3
"""Asymmetric (v1a, Ed25519) signatures of the Standard Webhooks specification.

Usage: v1a.py COMMAND    (one JSON object on stdin, one JSON object on stdout)

  keygen    no input
            -> {"privateKey": "whsk_...", "publicKey": "whpk_..."}
  sign      {"privateKey", "id", "timestamp", "body"}
            -> {"signature": "v1a,..."}
  verify    {"publicKey", "headers", "body", "now", "toleranceSeconds"}
            -> {"ok": true} or {"ok": false, "reason": "..."}
  selftest  no input; runs test vectors of RFC 8032 section 7.1
            -> {"passed": [...], "failed": [...]}

"body" is the base64 of the raw request body. "timestamp", "now" and
"toleranceSeconds" are non-negative integers (seconds). "headers" maps header
names (in any case) to strings: webhook-id, webhook-timestamp, webhook-signature.

Keys: "whpk_" + base64 of the 32-byte public key; "whsk_" + base64 of the
32-byte seed, or of 64 bytes: the seed followed by its public key. keygen
emits 64 bytes; 64 bytes whose halves do not belong together are refused.

Exit codes: 0 success; 1 not verified (or selftest failed); 2 misuse, with a
message on stderr and nothing on stdout.

The arithmetic is not constant time: for checking other implementations, not
for signing where an attacker can measure time.
"""

import base64
import hashlib
import json
import re
import secrets
import sys

# --- Ed25519, RFC 8032 section 5.1 -------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)  # extended homogeneous coordinates (X, Y, Z, T)


def sha512_int(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def recover_x(y: int, sign: int) -> int | None:
    """Section 5.1.3, steps 2 to 4; None if there is no such point."""
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x + u) % P == 0:
        x = x * SQRT_M1 % P
    if (v * x * x - u) % P != 0:
        return None
    if x == 0 and sign == 1:
        return None
    return P - x if x & 1 != sign else x


def point_decode(data: bytes):
    """Section 5.1.3; None if the encoding is not canonical or not on the curve."""
    value = int.from_bytes(data, "little")
    sign, y = value >> 255, value & (2**255 - 1)
    if len(data) != 32 or y >= P:
        return None
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def point_encode(point) -> bytes:
    """Section 5.1.2."""
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def point_add(p, q):
    """Section 5.1.4; the formulas are complete, so they also double."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_multiply(scalar: int, point):
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result


def point_equal(p, q) -> bool:
    """Section 5.1.4: compare X/Z and Y/Z by cross multiplication."""
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


BASE_Y = 4 * pow(5, -1, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def expand_seed(seed: bytes) -> tuple[int, bytes]:
    """Section 5.1.5, steps 1 and 2: the pruned scalar and the prefix."""
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little")
    scalar &= (1 << 254) - 8
    scalar |= 1 << 254
    return scalar, digest[32:]


def ed25519_public_key(seed: bytes) -> bytes:
    """Section 5.1.5, steps 3 and 4."""
    return point_encode(point_multiply(expand_seed(seed)[0], BASE))


def ed25519_sign(seed: bytes, message: bytes) -> bytes:
    """Section 5.1.6."""
    scalar, prefix = expand_seed(seed)
    public = point_encode(point_multiply(scalar, BASE))
    r = sha512_int(prefix, message) % L
    big_r = point_encode(point_multiply(r, BASE))
    k = sha512_int(big_r, public, message) % L
    return big_r + ((r + k * scalar) % L).to_bytes(32, "little")


def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Section 5.1.7, with the check [S]B = R + [k]A (no cofactor)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r = point_decode(public), point_decode(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    k = sha512_int(signature[:32], public, message) % L
    return point_equal(point_multiply(s, BASE), point_add(r, point_multiply(k, a)))


# --- Standard Webhooks -------------------------------------------------------


class Misuse(Exception):
    """The caller's input is wrong: exit code 2."""


def field(request: dict, name: str, kind: type):
    value = request.get(name)
    if type(value) is not kind:  # exact: a JSON boolean is not an integer
        raise Misuse(f"{name}: missing, or not of type {kind.__name__}")
    if kind is int and value < 0:
        raise Misuse(f"{name}: negative")
    return value


def from_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def body_field(request: dict) -> bytes:
    body = from_base64(field(request, "body", str))
    if body is None:
        raise Misuse("body: not base64")
    return body


def key_field(request: dict, name: str, prefix: str, lengths: tuple[int, ...]) -> bytes:
    text = field(request, name, str)
    key = from_base64(text[len(prefix):]) if text.startswith(prefix) else None
    if key is None or len(key) not in lengths:
        expected = " or ".join(map(str, lengths))
        raise Misuse(f"{name}: not {prefix} + base64 of {expected} bytes")
    return key


def signed_content(message_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode("utf-8") + body


def keygen() -> dict:
    seed = secrets.token_bytes(32)
    public = ed25519_public_key(seed)
    return {"privateKey": "whsk_" + to_base64(seed + public), "publicKey": "whpk_" + to_base64(public)}


def sign(request: dict) -> dict:
    key = key_field(request, "privateKey", "whsk_", (32, 64))
    seed, public = key[:32], key[32:]
    if public and public != ed25519_public_key(seed):
        raise Misuse("privateKey: the public half does not belong to the seed")
    message_id = field(request, "id", str)
    if not message_id:
        raise Misuse("id: empty")
    timestamp = str(field(request, "timestamp", int))
    content = signed_content(message_id, timestamp, body_field(request))
    return {"signature": "v1a," + to_base64(ed25519_sign(seed, content))}


def verify(request: dict) -> dict:
    public = key_field(request, "publicKey", "whpk_", (32,))
    body = body_field(request)
    now = field(request, "now", int)
    tolerance = field(request, "toleranceSeconds", int)
    headers = {}
    for name, value in field(request, "headers", dict).items():
        if not isinstance(value, str):
            raise Misuse(f"headers: {name!r} is not a string")
        if name.lower() in headers:
            raise Misuse(f"headers: {name!r} occurs twice")
        headers[name.lower()] = value

    reason = rejection(public, headers, body, now, tolerance)
    return {"ok": True} if reason is None else {"ok": False, "reason": reason}


def rejection(public: bytes, headers: dict, body: bytes, now: int, tolerance: int) -> str | None:
    """Why the message is rejected; None if it is accepted."""
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        if not headers.get(name):
            return f"missing header {name}"
    timestamp = headers["webhook-timestamp"]
    if not re.fullmatch("[0-9]{1,18}", timestamp):
        return "malformed webhook-timestamp"
    age = now - int(timestamp)
    if age > tolerance:
        return "timestamp too old"
    if -age > tolerance:
        return "timestamp too far in the future"

    content = signed_content(headers["webhook-id"], timestamp, body)
    entries = [entry.partition(",") for entry in headers["webhook-signature"].split(" ")]
    candidates = [text for version, comma, text in entries if version == "v1a" and comma]
    if not candidates:
        return "no v1a signature"
    for text in candidates:
        signature = from_base64(text)
        if signature is not None and ed25519_verify(public, content, signature):
            return None
    return "no matching signature"


# --- RFC 8032 section 7.1: name, seed, public key, message, signature ---------

VECTORS = [
    ("TEST 1",
     "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
     b"",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("TEST 2",
     "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
     b"\x72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("TEST 3",
     "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
     b"\xaf\x82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ("TEST SHA(abc)",
     "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     hashlib.sha512(b"abc").digest(),
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
     "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
]


def selftest() -> dict:
    report = {"passed": [], "failed": []}
    for name, seed, public, message, signature in VECTORS:
        seed, public, signature = map(bytes.fromhex, (seed, public, signature))
        checks = {
            "public key": ed25519_public_key(seed) == public,
            "sign": ed25519_sign(seed, message) == signature,
            "verify": ed25519_verify(public, message, signature),
            "reject altered message": not ed25519_verify(public, message + b"\0", signature),
        }
        for check, passed in checks.items():
            report["passed" if passed else "failed"].append(f"{name}: {check}")
    return report


# --- command line ------------------------------------------------------------


def read_request() -> dict:
    try:
        request = json.loads(sys.stdin.buffer.read())
    except (ValueError, RecursionError) as error:
        raise Misuse(f"stdin: not JSON: {error}") from None
    if not isinstance(request, dict):
        raise Misuse("stdin: not a JSON object")
    return request


def main(arguments: list[str]) -> int:
    commands = {
        "keygen": keygen,
        "sign": lambda: sign(read_request()),
        "verify": lambda: verify(read_request()),
        "selftest": selftest,
    }
    try:
        if len(arguments) != 1 or arguments[0] not in commands:
            raise Misuse("usage: v1a.py keygen|sign|verify|selftest")
        result = commands[arguments[0]]()
    except (Misuse, UnicodeEncodeError) as error:  # lone surrogates cannot be signed
        print(f"v1a.py: {error}", file=sys.stderr)
        return 2
    print(json.dumps(result))
    return 1 if result.get("ok") is False or result.get("failed") else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
