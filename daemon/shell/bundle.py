"""What goes into a bug report: a zip of texts, with what is private taken out.

What was played goes in only if that is asked for.
"""

import getpass
import json
import os
import re
import socket
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from antiphon.daemon.config import Config, default_path
from antiphon.daemon.configtext import to_toml
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.backends import choose_backend, port_names
from antiphon.daemon.session import control, journal, log, sockets
from antiphon.daemon.shell.surroundings import packages_there

_SHORTEST = 3
"""A user name of two letters would be found in every other word."""


def contents(
    config: Config, path: Path | None, findings: str, jam: Path | None
) -> Mapping[str, bytes]:
    """The files by name; those that cannot be had are left out."""
    texts = {"doctor.txt": findings, "settings.toml": to_toml(config)}
    with suppress(OSError, UnicodeDecodeError):
        texts["config.toml"] = (path or default_path()).read_text(encoding="utf-8")
    texts["packages.txt"] = "".join(f"{name} {number}\n" for name, number in packages_there())
    with suppress(AntiphonError):
        backend = choose_backend(config.ports.backend)
        inputs, outputs = port_names(backend)
        found = {"backend": backend, "inputs": inputs, "outputs": outputs}
        texts["ports.json"] = json.dumps(found, indent=2)
    with suppress(AntiphonError):
        place = Path(config.control.socket or sockets.default_path()).expanduser()
        texts["status.json"] = json.dumps(control.ask(place, {"do": "status"})["status"], indent=2)
    with suppress(OSError):
        said = b"".join(each.read_bytes() for each in log.files(config.log))
        texts |= {"log.jsonl": said.decode(errors="replace")} if said else {}
    files = {name: cleaned(text).encode() for name, text in texts.items()}
    if jam is not None:
        try:
            files["journal.jsonl"] = (jam / journal.JOURNAL).read_bytes()
        except OSError as error:
            raise AntiphonError(f"cannot read {jam}: {error.strerror}") from None
    return files


def write(path: Path, files: Mapping[str, bytes]) -> list[str]:
    """Write the zip, readable by its user alone; the names in it. Raises `AntiphonError`."""
    try:
        with (
            os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for name, content in files.items():
                archive.writestr(name, content)
    except OSError as error:
        raise AntiphonError(f"cannot write {path}: {error.strerror}") from None
    return list(files)


def cleaned(text: str) -> str:
    """A text without the home folder, the user's name and the machine's."""
    for private, shown in _private():
        text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(private)}(?![A-Za-z0-9])", shown, text)
    return text


def _private() -> Iterator[tuple[str, str]]:
    with suppress(RuntimeError):
        yield str(Path.home()), "~"
    names = []
    with suppress(OSError, KeyError):
        names.append((getpass.getuser(), "USER"))
    names.append((socket.gethostname(), "HOST"))
    yield from (pair for pair in names if len(pair[0]) >= _SHORTEST)
