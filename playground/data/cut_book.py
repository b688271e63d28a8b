"""Make the shipped book from the copy in the Canterbury corpus. Run once by hand:

pip download --no-deps --no-binary :all: Brotli==1.1.0 && tar xzf Brotli-1.1.0.tar.gz
python -m playground.data.cut_book Brotli-1.1.0/tests/testdata/alice29.txt
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from playground.data.book import BOOK

FIRST, LAST = "Alice was beginning", "THE END"


def cut_book(text: str) -> str:
    """The story alone, a line for each paragraph, with straight quotes and without signs of emphasis."""
    text = text.replace("\r", "").replace("`", "'")
    text = re.sub(r"[*_\[\]]", "", text[text.index(FIRST) : text.index(LAST)])
    paragraphs = (" ".join(part.split()) for part in re.split(r"\n\s*\n", text))
    return "\n".join(part for part in paragraphs if part) + "\n"


if __name__ == "__main__":
    BOOK.write_text(cut_book(Path(sys.argv[1]).read_text("ascii")))
