"""Property tests draw the same examples every time and are not timed: a busy machine is no bug."""

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True)
# For a night: `pytest --hypothesis-profile=long FILE`, each time with other examples.
settings.register_profile("long", deadline=None, max_examples=10_000, stateful_step_count=100)
settings.load_profile("steady")
