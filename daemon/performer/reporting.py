"""How the musician is doing, told when it changes and when asked. Pure."""

from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Beat, State
from antiphon.daemon.performer.ear import Ear
from antiphon.daemon.performer.harmony import chord_name
from antiphon.daemon.performer.score import Score
from antiphon.model.events import MACHINE, PLAYER

_NO_BEAT = Beat("heard", 0.0, 0.0, 0.0)


class Reporter:
    """Tells `State`s and the beat that is heard, and remembers what it told last."""

    def __init__(self, score: Score, ear: Ear) -> None:
        self._score = score
        self._ear = ear
        self._told: tuple[str, float | None] = "idle", None
        self._told_beat: Beat | None = None

    def news(self, plans: int, controls: Controls, now: float) -> list[State]:
        """A state if the turn has changed, or its end has moved."""
        if (self._turn, self._turn_ends_s) == self._told:
            return []
        return [self.state(plans, controls, now)]

    def state(self, plans: int, controls: Controls, now: float) -> State:
        """How things stand, for `status` and the panel."""
        self._told = self._turn, self._turn_ends_s
        ends_s = self._turn_ends_s
        hands = self._score.context.hands
        key = self._ear.tonality.key()
        beat = self._ear.beat(controls, now)
        return State(
            self._turn,
            {
                "context_events": self._score.engine.length,
                "plans": plans,
                "turn_ends_in_s": None if ends_s is None else round(max(0.0, ends_s - now), 3),
                "key": key.name if key else None,
                "tempo_bpm": None if beat is None else round(60.0 / beat.period, 1),
                "chord": chord_name(hands[PLAYER].keys | hands[MACHINE].keys),
                "style": self._ear.partner.idiom.style,
            },
        )

    def beats(self, controls: Controls, now: float) -> list[Beat]:
        """The beat that is heard, or that none is, where others go by it and it is news."""
        if controls.clock_out == "off" or controls.sync != "heard":
            self._told_beat = None
            return []
        beat = self._ear.time.beat("heard", now) or _NO_BEAT
        if beat == self._told_beat:
            return []
        self._told_beat = beat
        return [beat]

    @property
    def _turn(self) -> str:
        draft = self._score.draft
        if self._score.playing and draft is not None:
            return "both" if PLAYER in draft.manner.parts else "machine"
        return "idle" if self._ear.call.began_s is None else "player"

    @property
    def _turn_ends_s(self) -> float | None:
        draft = self._score.draft
        return None if draft is None or self._score.playing else draft.earliest_s
