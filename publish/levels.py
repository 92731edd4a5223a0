"""How loud what is published is, and how its stretches are joined: for the files and for the desk,
which plays before anything is encoded. Pure.
"""

# EBU R 128 s1 and the usual practice of speech podcasts: -16 LUFS is heard well on a phone.
TARGET_LUFS = -16.0
# Under this nobody spoke: gain would only make noise of it. BS.1770's own absolute gate is -70.
SILENCE_LUFS = -50.0
# At both ends of each stretch: a cut must not click.
FADE_MS = 5
TONE_HZ = 1000
_TONE_UNDER_SPEECH_DB = 6.0


def tone_level(speech_lufs: float) -> float:
    """The amplitude of a tone 6 LU under speech of this loudness, which nobody has levelled yet.

    A full-scale one of 997 Hz is -3.01 LUFS (ITU-R BS.1770-4). For silence it is under the target.
    """
    lufs = speech_lufs if speech_lufs > SILENCE_LUFS else TARGET_LUFS
    return float(min(1.0, 10.0 ** ((lufs - _TONE_UNDER_SPEECH_DB + 3.01) / 20)))
