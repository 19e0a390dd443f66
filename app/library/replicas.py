"""Keeping the lists of papers of several computers in step, that share one library on a Chroma server.

Each replica tells the others by the shared log (see `app.adapters.shared_log`) what it wrote, right after it wrote it,
and takes in what they told before it compares anything. Both happen under its own writing lock, and how far each has
come stands in its own catalogue, so that a crash in between is made good at the next look:

- a version that was written by somebody who knew ours takes its place; one of ours that nobody has seen is told;
- two that know nothing of each other are merged by the rule of `ingest.merge`, with the same result wherever it
  happens, and the result is told as a new version of both;
- a paper that one replica removed and another changed at the same time stays.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from app.core.domain import Paper
from app.core.report import Told

if TYPE_CHECKING:
    from app.adapters.catalogue import SqliteCatalogue
    from app.adapters.shared_log import Entry, Head, SharedLog

# Notes in the catalogue: who we are in the log, the stamps our head may have there, our last step told, and the last
# step of each other replica that we have taken in.
_ME, _STAMPS, _TOLD, _SEEN = "replica", "replica stamps", "replica told", "replica seen"
_TOLD_TOGETHER = 2000
# Steps of another replica that are asked for at once. They hold from one paper to some thousand each.
_FIRST_STEPS, _FEW, _MANY = 8, 500, 4000
# How often we take in what came between reading the log and writing to it, before writing all the same: the others then
# find a version that does not know theirs, and merge.
_LOOKS_BEFORE_TELLING = 3
_NO_END = 2**53


class Replicas:
    """One library's part in the log. Everything but `heads` is called under the library's writing lock."""

    def __init__(self, store: SqliteCatalogue, log: SharedLog) -> None:
        self._store = store
        self._log = log

    def heads(self) -> dict[str, Head]:
        """How far each replica has told: one small request."""
        return self._log.heads()

    def others(self, heads: Mapping[str, Head]) -> dict[str, Head]:
        """The heads but our own."""
        me = self._store.about(_ME)
        return {writer: head for writer, head in heads.items() if writer != me}

    def behind(self, heads: Mapping[str, Head]) -> bool:
        """Whether there is something to take in or to tell."""
        seen = self._seen()
        news = any(head.position > seen.get(writer, 0) for writer, head in self.others(heads).items())
        return news or self.untold() or not self.known(heads)

    def known(self, heads: Mapping[str, Head]) -> bool:
        """Whether the log is as we left it; else the server has lost it, or we are a copy, or new."""
        return self._ours(heads) is not None

    def untold(self) -> bool:
        """Whether our catalogue has steps that the others have not been told."""
        return self._told() < self._store.position()

    def exchange(self, heads: Mapping[str, Head] | None = None) -> list[str]:
        """Take in what the others told, and tell them what they do not know; ids of papers taken in."""
        heads = self._log.heads() if heads is None else heads
        self._become(heads)
        taken = self._take_in(heads)
        for look in range(_LOOKS_BEFORE_TELLING + 1):
            if self._tell(heads, whatever=look == _LOOKS_BEFORE_TELLING):
                break
            heads = self._log.heads()
            taken += self._take_in(heads)
        return taken

    def made_vectors(self) -> None:
        """Let the others know that there are new vectors, or that other ones are in use."""
        if self._store.about(_ME):
            self._log.note_vectors(str(self._store.about(_ME)), uuid.uuid4().hex)

    # --- who we are ---------------------------------------------------------------------------------------------

    def _seen(self) -> dict[str, int]:
        return dict(json.loads(self._store.about(_SEEN) or "{}"))

    def _note_seen(self, writer: str, position: int) -> None:
        self._store.note(_SEEN, json.dumps({**self._seen(), writer: position}))

    def _told(self) -> int:
        return int(self._store.about(_TOLD) or 0)

    def _ours(self, heads: Mapping[str, Head]) -> Head | None:
        """Our own head, if it is as we left it."""
        head = heads.get(self._store.about(_ME) or "")
        return head if head and head.stamp in (self._store.about(_STAMPS) or "").split() else None

    def _become(self, heads: Mapping[str, Head]) -> None:
        """Be a replica that the log knows. One that it does not know is new, or the server has lost everything, and is
        told everything. One whose head was moved by somebody else is a copy of another (a copied data folder, a backup
        put back), and goes on under a name of its own from where both were one."""
        me = self._store.about(_ME)
        if self.known(heads):
            return
        if me and me in heads:
            self._note_seen(me, self._told())
        else:
            self._store.note(_TOLD, "0")
            self._store.note(_SEEN, "{}")
        self._store.note(_ME, uuid.uuid4().hex)
        self._move_head(self._told())

    def _move_head(self, position: int) -> None:
        from app.adapters.shared_log import Head

        stamps, stamp = (self._store.about(_STAMPS) or "").split(), uuid.uuid4().hex
        # Noted before it is so: killed in between, we still know our own head.
        self._store.note(_STAMPS, " ".join([*stamps[-1:], stamp]))
        self._log.move_head(str(self._store.about(_ME)), Head(position, stamp))
        self._store.note(_STAMPS, stamp)

    # --- taking in ----------------------------------------------------------------------------------------------

    def _take_in(self, heads: Mapping[str, Head]) -> list[str]:
        taken: list[str] = []
        for writer, head in sorted(self.others(heads).items()):
            after, steps = self._seen().get(writer, 0), _FIRST_STEPS
            if not after:
                # What a replica wrote before it was killed, and before it said so, may stand in the place of what
                # another had told. Who saw that has it; we have not.
                taken += self._take(self._log.between(writer, head.position, _NO_END))
            while after < head.position:
                upto = min(head.position, after + steps)
                entries = self._log.between(writer, after, upto)
                taken += self._take(entries)
                self._note_seen(writer, upto)
                after = upto
                steps = steps * 4 if len(entries) < _FEW else max(1, steps // 4) if len(entries) > _MANY else steps
        return taken

    def _take(self, entries: Sequence[Entry]) -> list[str]:
        """Bring the catalogue to what these entries say; ids of papers that are other than they were."""
        ours = self._store.fingerprints([entry.paper_id for entry in entries])
        differing = [entry for entry in entries if ours.get(entry.paper_id) != entry.fingerprint]
        removed = [e.paper_id for e in differing if e.removed and e.paper_id in ours and e.follows(ours[e.paper_id])]
        theirs = self._log.papers([entry for entry in differing if not entry.removed])
        known = {entry.paper_id: entry for entry in differing}
        at_odds = [i for i in theirs if i in ours and not known[i].follows(ours[i])]
        kept = {e.paper_id for e in differing if e.removed and e.paper_id in ours} - set(removed)
        written = [version.paper for paper_id, version in theirs.items() if paper_id not in at_odds]
        records = [(i, *record) for i, version in theirs.items() for record in version.told.items()]
        self._write(written, removed, [record for record in records if record[0] not in at_odds])
        own = self._store.get([*at_odds, *sorted(kept)])
        # Told again as versions of our own: what was merged, and what somebody removed without knowing ours.
        merged = [_merged(own[i], theirs[i].paper) for i in at_odds]
        if merged or kept:
            told = Told([record for record in records if record[0] in at_odds])
            self._store.write([*merged, *(own[i] for i in sorted(kept))], told=told)
        doubles, replaced = self._doubles([paper for paper in written if paper.id not in ours])
        if doubles:
            self._store.write(doubles, list(replaced), Told(moved=replaced))
        return [*(p.id for p in written), *removed, *at_odds, *(p.id for p in doubles), *replaced]

    def _write(self, papers: Sequence[Paper], removed: Sequence[str], records: Sequence[tuple[str, str, str]]) -> None:
        """Write what the others know already: unless something of ours waits to be told, this step need not be."""
        if papers or removed:
            untold = self.untold()
            position = self._store.write(papers, removed, Told(records))
            if not untold:
                self._store.note(_TOLD, str(position))

    def _doubles(self, new: Sequence[Paper]) -> tuple[list[Paper], dict[str, str]]:
        """Papers that came under one id while we had them under another, put together; and which id gives way to
        which."""
        from app.core.domain import title_key
        from ingest.merge import best_id, same_paper

        titles = self._store.ids_by_title([title_key(paper.title) for paper in new])
        dois = self._store.ids_by_doi([paper.doi for paper in new if paper.doi])
        found: dict[str, Paper] = {}
        replaced: dict[str, str] = {}
        for paper in new:
            ids = {*titles.get(title_key(paper.title), ()), *dois.get(paper.doi or "", ())}
            others = self._store.get(sorted(ids - {paper.id, *replaced, *found})).values()
            same = [other for other in others if same_paper(paper, other)]
            if len(same) == 1 and paper.id not in (*replaced, *found):
                kept = best_id(*sorted((paper.id, same[0].id)))
                found[kept] = _merged(paper, same[0])
                replaced[same[0].id if kept == paper.id else paper.id] = kept
        return list(found.values()), replaced

    # --- telling ------------------------------------------------------------------------------------------------

    def _tell(self, heads: Mapping[str, Head], whatever: bool) -> bool:
        """Tell the others our steps. False, with nothing told of that step, if somebody has written meanwhile what we
        have not seen; unless it is to be told `whatever` there is."""
        from app.adapters.shared_log import Version

        me = str(self._store.about(_ME))
        while (at := self._told()) < self._store.position():
            changes = self._store.changes(at, _TOLD_TOGETHER)
            ids = [*(paper.id for paper in changes.papers), *changes.removed]
            known, seen = self._log.entries(ids), self._seen()
            unseen = any(e.writer != me and e.position > seen.get(e.writer, 0) for e in known.values())
            if unseen and not whatever:
                return False
            sources = self._store.told([paper.id for paper in changes.papers])
            new = [p for p in changes.papers if p.id not in known or known[p.id].fingerprint != p.fingerprint]
            gone = [i for i in changes.removed if i in known and not known[i].removed]
            self._log.tell((Version(p, sources.get(p.id, {})) for p in new), gone, known, me, changes.position)
            self._move_head(changes.position)
            self._store.note(_TOLD, str(changes.position))
        return True


def _merged(one: Paper, other: Paper) -> Paper:
    """Both as one paper: the same one whichever comes first."""
    from ingest.merge import merged

    return merged(*sorted((one, other), key=lambda paper: paper.fingerprint))
