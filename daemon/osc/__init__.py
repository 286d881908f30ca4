"""OSC: a client of the control socket, in a process of its own, for other programs and tablets."""
