"""Answers walks: ``python -m mtl_core.landscapes``.

Reads one walk as JSON on each line of standard input and writes its picture to standard output: four bytes of length and
safetensors. Where it cannot, the length is followed by the reason as text behind a zero byte. Ends with its input.
"""

import json
import sys
from typing import BinaryIO

import torch
from safetensors.numpy import save

from mtl_core.landscapes.picture import picture
from mtl_core.spec.landscapes import Walk


def main(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer until the input ends."""
    # A few small tensors at a time: a second thread would only be waited for, and taken from those who train.
    torch.set_num_threads(1)
    for line in source:
        try:
            answer = save(picture(Walk.from_dict(json.loads(line))))
        except Exception as error:
            answer = b"\0" + f"{type(error).__name__}: {error}".encode()
        sink.write(len(answer).to_bytes(4, "big") + answer)
        sink.flush()


if __name__ == "__main__":
    out = sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library prints must not come between the answers
    main(sys.stdin.buffer, out)
