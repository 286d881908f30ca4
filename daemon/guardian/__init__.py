"""A process that outlives the MIDI process: ends its notes, and mends its connections."""
