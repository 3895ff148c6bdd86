"""JupyterHub's settings, applied to a Config and read back, without a hub."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from fronteras import hub
from fronteras.auth import RosterAuthenticator
from fronteras.cohort import Cohort, CohortError, ServerSettings, load
from fronteras.hub import Ports, configure
from fronteras.spawner import SandboxSpawner
from grading import sandbox
from grading.sandbox import SandboxUnavailable

PORTS = Ports(hub=18081, proxy=18001, service=18002, grader=18003)
HUB_CONFIG = Path(__file__).resolve().parents[2] / "hub_config.py"


@pytest.fixture
def c(cohort_directory: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.delenv(hub.ADDRESS, raising=False)
    monkeypatch.delenv(hub.PORT, raising=False)
    made = Config()
    configure(made, cohort_directory, Path("/site"), PORTS)
    return made


def with_server(
    directory: Path, monkeypatch: pytest.MonkeyPatch, **server: Any
) -> tuple[Cohort, Config]:
    cohort = load(directory)
    changed = dataclasses.replace(cohort, server=ServerSettings(**server))
    monkeypatch.setattr(hub, "load", lambda _directory: changed)
    made = Config()
    configure(made, directory, Path("/site"), PORTS)
    return changed, made


def service(c: Config, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in c.JupyterHub.services if one["name"] == name)
    return found


def role(c: Config, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in c.JupyterHub.load_roles if one["name"] == name)
    return found


def test_only_the_proxy_listens_where_others_reach(c: Config) -> None:
    assert c.JupyterHub.bind_url == "http://127.0.0.1:8000/"
    assert c.JupyterHub.hub_bind_url == "http://127.0.0.1:18081"
    assert c.ConfigurableHTTPProxy.api_url == "http://127.0.0.1:18001"
    assert service(c, "fronteras")["url"] == "http://127.0.0.1:18002"


def test_the_site_is_at_the_root(c: Config) -> None:
    assert c.JupyterHub.hub_routespec == "/hub/"
    assert c.Proxy.extra_routes["/"] == "http://127.0.0.1:18002"
    assert c.Proxy.extra_routes["/user/"] == "http://127.0.0.1:18081"
    assert c.Proxy.extra_routes["/services/demo/"] == "http://127.0.0.1:18003"


def test_its_state_is_the_cohort_s_and_its_secrets_are_its_own(
    c: Config, cohort_directory: Path
) -> None:
    state = cohort_directory / "hub"
    assert c.JupyterHub.db_url == f"sqlite:///{state / 'jupyterhub.sqlite'}"
    for path in (c.JupyterHub.cookie_secret_file, c.ConfigurableHTTPProxy.pid_file):
        assert Path(path).parent == state
    token = state / "proxy-token"
    assert token.stat().st_mode & 0o777 == 0o600
    assert len(c.ConfigurableHTTPProxy.auth_token) == 64
    assert state.stat().st_mode & 0o777 == 0o700


def test_the_proxy_s_token_is_kept(cohort_directory: Path) -> None:
    tokens = set()
    for _ in range(2):
        made = Config()
        configure(made, cohort_directory, Path("/site"), PORTS)
        tokens.add(made.ConfigurableHTTPProxy.auth_token)
    assert len(tokens) == 1


def test_who_gets_in(c: Config, cohort_directory: Path) -> None:
    assert c.JupyterHub.authenticator_class is RosterAuthenticator
    assert c.RosterAuthenticator.cohort_directory == str(cohort_directory)
    assert {"ana", "ines"} <= c.Authenticator.allowed_users
    assert c.Authenticator.allow_existing_users is False
    assert c.Authenticator.admin_users == set()
    assert "allow_all" not in c.Authenticator


def test_servers_are_sandboxed_and_limited(c: Config, cohort_directory: Path) -> None:
    assert c.JupyterHub.spawner_class is SandboxSpawner
    assert c.SandboxSpawner.homes == str(cohort_directory / "homes")
    assert c.SandboxSpawner.memory_mb == 1024
    assert c.Spawner.env_keep == []
    assert set(c.Spawner.environment) == {"FRONTERAS_SERVICE_URL"}


def test_nobody_may_enter_another_s_server_or_manage_the_hub(c: Config) -> None:
    for one in c.JupyterHub.load_roles:
        for scope in one["scopes"]:
            name, _, only = scope.partition("!")
            if name in ("access:servers", "users:activity", "read:users:groups"):
                assert only.startswith(("server", "user")), scope
            assert not name.startswith(("admin", "tokens", "shares", "proxy", "shutdown")), scope
    assert role(c, "user")["scopes"] == ["self", "access:services!service=fronteras"]
    assert role(c, "instructor")["users"] == ["ines"]
    assert role(c, "instructor")["scopes"] == ["access:services!service=demo"]


def test_groups_are_nbgrader_s(c: Config) -> None:
    groups = c.JupyterHub.load_groups
    assert groups["formgrade-demo"]["users"] == ["ines", "grader-demo"]
    assert "ana" in groups["nbgrader-demo"]["users"]
    assert "ines" not in groups["nbgrader-demo"]["users"]


def test_every_service_is_isolated_and_ends_with_the_hub(c: Config) -> None:
    names = [one["name"] for one in c.JupyterHub.services]
    assert names == ["fronteras", "demo", "idle-culler"]
    for one in c.JupyterHub.services:
        assert one["command"][:3] == ["setpriv", "--pdeathsig", "TERM"]
        assert "-I" in one["command"]
        assert Path(one["environment"]["PATH"].split(":")[0], "alembic").exists()
    assert "--timeout=1800" in service(c, "idle-culler")["command"]
    assert service(c, "fronteras")["environment"]["FRONTERAS_SITE"] == "/site"


def test_where_it_listens_can_be_told(
    cohort_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(hub.ADDRESS, "::1")
    monkeypatch.setenv(hub.PORT, "8123")
    made = Config()
    configure(made, cohort_directory, Path("/site"), PORTS)
    assert made.JupyterHub.bind_url == "http://[::1]:8123/"


def test_tls(cohort_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"tls_certificate": Path("/c.pem"), "tls_key": Path("/c.key")}
    _, made = with_server(cohort_directory, monkeypatch, **files)
    assert made.JupyterHub.bind_url.startswith("https://")
    assert (made.JupyterHub.ssl_cert, made.JupyterHub.ssl_key) == ("/c.pem", "/c.key")


def test_subdomains(cohort_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = "https://course.example"
    _, made = with_server(cohort_directory, monkeypatch, subdomain_host=host)
    assert made.JupyterHub.subdomain_host == host
    routes = made.Proxy.extra_routes
    assert all(route.startswith("course.example/") for route in routes)
    assert routes["course.example/"] == "http://127.0.0.1:18002"
    assert routes["course.example/hub/"] == "http://127.0.0.1:18081"
    assert "hub_routespec" not in made.JupyterHub  # the hub takes all other hosts
    host_of = made.JupyterHub.subdomain_hook
    assert host_of("ana", "course.example", "user") == "ana.course.example"
    assert host_of("demo", "course.example", "service") == "course.example"


def test_without_the_proxy_it_names_the_mend(
    cohort_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "PROXY", Path("/nowhere/proxy"))
    with pytest.raises(CohortError, match="make setup"):
        configure(Config(), cohort_directory, Path("/site"), PORTS)


def test_without_sandboxes_there_is_no_hub(
    cohort_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise SandboxUnavailable("sudo sysctl ...")

    monkeypatch.setattr(sandbox, "check", fail)
    with pytest.raises(SandboxUnavailable):
        configure(Config(), cohort_directory, Path("/site"), PORTS)


def test_free_ports_differ() -> None:
    assert len(set(dataclasses.astuple(Ports.free()))) == 4


@pytest.fixture
def interrupt() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupt")
def test_the_file_delegates_and_the_site_s_own_file_wins(
    cohort_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "FRONTERAS_COHORT", str(cohort_directory))
    monkeypatch.setitem(os.environ, "FRONTERAS_SITE", "/site")
    (cohort_directory / "hub_config_local.py").write_text(
        "assert c.JupyterHub.hub_routespec == '/hub/'\nc.Spawner.start_timeout = 7\n"
    )
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    read = PyFileConfigLoader(str(HUB_CONFIG)).load_config()
    assert read.JupyterHub.spawner_class is SandboxSpawner
    assert read.Spawner.start_timeout == 7
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
