"""A security key in software: makes key pairs and signs as a browser and a device do together."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40  # bits of the authenticator data


@dataclass
class SoftKey:
    """One key. What a test changes of it is what an attacker's would do wrong."""

    credential_id: bytes
    origin: str = "http://localhost"
    host: str = "localhost"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    handle: bytes = b""
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to `navigator.credentials.create`."""
        self.handle = decoded(options["user"]["id"])
        numbers = self.private.public_key().public_numbers()
        # RFC 9053, section 7.1: an elliptic curve key for ES256 on P-256.
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = (
            bytes(16)
            + len(self.credential_id).to_bytes(2)
            + self.credential_id
            + cbor2.dumps(public)
        )
        data = self._data(self.flags | ATTESTED) + attested
        return self._answer(
            attestationObject=encoded(
                cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
            ),
            clientDataJSON=encoded(self._client("webauthn.create", options["challenge"])),
            transports=["internal", "strange"],
        )

    def sign(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to `navigator.credentials.get`."""
        data = self._data(self.flags)
        client = self._client("webauthn.get", options["challenge"])
        signature = self.private.sign(
            data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256())
        )
        return self._answer(
            authenticatorData=encoded(data),
            clientDataJSON=encoded(client),
            signature=encoded(signature),
            userHandle=encoded(self.handle),
        )

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, **response: Any) -> dict[str, Any]:
        name = encoded(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}


def encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
