"""The desk's commands: they read, call a core, write beside, and print."""
