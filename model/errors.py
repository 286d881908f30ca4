"""The error that model and export raise for what a user can mend."""


class ModelError(Exception):
    """One line that names the thing, what was expected and what to do."""
