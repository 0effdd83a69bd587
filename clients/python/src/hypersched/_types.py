"""What the daemon answers with (docs/PROTOCOL.md). `raw` has everything, in the daemon's own names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional


class HyperSchedError(Exception):
    """The daemon refused a request, or could not be reached (RFC 9457 problem details).

    `status` is the HTTP status (0: no answer), `code` is stable and for programs, `errors` lists field, message and fix.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code: str = problem.get("code", "unknown")
        self.errors: List[Dict[str, str]] = list(problem.get("errors") or [])
        lines = [problem.get("title", "the request was refused")]
        if problem.get("detail"):
            lines[0] += ": " + problem["detail"]
        for error in self.errors:
            fix = f" ({error['fix']})" if error.get("fix") else ""
            lines.append(f"  {error.get('field', '')}: {error.get('message', '')}{fix}")
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint in the daemon's store."""

    sha256: str
    step: int
    #: Bytes of the archive.
    size: int
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, raw: Optional[Mapping[str, Any]]) -> Optional["Checkpoint"]:
        if not raw:
            return None
        return cls(sha256=raw["sha256"], step=int(raw["step"]), size=int(raw["size"]), raw=raw)


@dataclass(frozen=True)
class TrialRow:
    """A trial as a line of the ranking; rank 1 is the best."""

    rank: int
    id: int
    state: str
    #: The best value of the sweep's metric, in the metric's own direction; None: none yet.
    objective: Optional[float]
    objective_step: Optional[int]
    last_step: int
    slots: int
    configuration: Dict[str, Any]
    #: The latest decision about it, for people.
    reason: Optional[str]
    checkpoint: Optional[Checkpoint]
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "TrialRow":
        return cls(
            rank=raw["rank"],
            id=int(raw["trial"]),
            state=raw["state"],
            objective=raw.get("objective"),
            objective_step=raw.get("objectiveStep"),
            last_step=raw["lastStep"],
            slots=raw["slots"],
            configuration=dict(raw["configuration"]),
            reason=raw.get("reason"),
            checkpoint=Checkpoint.of(raw.get("bestCheckpoint")),
            raw=raw,
        )


@dataclass(frozen=True)
class Sweep:
    """A sweep as it was when the daemon answered."""

    id: int
    name: str
    #: queued, running, finished, deadline_reached, cancelled or failed.
    state: str
    state_reason: Optional[str]
    #: Seconds to the deadline, negative after it.
    time_left: float
    #: Number of trials by state.
    trials: Dict[str, int]
    slots_held: int
    warnings: List[str]
    best: Optional[TrialRow]
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def is_over(self) -> bool:
        return self.state in ("finished", "deadline_reached", "cancelled", "failed")

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Sweep":
        return cls(
            id=int(raw["id"]),
            name=raw["name"],
            state=raw["state"],
            state_reason=raw.get("stateReason"),
            time_left=raw["timeLeftSeconds"],
            trials=dict(raw["trials"]),
            slots_held=raw["slotsHeld"],
            warnings=list(raw["warnings"]),
            best=TrialRow.of(raw["best"]) if raw.get("best") else None,
            raw=raw,
        )
