"""One attack on a running service: what schemathesis makes, sound bodies made unsound, and broken HTTP, in turns."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from random import Random
from typing import Any

import httpx

from tests.fuzz.callers import Callers
from tests.fuzz.generated import Generated
from tests.fuzz.hostile import Hostile, HostileRequests, path_of
from tests.fuzz.mutants import garbled, mutated
from tests.fuzz.published import Published
from tests.fuzz.rawwire import Answer, Exchange, request
from tests.fuzz.tally import Asked, Tally
from tests.fuzz.target import NDJSON, Sound, Target

SAMPLE = 600
SHARES = {"mutant": 2, "boundary": 1, "chain": 1, "hostile": 2}
WAYS = tuple(SHARES)
GARBLED_SHARE = 0.2
WHOLE_SHARE = 0.15
"""How many bodies are left sound, so that there is always something stored to read, reverse and correct."""


class Attack:
    """Everything against one service."""

    def __init__(
        self, target: Target, base_url: str, state: Path, *, seed: int, slow_seconds: float, told: Callable[[int], None]
    ) -> None:
        self._target = target
        self._base_url = base_url
        self._seed = seed
        self._random = Random(seed)
        self._callers = Callers(
            state,
            institution=target.institution,
            other_institution=target.other_institution,
            region=target.region,
        )
        self._exchange = Exchange(base_url)
        document = httpx.get(f"{base_url}/{target.service}/openapi.json").raise_for_status().json()
        self._published = Published(document)
        self.tally = Tally(self._published, slow_seconds=slow_seconds, told=told)
        self._known: dict[str, Sequence[str]] = dict(target.known)

    def run(self, cases: int, ways: Sequence[str] = WAYS) -> Tally:
        """Ask so many cases, shared by these ways, and return what came of them."""
        for sound in self._target.registration():
            self._send_sound(sound, whole=True)
        share = sum(SHARES[way] for way in ways)
        goal = 0.0
        for way in ways:
            goal += cases * SHARES[way] / share
            self._ask(way, cases if way == ways[-1] else int(goal))
        self._exchange.close()
        return self.tally

    def _ask(self, way: str, goal: int) -> None:
        if way == "mutant":
            self._mutants(goal)
            return
        self._learn()
        if way == "hostile":
            self._hostile(goal)
            return
        generated = Generated(self._base_url, self.tally, self._callers, self._known, seed=self._seed)
        ask = generated.boundaries if way == "boundary" else generated.chains
        ask(self._published.document, goal=goal)

    def _learn(self) -> None:
        """Look up ids that the service gave out, so that what hangs on them is reached."""
        with httpx.Client(base_url=self._base_url, headers=dict(self._callers.agency), timeout=30) as client:
            for lookup in self._target.lookups:
                answer = client.get(lookup.path)
                if answer.is_success:
                    self._known[lookup.parameter] = [str(item[lookup.field]) for item in answer.json()["items"]]

    def _round(self, number: int) -> list[Sound]:
        if self._target.bodies is not None:
            return self._target.bodies(number)
        return [self._exemplary(label) for label, operation in self._published.operations.items() if _takes(operation)]

    def _exemplary(self, label: str) -> Sound:
        """Return a request with the body that is published as an example."""
        method, template = label.split(" ", 1)
        content = self._published.operations[label]["requestBody"]["content"]
        path = path_of(template, lambda name: self._random.choice(self._known.get(name) or ("1",)).encode())
        return Sound(method, template, path.decode(), content["application/json"].get("example", {}))

    def _mutants(self, goal: int) -> None:
        """Send rounds of bodies that are mostly made unsound, in an order in which sound ones would be taken."""
        for number in itertools.count():
            for sound in self._round(number):
                if self.tally.cases >= goal:
                    return
                self._send_sound(sound, whole=self._random.random() < WHOLE_SHARE)
            self._learn()
            for sound in self._target.follow_ups(self._known, self._random):
                self._send_sound(sound, whole=self._random.random() < WHOLE_SHARE)

    def _send_sound(self, sound: Sound, *, whole: bool) -> None:
        body, headers = self._body(sound, whole=whole)
        named = {name.lower() for name, _ in headers}
        own = [] if "content-type" in named else [("Content-Type", sound.media_type)]
        caller = self._callers.agency if whole else self._callers.draw(self._random)
        made = Hostile("whole" if whole else "mutant", sound.method, sound.path.encode(), [*own, *headers], body)
        self._send(sound.label, "mutant", made, caller)

    def _body(self, sound: Sound, *, whole: bool) -> tuple[bytes, list[tuple[str, str]]]:
        draw = self._random
        if isinstance(sound.body, bytes):
            return (sound.body, []) if whole else garbled(sound.body, draw)
        if sound.media_type == NDJSON:
            count = 1 if whole else draw.choice((1, 2, 5))
            text = b"".join(json_line(sound.body) if whole else mutated(sound.body, draw) + b"\n" for _ in range(count))
        else:
            text = json.dumps(sound.body, ensure_ascii=False).encode() if whole else mutated(sound.body, draw)
        return garbled(text, draw) if not whole and draw.random() < GARBLED_SHARE else (text, [])

    def _hostile(self, goal: int) -> None:
        making = HostileRequests(dict(self._known), self._random)
        bodies = {sound.label: self._body(sound, whole=True)[0] for sound in self._round(0)}
        makers: dict[str, Iterator[Hostile]] = {}
        for label, operation in self._published.operations.items():
            query = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
            media_types = list(operation.get("requestBody", {}).get("content", {}))
            makers[label] = making.of(label, query, media_types, bodies.get(label))
        for label in itertools.cycle(makers):
            if self.tally.cases >= goal:
                return
            self._send(label, "hostile", next(makers[label]), self._callers.draw(self._random))

    def _send(self, label: str, way: str, made: Hostile, caller: Mapping[str, str]) -> None:
        headers: list[tuple[str, str | bytes]] = list(made.headers)
        if not any(name == "Authorization" for name, _ in headers):
            headers += caller.items()
        head = request(self._exchange, made.method, made.target, headers, made.body)
        shown = (
            f"{made.name}: {made.method} {made.target[:300]!r} {_brief(made.headers)} {(made.body or b'')[:SAMPLE]!r}"
        )
        asked = Asked(label, way, shown)
        try:
            answer = self._exchange.ask(made.method, [head, *(made.pieces or ())], hang_up=made.hang_up)
        except (OSError, HTTPException) as error:
            self.tally.silent(asked, f"{type(error).__name__}", allowed=made.hang_up)
            return
        self._count(asked, answer, made)

    def _count(self, asked: Asked, answer: Answer, made: Hostile) -> None:
        self.tally.answered(asked, answer.status, answer.headers, answer.body, answer.seconds, odd=made.odd)


def _takes(operation: Mapping[str, Any]) -> bool:
    return "application/json" in operation.get("requestBody", {}).get("content", {})


def json_line(body: Any) -> bytes:
    """Return a body as one line of NDJSON."""
    return json.dumps(body, ensure_ascii=False).encode() + b"\n"


def _brief(headers: Sequence[tuple[str, Any]]) -> str:
    return str([(name, value[:60]) for name, value in headers[:4]])
