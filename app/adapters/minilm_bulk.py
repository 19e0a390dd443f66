"""Keeps the graph for papers' vectors beside the fp32 one it is made from, whichever version fetched that.

It is made at its first use, without a download, and believed only if its vectors agree with the fp32 graph's on this
computer; otherwise papers are embedded as questions are.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.adapters.minilm_weights import GRAPH, MANIFEST, locked

BULK_GRAPH, BULK_MANIFEST = "model-bulk.onnx", "bulk.json"
BULK_BUILD = 1  # raise it when the graph changes: it is then made anew


def bulk_graph(folder: Path, agrees: Callable[[bytes], bool]) -> Path | bytes | None:
    """The graph as a file in `folder`, as bytes where the folder cannot be written to, or None if `agrees` refused
    it here, when it was made. Raises what onnx and the file system do if the fp32 graph cannot be read."""
    known = _known(folder)
    if known is None:
        try:
            with locked(folder, lambda line: None):
                known = _known(folder)
                if known is None:  # another process may have made it meanwhile
                    known = _make(folder, agrees)
        except OSError:
            return _checked(folder, agrees)
    return folder / BULK_GRAPH if known["agrees"] else None


def _of(folder: Path) -> dict[str, Any]:
    """What it is made from, and how."""
    try:
        source = (folder / MANIFEST).read_text("utf-8")
    except OSError:
        source = ""
    return {"build": BULK_BUILD, "source": source, "source_size": (folder / GRAPH).stat().st_size}


def _known(folder: Path) -> dict[str, Any] | None:
    """What was noted when it was made; None if that was from something else, or the file is not whole."""
    try:
        noted = json.loads((folder / BULK_MANIFEST).read_text("utf-8"))
        size = (folder / BULK_GRAPH).stat().st_size if noted["agrees"] else 0
        whole = noted == {**_of(folder), "size": size, "agrees": noted["agrees"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return noted if whole else None


def _checked(folder: Path, agrees: Callable[[bytes], bool]) -> bytes | None:
    # Only this needs onnx, which would cost every start half a second.
    from app.adapters.minilm_bulk_graph import build_bulk_graph, weights_of_graph

    built = build_bulk_graph(weights_of_graph(folder / GRAPH))
    return built if agrees(built) else None


def _make(folder: Path, agrees: Callable[[bytes], bool]) -> dict[str, Any]:
    """Make it and note that; the note, last, makes it valid."""
    built = _checked(folder, agrees)
    (folder / BULK_MANIFEST).unlink(missing_ok=True)
    if built is not None:
        _write(folder / BULK_GRAPH, built)
    noted = {**_of(folder), "size": len(built or b""), "agrees": built is not None}
    _write(folder / BULK_MANIFEST, json.dumps(noted, indent=1).encode())
    return noted


def _write(target: Path, content: bytes) -> None:
    """`target` appears whole or not at all."""
    part = target.with_name(target.name + ".part")
    try:
        part.write_bytes(content)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
