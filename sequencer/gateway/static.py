"""The page in the browser: the files of ``page/``, and a policy by which they load nothing from elsewhere."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).with_name("page")
POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
SUFFIXES = {".html", ".js", ".css", ".svg", ".png", ".ico", ".woff2", ""}


class Page:
    """An ASGI application: the folder's files, ``index.html`` for the folder itself."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = StaticFiles(directory=folder, html=True, check_dir=False)
        self._folder = folder

    async def __call__(self, scope, receive, send) -> None:
        """Serve a file. Raises HTTPException (404, 405)."""
        if Path(scope["path"]).suffix not in SUFFIXES or not self._folder.is_dir():
            raise HTTPException(404)

        async def sealed(message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        await self._files(scope, receive, sealed)
