import os
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.midi import note_off, note_on
from antiphon.daemon.session.sounding import SESSION, SIZE, THRU, Sounding, endings


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


@pytest.mark.parametrize("place", [SESSION, THRU])
def test_another_process_sees_who_works(sounding: Sounding, place: int) -> None:
    other = SESSION + THRU - place
    seen = [sounding.pulse(place)]
    for _ in range(300):
        sounding.alive(place)
        seen.append(os.pread(sounding.descriptor, 1, place)[0])
    assert all(before != after for before, after in pairwise(seen))
    assert sounding.pulse(other) == 0


def test_an_inherited_file_is_the_same_memory(sounding: Sounding) -> None:
    child = Sounding(os.dup(sounding.descriptor))
    child.sent(note_on(0, 60, 80))
    assert sounding.endings() == [note_off(0, 60)]
    child.sent(bytes((0xB0, 123, 0)))
    assert sounding.endings() == []
    child.close()


@given(st.lists(st.binary(max_size=5)))
def test_it_takes_any_bytes(messages: list[bytes]) -> None:
    sounding = Sounding()
    try:
        for data in messages:
            sounding.sent(data)
        assert len(endings(read(sounding))) <= len(messages)
    finally:
        sounding.close()
