"""Who is the teacher: one key from the environment, and how often it may be guessed."""

from __future__ import annotations

import hashlib
import hmac

from playground.live.bucket import Bucket

VARIABLE = "PLAYGROUND_TEACHER_KEY"
MIN_LENGTH, MAX_LENGTH = 12, 200  # characters
GUESSES_PER_SECOND, GUESSES_AT_ONCE = 0.2, 10  # of everybody together: a key of 12 letters outlives the sun
VISIT_GUESSES_PER_SECOND, VISIT_GUESSES_AT_ONCE = 0.1, 5


class TooManyGuessesError(RuntimeError):
    """Keys were tried faster than anybody types."""


class TeacherKey:
    """Knows only the hash of the key. Without a key nobody is the teacher.

    Raises:
        ValueError: the key is too short or too long; the text does not repeat it.
    """

    def __init__(self, key: str = "") -> None:
        if key and not MIN_LENGTH <= len(key) <= MAX_LENGTH:
            raise ValueError(f"{VARIABLE} must have {MIN_LENGTH} to {MAX_LENGTH} characters; got {len(key)}")
        self._hash = _hash(key) if key else None
        self._guesses = Bucket(GUESSES_PER_SECOND, GUESSES_AT_ONCE)

    @property
    def is_set(self) -> bool:
        """Whether there is a class view at all."""
        return self._hash is not None

    def fits(self, said: str, now: float) -> bool:
        """Whether this is the key; takes the same time for every wrong one.

        Args:
            said: what somebody typed.
            now: seconds of a clock that never goes back.

        Raises:
            TooManyGuessesError: wait some seconds.
        """
        if self._hash is None:
            return False
        if not self._guesses.take(now):
            raise TooManyGuessesError("too many keys were tried; wait some seconds")
        return hmac.compare_digest(_hash(said[: MAX_LENGTH + 1]), self._hash)


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="replace")).digest()
