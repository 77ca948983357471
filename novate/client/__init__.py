"""Trading with Novate from Python: ``Client`` and ``AsyncClient``."""
