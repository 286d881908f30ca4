"""The MIDI process: what sounds, what will, and who may ask."""
