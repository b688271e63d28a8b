"""The server's own process draws the Attention page without torch: only workers load it."""

import subprocess
import sys

SCRIPT = """
import sys
import playground.catalog, playground.live.route, playground.spec
import playground.ui.controls, playground.ui.live_view, playground.ui.session
sys.exit("torch" in sys.modules)
"""


def test_the_server_does_not_load_torch():
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", SCRIPT], check=False).returncode == 0
