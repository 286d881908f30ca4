from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.messages import Beat
from antiphon.daemon.session.linkbeat import NO_BEAT, LinkFollower, Moment
from antiphon.daemon.session.stage import Deed

PERIOD_S = 0.5
LOOK_S = 0.05


@dataclass
class FakeSession:
    """A session as its peers make it; its beat goes on with the time."""

    now: float = 100.0
    beat: float = 0.03
    period_s: float = PERIOD_S
    peers: int = 1
    playing: bool = False
    began: float = 0.0

    def moment(self) -> Moment:
        return Moment(self.now, self.beat, self.period_s, 4, self.peers, self.playing, self.began)

    def go(self, seconds: float) -> Iterator[Moment]:
        for _ in range(round(seconds / LOOK_S)):
            yield self.moment()
            self.now += LOOK_S
            self.beat += LOOK_S / self.period_s


def told(follower: LinkFollower, session: FakeSession, seconds: float) -> list[Beat | Deed]:
    return [news for moment in session.go(seconds) for news in follower.take(moment)]


def numbers(news: list[Beat | Deed]) -> list[float]:
    return [item.beat for item in news if isinstance(item, Beat)]


def test_each_beat_is_told_once_where_it_fell() -> None:
    session = FakeSession(beat=3.3)
    news = told(LinkFollower(), session, 2.0)
    assert numbers(news) == [3, 4, 5, 6, 7]
    for beat in news:
        assert isinstance(beat, Beat)
        assert beat.time == pytest.approx(100.0 + (beat.beat - 3.3) * PERIOD_S)
        assert (beat.source, beat.counted, beat.running) == ("link", False, False)
        assert beat.period == PERIOD_S


def test_alone_there_is_no_beat_and_that_is_told_once() -> None:
    session = FakeSession(peers=0)
    follower = LinkFollower()
    assert told(follower, session, 3.0) == [NO_BEAT]
    session.peers = 1
    assert len(told(follower, session, 0.1)) == 1


def test_the_session_goes_on_when_the_others_leave() -> None:
    session, follower = FakeSession(), LinkFollower()
    told(follower, session, 1.0)
    session.peers = 0
    assert numbers(told(follower, session, 1.0)) == [2, 3]


def test_another_tempo_and_a_jump_are_told_at_once() -> None:
    session, follower = FakeSession(beat=0.2), LinkFollower()
    told(follower, session, 0.1)
    session.period_s = 0.4
    (beat,) = told(follower, session, 0.1)
    assert isinstance(beat, Beat)
    assert beat.period == 0.4
    session.beat += 0.1
    assert len(told(follower, session, 0.1)) == 1


def test_a_clock_read_a_little_late_is_no_news() -> None:
    session, follower = FakeSession(beat=0.2), LinkFollower()
    told(follower, session, 0.1)
    moment = session.moment()
    assert list(follower.take(replace(moment, time=moment.time + 0.001))) == []


def test_a_song_that_is_started_is_counted_from_the_next_bar_line() -> None:
    session, follower = FakeSession(beat=9.5), LinkFollower()
    told(follower, session, 0.1)
    session.playing, session.began = True, session.beat
    (beat,) = told(follower, session, 0.1)
    assert isinstance(beat, Beat)
    assert (beat.beat, beat.counted, beat.running) == (-3, True, True)
    assert numbers(told(follower, session, 2.0)) == [-2, -1, 0, 1]


def test_a_song_that_starts_on_a_bar_line_starts_with_it() -> None:
    session = FakeSession(beat=8.03, playing=True, began=8.0 + 1e-5)
    assert numbers(told(LinkFollower(), session, 0.1)) == [0]


def test_a_song_that_stops_stops_the_machine_once_and_keeps_its_count() -> None:
    session, follower = FakeSession(beat=8.03, playing=True, began=8.0), LinkFollower()
    told(follower, session, 1.0)
    session.playing = False
    stopped, beat, *later = told(follower, session, 1.0)
    assert stopped is Deed.STOPPED
    assert isinstance(beat, Beat)
    assert (beat.beat, beat.counted, beat.running) == (2, True, False)
    assert Deed.STOPPED not in later


@given(
    st.lists(
        st.tuples(
            st.floats(0.0, 3.0),
            st.floats(-1e6, 1e6),
            st.floats(0.01, 5.0),
            st.integers(0, 3),
            st.booleans(),
            st.floats(-1e6, 1e6),
        )
    ),
    st.integers(1, 16),
)
def test_whatever_the_session_does_beats_lie_in_the_past_and_bars_where_all_have_them(
    steps: list[tuple[float, float, float, int, bool, float]], quantum: int
) -> None:
    follower, now = LinkFollower(), 100.0
    for waited_s, at, period_s, peers, playing, began in steps:
        now += waited_s
        news = list(follower.take(Moment(now, at, period_s, quantum, peers, playing, began)))
        assert len(news) <= 2
        for beat in news:
            if beat == NO_BEAT or isinstance(beat, Deed):
                continue
            assert now - beat.period - 1e-6 <= beat.time <= now + 1e-6
            away = (beat.at(now) - at) % quantum
            assert min(away, quantum - away) < 1e-6
