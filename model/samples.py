"""A sample of a run now and then: a held-out call, and how the network would go on as the machine.

Slow and simple, in PyTorch, with nothing forbidden but what no hand can do. The daemon's replies
are made elsewhere, from the exported model.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from antiphon.model import events, midifile, views
from antiphon.model.corpus import Corpus
from antiphon.model.events import (
    KEYS,
    NOTE_OFF,
    PEDAL_DOWN,
    PEDAL_UP,
    PLAYER,
    Event,
)
from antiphon.model.network import Network
from antiphon.model.sampling import NEVER, Draw, sample

CALL_EVENTS = 128
REPLY_EVENTS = 200
NUCLEUS = 0.97


def write(network: Network, packed: Corpus, seed: int, step: int, path: Path) -> bool:
    """Write a call and its continuation as two tracks; False when nothing is held out.

    Which call and which draws depend on ``seed`` and ``step`` alone.
    """
    pieces = packed.split("valid")
    pieces = [piece for piece in pieces if piece.hand == "performed"] or pieces
    if not pieces:
        return False
    rng = np.random.default_rng([seed, step])
    piece = pieces[int(rng.integers(len(pieces)))]
    options = views.starts(piece, CALL_EVENTS, 0.0)
    start = options[int(rng.integers(len(options)))]
    window = views.plain_window(packed, piece, start, CALL_EVENTS)
    call = [Event(*row) for row in window.tokens[: min(window.length, CALL_EVENTS)].tolist()]
    call += _let_go(call)
    reply = continue_call(network, call, window.condition[0], REPLY_EVENTS, rng)
    midifile.write(path, call + reply)
    return True


def continue_call(
    network: Network,
    call: list[Event],
    condition: NDArray[np.float32],
    count: int,
    rng: np.random.Generator,
) -> list[Event]:
    """``count`` events of the machine's after a call, under one condition vector (SIZE,)."""
    rows = [[event.who, event.step, event.kind, event.touch] for event in call]
    held: set[int] = set()
    reply: list[Event] = []
    only_machine = torch.zeros(1, events.WHO, events.STEPS)
    only_machine[:, PLAYER] = NEVER
    for _ in range(count):
        told = torch.from_numpy(condition).expand(1, len(rows), -1)
        with torch.no_grad():
            h = network.hidden(torch.tensor([rows]), told)[:, -1]
        how = Draw(
            noise=torch.from_numpy(rng.random((1, 4), dtype=np.float32)),
            temperature=torch.ones(1, 3),
            nucleus=torch.full((1, 3), NUCLEUS),
            top=torch.full((1, 3), events.KINDS),
            who_step=only_machine,
            kind=torch.from_numpy(playable(held))[None],
            touch=torch.zeros(1, events.TOUCHES),
        )
        row = sample(network, h, how)[0][0].tolist()
        rows.append(row)
        reply.append(Event(*row))
        follow(held, row[2])
    return reply


def follow(held: set[int], kind: int) -> None:
    """Keep ``held``, the kinds that would end what sounds, up to date with an event's kind."""
    if kind < NOTE_OFF:
        held.add(kind + NOTE_OFF)
    elif kind == PEDAL_DOWN:
        held.add(PEDAL_UP)
    else:
        held.discard(kind)


def playable(held: set[int]) -> NDArray[np.float32]:
    """A mask of kinds, (258,): what is held can end and not begin, what is not can only begin."""
    mask = np.zeros(events.KINDS, dtype=np.float32)
    mask[KEYS : 2 * KEYS] = NEVER
    mask[PEDAL_UP] = NEVER
    for end in held:
        mask[end] = 0.0
        mask[PEDAL_DOWN if end == PEDAL_UP else end - NOTE_OFF] = NEVER
    return mask


def _let_go(call: list[Event]) -> list[Event]:
    held: set[int] = set()
    for event in call:
        follow(held, event.kind)
    return [Event(PLAYER, 0, end) for end in sorted(held)]
