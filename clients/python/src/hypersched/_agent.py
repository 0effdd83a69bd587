"""The agent's endpoint: reports by POST, answered when they are on its disk."""

from __future__ import annotations

import atexit
import http.client
import json
import os
import time
from dataclasses import dataclass
from typing import Any, Dict, Optional
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Advice:
    """What the agent answered to a report."""

    #: `continue`; `checkpoint`: write one and train on, the time is nearly up; `stop`: write one and leave.
    action: str
    #: Seconds to the deadline, or to the end of the agent where that comes first; None: no limit.
    time_left: Optional[float]
    #: Slots that the attempt holds.
    slots: int


class Refused(Exception):
    """The agent has read the report and does not take it."""


class Agent:
    """One per process. Not for use by several threads at once."""

    #: Seconds to try again for while nobody listens: an agent that is started again needs about one.
    patience = 3.0
    timeout = 30.0

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname or not parts.path:
            raise ValueError(f"HYPERSCHED_REPORT_URL: expected http://HOST:PORT/PATH, found {url!r}")
        self._host = parts.hostname
        self._port = parts.port or 80
        self._path = parts.path
        self._token = token
        self._connection: Optional[http.client.HTTPConnection] = None
        self._process = os.getpid()
        self._is_down = False
        atexit.register(self._drop)

    def post(self, body: Dict[str, Any]) -> Optional[Advice]:
        """Sends a report; it must have an id, because it is sent again where no answer came.

        :returns: None where the agent can not be reached, or has forgotten the attempt.
        :raises Refused: the agent says what is wrong with it.
        """
        data = json.dumps(body).encode()
        end = time.monotonic() + (0.0 if self._is_down else self.patience)
        pause = 0.05
        while True:
            try:
                status, answer = self._once(data)
            except (OSError, http.client.HTTPException):
                status, answer = 0, b""
                self._drop()
            if status == 200:
                self._is_down = False
                return _advice(answer)
            if status in (400, 413, 422):
                raise Refused(_reason(answer))
            if status in (401, 404, 409) or time.monotonic() + pause > end:
                self._is_down = True
                return None
            time.sleep(pause)
            pause = min(2 * pause, 0.5)

    def _once(self, data: bytes) -> "tuple[int, bytes]":
        if self._process != os.getpid():
            # After a fork the connection is the parent's; closing this copy does not end it.
            self._drop()
            self._process = os.getpid()
        if self._connection is None:
            # No proxy of the environment is asked: this is the same machine.
            self._connection = http.client.HTTPConnection(self._host, self._port, timeout=self.timeout)
        headers = {"Authorization": "Bearer " + self._token, "Content-Type": "application/json"}
        self._connection.request("POST", self._path, data, headers)
        response = self._connection.getresponse()
        return response.status, response.read()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _advice(answer: bytes) -> Advice:
    found = json.loads(answer)
    left = found.get("time_left_s")
    return Advice(str(found["action"]), None if left is None else float(left), int(found["slots"]))


def _reason(answer: bytes) -> str:
    try:
        problem = json.loads(answer)
        errors = "; ".join(f"{e['field']}: {e['message']} ({e['fix']})" for e in problem.get("errors", []))
        return errors or problem.get("detail") or problem.get("title") or "refused"
    except (ValueError, AttributeError, KeyError):
        return answer[:200].decode(errors="replace")
