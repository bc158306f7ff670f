"""``seesaw pretrain``."""

import argparse
import sys
from contextlib import nullcontext

from mtl_core import api
from mtl_core.cli import printing
from mtl_core.spec import BACKBONES, SUITES
from mtl_core.spec.notation import read_choice, read_value, write_choice
from mtl_core.spec.pretrained import kept
from mtl_core.spec.settings import PRETRAINING


def pretrain(arguments: argparse.Namespace) -> None:
    """Pretrain a trunk for a suite of texts and print its id, or print which there are."""
    if arguments.suite is None:
        columns = ["id", "suite", "corpus", "words", "backbone", "steps", "loss"]
        rows = [
            [t.id, t.suite, t.corpus, str(len(t.words)), write_choice(t.backbone, BACKBONES), str(t.steps), f"{t.loss:.3f}"]
            for t in kept()
        ]
        printing.table(None, columns, rows, right=("words", "steps", "loss"))
        return
    backbone = read_choice(arguments.backbone, BACKBONES) if arguments.backbone else None
    given = {o.name: read_value(text, o) for o in PRETRAINING if (text := getattr(arguments, o.name)) is not None}
    bar = sys.stderr.isatty() and not arguments.quiet
    with printing.progress() if bar else nullcontext() as progress:
        found = api.pretrain(
            read_choice(arguments.suite, SUITES), corpus=arguments.corpus, backbone=backbone, progress=progress, **given
        )
    if not arguments.quiet:
        printing.note(
            f"read {found.corpus}: {len(found.words)} words, loss of hidden words {found.loss:.3f}; start from it with "
            f"seesaw run --suite {found.suite} --start {found.id}"
        )
    printing.line(found.id)
