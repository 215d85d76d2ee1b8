"""``trader247 exchange serve`` in a process of its own, and one signing client of it."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import jwt
from tests.system.daemon_process import ROOT, environment

from trader247.model.instant import SECOND
from trader247.runtime.clock import SystemClock

API = "/api/v3/brokerage"


class Served:
    """A running exchange and one signing client of it."""

    def __init__(self, process: subprocess.Popen[str], key_file: Path) -> None:
        self.process = process
        self.lines: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("ready"):
                break
        text = "\n".join(self.lines)
        found = re.search(r"http://(127\.0\.0\.1:\d+)/api", text)
        assert found is not None, text
        self.host = found.group(1)
        account = re.search(r"^account +([0-9a-f-]+):", text, re.MULTILINE)
        assert account is not None, text
        self.account = account.group(1)
        self.key_file = key_file
        self._key = json.loads(key_file.read_text())
        self.http = httpx.Client(base_url=f"http://{self.host}", trust_env=False, timeout=30)

    def token(self, uri: str | None = None) -> str:
        now_s = SystemClock().now().utc // SECOND
        claims = {"sub": self._key["name"], "iss": "cdp", "nbf": now_s, "exp": now_s + 120}
        claims |= {"uri": uri} if uri else {}
        return jwt.encode(claims, self._key["privateKey"], "ES256", headers={"kid": self._key["name"]})

    def ask(self, method: str, path: str, content: object = None, query: str = "") -> httpx.Response:
        token = self.token(f"{method} {self.host}{API}{path}")
        return self.http.request(method, API + path + query, json=content, headers={"authorization": f"Bearer {token}"})

    def stop(self, how: signal.Signals) -> str:
        self.process.send_signal(how)
        assert self.process.stdout is not None
        rest = self.process.stdout.read()
        assert self.process.wait(30) == 0
        return rest


@contextmanager
def served(tmp_path: Path, *options: str) -> Iterator[Served]:
    key_file = tmp_path / "key.json"
    command = [sys.executable, "-m", "trader247", "exchange", "serve", "--port", "0", "--write-key", str(key_file)]
    with subprocess.Popen(
        [*command, *options], cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            exchange = Served(process, key_file)
            with exchange.http:
                yield exchange
        finally:
            process.kill()
