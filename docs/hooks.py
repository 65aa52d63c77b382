"""What the site has beside `docs/`: the pages of the repository's root and the notebooks, so that links lead there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
BESIDE = (
    *("CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "SECURITY.md"),
    *sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("notebooks/*.ipynb")),
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for name in BESIDE:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Links as they are from within the site, where the root's pages lie beside those of `docs/`."""
    above = "docs/" if page.file.src_uri in BESIDE else "../"
    return re.sub(rf"(\]\(){re.escape(above)}", r"\1", markdown)
