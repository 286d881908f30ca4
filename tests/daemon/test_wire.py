import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import messages, wire
from antiphon.daemon.errors import AntiphonError

TIMES = st.floats(-messages.LARGEST, messages.LARGEST)
NUMBERS = st.integers(0, 2**53)
DATA = st.binary(max_size=8)
VALUES = st.dictionaries(
    st.text(max_size=5),
    st.none() | st.booleans() | st.text(max_size=5) | st.integers(0, 10**12) | TIMES,
)
ANY_MESSAGE: st.SearchStrategy[messages.Message] = st.one_of(
    st.builds(messages.Heard, NUMBERS, TIMES, DATA),
    st.builds(messages.Sent, NUMBERS, TIMES, TIMES, DATA),
    st.builds(messages.Withdrawn, NUMBERS, TIMES),
    st.builds(messages.Settings, VALUES),
    st.builds(messages.Ask, TIMES),
    st.builds(messages.Ready, st.text(), st.text(), TIMES, TIMES, TIMES),
    st.builds(
        messages.Schedule,
        NUMBERS,
        NUMBERS,
        st.booleans(),
        st.lists(st.tuples(TIMES, DATA)).map(tuple),
    ),
    st.builds(
        messages.Voices,
        NUMBERS,
        NUMBERS,
        st.lists(st.tuples(NUMBERS, st.lists(DATA).map(tuple))).map(tuple),
    ),
    st.builds(messages.Cancel, NUMBERS, TIMES),
    st.builds(messages.State, st.text(), VALUES),
    st.builds(messages.Problem, st.text(), st.text()),
)


@given(ANY_MESSAGE)
def test_a_message_comes_back_from_its_line(message: messages.Message) -> None:
    line = wire.encode(message)
    assert line.count(b"\n") == 1
    assert wire.decode(line) == message


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"la la la\n",
        b"[]\n",
        b"null\n",
        b'{"is":"Ask"}\n',
        b'{"is":"Nobody","time":1}\n',
        b'{"is":["Ask"],"time":1}\n',
        b'{"is":"Ask","time":"now"}\n',
        b'{"is":"Ask","time":true}\n',
        b'{"is":"Ask","time":NaN}\n',
        b'{"is":"Ask","time":1e999}\n',
        b'{"is":"Ask","time":-1e13}\n',
        b'{"is":"Ask","time":1' + b"0" * 400 + b"}\n",
        b'{"is":"Settings","values":{"a":1' + b"0" * 400 + b"}}\n",
        b'{"is":"Ask","time":1,"more":2}\n',
        b'{"is":"Withdrawn","plan":-1,"time":1}\n',
        b'{"is":"Withdrawn","plan":1.5,"time":1}\n',
        b'{"is":"Heard","seq":1,"time":1,"data":"9"}\n',
        b'{"is":"Schedule","plan":1,"heard":0,"yields":1,"messages":[]}\n',
        b'{"is":"Voices","velocity":1,"most":1,"voices":[[1,"903c40"]]}\n',
        b'{"is":"Voices","velocity":1,"most":1,"voices":{}}\n',
        b'{"is":"Voices","velocity":1,"most":1,"voices":[[1,[2]]]}\n',
        b'{"is":"Schedule","plan":1,"heard":0,"yields":true,"messages":[[1]]}\n',
        b'{"is":"Schedule","plan":1,"heard":0,"yields":true,"messages":{}}\n',
        b'{"is":"Settings","values":{"a":[1]}}\n',
        b"\xff\xfe\n",
        b"[" * 100_000,
    ],
)
def test_nonsense_is_refused(line: bytes) -> None:
    with pytest.raises(AntiphonError, match="not a message"):
        wire.decode(line)


@given(st.binary(max_size=60))
def test_any_bytes_decode_or_are_refused(line: bytes) -> None:
    with pytest.raises(AntiphonError):
        wire.decode(line)


def test_a_field_that_came_later_may_be_missing() -> None:
    line = b'{"is":"Ready","model":"m","provider":"cpu","load_s":1,"step_p50_ms":1,"step_p99_ms":2}'
    assert wire.decode(line) == messages.Ready("m", "cpu", 1.0, 1.0, 2.0, "", "")
