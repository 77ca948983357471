"""What every test may rely on: programs are the wheels' and npm's, never the system's."""

from novate import tools

tools.announce()
