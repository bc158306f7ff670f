"""The scripts of browser components: a component is one module, which its files make together."""

from pathlib import Path


def script(*names: str) -> str:
    """The script that these files of this folder make in this order; what several components need comes first."""
    return "\n".join((Path(__file__).parent / name).read_text(encoding="utf-8") for name in names)
