"""What people send to the raffle: written for the simulation."""

TRACKS = (
    "night-drive",
    "copper-rain",
    "first-mix",
    "slow-engine",
    "paper-moon",
    "winter-arcade",
    "low-tide",
    "gearbox",
    "last-train",
    "honey-static",
    "eight-bit-heart",
    "north-window",
)

NOTES = (
    "",
    "",
    "",
    "Is the kick too loud?",
    "First track I ever finished, be gentle.",
    "Please listen from 1:20, the drop comes there.",
    "Not sure about the vocals.\nThe second verse is a placeholder.",
    "Скажите честно, не слишком ли длинное вступление?",
    "Made in one evening with a borrowed synth.",
    "Какой бас лучше: этот или помягче?",
)


def track_link(track: str, login: str) -> str:
    """A link as people paste them; nobody ever opens it."""
    return f"https://soundcloud.com/{login}/{track}"
