import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from antiphon.daemon.osc.packets import (
    DEEPEST,
    MOST_ARGS,
    MOST_BYTES,
    MOST_MESSAGES,
    Message,
    PacketError,
    decode,
    encode,
)

NEVER = b"\xff" * 8
PANIC = encode(Message("/antiphon/panic"))
ARGS = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(width=32, allow_nan=False),
    st.booleans(),
    st.none(),
)


def bundle(*elements: bytes, time: bytes = NEVER) -> bytes:
    return b"#bundle\0" + time + b"".join(struct.pack(">i", len(e)) + e for e in elements)


def nested(depth: int) -> bytes:
    packet = PANIC
    for _ in range(depth):
        packet = bundle(packet)
    return packet


@given(st.lists(ARGS, max_size=MOST_ARGS))
def test_what_is_written_is_read(args: list[str | int | float | bool | None]) -> None:
    message = Message("/antiphon/control/echo", tuple(args))
    assert decode(encode(message)) == [message]


@given(
    st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=200).map(lambda tail: b"/a\0\0" + tail),
        st.tuples(st.text("ifsbhdTFN[],\0", max_size=12), st.binary(max_size=60)).map(
            lambda parts: b"/a\0\0," + parts[0].encode() + parts[1]
        ),
        st.lists(st.binary(max_size=40), max_size=5).map(lambda parts: bundle(*parts)),
        st.binary(max_size=200).map(lambda tail: b"#bundle\0" + NEVER + tail),
    )
)
@example(b"/\xff\0\0,s\0\0\xff\0\0\0")
@example(b"/a\0\0,i\0\0")
def test_any_bytes_are_messages_or_one_error(data: bytes) -> None:
    try:
        messages = decode(data)
    except PacketError as error:
        assert str(error)
    else:
        assert all(message.address.startswith("/") for message in messages)


@given(st.integers(-(2**31), 4))
def test_a_size_that_leads_nowhere_is_an_error(size: int) -> None:
    with pytest.raises(PacketError):
        decode(b"#bundle\0" + NEVER + struct.pack(">i", size) + b"....")


def test_bundles_are_taken_apart_in_order_whenever_they_are_for() -> None:
    one, two = Message("/one", (1,)), Message("/two")
    assert decode(bundle(encode(one), bundle(encode(two)), encode(one))) == [one, two, one]
    assert decode(bundle()) == []


@pytest.mark.parametrize(
    "packet",
    [
        nested(DEEPEST + 1),
        nested(150),
        bundle(*[PANIC] * (MOST_MESSAGES + 1)),
        PANIC + bytes(MOST_BYTES),
        encode(Message("/a", (1,) * (MOST_ARGS + 1))),
        b"/blob\0\0\0,b\0\0\xff\xff\xff\xf0",
        b"/array\0\0,[i]\0\0\0\0\0\0\0\1",
    ],
    ids=["deep", "deeper", "wide", "long", "many arguments", "blob", "array"],
)
def test_more_than_is_taken_is_an_error(packet: bytes) -> None:
    with pytest.raises(PacketError):
        decode(packet)


def test_as_much_as_is_taken_is_read() -> None:
    assert len(decode(nested(DEEPEST))) == 1
    assert len(decode(bundle(*[PANIC] * MOST_MESSAGES))) == MOST_MESSAGES


def test_a_message_without_types_has_no_arguments() -> None:
    assert decode(b"/antiphon/panic\0") == [Message("/antiphon/panic")]


def test_text_that_osc_cannot_hold_is_sent_without_it() -> None:
    assert decode(encode(Message("/a", ("no\0ise\udc80",)))) == [Message("/a", ("noise?",))]
