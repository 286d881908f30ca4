import os

from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.thru.frames import Frames, FrameWriter, Kind, frame, table

FRAME = st.tuples(st.sampled_from(Kind), st.floats(0, 1e9), st.binary(max_size=50))


@given(st.lists(FRAME), st.integers(1, 40))
def test_frames_come_out_as_they_went_in_however_they_are_cut(
    content: list[tuple[Kind, float, bytes]], size: int
) -> None:
    whole = b"".join(frame(*one) for one in content)
    frames = Frames()
    cut = [whole[place : place + size] for place in range(0, len(whole), size)]
    assert [one for chunk in cut for one in frames.feed(chunk)] == content


def test_a_table_is_a_frame() -> None:
    ((kind, _, data),) = Frames().feed(table({"do": "panic"}))
    assert (kind, data) == (Kind.TABLE, b'{"do": "panic"}')


def test_what_does_not_fit_waits_and_comes_in_order() -> None:
    reading, writing = os.pipe()
    writer = FrameWriter(writing)
    content = [
        frame(Kind.SEND, data=bytes(1000)) + bytes((number % 256,)) for number in range(3000)
    ]
    for one in content:
        writer.put(one)
    assert not writer.flush()
    read = b""
    while len(read) < sum(map(len, content)):
        read += os.read(reading, 1 << 16)
        writer.flush()
    assert read == b"".join(content)
    assert writer.flush()
    for end in (reading, writing):
        os.close(end)
