"""A client of the daemon's HTTP interface (docs/PROTOCOL.md)."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import shutil
import ssl
import stat
import tarfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Union

from ._types import HyperSchedError, Sweep, TrialRow

#: Answers that are worth another try: nothing was changed.
_TRY_AGAIN = (502, 503, 504, 507)
#: 429 is worth one only with these words; `queue_full` lasts longer.
_BUSY = ("busy",)


class Client:
    """Submits sweeps, follows them, fetches the winner.

    >>> client = Client("http://127.0.0.1:8472")
    >>> sweep = client.submit("sweep.yaml")
    >>> sweep = client.wait(sweep.id)
    >>> client.best(sweep.id).objective
    """

    def __init__(
        self,
        url: Optional[str] = None,
        *,
        token_file: Union[str, "os.PathLike[str]", None] = None,
        ca_file: Union[str, "os.PathLike[str]", None] = None,
        timeout: float = 30.0,
        patience: float = 30.0,
    ) -> None:
        """
        :param url: of the daemon; by default HYPERSCHED_DAEMON, else http://127.0.0.1:8472.
        :param token_file: a file with the token, which nobody else may read; by default HYPERSCHED_TOKEN_FILE, else
            ~/.config/hypersched/token where there is one.
        :param ca_file: a PEM file of the authorities that may vouch for the daemon; by default HYPERSCHED_CA_FILE, else
            the system's.
        :param timeout: seconds for one request.
        :param patience: seconds for which a request that found the daemon away or busy is tried again.
        """
        base = url or os.environ.get("HYPERSCHED_DAEMON") or "http://127.0.0.1:8472"
        scheme = urllib.parse.urlsplit(base).scheme
        if scheme not in ("http", "https"):
            raise ValueError(f"url: expected http://HOST:PORT or https://HOST:PORT, found {base!r}")
        self.url = base.rstrip("/")
        self.timeout = timeout
        self.patience = patience
        self._token = _token(token_file, self.url)
        self._tls: Optional[ssl.SSLContext] = None
        if scheme == "https":
            authorities = ca_file or os.environ.get("HYPERSCHED_CA_FILE")
            self._tls = ssl.create_default_context(cafile=os.fspath(authorities) if authorities else None)

    # Sweeps

    def submit(self, sweep: Union[str, os.PathLike[str], Mapping[str, Any]], *, key: Optional[str] = None) -> Sweep:
        """Starts a sweep.

        :param sweep: the path of a sweep file, or what it says as a dictionary (docs/SWEEP_FILE.md).
        :param key: the same key with the same file gives the same sweep, however often it is sent; by default a new one.
        :raises HyperSchedError: `invalid_sweep` with one entry for each mistake.
        """
        if isinstance(sweep, Mapping):
            body = json.dumps(sweep, allow_nan=False).encode()
        else:
            body = Path(sweep).read_bytes()
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return Sweep.of(self._json("POST", "/sweeps", body=body, headers=headers))

    def sweep(self, sweep: int) -> Sweep:
        return Sweep.of(self._json("GET", f"/sweeps/{sweep}"))

    def sweeps(self) -> Iterator[Sweep]:
        """All sweeps, newest first."""
        return (Sweep.of(raw) for raw in self._pages("/sweeps"))

    def wait(self, sweep: int, *, timeout: Optional[float] = None, every: float = 2.0) -> Sweep:
        """Waits until the sweep is over.

        :param timeout: seconds; None: as long as it takes.
        :raises TimeoutError: it goes on.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            found = self.sweep(sweep)
            if found.is_over:
                return found
            pause = every
            if end is not None:
                pause = min(every, end - time.monotonic())
                if pause <= 0:
                    raise TimeoutError(f"sweep {sweep} is {found.state}, {found.time_left:.0f} s before its deadline")
            time.sleep(pause)

    def cancel(self, sweep: int) -> Sweep:
        return Sweep.of(self._json("POST", f"/sweeps/{sweep}/cancel"))

    def extend(self, sweep: int, deadline: str) -> Sweep:
        """Moves the deadline; paused trials go on from their checkpoints.

        :param deadline: an instant with a zone, `2026-12-01T08:00:00Z`, later than the present one.
        """
        body = json.dumps({"deadline": deadline}).encode()
        return Sweep.of(self._json("POST", f"/sweeps/{sweep}/extend", body=body))

    # Trials

    def rank(self, sweep: int, limit: Optional[int] = None) -> List[TrialRow]:
        """The trials, best first; those without a result last."""
        rows: List[TrialRow] = []
        for raw in self._pages(f"/sweeps/{sweep}/ranking", limit=min(limit or 1000, 1000)):
            if limit is not None and len(rows) >= limit:
                break
            rows.append(TrialRow.of(raw))
        return rows

    def best(self, sweep: int) -> Optional[TrialRow]:
        """The best trial; None: no trial has a result yet."""
        return next((row for row in self.rank(sweep, limit=1) if row.objective is not None), None)

    def curve(self, trial: int) -> List[Dict[str, Any]]:
        """The trial's reports in the order of arrival: `step`, `metrics`, `elapsedSeconds`, `attempt`, ..."""
        return list(self._pages(f"/trials/{trial}/curve"))

    def logs(self, trial: int, attempt: Optional[int] = None) -> str:
        """What the trial's program has printed; by default its latest attempt."""
        text, offset = b"", 0
        while True:
            query: Dict[str, Any] = {"offset": offset}
            if attempt is not None:
                query["attempt"] = attempt
            piece = self._bytes("GET", f"/trials/{trial}/logs", query=query)
            if not piece:
                return text.decode(errors="replace")
            text += piece
            offset += len(piece)

    def fetch_checkpoint(self, trial: int, to: Union[str, os.PathLike[str]], *, which: str = "best") -> Path:
        """Unpacks the trial's checkpoint into the directory `to`, which must not exist or be empty.

        :param which: `best` or `latest`.
        :raises HyperSchedError: there is none, or it came damaged (`wrong_content`).
        """
        target = Path(to)
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise FileExistsError(f"{target} exists and is not an empty directory; name another one")
        with self._open("GET", f"/trials/{trial}/checkpoint", query={"which": which}) as answer:
            expected = answer.headers.get("X-Checkpoint-SHA256")
            target.parent.mkdir(parents=True, exist_ok=True)
            archive = target.parent / f".{target.name}.{os.getpid()}.tar"
            try:
                _save(answer, archive, expected)
                _unpack(archive, target)
            finally:
                archive.unlink(missing_ok=True)
        return target

    # Requests

    def _pages(self, path: str, limit: int = 1000) -> Iterator[Dict[str, Any]]:
        query: Dict[str, Any] = {"limit": limit}
        while True:
            page = self._json("GET", path, query=query)
            yield from page["items"]
            if "nextCursor" not in page:
                return
            query["cursor"] = page["nextCursor"]

    def _json(self, method: str, path: str, **rest: Any) -> Any:
        return json.loads(self._bytes(method, path, **rest))

    def _bytes(self, method: str, path: str, **rest: Any) -> bytes:
        with self._open(method, path, **rest) as answer:
            content: bytes = answer.read()
            return content

    def _open(
        self,
        method: str,
        path: str,
        *,
        body: Optional[bytes] = None,
        query: Optional[Mapping[str, Any]] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Any:
        """Every request of this class is safe to repeat, so one that got no answer is."""
        url = self.url + "/api/v1" + path + ("?" + urllib.parse.urlencode(query) if query else "")
        if method == "POST" and body is None:
            body = b""
        end = time.monotonic() + self.patience
        while True:
            request = urllib.request.Request(url, data=body, headers=dict(headers or {}), method=method)
            if self._token is not None:
                # Not sent along when the answer sends the request elsewhere.
                request.add_unredirected_header("Authorization", f"Bearer {self._token}")
            pause = 0.5
            try:
                return urllib.request.urlopen(request, timeout=self.timeout, context=self._tls)
            except urllib.error.HTTPError as error:
                refusal = _refusal(error)
                if error.code not in _TRY_AGAIN and refusal.code not in _BUSY:
                    raise refusal from None
                pause = float(error.headers.get("Retry-After") or pause)
            except (OSError, http.client.HTTPException) as error:
                reason = getattr(error, "reason", error)
                if isinstance(reason, ssl.SSLCertVerificationError):
                    detail = f"{reason.verify_message}; name the authority that has signed it: ca_file"
                    raise HyperSchedError(
                        0, {"code": "untrusted", "title": f"the certificate of {self.url}", "detail": detail}
                    ) from None
                refusal = HyperSchedError(
                    0, {"code": "unreachable", "title": f"no answer from {self.url}", "detail": str(reason)}
                )
            if time.monotonic() + pause > end:
                raise refusal
            time.sleep(pause)


def _token(named: Union[str, "os.PathLike[str]", None], url: str) -> Optional[str]:
    """The token for the daemon at `url`; None: there is none."""
    named = named or os.environ.get("HYPERSCHED_TOKEN_FILE")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    path = Path(named) if named else config / "hypersched" / "token"
    if not named and not path.exists():
        return None
    with open(path, "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode) or mode & 0o007:
            raise PermissionError(f"{path}: every user of this machine can use this token; run: chmod 600 {path}")
        text = file.read(4097).strip()
    if not text or len(text) > 4096 or not all(0x20 < byte < 0x7F for byte in text):
        raise ValueError(f"{path}: expected one token and nothing else")
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname or ""
    is_here = host in ("localhost", "::1") or (host.startswith("127.") and host.replace(".", "").isdigit())
    if parts.scheme == "http" and not is_here and os.environ.get("HYPERSCHED_ALLOW_PLAINTEXT") != "1":
        raise ValueError(
            f"the token in {path} would cross the network to {url} as plain text: use https://, or set "
            "HYPERSCHED_ALLOW_PLAINTEXT=1 on a network that nobody else can listen to"
        )
    return text.decode("ascii")


def _refusal(error: urllib.error.HTTPError) -> HyperSchedError:
    text = error.read()
    try:
        problem = json.loads(text)
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {"title": f"HTTP {error.code}", "detail": text[:200].decode(errors="replace")}
    return HyperSchedError(error.code, problem)


def _save(answer: io.BufferedIOBase, file: Path, expected: Optional[str]) -> None:
    digest = hashlib.sha256()
    with open(file, "wb") as out:
        while True:
            piece = answer.read(1 << 20)
            if not piece:
                break
            digest.update(piece)
            out.write(piece)
    if expected is not None and digest.hexdigest() != expected:
        raise HyperSchedError(
            0,
            {
                "code": "wrong_content",
                "title": "the checkpoint came damaged",
                "detail": f"expected SHA-256 {expected}, found {digest.hexdigest()}; fetch it again",
            },
        )


def _unpack(archive: Path, target: Path) -> None:
    """Only plain files and directories inside the target: an archive is data from elsewhere."""
    made = not target.exists()
    target.mkdir(exist_ok=True)
    root = target.resolve()
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                place = (root / member.name).resolve()
                if not (member.isfile() or member.isdir()) or (place != root and root not in place.parents):
                    raise HyperSchedError(
                        0,
                        {
                            "code": "wrong_content",
                            "title": "the checkpoint was not unpacked",
                            "detail": f"{member.name!r} is a link or lies outside the directory",
                        },
                    )
                if member.isdir():
                    place.mkdir(parents=True, exist_ok=True)
                    continue
                place.parent.mkdir(parents=True, exist_ok=True)
                source = tar.extractfile(member)
                assert source is not None
                with source, open(place, "wb") as out:
                    shutil.copyfileobj(source, out)
    except BaseException:
        for entry in list(target.iterdir()):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        if made:
            target.rmdir()
        raise
