"""Notes pulled towards the beat's sixteenths, only where that is asked for. Pure."""

from dataclasses import dataclass

from antiphon.daemon.messages import Beat

PLACES_A_BEAT = 4


@dataclass(frozen=True, slots=True)
class Groove:
    """A beat, and how far each note is pulled to the nearest of its sixteenths: 0 to 1."""

    beat: Beat
    strength: float

    def pulled(self, time_s: float) -> float:
        """Where a time comes to lie."""
        place = round(self.beat.at(time_s) * PLACES_A_BEAT) / PLACES_A_BEAT
        return time_s + self.strength * (self.beat.time_of(place) - time_s)
