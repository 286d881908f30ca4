"""Which provider was the fastest for a model on this machine: measured once, then remembered.

A file of one JSON object, key → provider, in the user's cache. Whatever is wrong with it, it is
measured again.
"""

import json
import os
from pathlib import Path
from typing import Final

from antiphon.daemon import wholefile
from antiphon.daemon.performer.providers import Provider

MOST_KEPT: Final = 32


def default_place() -> Path:
    """Where it is kept, by the system's custom."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or "~/.cache"
    return Path(base).expanduser() / "antiphon" / "providers.json"


def key(digest: str, threads: int) -> str:
    """What a measurement holds for: a model, this ONNX Runtime, this number of threads."""
    import onnxruntime

    return f"{digest[:16]} onnxruntime {onnxruntime.__version__} threads {threads}"


def recall(place: Path, key: str) -> Provider | None:
    """The fastest provider when it was measured last, None if it was not."""
    try:
        return Provider(_read(place)[key])
    except (KeyError, ValueError):
        return None


def remember(place: Path, key: str, provider: Provider) -> None:
    """Keep it for the next start, where there is a place to keep it."""
    kept = {k: v for k, v in _read(place).items() if k != key}
    newest = dict(list(kept.items())[1 - MOST_KEPT :])
    try:
        wholefile.write(place, json.dumps({**newest, key: provider.value}))
    except OSError:
        # Then it is measured at each start.
        return


def _read(place: Path) -> dict[str, str]:
    try:
        content = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {str(k): v for k, v in content.items() if isinstance(v, str)}
