"""What every test may rely on: Go's programs are the wheel's, never the system's."""

import os

from novate import tools

os.environ.setdefault("NOVATE_GOFMT", str(tools.gofmt()))
