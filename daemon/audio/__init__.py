"""The built-in sound: FluidSynth and a soundfont in a process of their own."""
