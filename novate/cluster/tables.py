"""Where the jobs of the services' sequencer are kept: beside its journal, or in a server that the environment names."""

import os
from pathlib import Path

from novate.errors import Unreachable
from sequencer.errors import SequencerError
from sequencer.jobs import JobTable, opened

ADDRESS = "NOVATE_JOBS"
"""``postgresql://user:password@host/database``: in the environment, since it may hold a password."""


def table_of(directory: Path) -> JobTable:
    """The job table of a sequencer's directory. Raises ``NovateError`` (NO_JOB_TABLE), ``SequencerError`` (IN_USE)."""
    address = os.environ.get(ADDRESS)
    try:
        return opened(directory, address)
    except SequencerError:
        raise
    except ImportError as error:
        raise Unreachable("NO_JOB_TABLE", str(error), fix="install the extra: novate[postgres]") from error
    except Exception as error:
        reason = f"the server of {ADDRESS}: {type(error).__name__}: {error}"
        raise Unreachable("NO_JOB_TABLE", reason, fix=f"start it, or unset {ADDRESS}") from error
