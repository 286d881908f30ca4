"""What is known at a moment, made up."""

import numpy as np

from antiphon.daemon.performer.moments import FEATURES, Moment


def known(event_s: float, held: int = 0) -> Moment:
    return Moment(
        last_onset_s=event_s - 0.1,
        last_event_s=event_s,
        slow_gap_s=0.3,
        length_s=4.0,
        keys_held=held,
        features=np.zeros(FEATURES, np.float32),
    )
