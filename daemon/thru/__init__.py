"""A process of its own between the MIDI ports: passes the player on, and lets the machine through.

It does nothing else, so that no other work holds the interpreter while a message waits.
"""
