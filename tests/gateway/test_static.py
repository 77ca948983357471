"""The page: what is served at the root, under which policy, and nothing beside it (A18, A20)."""

import re

from sequencer.gateway.static import FOLDER


def test_the_page_loads_nothing_from_elsewhere(shared):
    answer = shared.http.get("/")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy and "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    for path in re.findall(r'(?:src|href)="([^"#]+)"', answer.text):
        assert "//" not in path, path
        assert shared.http.get("/" + path.lstrip("./")).status_code == 200, path


def test_only_files_of_the_page_are_served(shared):
    for path in (
        "/../gateway.py",
        "/%2e%2e/gateway.py",
        "/..%2fgateway.py",
        "/index.py",
        "/js/../../wire.py",
        "/x.html",
    ):
        assert shared.http.get(path).status_code == 404
    assert shared.http.post("/", content=b"").status_code == 405
    assert not list(FOLDER.rglob("*.py"))
