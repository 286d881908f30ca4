"""The names of the styles and nothing else, so that a process without numpy can know them."""

STYLES = (
    "artsong",
    "blues",
    "chorale",
    "classical",
    "dance",
    "folk",
    "hymn",
    "jazz",
    "pop",
    "popular",
    "ragtime",
)
