"""The desk: what Antiphon does for somebody who writes. It reads music, and works on it.

Pure cores, without printing: `sources.load` gives a piece, the other modules work on it. The
commands in `cli` are thin on top. Nothing that is there already is ever overwritten.
"""
