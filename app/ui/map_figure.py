"""The map as a Plotly figure: a point a paper, a colour and a shape a group, drawn by the graphics card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from gradio.components.plot import PlotData
from numpy.typing import NDArray

from app.core.shown import shown
from app.topics.records import Topics

# More points than this make moving the map slow on a small computer.
DRAWN = 20_000
# Each at least 3 to 1 against both backgrounds, and told apart by its shape too.
_COLOURS = (
    "#3f7fd6",
    "#c9622b",
    "#2f9467",
    "#b85aa6",
    "#a3832a",
    "#7a6fd0",
    "#c24f5a",
    "#2f8fa3",
    "#6d8b2f",
    "#8a6f5c",
)
# What Plotly calls a shape, and a character that looks like it.
_SHAPES = (
    *(("circle", "●"), ("square", "■"), ("triangle-up", "▲"), ("diamond", "◆"), ("cross", "✚"), ("triangle-down", "▼")),
    *(("x", "✖"), ("star", "★"), ("circle-open", "○"), ("square-open", "□"), ("diamond-open", "◇")),
)
_LONGEST_TITLE = 90
_LARGE_POINTS, _SMALL_POINTS = 9, 5
_MANY = 2_000
_QUIET = "#7b8494"


@dataclass(frozen=True, slots=True)
class Sign:
    """How a group is drawn, and the character that stands for it in the list of groups."""

    colour: str
    shape: str
    character: str


def sign_of(group: int) -> Sign:
    """No two of 110 groups are drawn alike."""
    shape, character = _SHAPES[group % len(_SHAPES)]
    return Sign(_COLOURS[group % len(_COLOURS)], shape, character)


def drawn_of(topics: Topics) -> NDArray[np.int64]:
    """Which papers are drawn: all, or so many spread evenly over them."""
    papers = len(topics.ids)
    return np.unique(np.linspace(0, papers - 1, min(papers, DRAWN)).astype(np.int64))


def map_figure(topics: Topics, titles: Mapping[str, str]) -> PlotData:
    """The figure; `titles` are shown over the points, those of the papers of `drawn_of`."""
    from plotly import graph_objects
    from plotly.io.json import to_json_plotly

    drawn = drawn_of(topics)
    size = _LARGE_POINTS if len(drawn) <= _MANY else _SMALL_POINTS
    traces = []
    for number in range(len(topics.groups)):
        own = drawn[topics.labels[drawn] == number]
        ids = [topics.ids[at] for at in own]
        sign = sign_of(number)
        traces.append(
            graph_objects.Scattergl(
                x=topics.places[own, 0],
                y=topics.places[own, 1],
                mode="markers",
                name=f"{number + 1}",
                customdata=ids,
                text=[_title(titles.get(paper_id, paper_id)) for paper_id in ids],
                hovertemplate=f"%{{text}}<extra>{number + 1}</extra>",
                marker={"color": sign.colour, "symbol": sign.shape, "size": size, "opacity": 0.85},
            )
        )
    figure = graph_objects.Figure(traces, _layout(topics))
    return PlotData(type="plotly", plot=to_json_plotly({**figure.to_plotly_json(), "config": _CONFIG}))


def _title(title: str) -> str:
    """A title as Plotly's labels take it, which read a little HTML: as text."""
    line = shown(" ".join(title.split()))
    return escape(line if len(line) <= _LONGEST_TITLE else f"{line[:_LONGEST_TITLE].rstrip()} …", quote=False)


_CONFIG = {
    "displaylogo": False,
    "scrollZoom": True,
    "modeBarButtonsToRemove": ["toImage", "autoScale2d", "zoom2d"],
    "showTips": False,
    "topojsonURL": "",  # nothing of ours needs it, and its usual address is elsewhere
}


def _layout(topics: Topics) -> dict[str, Any]:
    """No axes: directions on the map have no unit, only nearness means something. Numbers stand where groups do."""
    axis = {"visible": False, "zeroline": False, "showgrid": False}
    return {
        "template": "none",
        "autosize": True,
        "margin": {"l": 8, "r": 8, "t": 36, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "dragmode": "lasso",
        "hovermode": "closest",
        "hoverlabel": {"align": "left", "bgcolor": "#1d2129", "font": {"color": "#ffffff", "size": 13}},
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": _QUIET, "activecolor": "#3f7fd6", "orientation": "h"},
        "newselection": {"line": {"color": _QUIET, "width": 2}},
        "uirevision": topics.key,
        "xaxis": axis,
        "yaxis": axis,
        "annotations": [_label(number, *group.place) for number, group in enumerate(topics.groups)],
    }


def _label(group: int, x: float, y: float) -> dict[str, Any]:
    return {
        "x": x,
        "y": y,
        "text": f"<b>{group + 1}</b>",
        "showarrow": False,
        "font": {"size": 13, "color": "#1d2129"},
        "bgcolor": "rgba(255,255,255,0.88)",
        "bordercolor": sign_of(group).colour,
        "borderwidth": 2,
        "borderpad": 3,
        "yshift": 17,
        "captureevents": False,
    }
