"""Mutate - messages that are nearly right.

Each is made of an earlier one by a few small changes.  One that was answered in
a way that none was before is kept, so that the next ones begin where it got to.
"""

import random

# Bytes with a meaning somewhere: ends, signs, quotes, lengths, markers.
TELLING = b"\x00\x01\x0a\x0d\x20\x22\x25\x2c\x2f\x3a\x5b\x5c\x7b\x7d\x7f\x80\xbf\xfe\xff"
# How many changes are made at once: mostly one, or nothing would get far.
CHANGES = (1, 1, 1, 2, 3, 6)
SPAN_MAX = 40
KEPT_MAX = 2000
BYTES_MAX = 8000


# Values that somebody may not reckon with.
ODD = [None, True, 0, -1, 1.5, 10**18, "", "x", "a/b", "\u0000", "C" * 300, [], {}]
ODD += [[[]], {"": None}, ["a", 1], "20261128T000000", "+1000", "PT1S", 2**64]


def reshaped(dice, value):
    """A copy of a tree of dictionaries and lists with one thing changed."""
    if not isinstance(value, (dict, list)) or not value or dice.random() < 0.1:
        return dice.choice(ODD)
    copy = value.copy()
    at = dice.choice(list(value) if isinstance(value, dict) else range(len(value)))
    kind = dice.random()
    if kind < 0.15:
        del copy[at]
    elif kind < 0.3 and isinstance(value, dict):
        copy[dice.choice(list(value)) + dice.choice(("", "x"))] = copy.pop(at)
    else:
        copy[at] = reshaped(dice, value[at])
    return copy


class Mutator:
    """Changes what it is given, the same way for the same seed.  Half of the
    time make(dice) is asked for something that is well formed and yet wrong,
    when it is given."""

    def __init__(self, seed, begin, words=(), make=None):
        self.dice = random.Random(seed)
        self.make = make
        self.kept = list(begin)
        self.words = list(words)
        self.n_begun = len(self.kept)
        self.seen = set()
        self._changes = [
            self._flips,
            self._tells,
            self._cuts,
            self._doubles,
            self._inserts,
            self._joins,
        ]

    def next(self):
        if self.make and self.dice.random() < 0.5:
            return self.make(self.dice)[:BYTES_MAX]
        data = bytearray(self.dice.choice(self.kept))
        for _ in range(self.dice.choice(CHANGES)):
            self.dice.choice(self._changes)(data)
        return bytes(data[:BYTES_MAX])

    def keeps(self, data, signs):
        """Remember what was answered as none before it."""
        new = set(signs) - self.seen
        self.seen |= new
        if new and len(self.kept) < KEPT_MAX:
            self.kept.append(data)

    def _place(self, data):
        return self.dice.randint(0, len(data))

    def _span(self, data):
        at = self._place(data)
        return at, min(len(data), at + self.dice.randint(1, SPAN_MAX))

    def _flips(self, data):
        if data:
            data[self.dice.randrange(len(data))] ^= 1 << self.dice.randrange(8)

    def _tells(self, data):
        if data:
            data[self.dice.randrange(len(data))] = self.dice.choice(TELLING)

    def _cuts(self, data):
        at, end = self._span(data)
        if self.dice.random() < 0.1:
            end = len(data)
        del data[at:end]

    def _doubles(self, data):
        at, end = self._span(data)
        data[at:at] = data[at:end] * self.dice.choice((1, 1, 2, 20))

    def _inserts(self, data):
        at = self._place(data)
        word = self.dice.choice(self.words) if self.words else b""
        data[at:at] = word or bytes([self.dice.choice(TELLING)])

    def _joins(self, data):
        """Go on as another one does."""
        other = self.dice.choice(self.kept)
        data[self._place(data) :] = other[self._place(other) :]
