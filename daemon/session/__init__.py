"""The session process: what sounds, what will, and who may ask."""
