"""From the papers that came to a digest. The order of the steps stands here: which are new -> in topics -> key sentences ->
markers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from app.core.domain import Paper
from app.digest.key_sentences import key_sentences
from app.digest.records import Digest, DigestGroup, Entry
from app.topics.grouping import FEWEST, Papers, Rows, grouped

# A digest is short: so many papers of a topic are told, and so many topics that were found.
TOLD, _MOST_GROUPS = 5, 8
NEW, OTHERS = "New papers", "Other new papers"

About = Callable[[str, Sequence[str]], Mapping[str, float]]
"""For a topic and the ids of papers: how probable it is of each that it is about it; those that are not are absent."""


def collected(
    since: datetime, until: datetime, ids: Sequence[str], papers: Papers, groups: Sequence[tuple[str, Sequence[str]]]
) -> Digest:
    """The digest of new papers whose groups are (title, ids), the papers to tell of first; what is in no group is outside."""
    digest = Digest(since, until, len(ids))
    told: list[DigestGroup] = []
    marker = 1
    for title, members in groups:
        there = list(papers.get(members[:TOLD]).values())
        if not there:
            continue
        entries = tuple(_entry(number, paper) for number, paper in enumerate(there, start=marker))
        marker += len(entries)
        told.append(DigestGroup(title, entries, len(members) - len(entries)))
    inside = {paper_id for _, members in groups for paper_id in members}
    return replace(digest, groups=tuple(told), outside=sum(paper_id not in inside for paper_id in ids))


def _entry(marker: int, paper: Paper) -> Entry:
    return Entry(marker, paper, key_sentences(paper))


def by_topics(ids: Sequence[str], topics: Sequence[str], about: About) -> list[tuple[str, list[str]]]:
    """Each paper under the topic it is most probably about, the most probable first; those on none are left out."""
    best: dict[str, tuple[float, str]] = {}
    for topic in topics:
        for paper_id, probability in about(topic, ids).items():
            if probability > best.get(paper_id, (0.0, ""))[0]:
                best[paper_id] = probability, topic
    order = {paper_id: at for at, paper_id in enumerate(ids)}
    found: list[tuple[str, list[str]]] = []
    for topic in topics:
        own = [paper_id for paper_id, (_, theirs) in best.items() if theirs == topic and paper_id in order]
        found.append((topic, sorted(own, key=lambda paper_id: (-best[paper_id][0], order[paper_id]))))
    return [(topic, own) for topic, own in found if own]


def by_groups(ids: Sequence[str], papers: Papers, rows: Rows | None) -> list[tuple[str, list[str]]]:
    """Papers in the groups that their vectors make, the largest first, those in the middle of a group first; few papers are
    one group, and so are those without vectors and those of the smallest groups."""
    if rows is None or len(ids) < FEWEST:
        return [(NEW, list(ids))] if ids else []
    topics = grouped(ids, papers, rows)
    found: list[tuple[str, list[str]]] = []
    for number, group in enumerate(topics.groups[:_MOST_GROUPS]):
        members = dict.fromkeys([*group.central, *topics.members(number)])
        found.append((group.name, list(members)))
    inside = {paper_id for _, members in found for paper_id in members}
    rest = [paper_id for paper_id in ids if paper_id not in inside]
    if rest:
        found.append((OTHERS if found else NEW, rest))
    return found
