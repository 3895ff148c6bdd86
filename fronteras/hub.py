"""All settings of JupyterHub for a cohort, a function for each concern."""

from __future__ import annotations

import dataclasses
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.utils import random_port, subdomain_hook_idna
from traitlets.config import Config

from fronteras.auth import GRADER, RosterAuthenticator
from fronteras.cohort import Cohort, CohortError, ServerSettings, load
from fronteras.doctor import NODE
from fronteras.places import PROXY
from fronteras.spawner import SandboxSpawner
from grading import sandbox

HERE = Path(__file__).parent
ADDRESS, PORT = "FRONTERAS_SERVER_ADDRESS", "FRONTERAS_SERVER_PORT"
"""Name where to listen if not where ``cohort.toml`` says."""
START_SECONDS = 180
"""How long a server may take to start: forty people may press the button in the same minute."""
INTERRUPT_SECONDS, TERMINATE_SECONDS = 3, 2
"""How long a process may take to stop; the hub stops its services one after another."""
_TIED = ["setpriv", "--pdeathsig", "TERM", "--"]
"""Ends what we start when the hub is killed."""


@dataclass(frozen=True)
class Ports:
    """Where the parts listen on 127.0.0.1, behind the one public port."""

    hub: int
    proxy: int
    service: int
    grader: int

    @classmethod
    def free(cls) -> Ports:
        """Return ports that nobody uses now."""
        chosen: set[int] = set()
        while len(chosen) < 4:
            chosen.add(random_port())
        return cls(*chosen)


def configure(c: Config, directory: Path, site: Path, ports: Ports | None = None) -> None:
    """Set JupyterHub up for a cohort.

    Args:
        c: the configuration to write into; only ever set, never appended to.
        directory: the cohort's.
        site: the built course site.
        ports: inner ports; by default free ones.

    Raises:
        CohortError: if the cohort's settings are not right or the proxy is missing.
        SandboxUnavailable: if participants' code cannot be kept in sandboxes here.
    """
    cohort = _listening_where_told(load(directory))
    ports = ports or Ports.free()
    sandbox.check()
    cohort.hub.mkdir(mode=0o700, exist_ok=True)
    _places(c, cohort, ports)
    _proxy(c, cohort, ports)
    _routes(c, cohort, ports)
    _pages(c, cohort)
    _sign_in(c, cohort)
    _servers(c, cohort, ports)
    _services(c, cohort, site, ports)
    _roles(c, cohort)


def _listening_where_told(cohort: Cohort) -> Cohort:
    server = dataclasses.replace(
        cohort.server,
        address=os.environ.get(ADDRESS, cohort.server.address),
        port=int(os.environ.get(PORT, cohort.server.port)),
    )
    return dataclasses.replace(cohort, server=server)


def _places(c: Config, cohort: Cohort, ports: Ports) -> None:
    server = cohort.server
    c.JupyterHub.bind_url = f"{_scheme(server)}://{_in_url(server.address)}:{server.port}/"
    c.JupyterHub.hub_bind_url = _inner(ports.hub)
    c.JupyterHub.db_url = f"sqlite:///{cohort.hub / 'jupyterhub.sqlite'}"
    c.JupyterHub.cookie_secret_file = str(cohort.hub / "cookie-secret")
    c.JupyterHub.pid_file = str(cohort.hub / "hub.pid")
    if server.tls_certificate is not None:
        c.JupyterHub.ssl_cert = str(server.tls_certificate)
        c.JupyterHub.ssl_key = str(server.tls_key)
    if server.subdomain_host:
        c.JupyterHub.subdomain_host = server.subdomain_host


def _proxy(c: Config, cohort: Cohort, ports: Ports) -> None:
    if not PROXY.exists():
        raise CohortError(f"the hub's proxy is missing at {PROXY}. Mend: make setup")
    c.ConfigurableHTTPProxy.command = [*_TIED, str(NODE), str(PROXY)]
    c.ConfigurableHTTPProxy.api_url = _inner(ports.proxy)
    c.ConfigurableHTTPProxy.auth_token = _kept_secret(cohort.hub / "proxy-token")
    c.ConfigurableHTTPProxy.pid_file = str(cohort.hub / "proxy.pid")


def _routes(c: Config, cohort: Cohort, ports: Ports) -> None:
    """Give ``/`` to the course site and the rest to the hub."""
    hub, service = _inner(ports.hub), _inner(ports.service)
    routes = {
        "/": service,
        "/hub/": hub,
        "/user/": hub,
        "/services/": hub,
        "/services/fronteras/": service,
        f"/services/{cohort.id}/": _inner(ports.grader),
    }
    host = urlsplit(cohort.server.subdomain_host).hostname
    if host:  # the hub itself answers for the hosts of servers that do not run
        c.JupyterHub.subdomain_hook = _host_of
        c.Proxy.extra_routes = {f"{host}{path}": target for path, target in routes.items()}
    else:
        c.JupyterHub.hub_routespec = "/hub/"
        c.Proxy.extra_routes = {path: to for path, to in routes.items() if path != "/hub/"}


def _host_of(name: str, domain: str, kind: str) -> str:
    """Give each participant a host of their own; the services are ours and stay with the site."""
    return str(subdomain_hook_idna(name, domain, kind)) if kind == "user" else domain


def _pages(c: Config, cohort: Cohort) -> None:
    c.JupyterHub.template_paths = [str(HERE / "templates")]
    c.JupyterHub.logo_file = str(HERE / "theme" / "assets" / "logo.svg")
    c.JupyterHub.template_vars = {"course_title": cohort.title}
    c.JupyterHub.default_url = "/services/fronteras/login?next=/"
    c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 1}


