"""How often pages may ask, so that all of them together leave the server time for everybody. No Streamlit."""

import time
from collections import OrderedDict
from threading import Lock

REMEMBERED = 60.0
"""Seconds after which who has asked for nothing counts no more."""


class Turns:
    """The seconds from one turn of everybody to the next.

    A turn costs the sum of what each cost last; between two turns pass at least so many seconds that turns take no more than
    their share of a processor.

    Args:
        share: of a processor that turns may take.
        least, most: seconds between two turns.
    """

    def __init__(self, share: float, least: float, most: float) -> None:
        self._share, self._least, self._most = share, least, most
        self._costs: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def note(self, who: str, seconds: float) -> None:
        """Note what somebody's last turn cost, in seconds of processor."""
        with self._lock:
            self._costs[who] = (seconds, time.monotonic())
            self._costs.move_to_end(who)

    def interval(self) -> float:
        """Seconds until the next turn."""
        now = time.monotonic()
        with self._lock:
            while self._costs and now - next(iter(self._costs.values()))[1] > REMEMBERED:
                self._costs.popitem(last=False)
            cost = sum(seconds for seconds, _at in self._costs.values())
        return min(max(self._least, cost / self._share), self._most)


PICTURES = Turns(0.4, 0.4, 10.0)
"""Answers to what is new of a study, by what was asked."""

PAGES = Turns(0.3, 5.0, 60.0)
"""What results pages say beside their pictures while a study trains, by session."""
