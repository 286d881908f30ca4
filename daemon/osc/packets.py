"""OSC packets and the messages in them. Pure; nothing here knows what a message means.

A packet is what anybody may send: whatever it holds, it costs little and gives messages or one
error. python-osc reads and writes the messages. It does not walk the bundles: a negative size of
an element has it go round for ever.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pythonosc.osc_message import OscMessage, ParseError
from pythonosc.osc_message_builder import OscMessageBuilder

from antiphon.daemon.errors import AntiphonError

Arg = str | int | float | bool | None

MOST_BYTES: Final = 4096
MOST_MESSAGES: Final = 64
MOST_ARGS: Final = 16
DEEPEST: Final = 8

_BUNDLE: Final = b"#bundle\0"
_HEAD: Final = len(_BUNDLE) + 8
"""The head of a bundle: its name, and the time that it is for."""
_SIZE: Final = struct.Struct(">i")
_TYPES: Final = frozenset(b"ifshdTFN")


class PacketError(AntiphonError):
    """What came in is no packet, or more of one than is taken."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: where to, and what with."""

    address: str
    args: tuple[Arg, ...] = ()


def decode(data: bytes) -> list[Message]:
    """The messages of a packet, bundles taken apart; raises `PacketError`.

    The time that a bundle is for is passed over: what it asks for is done at once.
    """
    if len(data) > MOST_BYTES:
        raise PacketError(f"a packet is at most {MOST_BYTES} bytes")
    found: list[Message] = []
    for element in _elements(data, 0):
        if len(found) == MOST_MESSAGES:
            raise PacketError(f"a packet has at most {MOST_MESSAGES} messages")
        found.append(_message(element))
    return found


def encode(message: Message) -> bytes:
    """A packet of one message. Text loses what OSC has no way to write."""
    builder = OscMessageBuilder(message.address)
    for arg in message.args:
        builder.add_arg(_sendable(arg) if isinstance(arg, str) else arg)
    return builder.build().dgram


def _elements(data: bytes, depth: int) -> Iterator[bytes]:
    """The messages of a packet or of an element of a bundle, as bytes."""
    if not data.startswith(_BUNDLE):
        yield data
        return
    if depth == DEEPEST:
        raise PacketError(f"bundles lie at most {DEEPEST} deep in each other")
    if len(data) < _HEAD:
        raise PacketError("a bundle ends in its head")
    place = _HEAD
    while place < len(data):
        begin = place + _SIZE.size
        if begin > len(data):
            raise PacketError("a bundle ends in a size")
        place = begin + _SIZE.unpack_from(data, begin - _SIZE.size)[0]
        if not begin < place <= len(data):
            raise PacketError("a bundle tells the size of an element wrongly")
        yield from _elements(data[begin:place], depth + 1)


def _message(data: bytes) -> Message:
    if not data.startswith(b"/"):
        raise PacketError("a message begins with an address, and that with a stroke")
    _check_types(data)
    try:
        read = OscMessage(data)
    except (ParseError, ValueError) as error:
        # Such as text that is not in UTF-8.
        raise PacketError(f"a message cannot be read: {error}") from None
    return Message(read.address, tuple(read.params))


def _check_types(data: bytes) -> None:
    """That arguments are few, and of kinds that can be a value.

    Of the other kinds, one goes back in the packet: it could be read a thousand times over.
    """
    types = data[_after_text(data, 0) :]
    if not types:
        # Old senders leave them out where there is no argument.
        return
    end = types.find(b"\0")
    if not types.startswith(b",") or end < 0:
        raise PacketError("a message does not say of what types its arguments are")
    if end > MOST_ARGS + 1:
        raise PacketError(f"a message has at most {MOST_ARGS} arguments")
    if strange := set(types[1:end]) - _TYPES:
        raise PacketError(f"no value is of the type {chr(min(strange))!r}")


def _after_text(data: bytes, begin: int) -> int:
    """Where what follows a text begins: texts are filled up to a multiple of four."""
    end = data.find(b"\0", begin)
    if end < 0:
        raise PacketError("an address has no end")
    return end + 4 - (end - begin) % 4


def _sendable(text: str) -> str:
    return text.replace("\0", "").encode(errors="replace").decode()
