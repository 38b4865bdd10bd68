"""What holds for every test."""

from hypothesis import settings

# No test measures wall time: a busy machine is no failure.
settings.register_profile("antiphon", deadline=None)
settings.load_profile("antiphon")
