"""Becomes the program that reads a sound card, so that it ends with the recorder.

    python -m transcribe.line_device --parent PID alsa|pulse DEVICE

The recorder's death, however it comes, ends the child, and a device that hangs is free again. What
is read is 48 kHz, the rate of nearly all sound cards: ALSA changes rates badly, and we do it well.
"""

import argparse
import os
import sys

from transcribe.child import die_with_parent

DEVICE_RATE = 48_000  # Hz, mono, signed 16-bit little-endian
PROGRAMS = {"alsa": "arecord", "pulse": "parec"}
NO_PROGRAM = 4  # exit status
_RATE = str(DEVICE_RATE)


def device_command(kind: str, device: str) -> list[str]:
    """The command that writes a device's sound to its standard output."""
    if kind == "alsa":
        form = ["-t", "raw", "-f", "S16_LE", "-c", "1", "-r", _RATE]
        return ["arecord", "-q", "-D", device, *form]
    form = ["--raw", "--format=s16le", "--channels=1", f"--rate={_RATE}"]
    return ["parec", f"--device={device}", *form, "--latency-msec=200", "--client-name=Loa"]


def main(arguments: list[str] | None = None) -> int:
    """Ask for the end together with the parent, then become the program."""
    parser = argparse.ArgumentParser(prog="transcribe.line_device")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("kind", choices=sorted(PROGRAMS))
    parser.add_argument("device")
    options = parser.parse_args(arguments)
    die_with_parent(options.parent)
    command = device_command(options.kind, options.device)
    try:
        os.execvp(command[0], command)  # noqa: S606  our command, no shell  # nosec B606
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
    return NO_PROGRAM


if __name__ == "__main__":
    sys.exit(main())
