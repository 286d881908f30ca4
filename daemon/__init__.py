"""The co-performer at run time: MIDI process, performer process, clients."""
