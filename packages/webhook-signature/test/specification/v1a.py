#!/usr/bin/env python3
"""Standard Webhooks asymmetric signatures (`v1a`, Ed25519), from the specifications alone.

An independent second implementation, to check another one against. It needs Python 3.11
and nothing else. It is slow and not constant-time: use it in tests, never to guard a key.

Sources:
  [SW]   Standard Webhooks 1.0.0, spec/standard-webhooks.md (its sections have no numbers,
         so they are named by their headings)
  [8032] RFC 8032, Edwards-Curve Digital Signature Algorithm: Ed25519, section 5.1
  [4648] RFC 4648, Base64: section 4

Commands; sign and verify read one JSON object from stdin; all write one to stdout:
  v1a.py keygen [--seed]  -> {privateKey, publicKey}; --seed writes the 32-byte private key
  v1a.py sign     {privateKey, id, timestamp, body}             -> {signature}
  v1a.py verify   {publicKey, headers, body, now, toleranceSeconds} -> {ok, reason?}
  v1a.py selftest -> {passed, failed}, over the vectors of [8032] section 7.1
`body` is in base64; `timestamp`, `now` and `toleranceSeconds` are whole seconds.

Exit code: 0 success; 1 signature refused (or self-test failed); 2 misuse, with {error}.

Reasons to refuse: missing-header, invalid-id, invalid-timestamp, timestamp-too-old,
timestamp-too-new, no-v1a-signature, malformed-signature, signature-mismatch,
invalid-public-key.
"""

import base64
import hashlib
import json
import re
import secrets
import sys

# --- Ed25519: parameters ([8032] section 5.1, table 1) -----------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
B = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)
NEUTRAL = (0, 1)


def add(p, q):
    """The group law of [8032] section 3, in affine coordinates, with a = -1.

    It is complete (d is not a square, a is one): no special case, no zero denominator.
    """
    (x1, y1), (x2, y2) = p, q
    t = D * x1 * x2 * y1 * y2 % P
    inverse = pow((1 + t) * (1 - t), -1, P)  # one inversion serves both quotients
    return (
        (x1 * y2 + x2 * y1) * (1 - t) * inverse % P,
        (y1 * y2 + x1 * x2) * (1 + t) * inverse % P,
    )


def multiply(n, p):
    """[n]p, by doubling and adding from the most significant bit."""
    result = NEUTRAL
    for bit in f"{n:b}":
        result = add(result, result)
        if bit == "1":
            result = add(result, p)
    return result


