"""Under which names this server may be asked, and whose pages may open a socket to it."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit


def is_allowed_origin(origin: str | None, host: str | None) -> bool:
    """Whether a page of `origin` may open a socket here.

    Its host and port must be the ones that the request itself was sent to, and no name that a stranger could have made
    lead here; or it stands in PLAYGROUND_ORIGINS.

    >>> is_allowed_origin("http://192.168.1.5:8501", "192.168.1.5:8501")
    True
    >>> is_allowed_origin("http://localhost:8501.evil.example", "localhost:8501")
    False
    """
    if not origin or not host:
        return False
    if origin in _named():
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and origin == f"{parts.scheme}://{host}" and is_own_name(parts.hostname)


def is_own_name(name: str | None) -> bool:
    """Whether a host is an address or a name of this machine or its local network.

    Any other name with a dot may be a stranger's in the domain name system, who lets it lead here for a moment to have
    his page taken for ours (DNS rebinding). One's own stands in PLAYGROUND_ORIGINS.

    >>> is_own_name("192.168.1.5"), is_own_name("localhost"), is_own_name("evil.example")
    (True, True, False)
    """
    if not name:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "." not in name or name.endswith((".local", ".localhost"))
    return True


def is_allowed_host(host: str | None) -> bool:
    """Whether a request may ask for `host`: a name of this server, or that of an address in PLAYGROUND_ORIGINS.

    >>> is_allowed_host("192.168.1.5:8501"), is_allowed_host("evil.example:8501")
    (True, False)
    """
    if not host:
        return False
    if host in [origin.partition("://")[2] for origin in _named()]:
        return True
    try:
        parts = urlsplit(f"//{host}")
    except ValueError:
        return False
    return parts.netloc == host and "@" not in host and is_own_name(parts.hostname)


def _named() -> list[str]:
    return os.environ.get("PLAYGROUND_ORIGINS", "").split(",")
