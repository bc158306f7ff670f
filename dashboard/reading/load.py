"""How often pages may ask, so that all of them together leave the server time for everybody. No Streamlit."""

import time
from threading import Lock

PATIENCE = 3.0
"""Turns without a question after which somebody counts no more, and seconds that are waited at least."""


class Turns:
    """The seconds between one turn of everybody and the next.

    A turn costs the sum of what each cost last; after it pass at least so many seconds that turns take no more than their share
    of a processor.

    Args:
        share: of a processor that turns may take.
        least, most: seconds between two turns.
    """

    def __init__(self, share: float, least: float, most: float) -> None:
        self._share, self._least, self._most = share, least, most
        self._costs: dict[str, tuple[float, float]] = {}  # what each cost, and until when it counts
        self._lock = Lock()

    def note(self, who: str, seconds: float) -> None:
        """Note what somebody's last turn cost, in seconds of processor."""
        with self._lock:
            self._costs[who] = (seconds, 0.0)
            until = time.monotonic() + PATIENCE * max(1.0, self._interval())
            self._costs[who] = (seconds, until)

    def interval(self) -> float:
        """Seconds from the end of a turn to the next."""
        with self._lock:
            now = time.monotonic()
            self._costs = {who: known for who, known in self._costs.items() if known[1] > now}
            return self._interval()

    def _interval(self) -> float:
        cost = sum(seconds for seconds, _until in self._costs.values())
        return min(max(self._least, cost / self._share - cost), self._most)


PICTURES = Turns(0.4, 0.4, 10.0)
"""Answers to what is new of a study, by what was asked."""

PAGES = Turns(0.3, 5.0, 60.0)
"""What results pages say beside their pictures while a study trains, by session."""

CLASSES = Turns(0.2, 2.0, 15.0)
"""Looks of a class at its vote, by session."""
