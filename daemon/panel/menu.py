"""A list to choose from, narrowed by typing, and the lists that the panel offers. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from antiphon.daemon.controls import ALIASES, CONTROLS, DEEDS
from antiphon.daemon.panel.effects import Effect, LoadMorph, LoadPreset, OfferMorph, Request
from antiphon.daemon.session.learned import PRESET

NOW = "the controls as they are"
_PLUGS: Mapping[str, tuple[str, str]] = {
    "input": ("listen to", "a virtual port"),
    "output": ("play on", "a virtual port"),
    "controller": ("knobs from", "none"),
}
"""How each port is offered, and what it is without a name."""

_MOST_TYPED = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a menu: what choosing it asks for, and what `delete` on it does."""

    text: str
    effect: Effect | None
    removal: Effect | None = None


@dataclass(frozen=True, slots=True)
class Menu:
    """Entries, those among them that contain what was typed, and the chosen one of these."""

    title: str
    entries: tuple[Entry, ...]
    chosen: int = 0
    typed: str = ""

    @property
    def found(self) -> tuple[Entry, ...]:
        """The entries that are shown."""
        words = self.typed.lower().split()
        return tuple(e for e in self.entries if all(word in e.text.lower() for word in words))


def keyed(menu: Menu, key: str) -> tuple[Menu | None, list[Effect]]:
    """What a key does to a menu: the next one, None once it is closed, and what is asked for."""
    found = menu.found
    here = found[menu.chosen] if menu.chosen < len(found) else None
    if key == "escape":
        return None, []
    if key == "c-m":
        return (None, [here.effect] if here.effect else []) if here else (menu, [])
    if key in _MOVES and found:
        place = min(max(menu.chosen + _MOVES[key], 0), len(found) - 1)
        return replace(menu, chosen=place), []
    if key == "delete":
        return (None, [here.removal]) if here and here.removal else (menu, [])
    if key == "c-h":
        return replace(menu, typed=menu.typed[:-1], chosen=0), []
    if len(key) == 1 and len(menu.typed) < _MOST_TYPED:
        return replace(menu, typed=menu.typed + key, chosen=0), []
    return menu, []


_MOVES: Mapping[str, int] = {
    "up": -1,
    "down": 1,
    "s-left": -5,
    "s-right": 5,
    "home": -9999,
    "end": 9999,
}


def ports(table: Mapping[str, Any]) -> Menu:
    """The ports that there are, of what the daemon answers to `ports`."""
    entries = tuple(_ports(table))
    return _at("Ports", entries, lambda entry: entry.text.endswith("(now)"))


def _ports(table: Mapping[str, Any]) -> Iterator[Entry]:
    others = table["names"]
    for way, (verb, nameless) in _PLUGS.items():
        if way not in others:
            continue
        names = [str(name) for name in others[way]]
        now = table.get(way)
        for name in ("", *names):
            is_now = name == now if now in names or way == "controller" else not name
            text = f"{verb:<10} {name or nameless}{'  (now)' if is_now else ''}"
            yield Entry(text, Request({"do": "connect", way: name}))


def presets(names: Sequence[str], current: str) -> Menu:
    """One of the presets, to be loaded."""
    entries = tuple(Entry(name, LoadPreset(name)) for name in names)
    return _at("Load a preset", entries, lambda entry: entry.text == current)


def morph(names: Iterable[str], first: str | None) -> Menu:
    """Where to morph from; once that is chosen, where to."""
    if first is None:
        begins = Entry(NOW, OfferMorph(""))
        return Menu("Morph from", (begins, *(Entry(name, OfferMorph(name)) for name in names)))
    entries = tuple(Entry(name, LoadMorph(first, name)) for name in names if name != first)
    return Menu(f"Morph from {first or NOW} to", entries)


def targets(learned: object, maps: Iterable[str], chosen: str) -> Menu:
    """What a knob may be learned for, with what moves it, and the maps of whole controllers."""
    by_target: dict[str, list[str]] = {}
    for source, target in learned.items() if isinstance(learned, Mapping) else ():
        by_target.setdefault(str(target), []).append(str(source))
    entries = [
        Entry(
            f"{name:<18} {', '.join(by_target.get(name, ()))}".rstrip(),
            Request({"do": "learn", "target": name}),
            Request({"do": "learn", "forget": name}) if name in by_target else None,
        )
        for name in (*CONTROLS, *ALIASES, *DEEDS, PRESET)
    ]
    entries += [Entry(f"map {name}", Request({"do": "learn", "map": name})) for name in maps]
    return _at("Learn a knob for", tuple(entries), lambda entry: entry.text.split()[0] == chosen)


def forgetting() -> Menu:
    """Whether to forget all that was liked."""
    entries = (
        Entry("no, remember it", None),
        Entry(f"yes, {DEEDS['forget']}", Request({"do": "forget"})),
    )
    return Menu("Forget", entries)


def _at(title: str, entries: tuple[Entry, ...], is_chosen: Callable[[Entry], bool]) -> Menu:
    place = next((place for place, entry in enumerate(entries) if is_chosen(entry)), 0)
    return Menu(title, entries, place)
