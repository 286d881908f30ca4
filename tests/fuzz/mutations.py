"""Odd values put in the place of others in lines of JSON, where bytes at random seldom lead."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

ODDITIES: tuple[Any, ...] = (
    *(None, True, False, "", [], {}, 0, -1, 1, 127, 128, 2**31, 2**63, 10**400, -(10**400)),
    *(0.0, -0.0, 0.5, 1e-300, 1e17, -1e17, 1e300, -1e300, float("nan"), float("inf"), "é\ud800"),
    *("0", "1e999", "90", "903c50", "903c", "b07b00", "b0407f", "f8", "zz", "on", "auto", "trade"),
)


def mutated(data: bytes, longest: int, seed: int, of_bytes: Callable[[bytes], bytes]) -> bytes:
    """Some bytes more or less like these; every other time by `of_bytes`."""
    chance = random.Random(seed)  # noqa: S311 (it has to come again)
    lines = data.split(b"\n")
    place = chance.randrange(len(lines))
    if chance.random() < 0.5:
        return of_bytes(data)
    if chance.random() < 0.2:
        lines.insert(place, chance.choice(lines))
    else:
        try:
            content = json.loads(lines[place])
        except (ValueError, RecursionError):
            return of_bytes(data)
        whole = [content]
        holders = list(_holders(whole))
        holder, key = chance.choice(holders)
        if chance.random() < 0.1 and isinstance(holder, dict):
            del holder[key]
        elif chance.random() < 0.3:
            other, place_there = chance.choice(holders)
            holder[key] = copy.deepcopy(other[place_there])
        else:
            holder[key] = copy.deepcopy(chance.choice(ODDITIES))
        lines[place] = json.dumps(whole[0]).encode()
    return b"\n".join(lines)[:longest]


def _holders(content: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in lists and tables that holds a value: the holder, and the key."""
    for key in list(content) if isinstance(content, dict) else range(len(content)):
        yield content, key
        if isinstance(content[key], dict | list):
            yield from _holders(content[key])
