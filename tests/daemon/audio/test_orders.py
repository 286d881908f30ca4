from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.audio import orders
from antiphon.daemon.audio.orders import Orders
from antiphon.daemon.config import AudioSettings

STATUS = st.integers(0x80, 0xEF)
BYTE = st.integers(0, 127)


def message(status: int, first: int, second: int) -> bytes:
    short = status & 0xF0 in (0xC0, 0xD0)
    return bytes((status, first) if short else (status, first, second))


@given(st.lists(st.one_of(st.builds(message, STATUS, BYTE, BYTE), st.none())))
def test_what_goes_through_the_pipe_comes_out(sent: list[bytes | None]) -> None:
    frames = b"".join(orders.ALIVE if data is None else orders.frame(data) for data in sent)
    assert len(frames) == orders.FRAME * len(sent)
    assert list(orders.messages(frames)) == [data for data in sent if data is not None]


@given(st.binary())
def test_no_bytes_can_do_more_than_be_left_out(frames: bytes) -> None:
    assert all(2 <= len(data) <= 3 for data in orders.messages(frames + b"\0" * (-len(frames) % 3)))


def test_orders_arrive_as_they_were_given() -> None:
    given_ = Orders(AudioSettings(soundfont="ä b.sf2", gain=0.25), "jack", "antiphon-out:out")
    assert Orders.from_json(orders.command(given_)[-1]) == given_
