"""What the reference implementation was asked, shared by the script that asked it and the test."""

SENTENCES = (
    "The animal didn't cross the street because it was too tired.",
    "The animal didn't cross the street because it was too wide.",
    "Antidisestablishmentarianism 😀, Ünïcode & שלום!",
    "one two three four five " * 40,
)
