"""Background - one asyncio loop in a thread, so that stories read in order.

Peers that speak WebSocket live on this loop; a story calls them from its own
thread and waits for the result with a deadline.
"""

import asyncio
import threading

from support.waiting import DEADLINE

_started = threading.Lock()
_loop = None


def loop():
    """The loop, started when first needed."""
    global _loop
    with _started:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(
                target=_loop.run_forever, name="peers", daemon=True
            ).start()
        return _loop


def run(coroutine, within=DEADLINE):
    """Run a coroutine on the loop and return what it returns."""
    future = asyncio.run_coroutine_threadsafe(coroutine, loop())
    return future.result(within)


def call(function, *args):
    """Call a plain function on the loop's thread and return its result."""

    async def wrapped():
        return function(*args)

    return run(wrapped())
