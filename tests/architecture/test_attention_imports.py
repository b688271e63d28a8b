"""The server's own process draws pages without what takes long to load: torch is for workers, pandas for nobody."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
import playground.catalog, playground.live.route, playground.spec
import playground.ui.controls, playground.ui.live_view, playground.ui.session
sys.exit("torch" in sys.modules)
"""


def test_the_server_does_not_load_torch():
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", SCRIPT], check=False).returncode == 0


PAGES = """
import sys
import playground.spec  # before AppTest puts pages/ with its playground.py on the path
import playground.data.features, playground.ui.controls, playground.ui.tiles
from streamlit.testing.v1 import AppTest
for page in sys.argv[1:]:
    shown = AppTest.from_file(page, default_timeout=60).run()
    assert shown.sidebar.markdown and not shown.exception, page
    assert not {"pandas", "pyarrow", "torch"} & set(sys.modules), page
"""


def test_pages_are_drawn_without_pandas():
    # Digits is left out: the drawing pad, which is not ours, has Streamlit load it.
    pages = [str(Path(__file__).parents[2] / f"pages/{name}.py") for name in ("attention", "trees", "compare")]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PAGES, *pages], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
