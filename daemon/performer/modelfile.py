"""What a model file is and says of itself: whether it is whole, and the engine can run it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from antiphon.daemon.errors import AntiphonError
from antiphon.model import checksums, conditions, events

GRAPH_VERSION: Final = "3"
FIRST_GRAPH: Final = "2"
"""The first model's: one condition for all events, of styles, hands and controls alone."""
MOST_LAYERS: Final = 256
MOST_HEADS: Final = 256
WIDEST_HEAD: Final = 1024
LONGEST_WINDOW: Final = 1 << 16
"""A file that asks for more would fill the memory before its graph contradicted it."""
_REAL, _WHOLE, _SMALL = "tensor(float)", "tensor(int64)", "tensor(int32)"
_Kind = tuple[str, list[int]]
"""The type of a tensor, and those of its sizes that are numbers."""

INPUTS: Final[dict[str, _Kind]] = {
    "events": (_WHOLE, [4]),
    "condition": (_REAL, [conditions.SIZE]),
    "position": (_WHOLE, []),
    "asked": (_WHOLE, []),
    "last": (_SMALL, []),
    "total": (_SMALL, []),
    "noise": (_REAL, [4]),
    "temperature": (_REAL, [3]),
    "step_limit": (_REAL, [events.STEPS]),
    "kind_limit": (_REAL, [events.KINDS]),
    "touch_limit": (_REAL, [events.TOUCHES]),
    "who_step_mask": (_REAL, [events.WHO, events.STEPS]),
    "kind_mask": (_REAL, [events.KINDS]),
    "touch_mask": (_REAL, [events.TOUCHES]),
}
MASK: Final[dict[str, _Kind]] = {"attended": (_REAL, [1, 1])}
"""What float16 does without: see ``export.graph``."""
OUTPUTS: Final[dict[str, _Kind]] = {
    "event": (_WHOLE, [4]),
    "cost": (_REAL, [3]),
    "who_step": (_REAL, [events.WHO, events.STEPS]),
    "kind": (_REAL, [events.KINDS]),
    "touch": (_REAL, [events.TOUCHES]),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """Of a model: the shape of its KV cache, its window in events, its rotary base."""

    layers: int
    kv_heads: int
    head_width: int
    window: int
    rotary_base: float
    half: bool
    takes_moments: bool = True
    """Whether it can be told of roles, and of each event by itself: see ``model.conditions``."""

    @property
    def caches(self) -> list[str]:
        """The names of the KV buffers, in the engine's order."""
        return [f"{kind}_{i}" for i in range(self.layers) for kind in ("key", "value")]


def facts_of(session: Any, path: Path) -> Facts:
    """What a session's model says of itself; AntiphonError unless the engine can run it."""
    try:
        told = session.get_modelmeta().custom_metadata_map
        inputs, outputs = _kinds(session.get_inputs()), _kinds(session.get_outputs())
    except UnicodeDecodeError as error:
        raise AntiphonError(f"{path}: damaged, its names are no text; export it anew") from error
    version = told.get("antiphon.graph")
    if version is None:
        raise AntiphonError(f"{path}: not a model of Antiphon; make one with: antiphon export")
    if version not in (GRAPH_VERSION, FIRST_GRAPH):
        raise AntiphonError(
            f"{path}: made for another version of Antiphon; make it anew with: antiphon restore, "
            "then antiphon export"
        )
    try:
        facts = Facts(
            layers=_size(told["antiphon.layers"], MOST_LAYERS),
            kv_heads=_size(told["antiphon.kv_heads"], MOST_HEADS),
            head_width=_size(told["antiphon.head_width"], WIDEST_HEAD),
            window=_size(told["antiphon.window"], LONGEST_WINDOW),
            rotary_base=float(told["antiphon.rotary_base"]),
            half=told["antiphon.format"] == "float16",
            takes_moments=version == GRAPH_VERSION,
        )
    except (KeyError, ValueError) as error:
        raise AntiphonError(
            f"{path}: does not say what shape it has ({error}); export it anew"
        ) from error
    cache = ("tensor(float16)" if facts.half else _REAL, [facts.kv_heads, facts.head_width])
    varying = {} if facts.half else MASK
    if not facts.takes_moments:
        varying = varying | {"condition": (_REAL, [conditions.STEADY_SIZE])}
    _compare(inputs, INPUTS | varying | dict.fromkeys(facts.caches, cache), path)
    new_caches = [f"new_{name}" for name in facts.caches]
    _compare(outputs, OUTPUTS | dict.fromkeys(new_caches, cache), path)
    return facts


def _size(text: str, most: int) -> int:
    number = int(text)
    if not 1 <= number <= most:
        raise ValueError(f"{text} is not from 1 to {most}")
    return number


def _kinds(values: list[Any]) -> dict[str, _Kind]:
    return {v.name: (v.type, [n for n in v.shape if isinstance(n, int)]) for v in values}


def _compare(found: dict[str, _Kind], wanted: dict[str, _Kind], path: Path) -> None:
    for name in sorted(found.keys() | wanted.keys()):
        if found.get(name) != wanted.get(name):
            raise AntiphonError(
                f"{path}: made for another vocabulary or engine (its {name!r} differs); "
                "export it anew"
            )


def checked_digest(path: Path) -> str:
    """SHA-256 of a file; AntiphonError where the list beside it has another for it."""
    found = checksums.digest(path)
    if checksums.listed(path.parent).get(path.name, found) != found:
        raise AntiphonError(
            f"{path}: damaged, or not the one that {checksums.SUMS} beside it lists; install or "
            "export it anew"
        )
    return found
