"""Microsoft's own parser of Adaptive Cards, and a browser that draws what it renders."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.node import missing_node

HOME = Path(__file__).parent
MODULES = HOME / "node_modules"
SCRIPTS = (
    MODULES / "adaptivecards" / "dist" / "adaptivecards.js",
    MODULES / "markdown-it" / "dist" / "browser" / "markdown-it.umd.min.js",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
OFFLINE = (
    *("--headless=new", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking"),
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--no-first-run", "--disable-lcd-text"),
)


def missing_parser() -> str | None:
    """Say what keeps cards from being parsed here, None if nothing does; install what npm can."""
    if lack := missing_node():
        return lack
    npm = shutil.which("npm")
    if not SCRIPTS[0].exists() and npm:
        install = [npm, "ci", "--legacy-peer-deps", "--no-audit", "--no-fund"]
        subprocess.run(install, cwd=HOME, check=False, capture_output=True)
    return None if all(s.exists() for s in SCRIPTS) else f"`npm ci` in {HOME} has not succeeded"


def missing_browser() -> str | None:
    """Say what keeps cards from being drawn here, None if nothing does."""
    return None if _browser() else "no Chromium is on the PATH; install the package chromium"


def complaints(cards: Sequence[Any]) -> list[list[str]]:
    """List what Microsoft's parser says is wrong with each card."""
    done = subprocess.run(
        [shutil.which("node") or "node", str(HOME / "check.cjs")],
        input=json.dumps(list(cards)),
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    said: list[list[str]] = json.loads(done.stdout)
    return said


def page(*, card: Any = None, mail: str | None = None) -> str:
    """Write a page with a card or a mail, light and dark, 360 and 720 pixels wide."""
    scripts = "\n".join(s.read_text(encoding="utf-8") for s in SCRIPTS)
    content = json.dumps({"card": card, "mail": mail}).replace("</", "<\\/")
    shell = (HOME / "picture.html").read_text(encoding="utf-8")
    shell = shell.replace("/*SCRIPTS*/", scripts.replace("</script", "<\\/script"))
    return shell.replace("/*CONTENT*/ null", content)


def drawn(html: str) -> str:
    """Give the page as the browser's document after all scripts have run."""
    return _chromium(html, "--dump-dom")


def picture(html: str, png: Path) -> None:
    """Draw a page as large as it is, with fewer colours where pngquant is there to choose them."""
    size = re.search(r"<title>(\d+)x(\d+)</title>", drawn(html))
    if size is None:
        raise AssertionError("The page did not say how large it is; its scripts have failed")
    _chromium(html, f"--window-size={size[1]},{size[2]}", f"--screenshot={png}")
    if pngquant := shutil.which("pngquant"):
        subprocess.run([pngquant, "--force", "--output", str(png), "128", str(png)], check=True)


def _chromium(html: str, *arguments: str) -> str:
    root = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder, "page.html")
        file.write_text(html, encoding="utf-8")
        profile = f"--user-data-dir={Path(folder, 'profile')}"
        done = subprocess.run(
            [_browser() or "chromium", *OFFLINE, *root, profile, *arguments, file.as_uri()],
            check=True,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
    return done.stdout


def _browser() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)
