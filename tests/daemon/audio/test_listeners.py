from antiphon.daemon.audio import listeners

NOBODY = """Client info
  cur  clients : 3

Client   0 : "System" [Kernel]
  Port   0 : "Timer" (Rwe-)
  Port   1 : "Announce" (R-e-)
    Connecting To: 129:0
Client 128 : "antiphon" [User]
  Port   0 : "in" (-We-)
    Connected From: 20:0
Client 129 : "antiphon" [User]
  Port   0 : "out" (R-e-)
"""


def test_who_listens_at_alsa() -> None:
    assert "antiphon:out" not in set(listeners.heard_at_alsa(NOBODY))
    somebody = NOBODY + "    Connecting To: 130:0, 131:0[real:0]\n"
    assert "antiphon:out" in set(listeners.heard_at_alsa(somebody))


def test_whoever_plays_into_our_output_does_not_listen() -> None:
    assert "antiphon:out" not in set(listeners.heard_at_alsa(NOBODY + "    Connected From: 9:0\n"))


def test_where_nothing_is_told_nobody_listens() -> None:
    assert list(listeners.heard_at_alsa("")) == []
    assert not listeners.watched("coremidi", "antiphon out")()
