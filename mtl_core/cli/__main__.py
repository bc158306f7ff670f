"""``python -m mtl_core.cli`` is the ``seesaw`` command."""

import sys

from mtl_core.cli import main

sys.exit(main())
