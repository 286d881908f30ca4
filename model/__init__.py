"""The model: what an event is, how it is learned from MIDI files, and how well."""
