"""A stand-in for the hub: it knows tokens and says whose they are, as ``/hub/api/user`` does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SCOPE = "access:services!service=fronteras"
TOKENS = {
    "token-ana": {"kind": "user", "name": "ana", "scopes": [SCOPE]},
    "token-bruno": {"kind": "user", "name": "bruno", "scopes": [SCOPE]},
    "token-ines": {"kind": "user", "name": "ines", "scopes": [SCOPE]},
    "token-mallory": {"kind": "user", "name": "mallory", "scopes": [SCOPE]},
    "token-elsewhere": {"kind": "user", "name": "ana", "scopes": ["read:users:name!user=ana"]},
    "token-service": {"kind": "service", "name": "ana", "scopes": [SCOPE]},
}
"""What each token stands for: people, somebody off the roster, a token for something else."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("token ")
        model = TOKENS.get(token)
        status = 200 if model and self.path == "/hub/api/user" else 403
        body = json.dumps((model or {"status": 403}) | {"groups": [], "admin": False}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def standin_hub() -> Iterator[str]:
    """Serve on a free port and give the address of its API."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hub/api"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
