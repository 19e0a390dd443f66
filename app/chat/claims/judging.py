"""What a judge (see `app.core.ports.Judge`) may change of the verdicts that the rules gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.chat.claims.check import Finding
from app.core.domain import Claim, Evidence, Verdict
from app.core.ports import Judge

DOUBTED = "the judge does not find this in the cited abstract"
_Pairs = list[tuple[Claim, Finding | None]]


def judged(pairs: _Pairs, evidence: Mapping[int, Evidence], judge: Judge) -> _Pairs:
    """The claims after one look of the judge at all of them. It is not asked about verbatim quotes, and what a guard
    found stands: no judge makes a wrong figure right."""
    asked = [
        at for at, (_, finding) in enumerate(pairs) if finding and not finding.guarded and finding.cosine < 1.0
    ]  # fmt: skip
    if not asked:
        return pairs
    claims = [pairs[at][0] for at in asked]
    verdicts = judge.judge([(c.text, [evidence[m] for m in c.markers if m in evidence]) for c in claims])
    found = list(pairs)
    for at, verdict in zip(asked, verdicts, strict=True):
        claim, finding = pairs[at]
        found[at] = _with(claim, verdict), finding
    return found


def _with(claim: Claim, verdict: Verdict | None) -> Claim:
    if verdict is None or verdict == "unchecked" or verdict == claim.verdict:
        return claim
    return replace(claim, verdict=verdict, problems=(DOUBTED,) if verdict == "unsupported" else ())
