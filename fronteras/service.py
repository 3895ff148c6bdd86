"""The Fronteras service: the course site, the exchange, the scoring; ``python -m`` starts it.

One process behind the hub's proxy, with one worker that scores and one that builds evidence.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import shutil
import signal
import sys
from functools import partial
from pathlib import Path
from threading import Lock
from urllib.parse import urlparse

from jupyterhub.services.auth import HubOAuth, HubOAuthCallbackHandler
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RedirectHandler

from fronteras import queue, service_api
from fronteras.attempts import Attempts
from fronteras.cohort import CohortError, CohortFile
from fronteras.queue import Worker
from fronteras.service_api import LARGEST_BODY, State
from fronteras.service_site import SiteHandler
from grading import sandbox

IDENTITY_SECONDS = 60
"""How long the hub's word about a token is believed without asking again."""
LAB = r"([a-z0-9-]{1,100})"


def application(state: State, site: Path, prefix: str) -> Application:
    """Return the web application.

    Args:
        state: what the handlers share.
        site: the built site.
        prefix: the service's address, ``/services/fronteras/``.
    """
    shared = {"state": state}
    routes = [
        ("oauth_callback", HubOAuthCallbackHandler, {}),
        ("open", service_api.Open, shared),
        ("login", service_api.Login, shared),
        ("grade", service_api.Grade, shared),
        ("api/me", service_api.Me, shared),
        ("api/labs", service_api.Labs, shared),
        (f"api/labs/{LAB}/files", service_api.Files, shared),
        (f"api/labs/{LAB}/submissions", service_api.Submissions, shared),
        (f"api/labs/{LAB}/feedback", service_api.Feedback, shared),
        (".*", service_api.Unknown, shared),
    ]
    handlers = [(f"{prefix}{path}", handler, rest) for path, handler, rest in routes]
    secret = hmac.digest(state.cohort.current().secret, b"cookies of the service", "sha256")
    # formgrader's pages name no icon: browsers then ask here
    icon = ("/favicon.ico", RedirectHandler, {"url": "/assets/favicon.svg", "permanent": False})
    return Application(
        [*handlers, icon, ("/(.*)", SiteHandler, {"path": str(site)})], cookie_secret=secret
    )


async def serve(directory: Path, site: Path, port: int, prefix: str) -> None:
    """Serve until a signal asks to stop.

    Args:
        directory: the cohort's.
        site: the built site.
        port: of 127.0.0.1.
        prefix: the service's address.

    Raises:
        CohortError: if the cohort's settings are not right.
        SandboxUnavailable: if participants' code cannot be run safely here.
        OSError: if the port is taken.
    """
    sandbox.check()
    cohort = CohortFile(directory)
    store = Attempts(cohort.current().attempts)
    store.sweep()
    scorer = Worker(partial(queue.process, queue.prepare, directory))
    builder = Worker(partial(queue.process, queue.die_with))
    scoring = queue.Queue(directory, store, scorer)
    HubOAuth.instance(cache_max_age=IDENTITY_SECONDS)
    state = State(cohort, store, scoring, builder, Lock())
    server = HTTPServer(application(state, site, prefix), xheaders=True, max_body_size=LARGEST_BODY)
    server.add_sockets(bind_sockets(port, "127.0.0.1"))
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    work = asyncio.create_task(scoring.run())
    try:
        await asyncio.wait(
            [work, asyncio.create_task(stopping.wait())], return_when=asyncio.FIRST_COMPLETED
        )
        if work.done():
            work.result()  # it never ends by itself: this raises what ended it
    finally:
        server.stop()
        work.cancel()
        scorer.close()
        builder.close()
        shutil.rmtree(queue.scratch(directory), ignore_errors=True)
        await server.close_all_connections()


def main() -> None:
    """Start the service with what the hub put into the environment."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("tornado.access").setLevel(logging.WARNING)
    logging.getLogger("jupyterhub").setLevel(logging.ERROR)
    environment = os.environ
    port = (
        environment.get("FRONTERAS_PORT")
        or urlparse(environment.get("JUPYTERHUB_SERVICE_URL", "")).port
    )
    try:
        asyncio.run(
            serve(
                Path(environment["FRONTERAS_COHORT"]),
                Path(environment["FRONTERAS_SITE"]),
                int(port or 0),
                environment["JUPYTERHUB_SERVICE_PREFIX"],
            )
        )
    except KeyError as error:
        sys.exit(f"{error.args[0]} is not set: the hub starts this service, see hub_config.py")
    except (CohortError, sandbox.SandboxUnavailable, OSError) as error:
        sys.exit(f"the Fronteras service cannot start: {error}")


if __name__ == "__main__":
    main()
