"""The command line: ``novate COMMAND``. One file a command group, imported only when it is asked for."""