def encode_point(p):
    """[8032] section 5.1.2: y in 255 bits, then the lowest bit of x."""
    x, y = p
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode_point(octets):
    """[8032] section 5.1.3. None when the octets encode no point."""
    number = int.from_bytes(octets, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:  # step 1
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P  # step 2
    x = pow(square, (P + 3) // 8, P)  # step 3: p = 5 (mod 8)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square:
        return None
    if x == 0 and sign == 1:  # step 4
        return None
    return (x if x & 1 == sign else P - x, y)


# --- Ed25519: keys and signatures --------------------------------------------------------


def sha512_integer(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def expand(seed):
    """[8032] section 5.1.5: the secret scalar, the prefix and the encoded public key."""
    h = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(h[:32], "little")
    scalar &= ~7  # the lowest three bits cleared
    scalar &= 2**255 - 1  # the highest bit cleared
    scalar |= 2**254  # the second highest bit set
    return scalar, h[32:], encode_point(multiply(scalar, B))


def ed25519_sign(seed, message):
    """[8032] section 5.1.6. Pure Ed25519: dom2 is empty and PH(M) = M (section 5.1)."""
    scalar, prefix, public = expand(seed)
    r = sha512_integer(prefix, message) % L
    commitment = encode_point(multiply(r, B))
    k = sha512_integer(commitment, public, message) % L
    return commitment + ((r + k * scalar) % L).to_bytes(32, "little")


def ed25519_verify(public, message, signature):
    """[8032] section 5.1.7, with the check [S]B = R + [k]A' that it calls sufficient."""
    if len(public) != 32 or len(signature) != 64:
        return False
    a = decode_point(public)
    r = decode_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    k = sha512_integer(signature[:32], public, message) % L
    return multiply(s, B) == add(r, multiply(k, a))


# --- Standard Webhooks: serialisation ----------------------------------------------------


class Misuse(Exception):
    """The command was given something that is not of the form it takes."""


class Refused(Exception):
    """The signature is not accepted; the argument is the reason."""


def from_base64(text):
    """[4648] section 4: padded, no other character (3.3), zero pad bits (3.5)."""
    octets = base64.b64decode(text, validate=True)
    if base64.b64encode(octets).decode() != text:
        raise ValueError("not canonical base64")
    return octets


def to_base64(octets):
    return base64.b64encode(octets).decode()


def read_base64(text, name):
    try:
        return from_base64(text)
    except ValueError:
        raise Misuse(f"{name} is not base64") from None


def read_key(text, prefix, name):
    """[SW] "Signature scheme", row "Secret serialization": the prefix, then base64."""
    if not text.startswith(prefix):
        raise Misuse(f"{name} does not start with {prefix}")
    return read_base64(text[len(prefix) :], name)


def read_private_key(text):
    """The seed in a `whsk_` key.

    [SW] says "standard ed25519 key pair" and gives no length. Two forms are in use: the
    private key of [8032] section 5.1.5 (32 octets, here "seed"), and seed || public key
    (64 octets), which the Svix server, where the scheme comes from, writes. Take both.
    """
    octets = read_key(text, "whsk_", "privateKey")
    if len(octets) not in (32, 64):
        raise Misuse("privateKey is neither 32 nor 64 octets")
    seed, public = octets[:32], octets[32:]
    if public and public != expand(seed)[2]:
        raise Misuse("the two halves of privateKey do not belong together")
    return seed


def read_public_key(text):
    octets = read_key(text, "whpk_", "publicKey")
    if len(octets) != 32:  # [8032] section 5.1.5
        raise Misuse("publicKey is not 32 octets")
    return octets


def signed_content(identifier, timestamp, body):
    """[SW] "Signature scheme": {msg_id}.{timestamp}.{payload}, of the octets as sent."""
    return f"{identifier}.{timestamp}.".encode() + body


def valid_id(identifier):
    """[SW] "Signature scheme": "not be allowed to include any `.`".

    With one, two different messages could have the same signed content.
    """
    return identifier != "" and "." not in identifier


def valid_timestamp(text):
    """[SW] "Webhook headers": "integer unix timestamp (seconds since epoch)".

    Only the shortest decimal form, so that the text and the number sign alike.
    """
    return re.fullmatch(r"0|[1-9][0-9]{0,17}", text) is not None


# --- Standard Webhooks: sign and verify --------------------------------------------------


def sign(private_key, identifier, timestamp, body):
    """[SW] "Signature scheme": the identifier `v1a`, a comma, the signature in base64."""
    if not valid_id(identifier):
        raise Misuse("id is empty or contains a full stop")
    if not valid_timestamp(str(timestamp)):
        raise Misuse("timestamp is not a unix timestamp in seconds")
    content = signed_content(identifier, timestamp, body)
    return "v1a," + to_base64(ed25519_sign(read_private_key(private_key), content))


def verify(public_key, headers, body, now, tolerance):
    """[SW] "Webhook headers" and "Verifying signatures". Raises Refused."""
    public = read_public_key(public_key)
    if tolerance < 0:
        raise Misuse("toleranceSeconds is negative")
    fields = {}
    for name, value in headers.items():
        if name.lower() in fields or not isinstance(value, str):  # HTTP: any letter case
            raise Misuse(f"header {name} is given twice or is not a string")
        fields[name.lower()] = value
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    identifier, timestamp, signatures = (fields.get(name, "") for name in names)

    if "" in (identifier, timestamp, signatures):
        raise Refused("missing-header")
    if not valid_id(identifier):
        raise Refused("invalid-id")
    if not valid_timestamp(timestamp):
        raise Refused("invalid-timestamp")
    # "within some allowable tolerance of the current timestamp": the limit is within.
    if int(timestamp) < now - tolerance:
        raise Refused("timestamp-too-old")
    if int(timestamp) > now + tolerance:
        raise Refused("timestamp-too-new")
    if decode_point(public) is None:
        raise Refused("invalid-public-key")

    # "a space delimited list": entries of other versions say nothing; one match is enough.
    content = signed_content(identifier, timestamp, body)
    reason = "no-v1a-signature"
    for entry in signatures.split(" "):
        version, _, text = entry.partition(",")
        if version != "v1a":
            continue
        try:
            signature = from_base64(text)
        except ValueError:
            signature = b""
        if len(signature) != 64:
            if reason == "no-v1a-signature":
                reason = "malformed-signature"
        elif ed25519_verify(public, content, signature):
            return
        else:
            reason = "signature-mismatch"
    raise Refused(reason)


def keygen(seed_only):
    seed = secrets.token_bytes(32)  # [8032] section 5.1.5: 32 octets of random data
    public = expand(seed)[2]
    private = seed if seed_only else seed + public
    return {
        "privateKey": "whsk_" + to_base64(private),
        "publicKey": "whpk_" + to_base64(public),
    }


# --- Self-test: the vectors of [8032] section 7.1 ----------------------------------------
# Each: name, secret key, public key, message, signature.

VECTORS = [
    (
        "TEST 1",
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "TEST 2",
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "TEST 3",
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "TEST 1024",
        "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
        "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
        "08b8b2b733424243760fe426a4b54908632110a66c2f6591eabd3345e3e4eb98"
        "fa6e264bf09efe12ee50f8f54e9f77b1e355f6c50544e23fb1433ddf73be84d8"
        "79de7c0046dc4996d9e773f4bc9efe5738829adb26c81b37c93a1b270b20329d"
        "658675fc6ea534e0810a4432826bf58c941efb65d57a338bbd2e26640f89ffbc"
        "1a858efcb8550ee3a5e1998bd177e93a7363c344fe6b199ee5d02e82d522c4fe"
        "ba15452f80288a821a579116ec6dad2b3b310da903401aa62100ab5d1a36553e"
        "06203b33890cc9b832f79ef80560ccb9a39ce767967ed628c6ad573cb116dbef"
        "efd75499da96bd68a8a97b928a8bbc103b6621fcde2beca1231d206be6cd9ec7"
        "aff6f6c94fcd7204ed3455c68c83f4a41da4af2b74ef5c53f1d8ac70bdcb7ed1"
        "85ce81bd84359d44254d95629e9855a94a7c1958d1f8ada5d0532ed8a5aa3fb2"
        "d17ba70eb6248e594e1a2297acbbb39d502f1a8c6eb6f1ce22b3de1a1f40cc24"
        "554119a831a9aad6079cad88425de6bde1a9187ebb6092cf67bf2b13fd65f270"
        "88d78b7e883c8759d2c4f5c65adb7553878ad575f9fad878e80a0c9ba63bcbcc"
        "2732e69485bbc9c90bfbd62481d9089beccf80cfe2df16a2cf65bd92dd597b07"
        "07e0917af48bbb75fed413d238f5555a7a569d80c3414a8d0859dc65a46128ba"
        "b27af87a71314f318c782b23ebfe808b82b0ce26401d2e22f04d83d1255dc51a"
        "ddd3b75a2b1ae0784504df543af8969be3ea7082ff7fc9888c144da2af58429e"
        "c96031dbcad3dad9af0dcbaaaf268cb8fcffead94f3c7ca495e056a9b47acdb7"
        "51fb73e666c6c655ade8297297d07ad1ba5e43f1bca32301651339e22904cc8c"
        "42f58c30c04aafdb038dda0847dd988dcda6f3bfd15c4b4c4525004aa06eeff8"
        "ca61783aacec57fb3d1f92b0fe2fd1a85f6724517b65e614ad6808d6f6ee34df"
        "f7310fdc82aebfd904b01e1dc54b2927094b2db68d6f903b68401adebf5a7e08"
        "d78ff4ef5d63653a65040cf9bfd4aca7984a74d37145986780fc0b16ac451649"
        "de6188a7dbdf191f64b5fc5e2ab47b57f7f7276cd419c17a3ca8e1b939ae49e4"
        "88acba6b965610b5480109c8b17b80e1b7b750dfc7598d5d5011fd2dcc5600a3"
        "2ef5b52a1ecc820e308aa342721aac0943bf6686b64b2579376504ccc493d97e"
        "6aed3fb0f9cd71a43dd497f01f17c0e2cb3797aa2a2f256656168e6c496afc5f"
        "b93246f6b1116398a346f1a641f3b041e989f7914f90cc2c7fff357876e506b5"
        "0d334ba77c225bc307ba537152f3f1610e4eafe595f6d9d90d11faa933a15ef1"
        "369546868a7f3a45a96768d40fd9d03412c091c6315cf4fde7cb68606937380d"
        "b2eaaa707b4c4185c32eddcdd306705e4dc1ffc872eeee475a64dfac86aba41c"
        "0618983f8741c5ef68d3a101e8a3b8cac60c905c15fc910840b94c00a0b9d0",
        "0aab4c900501b3e24d7cdf4663326a3a87df5e4843b2cbdb67cbf6e460fec350"
        "aa5371b1508f9f4528ecea23c436d94b5e8fcd4f681e30a6ac00a9704a188a03",
    ),
    (
        "TEST SHA(abc)",
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]


def selftest():
    passed, failed = [], []
    for name, *values in VECTORS:
        seed, public, message, signature = map(bytes.fromhex, values)
        checks = {
            "public key": expand(seed)[2] == public,
            "sign": ed25519_sign(seed, message) == signature,
            "verify": ed25519_verify(public, message, signature),
            "altered message refused": not ed25519_verify(public, message + b"\0", signature),
        }
        for check, holds in checks.items():
            (passed if holds else failed).append(f"{name}: {check}")
    return {"passed": passed, "failed": failed}


# --- Command line ------------------------------------------------------------------------


def read_input(**fields):
    """The values of the named fields of the JSON object on stdin, of the types given."""
    try:
        given = json.loads(sys.stdin.buffer.read())
    except (ValueError, RecursionError):
        raise Misuse("stdin is not JSON") from None
    if not isinstance(given, dict):
        raise Misuse("stdin is not a JSON object")
    for name, kind in fields.items():
        if type(given.get(name)) is not kind:  # `is`: a boolean is no integer here
            raise Misuse(f"{name} is missing or is not of type {kind.__name__}")
    return [given[name] for name in fields]


def run(arguments):
    """The exit code and the object to write."""
    match arguments:
        case ["keygen"] | ["keygen", "--seed"]:
            return 0, keygen(seed_only=len(arguments) == 2)
        case ["sign"]:
            key, identifier, timestamp, body = read_input(
                privateKey=str, id=str, timestamp=int, body=str
            )
            octets = read_base64(body, "body")
            return 0, {"signature": sign(key, identifier, timestamp, octets)}
        case ["verify"]:
            key, headers, body, now, tolerance = read_input(
                publicKey=str, headers=dict, body=str, now=int, toleranceSeconds=int
            )
            verify(key, headers, read_base64(body, "body"), now, tolerance)
            return 0, {"ok": True}
        case ["selftest"]:
            result = selftest()
            return (1 if result["failed"] else 0), result
    raise Misuse("usage: v1a.py keygen [--seed] | sign | verify | selftest")


def main():
    try:
        code, result = run(sys.argv[1:])
    except Refused as refused:
        code, result = 1, {"ok": False, "reason": str(refused)}
    except Misuse as misuse:
        code, result = 2, {"error": str(misuse)}
    except Exception as error:  # never exit code 1: that would read as a refusal
        code, result = 2, {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(result, indent=2))
    return code


if __name__ == "__main__":
    sys.exit(main())
