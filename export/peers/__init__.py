"""What `antiphon bench --peers` measures beside the engine: each a module, each in a process."""
