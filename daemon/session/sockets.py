"""Where the control socket is, and how it is opened at either end. Nothing is said through it here.

A Unix socket that only its user can open; on Windows a loopback port, and a token that only the
user can read.
"""

import hmac
import json
import os
import secrets
import socket
import stat
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from antiphon.daemon.errors import AntiphonError

_CREDENTIALS = struct.Struct("3i")
"""Linux: process, user and group."""

_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED = 0, 1, struct.Struct("II")
"""macOS and the BSDs: the version of the answer, and the user; more follows."""

PATIENCE_S = 5.0
"""How long a client waits for the daemon to take or to say something."""


def default_path() -> Path:
    """The control socket of this user; raises `AntiphonError` if its folder is not safe to use."""
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        folder = Path(runtime) / "antiphon"
    else:
        owner = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
        folder = Path(tempfile.gettempdir()) / f"antiphon-{owner}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise AntiphonError(f"cannot use {folder}: {error.strerror}; give --socket PATH") from None
    if hasattr(os, "getuid") and (
        found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077
    ):
        raise AntiphonError(f"{folder} is not a folder of yours alone: give --socket PATH")
    return folder / "control.sock"


def listen_unix(path: Path) -> socket.socket:
    """A listening socket at `path`, for this user alone."""
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(str(path))
        # Before listen: nobody can connect until then.
        path.chmod(0o600)
        listener.listen()
    except OSError as error:
        listener.close()
        reason = error.strerror or error
        raise AntiphonError(f"cannot listen on {path}: {reason}; give --socket PATH") from None
    return listener


def listen_loopback(path: Path) -> tuple[socket.socket, str]:
    """A listening TCP socket, and the token that a client must know; both are told in `path`."""
    listener = socket.create_server(("127.0.0.1", 0))
    token = secrets.token_hex(16)
    content = json.dumps({"port": listener.getsockname()[1], "token": token})
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(content)
    except OSError as error:
        listener.close()
        raise AntiphonError(f"cannot write {path}: {error.strerror}; give --socket PATH") from None
    return listener, token


def connect_loopback(path: Path) -> socket.socket:
    """A connection to what `listen_loopback` made, the token given; raises `OSError`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        address, token = ("127.0.0.1", int(content["port"])), str(content["token"])
    except (ValueError, KeyError, TypeError) as error:
        raise ConnectionRefusedError(f"{path} tells no port") from error
    connection = socket.create_connection(address, timeout=PATIENCE_S)
    connection.sendall(json.dumps({"token": token}).encode() + b"\n")
    return connection


def listen(path: Path) -> tuple[socket.socket, str]:
    """A listening socket and the token to ask for, if any; raises `AntiphonError` in one line."""
    if answers(path):
        raise AntiphonError(f"antiphon runs already on {path}: stop it, or give --socket PATH")
    if path.exists():
        if not path.is_socket() and sys.platform != "win32":
            raise AntiphonError(f"{path} is there and is no socket: give --socket another path")
        # Left by a daemon that was killed: nobody answers on it.
        path.unlink()
    return listen_loopback(path) if sys.platform == "win32" else (listen_unix(path), "")


def answers(path: Path) -> bool:
    """Whether a daemon listens on `path`."""
    try:
        with connect(path):
            return True
    except AntiphonError:
        return False


@contextmanager
def connect(path: Path) -> Iterator[socket.socket]:
    """A connection, closed at the end; raises `AntiphonError` if no daemon answers."""
    connection = None
    try:
        if sys.platform == "win32":
            connection = connect_loopback(path)
        else:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(PATIENCE_S)
            connection.connect(str(path))
    except OSError as error:
        if connection is not None:
            connection.close()
        raise AntiphonError(
            f"no daemon answers on {path} ({error.strerror or error}): start one with antiphon run"
        ) from None
    with connection:
        yield connection


def bound(connection: socket.socket) -> None:
    """Have the system give up sending to a client that does not read, after `PATIENCE_S`."""
    if sys.platform == "win32":
        value: int | bytes = int(PATIENCE_S * 1e3)
    else:
        value = struct.pack("ll", int(PATIENCE_S), 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, value)


def is_own(connection: socket.socket) -> bool:
    """Whether the same user, or the system's own, is at the other end, as the system tells it.

    True where it does not tell: on Windows, where the token stands for it.
    """
    if sys.platform == "win32":
        return True
    if sys.platform == "linux":
        told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        _, user, _ = _CREDENTIALS.unpack(told)
    else:
        told = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED.size)
        _, user = _XUCRED.unpack(told)
    return user in (os.getuid(), 0)


def knows(token: str, line: bytes) -> bool:
    """Whether the first line of a client shows the token of `listen`."""
    try:
        return hmac.compare_digest(str(json.loads(line)["token"]), token)
    except (ValueError, KeyError, TypeError):
        return False
