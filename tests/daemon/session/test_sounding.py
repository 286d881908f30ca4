import os
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.midi import note_off, note_on
from antiphon.daemon.session.sounding import SIZE, Sounding, endings, pulse


@pytest.fixture
def sounding() -> Iterator[Sounding]:
    made = Sounding()
    yield made
    made.close()


def read(sounding: Sounding) -> bytes:
    """As another process does."""
    return os.pread(sounding.descriptor, SIZE + 1, 0)


def test_another_process_sees_what_sounds(sounding: Sounding) -> None:
    assert endings(read(sounding)) == []
    for data in (note_on(0, 60, 80), note_on(15, 127, 1), note_on(0, 61, 80), b"\xf8"):
        sounding.sent(data)
    sounding.sent(note_off(0, 60))
    sounding.sent(bytes((0x90, 61, 0)))
    assert endings(read(sounding)) == [note_off(15, 127)]


def test_another_process_sees_that_this_one_works(sounding: Sounding) -> None:
    seen = [pulse(read(sounding))]
    for _ in range(300):
        sounding.alive()
        seen.append(pulse(read(sounding)))
    assert all(before != after for before, after in pairwise(seen))


@given(st.lists(st.binary(max_size=5)))
def test_it_takes_any_bytes(messages: list[bytes]) -> None:
    sounding = Sounding()
    try:
        for data in messages:
            sounding.sent(data)
        assert len(endings(read(sounding))) <= len(messages)
    finally:
        sounding.close()
