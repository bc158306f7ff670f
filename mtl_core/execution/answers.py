"""What can be asked for: a question as JSON has it in, bytes out. Each kind loads what it needs when it is asked."""

import json
from collections.abc import Callable, Mapping
from typing import Any

Progress = Callable[[float], None]
"""Called now and then with how far an answer is, between 0 and 1."""

Answerer = Callable[[Mapping[str, Any], Progress], bytes]


def walk(asked: Mapping[str, Any], _progress: Progress) -> bytes:
    """The picture of a walk over a landscape, as safetensors: see ``mtl_core.landscapes.picture``.

    Args:
        asked: ``walk``, a ``Walk`` as JSON has it.
    """
    import torch
    from safetensors.numpy import save

    from mtl_core.landscapes.picture import picture
    from mtl_core.spec.landscapes import Walk

    threads = torch.get_num_threads()
    # A few small tensors at a time: a second thread would only be waited for, and taken from those who train.
    torch.set_num_threads(1)
    try:
        payload: bytes = save(picture(Walk.from_dict(asked["walk"])))
    finally:
        torch.set_num_threads(threads)
    return payload


def plane(asked: Mapping[str, Any], _progress: Progress) -> bytes:
    """What a method makes of two gradients wherever they point, as safetensors: see ``mtl_core.balancing.plane``.

    Args:
        asked: ``method``, its name, and ``steps``.
    """
    import torch
    from safetensors.numpy import save

    from mtl_core.balancing.plane import plane

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as for a walk
    try:
        payload: bytes = save(plane(asked["method"], asked["steps"]))
    finally:
        torch.set_num_threads(threads)
    return payload


def table(asked: Mapping[str, Any], progress: Progress) -> bytes:
    """What is known of a table in a file, as JSON: a ``TableFacts``.

    Args:
        asked: ``path`` of the file, and other options of the ``csv`` suite that say how it is to be read.
    """
    from mtl_core.spec import SUITES
    from mtl_core.suites.csv_file import look, reading_of

    facts = look(asked["path"], reading_of(SUITES["csv"].check(asked)), progress)
    return json.dumps(facts.to_dict()).encode()


def settle(asked: Mapping[str, Any], _progress: Progress) -> bytes:
    """A suite with everything settled that depends on outside data, as JSON: what a study would make of it.

    Args:
        asked: ``suite``, a name or a mapping with ``name`` and options.
    """
    from mtl_core.spec.study import choose_suite

    return json.dumps(choose_suite(asked["suite"]).to_dict()).encode()


def splits(asked: Mapping[str, Any], _progress: Progress) -> bytes:
    """Which row of a table is in which split, as a CSV file: see ``split_table``.

    Args:
        asked: ``suite``, a ``csv`` suite with its options.
    """
    from mtl_core.suites import load_suite
    from mtl_core.suites.csv_file import split_table

    return split_table(load_suite(asked["suite"])).to_csv(index=False).encode()


ANSWERERS: dict[str, Answerer] = {"walk": walk, "plane": plane, "table": table, "settle": settle, "splits": splits}
"""Who answers what, by kind of request."""
