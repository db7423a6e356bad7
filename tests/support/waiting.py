"""Waiting - for an event and with a deadline, never for time to pass.

Everything that may happen in a story (a message, a log line, a connection, a
notification) lands in a Mailbox.  Whoever waits takes the first one that fits.
"""

import threading
import time

# Long enough for sanitizers on a busy machine; no story passes by reaching it.
DEADLINE = 20.0


class Missed(AssertionError):
    """What was waited for did not happen."""


def describe(items, most=12):
    """The newest items, one a line, each cut to a readable length."""
    if not items:
        return "  (nothing)"
    lines = [f"  {str(item)[:400]}" for item in items[-most:]]
    if len(items) > most:
        lines.insert(0, f"  ... {len(items) - most} earlier ones")
    return "\n".join(lines)


class Mailbox:
    """Things that happened, oldest first, until somebody takes them."""

    def __init__(self, name):
        self.name = name
        self.n_put = 0
        self._items = []
        self._ended = None
        self._changed = threading.Condition()

    def put(self, item):
        with self._changed:
            self._items.append(item)
            self.n_put += 1
            self._changed.notify_all()

    def end(self, why):
        """Nothing will come any more; those who wait need not go on."""
        with self._changed:
            self._ended = why
            self._changed.notify_all()

    def take(self, fits=None, what="anything", within=DEADLINE):
        """Remove and return the first item that fits, waiting for it."""
        until = time.monotonic() + within
        with self._changed:
            while True:
                for i, item in enumerate(self._items):
                    if fits is None or fits(item):
                        return self._items.pop(i)
                left = until - time.monotonic()
                if left <= 0 or self._ended:
                    break
                self._changed.wait(left)
            seen = list(self._items)
        why = self._ended or f"within {within:g} s"
        raise Missed(
            f"{self.name}: {what} did not come ({why}); instead:\n"
            + describe(seen)
        )

    def wait_for_count(self, n, within=DEADLINE):
        """Wait until n items were put in all, taken ones included."""
        until = time.monotonic() + within
        with self._changed:
            while self.n_put < n:
                left = until - time.monotonic()
                if left <= 0 or self._ended:
                    raise Missed(
                        f"{self.name}: {self.n_put} of {n} came; the last:\n"
                        + describe(self._items)
                    )
                self._changed.wait(left)

    def untaken(self, fits=None):
        """A copy of what lies there now."""
        with self._changed:
            return [i for i in self._items if fits is None or fits(i)]

    def drain(self):
        """Take everything that lies there now."""
        with self._changed:
            items, self._items = self._items, []
            return items


def eventually(claim, what, within=DEADLINE):
    """Ask again and again until the claim holds.  For what tells nobody when
    it happens; where there is an event, wait for that."""
    until = time.monotonic() + within
    pause = threading.Event()
    while not claim():
        if time.monotonic() > until:
            raise Missed(f"{what} did not happen within {within:g} s")
        pause.wait(0.05)
