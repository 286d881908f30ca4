"""The one error family of the daemon. No logic lives here."""


class AntiphonError(Exception):
    """A mistake or a lack that the user can put right; its text is one line, shown as it is.

    The command line prints it without a traceback and leaves with exit code 2.
    """
