"""What the model plays in a style with nothing before it but one note: its own idea of the style.

Drawn by the daemon's drafts and masks, and told as the daemon tells it; nothing leans the draws.
"""

from dataclasses import replace

import numpy as np

from antiphon.daemon.controls import Controls
from antiphon.daemon.performer import drawing, modes
from antiphon.daemon.performer.context import Hands
from antiphon.daemon.performer.draft import Draft
from antiphon.daemon.performer.engine import Engine
from antiphon.daemon.performer.partner import Partner
from antiphon.export.answering import MOST_STEPS, sounded
from antiphon.model.arrays import Notes
from antiphon.model.events import MACHINE, Event

LOWEST, HIGHEST, TOUCH = 55, 72, 16
"""What the note at the beginning is drawn from, and how it is struck."""


def solo(engine: Engine, style: str, length_s: float, seed: int) -> Notes:
    """Some ``length_s`` seconds in a style, all of the machine's."""
    rng, controls = np.random.default_rng(seed), replace(Controls(), style=style)
    engine.rewind(0)
    engine.tell(Partner().condition(controls))
    draft = Draft(modes.IN_TURN, 0, 0.0, 0.0, length_s, 0, Hands())
    draft.add(Event(MACHINE, 0, int(rng.integers(LOWEST, HIGHEST + 1)), TOUCH))
    for _ in range(MOST_STEPS):
        if draft.done:
            break
        noise = rng.random(4, dtype=np.float32)
        query = drawing.query(draft, controls, Hands(), None, draft.end_s, noise)
        draft.add(engine.advance([draft.events[-1]], query).event)
    return sounded(draft.ready(np.inf))
