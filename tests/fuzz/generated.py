"""Cases that schemathesis makes of the published interface: every boundary of every schema, then chains of calls.

The chains follow links between operations, given or inferred, and reuse what earlier answers held.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import requests
import schemathesis
from hypothesis import strategies
from schemathesis.config import SchemathesisConfig
from schemathesis.core.transport import Response
from schemathesis.engine import events, from_schema
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER, HookContext

from tests.fuzz.callers import Callers
from tests.fuzz.tally import Asked, Tally

KNOWN_SHARE = 0.5
"""How often a parameter gets a value that the service knows: else nearly all cases would end in a 404."""
TIMEOUT_SECONDS = 30
SAMPLE_BODY = 300
PASSED_ON = ("text/csv", "application/x-ndjson", "application/octet-stream")


class Generated:
    """One run of schemathesis against a service."""

    def __init__(
        self, base_url: str, tally: Tally, callers: Callers, known: Mapping[str, Sequence[str]], *, seed: int
    ) -> None:
        self._base_url = base_url
        self._tally = tally
        self._callers = callers
        self._known = known
        self._seed = seed
        self._random = Random(seed)
        self._way = ""
        self._goal = 0
        self._stream: Any = None
        self.troubles: list[str] = []

    def boundaries(self, document: Mapping[str, Any], *, goal: int) -> None:
        """Ask at every boundary of every schema, with data that fits and data that does not."""
        self._way = "boundary"
        engine = from_schema(self._schema(document))
        self._run(engine.execute(), goal)

    def chains(self, document: Mapping[str, Any], *, goal: int) -> None:
        """Ask in chains of up to six calls until so many cases are counted."""
        self._way = "chain"
        while self._tally.cases < goal:
            before = self._tally.cases
            self._run(from_schema(self._schema(document)).fuzz(), goal)
            self._seed += 1
            if self._tally.cases == before:
                raise RuntimeError(f"schemathesis makes no more cases: {self.troubles[-3:]}")

    def _schema(self, document: Mapping[str, Any]) -> schemathesis.BaseSchema:
        config = SchemathesisConfig.from_dict(
            {
                "seed": self._seed,
                "base-url": self._base_url,
                "request-timeout": TIMEOUT_SECONDS,
                "continue-on-failure": True,
                # Answers are judged by us, each once; theirs would send some requests twice.
                "checks": {"enabled": False, "not_a_server_error": {"enabled": True}},
                "generation": {"mode": "all", "database": "none"},
                "phases": {
                    "examples": {"enabled": False},
                    "fuzzing": {"enabled": False},
                    "stateful": {"enabled": False},
                },
                "suppress-health-check": ["all"],
            }
        )
        return schemathesis.openapi.from_dict(dict(document), config=config)

    def _run(self, stream: Any, goal: int) -> None:
        self._stream, self._goal = stream, goal
        _teach_media_types()
        hooks = (self._before_call, self._after_call, self._after_network_error)
        for hook, name in zip(hooks, ("before_call", "after_call", "after_network_error"), strict=True):
            GLOBAL_HOOK_DISPATCHER.register_hook_with_name(hook, name)
        try:
            for event in stream:
                if isinstance(event, events.NonFatalError):
                    self.troubles.append(f"{event.label}: {event.info.title} {event.info.message}"[:500])
                elif isinstance(event, events.FatalError):
                    raise event.exception
        finally:
            for hook in hooks:
                GLOBAL_HOOK_DISPATCHER.unregister(hook)

    def _before_call(self, context: HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
        case.headers = {**(case.headers or {}), **self._callers.draw(self._random)}
        for given in (case.path_parameters, case.query):
            for name in given or {}:
                values = self._known.get(name)
                if values and self._random.random() < KNOWN_SHARE:
                    given[name] = self._random.choice(values)

    def _after_call(self, context: HookContext, case: schemathesis.Case, response: Response) -> None:
        headers = {name: values[0] for name, values in response.headers.items()}
        if self._tally.cases + 1 >= self._goal:
            self._stream.stop()
        asked = self._asked(case, response.request)
        if case.method.upper() != case.operation.method.upper():
            # Another method at the same address is nothing that was published; only a failure counts.
            if response.status_code >= 500:
                self._tally.answered(asked, response.status_code, headers, response.content, response.elapsed)
            return
        self._tally.answered(asked, response.status_code, headers, response.content, response.elapsed)

    def _after_network_error(
        self, context: HookContext, case: schemathesis.Case, request: requests.PreparedRequest
    ) -> None:
        self._tally.silent(self._asked(case, request), "no whole answer", allowed=False)

    def _asked(self, case: schemathesis.Case, request: requests.PreparedRequest) -> Asked:
        body = request.body
        text = body if isinstance(body, str) else (body or b"")[:SAMPLE_BODY].decode(errors="backslashreplace")
        path = (request.url or "").removeprefix(self._base_url)
        kind = (request.headers or {}).get("Content-Type", "")
        return Asked(case.operation.label, self._way, f"{request.method} {path} [{kind}] {text[:SAMPLE_BODY]}")


def _teach_media_types() -> None:
    """Tell schemathesis how bodies look that it has no notion of."""
    for name in PASSED_ON:
        schemathesis.openapi.media_type(name, strategies.binary(max_size=2000))
