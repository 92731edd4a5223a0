"""Gives a process a wall clock that jumps an hour: forward on SIGUSR1, back on SIGUSR2.

Python imports this by itself where its folder is in PYTHONPATH. The steady clock
(`time.monotonic`) goes on, as it does when a real clock is set.
"""

import signal
import time

import time_machine

HOUR_S = 3600.0


def _jump(number: int, _frame: object) -> None:
    seconds = HOUR_S if number == signal.SIGUSR1 else -HOUR_S
    time_machine.travel(time.time() + seconds, tick=True).start()


signal.signal(signal.SIGUSR1, _jump)
signal.signal(signal.SIGUSR2, _jump)
