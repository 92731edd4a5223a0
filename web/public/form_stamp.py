"""The stamp in a form that anybody may send: when the form was given out, and which form it is.

It stands in for a session: a form that was not given out here, or long ago, or a moment ago, is not
taken. Pressing twice sends one form twice, and the form's number makes one receipt of both.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from bridge.errors import InvalidInput

SHORTEST_S = 3  # nobody reads the form and writes a sentence in less
LONGEST_S = 24 * 3600
# Without letters and figures that look or sound alike when read out over a telephone.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 10  # 49 bits


@dataclass(frozen=True, slots=True)
class FormStamp:
    """A form that was given out here: its number, and its age in seconds."""

    number: str
    age_s: float


def give_stamp(secret: str) -> str:
    """A stamp for a new form."""
    return _serializer(secret).dumps(secrets.token_hex(12))


def read_stamp(secret: str, text: str, now: float) -> FormStamp:
    """The stamp of a form that came back. Raises InvalidInput `form_too_old`, `form_foreign`."""
    try:
        number, given = _serializer(secret).loads(
            text[:400], max_age=LONGEST_S, return_timestamp=True
        )
    except SignatureExpired as error:
        raise InvalidInput("form_too_old") from error
    except BadData as error:
        raise InvalidInput("form_foreign") from error
    return FormStamp(str(number), now - given.timestamp())


def code_of(secret: str, stamp: FormStamp) -> str:
    """The receipt's code of a form, "ABCDE-FGHJK": always the same, and nobody can guess it."""
    digest = hmac.new(secret.encode(), b"receipt:" + stamp.number.encode(), hashlib.sha256)
    value, letters = int.from_bytes(digest.digest(), "big"), []
    for _ in range(_CODE_LENGTH):
        value, place = divmod(value, len(_ALPHABET))
        letters.append(_ALPHABET[place])
    half = _CODE_LENGTH // 2
    return "".join(letters[:half]) + "-" + "".join(letters[half:])


def read_code(text: str) -> str:
    """A code as people type it back: small letters, blanks, no hyphen."""
    plain = "".join(letter for letter in text.upper() if letter in _ALPHABET)[:_CODE_LENGTH]
    half = _CODE_LENGTH // 2
    return f"{plain[:half]}-{plain[half:]}"


def _serializer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="loa-form")
