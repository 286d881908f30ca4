"""MIDI ports: found, opened, watched, opened again."""
