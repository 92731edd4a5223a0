"""Passkeys (W3C Web Authentication): what a browser is asked to sign, and whether it has.

A key lies in the person's telephone, computer or security key, which opens it by a finger, a face
or a PIN. So it is both factors at once: something one has and something one is or knows. It answers
to this very address alone, and so to no page that only looks like it.

What is to be signed goes to the browser and comes back sealed: nothing is written down for somebody
who only asks, and nothing that was signed counts twice (`bridge.passkeys.spend_challenge`).
"""

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import webauthn
from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from webauthn.helpers import options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from bridge.errors import InvalidInput
from bridge.passkeys import KnownPasskey
from web.transport import is_https

HOLDS_S = 300  # from asking to signing: finding the telephone takes a while
_BYTES = 32  # of chance in a challenge; the standard wants at least 16
_ISSUER = "Loa"


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A key that a browser has just made."""

    challenge: bytes
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """What a browser says it has signed, and with which key; `check_signature` looks at it."""

    challenge: bytes
    credential_id: bytes
    credential: dict[str, Any]


def ask_for_new(
    person_id: str, name: str, email: str, known: Sequence[KnownPasskey]
) -> dict[str, Any]:
    """What a browser needs to make a key: `options`, and `state` to be sent back with it."""
    challenge = secrets.token_bytes(_BYTES)
    options = webauthn.generate_registration_options(
        rp_id=_host(),
        rp_name=_ISSUER,
        user_id=person_id.encode(),
        user_name=email,
        user_display_name=name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(one) for one in known],
    )
    return {"options": options_to_json_dict(options), "state": _seal(challenge, person_id)}


def check_new(answer: object, person_id: str) -> NewPasskey:
    """The key that a browser made for this person. Raises InvalidInput `passkey_late`,
    `passkey_unfit`.
    """
    challenge, credential = _opened(answer, person_id)
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_host(),
            expected_origin=_origin(),
            require_user_verification=True,
        )
    except _WRONG as error:
        raise InvalidInput("passkey_unfit") from error
    told = credential.get("response", {}).get("transports") or []
    transports = {one.value for one in AuthenticatorTransport} & {*map(str, told)}
    return NewPasskey(
        challenge,
        made.credential_id,
        made.credential_public_key,
        made.sign_count,
        tuple(sorted(transports)),
    )


def ask_to_sign() -> dict[str, Any]:
    """What a browser needs to sign in with any key that it has for this address."""
    challenge = secrets.token_bytes(_BYTES)
    options = webauthn.generate_authentication_options(
        rp_id=_host(),
        challenge=challenge,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return {"options": options_to_json_dict(options), "state": _seal(challenge, "")}


def read_signed(answer: object) -> Signed:
    """What was signed, and with which key. Raises InvalidInput `passkey_late`, `passkey_unfit`."""
    challenge, credential = _opened(answer, "")
    raw_id = credential.get("rawId")
    try:
        credential_id = urlsafe_b64decode(str(raw_id) + "=" * (-len(str(raw_id)) % 4))
    except ValueError as error:
        raise InvalidInput("passkey_unfit") from error
    return Signed(challenge, credential_id, credential)


def check_signature(signed: Signed, known: KnownPasskey) -> int:
    """The new count of a key whose signature is right. Raises InvalidInput `passkey_unfit`."""
    handle = credential_handle(signed.credential)
    if handle is not None and handle != known.user_id.encode():
        raise InvalidInput("passkey_unfit")
    try:
        found = webauthn.verify_authentication_response(
            credential=signed.credential,
            expected_challenge=signed.challenge,
            expected_rp_id=_host(),
            expected_origin=_origin(),
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except _WRONG as error:
        raise InvalidInput("passkey_unfit") from error
    return found.new_sign_count


def credential_handle(credential: dict[str, Any]) -> bytes | None:
    """For whom the device says that it keeps the key; None where it does not say."""
    response = credential.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    if not isinstance(handle, str) or not handle:
        return None
    try:
        return urlsafe_b64decode(handle + "=" * (-len(handle) % 4))
    except ValueError:
        return b""


# A browser's answer may be anything: the library finds some of it out as it reads.
_WRONG = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)


def _opened(answer: object, person_id: str) -> tuple[bytes, dict[str, Any]]:
    if not isinstance(answer, dict) or not isinstance(answer.get("credential"), dict):
        raise InvalidInput("passkey_unfit")
    try:
        said, whose = _sealer().loads(str(answer.get("state", "")), max_age=HOLDS_S)
    except BadSignature as error:  # too old is one kind of it
        raise InvalidInput("passkey_late") from error
    if whose != person_id:
        raise InvalidInput("passkey_late")
    return urlsafe_b64decode(said), answer["credential"]


def _seal(challenge: bytes, person_id: str) -> str:
    sealed = _sealer().dumps([urlsafe_b64encode(challenge).decode(), person_id])
    return sealed if isinstance(sealed, str) else sealed.decode()


def _sealer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        str(current_app.secret_key),
        salt="loa passkey",
        signer_kwargs={"digest_method": hashlib.sha256},
    )


def _descriptor(one: KnownPasskey) -> PublicKeyCredentialDescriptor:
    transports = [AuthenticatorTransport(name) for name in one.transports]
    return PublicKeyCredentialDescriptor(id=one.credential_id, transports=transports)


def _host() -> str:
    """The address's name alone: the standard's "relying party"."""
    return request.host.rsplit(":", 1)[0] if ":" in request.host else request.host


def _origin() -> str:
    return f"{'https' if is_https() else 'http'}://{request.host}"
