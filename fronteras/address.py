"""Where a server listens, and the address to give to people."""

from __future__ import annotations

import dataclasses
import ipaddress
import socket

from fronteras.cohort import Cohort, ServerSettings


def with_place(cohort: Cohort, address: str | None, port: int | None) -> Cohort:
    """Return the cohort with another address or port for one run.

    Args:
        cohort: as its files have it.
        address: to listen on, or ``None`` for the file's.
        port: TCP port, or ``None`` for the file's.
    """
    server = dataclasses.replace(
        cohort.server, address=address or cohort.server.address, port=port or cohort.server.port
    )
    return dataclasses.replace(cohort, server=server)


def public(server: ServerSettings) -> str:
    """Return the one address to give to people."""
    if server.subdomain_host:
        return server.subdomain_host.rstrip("/") + "/"
    host = server.address
    if host in ("0.0.0.0", "::"):  # noqa: S104
        host = _lan_address()
    if ":" in host:
        host = f"[{host}]"
    scheme, usual = ("http", 80) if server.tls_certificate is None else ("https", 443)
    return f"{scheme}://{host}/" if server.port == usual else f"{scheme}://{host}:{server.port}/"


def _lan_address() -> str:
    """Return the address under which the local network sees this machine; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"  # no network at all
        return str(probe.getsockname()[0])


def local(address: str) -> bool:
    """Say whether only this machine itself reaches the address."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