def _sign_in(c: Config, cohort: Cohort) -> None:
    c.JupyterHub.authenticator_class = RosterAuthenticator
    c.RosterAuthenticator.cohort_directory = str(cohort.directory)
    c.Authenticator.allowed_users = {person.username for person in cohort.roster}
    c.Authenticator.allow_existing_users = False
    c.Authenticator.admin_users = set()


def _servers(c: Config, cohort: Cohort, ports: Ports) -> None:
    server = cohort.server
    c.JupyterHub.spawner_class = SandboxSpawner
    c.JupyterHub.cleanup_servers = True
    c.SandboxSpawner.homes = str(cohort.homes)
    c.SandboxSpawner.memory_mb = server.memory_mb
    c.SandboxSpawner.processes = server.processes
    c.SandboxSpawner.cpu_seconds = server.cpu_seconds
    c.Spawner.env_keep = []
    c.Spawner.environment = {"FRONTERAS_SERVICE_URL": f"{_inner(ports.service)}/services/fronteras"}
    c.Spawner.default_url = "/tree"
    c.Spawner.start_timeout = START_SECONDS
    c.Spawner.http_timeout = START_SECONDS
    c.LocalProcessSpawner.interrupt_timeout = INTERRUPT_SECONDS
    c.LocalProcessSpawner.term_timeout = TERMINATE_SECONDS


def _services(c: Config, cohort: Cohort, site: Path, ports: Ports) -> None:
    c.JupyterHub.services = [
        _fronteras(cohort, site, ports),
        _formgrader(cohort, ports),
        _culler(cohort),
    ]


def _fronteras(cohort: Cohort, site: Path, ports: Ports) -> dict[str, Any]:
    """Serve the site, receive and score."""
    return {
        "name": "fronteras",
        "url": _inner(ports.service),
        "command": _python("-m", "fronteras.service"),
        "oauth_no_confirm": True,
        "display": False,
        "environment": _environment(
            {
                "FRONTERAS_COHORT": str(cohort.directory),
                "FRONTERAS_SITE": str(site),
                "FRONTERAS_PORT": str(ports.service),
            }
        ),
    }


def _formgrader(cohort: Cohort, ports: Ports) -> dict[str, Any]:
    """Serve nbgrader's own pages; without ``url``, or the hub would wait until they answer."""
    prefix = f"/services/{cohort.id}/"
    state = cohort.hub / "formgrader"
    return {
        "name": cohort.id,
        "command": _python("-m", "jupyterhub.singleuser", f"--config={HERE}/formgrader_config.py"),
        "cwd": str(cohort.directory),
        "oauth_no_confirm": True,
        "oauth_redirect_uri": f"{prefix}oauth_callback",
        "display": False,
        "environment": _environment(
            {
                "FRONTERAS_COHORT": str(cohort.directory),
                "JUPYTERHUB_USER": f"{GRADER}{cohort.id}",
                "JUPYTERHUB_SERVICE_URL": f"{_inner(ports.grader)}{prefix}",
                "JUPYTERHUB_SERVICE_PREFIX": prefix,
                "JUPYTER_NO_CONFIG": "1",
                "JUPYTER_DATA_DIR": str(state / "data"),
                "JUPYTER_RUNTIME_DIR": str(state / "runtime"),
            }
        ),
    }


def _culler(cohort: Cohort) -> dict[str, Any]:
    seconds = cohort.server.idle_minutes * 60
    return {
        "name": "idle-culler",
        "command": _python("-m", "jupyterhub_idle_culler", f"--timeout={seconds}"),
        "environment": _environment({}),
    }


def _roles(c: Config, cohort: Cohort) -> None:
    """Say who may do what; nobody may enter anybody else's server, and nobody is an admin."""
    graders, learners = f"formgrade-{cohort.id}", f"nbgrader-{cohort.id}"
    grader = f"{GRADER}{cohort.id}"
    c.JupyterHub.load_groups = {
        graders: {"users": [*cohort.instructors, grader]},
        learners: {"users": [person.username for person in cohort.participants()]},
    }
    platform = "access:services!service=fronteras"
    own_server = ["users:activity!user", "access:servers!server"]
    reads_owner = ["read:users!user", "read:users:groups!user"]
    reads_grader = [f"read:users!user={grader}", f"read:users:groups!user={grader}"]
    groups = ["list:groups", "read:groups", f"groups!group={learners}"]
    culling = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
    c.JupyterHub.load_roles = [
        {"name": "user", "scopes": ["self", platform]},
        {"name": "server", "scopes": [*own_server, *reads_owner, platform]},
        {
            "name": "instructor",
            "scopes": [f"access:services!service={cohort.id}"],
            # by name: the hub forgets who left a role, and only ever adds to groups
            "users": list(cohort.instructors),
        },
        {"name": "formgrader", "scopes": [*reads_grader, *groups], "services": [cohort.id]},
        {"name": "idle-culler", "scopes": culling, "services": ["idle-culler"]},
    ]


def _python(*arguments: str) -> list[str]:
    return [*_TIED, sys.executable, "-I", *arguments]


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return a service's environment; nbgrader runs ``alembic`` by name."""
    return {"PATH": f"{sys.prefix}/bin:{os.environ.get('PATH', os.defpath)}", **more}


def _kept_secret(path: Path) -> str:
    """Return the secret in a file that only we read; make it the first time."""
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text()


def _scheme(server: ServerSettings) -> str:
    return "http" if server.tls_certificate is None else "https"


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _inner(port: int) -> str:
    return f"http://127.0.0.1:{port}"
