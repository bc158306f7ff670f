"""The ``seesaw`` command. Reads without torch; what trains loads it."""

import os
import signal
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from mtl_core.cli.parser import build
from mtl_core.errors import DataError, SeesawError, SpecError, UnknownStudyError
from mtl_core.store.address import has_password
from mtl_core.suites.folder import ENVIRONMENT as DATA

OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 128 + signal.SIGINT
"""Exit codes: done; training or the store failed; what was asked cannot be done; ended by Ctrl-C."""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        words: the arguments; None for those of the process.

    Returns:
        The exit code. What was wrong stands in one line on stderr.
    """
    given = list(sys.argv[1:] if words is None else words)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a path may have signs that the terminal's encoding lacks
    try:
        arguments = build(given)
        if has_password(getattr(arguments, "store", None)):
            _say("the password in --store shows in the list of processes; put the address into $SEESAW_STORE instead.", OK)
        if getattr(arguments, "data", None):
            os.environ[DATA] = os.path.abspath(arguments.data)  # for the worker too, wherever it is started
        return int(arguments.act(arguments) or OK)
    except SystemExit as leaving:  # argparse has printed its help or the version
        return int(leaving.code or OK)
    except (SpecError, DataError, UnknownStudyError) as error:
        return _say(error, BAD_INPUT)
    except SeesawError as error:
        return _say(error, FAILED)
    except KeyboardInterrupt:
        return _say("interrupted.", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read the output has seen enough; the interpreter must not complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _say(what: object, code: int) -> int:
    sys.stderr.write(f"seesaw: {' '.join(str(what).split())}\n")
    return code
