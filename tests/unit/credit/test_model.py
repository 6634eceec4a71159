"""A hundred thousand random events against the clerk: the ledger, what others are told, and the clerk agree."""

import json
import random
from collections import Counter
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from services.credit.domain.calendar import business_date
from services.credit.domain.ledger import PointsEntry, standing_entries, with_repairs, without_ground
from services.credit.domain.measure import Measure, MeasureKind, StatedMeasure, measures
from services.credit.domain.policy import PolicyBook
from services.credit.domain.policy_document import read_policy
from services.credit.domain.repair import repairable_points, shortened_end
from services.credit.domain.restatement import restate
from services.credit.domain.standing import eligibility, standing
from services.credit.domain.term_change import TermChange, TermChangeKind
from tests.unit.credit.clerk import REWARD, Clerk, Easing, Paper

EVENTS, PERSONS, SEED = 100_000, 2_500, 20_260_310
CODE = "D110105000001"
START = datetime(2026, 9, 1, 2, tzinfo=UTC)
CHANGE = "2027-04-01"


def policies() -> PolicyBook:
    text = (Path(__file__).parents[3] / "services/credit/policies/national-2024.json").read_text(encoding="utf-8")
    old = json.loads(text)
    new = deepcopy(old)
    old["version"], new["version"], new["effective_from"] = "old", "new", CHANGE
    new["practitioner"]["suspension"] |= {"from_points": 8, "months_by_points": {"8": 1, "9": 2, "10": 4, "11": 5}}
    return PolicyBook([read_policy(old), read_policy(new)])


BOOK = policies()


class Person:
    """One person, kept by the domain on one side and by the clerk on the other."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.now = START + timedelta(minutes=dice.randrange(200_000))
        self.clerk = Clerk()
        self.ledger: list[PointsEntry] = []
        self.changes: list[TermChange] = []
        self.told: list[StatedMeasure] = []
        self.heard: dict[UUID, tuple[datetime, datetime | None, str]] = {}
        """What a neighbour knows from facts alone: beginning, end and kind of each measure."""
        self.sanctions: list[UUID] = []
        self.findings: dict[int, UUID] = {}
        self.entries: dict[tuple[int, int], PointsEntry] = {}
        self.done: Counter[str] = Counter()

    def id(self) -> UUID:
        return UUID(int=self.dice.getrandbits(128), version=4)

    def happen(self) -> None:
        """Let time pass, or not, and let one thing happen."""
        if self.dice.random() < 0.9:
            self.now += timedelta(seconds=self.dice.choice((1, 86_400, 700_000, 3_000_000)) * self.dice.random())
        event = self.dice.choices(
            (self.score, self.fall, self.objection, self.annulment, self.repair, self.shortening, self.registration),
            (45, 14, 6, 4, 14, 7, 10),
        )[0]
        if event():
            self.done[event.__name__] += 1
        else:
            self.done["nothing"] += 1
        self.restated()

    def score(self) -> bool:
        day = business_date(self.now)
        policy = BOOK.on(day)
        sanction, number = self.id(), len(self.clerk.papers)
        violations = []
        for place in range(self.dice.choice((1, 1, 1, 2, 3))):
            points = self.dice.choice((1, 1, 2, 2, 3, 4, 5, 8, 11, 12))
            findings = set()
            for _ in range(self.dice.choice((1, 1, 2))):
                findings.add(len(self.findings))
                self.findings[len(self.findings)] = self.id()
            violations.append((points, findings))
            entry = PointsEntry(
                entry_id=self.id(),
                practitioner_code=CODE,
                sanction_id=sanction,
                violation_number=place + 1,
                institution_code=self.dice.choice(("H11010500001", "H11010500002")),
                decided_on=day,
                recorded_at=self.now,
                points=points,
                band=1,
                band_cause="other_band_1",
                degree="general",
                modifier="none",
                finding_ids=tuple(self.findings[one] for one in findings),
                policy_version=policy.version,
            )
            self.entries[number, place] = entry
            self.ledger.append(entry)
        self.sanctions.append(sanction)
        self.clerk.papers.append(Paper(self.now, day.year, policy.version, violations, len(self.ledger)))
        return True

    def counter(self, fallen: list[PointsEntry], kind: str) -> None:
        for entry in with_repairs(self.ledger, fallen):
            self.ledger.append(
                replace(
                    entry,
                    entry_id=self.id(),
                    points=-entry.points,
                    recorded_at=self.now,
                    counters_entry_id=entry.entry_id,
                    cause_id=self.sanctions[0],
                    cause_kind=kind,
                )
            )

    def fall(self) -> bool:
        """A finding falls; now and then one that fell before."""
        if not self.findings:
            return False
        self.clerk.fallen.add(self.dice.randrange(len(self.findings)))
        fallen = frozenset(self.findings[one] for one in self.clerk.fallen)
        self.counter(without_ground(self.ledger, fallen), "finding_overturned")
        return True

    def objection(self) -> bool:
        if not self.sanctions:
            return False
        number = self.dice.randrange(len(self.sanctions))
        size = len(self.clerk.papers[number].violations)
        struck = {place for place in range(size) if self.dice.random() < 0.5}
        self.clerk.papers[number].struck |= struck
        self.strike(number, struck, "objection_upheld")
        return True

    def annulment(self) -> bool:
        if not self.sanctions:
            return False
        number = self.dice.randrange(len(self.sanctions))
        struck = set(range(len(self.clerk.papers[number].violations)))
        self.clerk.papers[number].struck |= struck
        self.strike(number, struck, "sanction_annulled")
        return True

    def strike(self, number: int, struck: set[int], kind: str) -> None:
        numbers = {place + 1 for place in struck}
        self.counter(
            [
                entry
                for entry in standing_entries(self.ledger)
                if entry.sanction_id == self.sanctions[number]
                and entry.repairs_entry_id is None
                and entry.violation_number in numbers
            ],
            kind,
        )

    def repair(self) -> bool:
        year = business_date(self.now).year
        standing_now = {entry.entry_id for entry in standing_entries(self.ledger)}
        open_entries = [key for key, one in self.entries.items() if one.year == year and one.entry_id in standing_now]
        if not open_entries:
            return False
        paper, violation = self.dice.choice(open_entries)
        code = self.dice.choice(sorted(REWARD))
        policy = BOOK.on(business_date(self.now))
        entry = self.entries[paper, violation]
        points = repairable_points(policy.points.repair, policy.points.repair.measures[code], entry, self.ledger)
        assert points == self.clerk.reward(paper, violation, code)
        if points == 0:
            return False
        self.ledger.append(
            replace(
                entry,
                entry_id=self.id(),
                points=-points,
                recorded_at=self.now,
                band_cause=code,
                policy_version=policy.version,
                cause_id=self.sanctions[0],
                cause_kind="repair",
                repairs_entry_id=entry.entry_id,
            )
        )
        self.clerk.easings.append(Easing(self.now, paper, violation, code, points, len(self.ledger)))
        return True

    def shortening(self) -> bool:
        if not self.told:
            return False
        target = self.dice.choice(self.told).measure
        paper = self.sanctions.index(target.sanction_id)
        policy = BOOK.on(business_date(self.now)).points.repair
        end, days = shortened_end(policy, policy.measures["active_correction"], target, self.changes, self.now)
        (judgement,) = [one for one in self.clerk.judgements() if one.paper == paper]
        assert days == self.clerk.shortening(judgement, self.now)
        if days == 0:
            return False
        self.change(TermChangeKind.SHORTENED, target, end, days)
        self.clerk.shortenings.append((self.now, paper, end, days))
        return True

    def registration(self) -> bool:
        bans = [
            one.measure
            for one in self.told
            if one.measure.kind is MeasureKind.TERMINATION and one.measure.registered_again_at is None
        ]
        if not bans or min(one.effective_until for one in bans) - self.now > timedelta(days=500 * self.dice.random()):
            return False
        at = max(self.now, *(one.effective_until for one in bans))
        self.change(TermChangeKind.REGISTERED, bans[0], at, 0)
        self.clerk.registrations.append(at)
        return True

    def change(self, kind: TermChangeKind, target: Measure, at: datetime, days: int) -> None:
        self.changes.append(
            TermChange(self.id(), CODE, kind, target.sanction_id, at, days, self.now, self.id(), target.policy_version)
        )

    def restated(self) -> None:
        """Tell the neighbour what changed, as facts do, and keep what was told."""
        due = measures(self.ledger, BOOK, self.changes)
        difference = restate(self.told, due)
        for gone in difference.undone:
            begin, _, kind = self.heard[gone.measure_id]
            self.heard[gone.measure_id] = (begin, begin, kind)
        for eased in difference.eased:
            begin, end, kind = self.heard[eased.measure_id]
            new_end = eased.measure.ends_at
            self.heard[eased.measure_id] = (begin, new_end if end is None else min(end, new_end), kind)
        new = [StatedMeasure(self.id(), CODE, measure) for measure in difference.new]
        for one in new:
            end = one.measure.ends_at if one.measure.kind is MeasureKind.SUSPENSION else None
            self.heard[one.measure_id] = (one.measure.effective_from, end, one.measure.kind.value)
            if one.measure.registered_again_at is not None:
                self.heard[one.measure_id] = (
                    one.measure.effective_from,
                    one.measure.registered_again_at,
                    one.measure.kind.value,
                )
        kept = [one for one in self.told if one not in difference.undone]
        eased_by_id = {one.measure_id: one for one in difference.eased}
        self.told = [eased_by_id.get(one.measure_id, one) for one in kept] + new

    def heard_status(self, at: datetime) -> str:
        running = [kind for begin, end, kind in self.heard.values() if begin <= at and (end is None or at < end)]
        if MeasureKind.TERMINATION.value in running:
            return "terminated"
        return "suspended" if running else "eligible"

    def check(self) -> None:
        at = self.dice.choice((self.now, self.now, START + (self.now - START) * (2 * self.dice.random())))
        found = standing(CODE, self.ledger, at, BOOK, self.changes)
        wanted = (self.clerk.points(at), self.clerk.status(at))
        assert (found.points, found.eligibility.status.value) == wanted
        assert found.points >= 0
        assert eligibility([one.measure for one in self.told], at).status.value == wanted[1]
        assert self.heard_status(at) == wanted[1]
        assert {entry.sanction_id for entry in self.ledger} <= set(self.sanctions)


def test_a_hundred_thousand_random_events_leave_ledger_neighbours_and_clerk_in_agreement():
    dice = random.Random(SEED)
    people = [Person(dice) for _ in range(PERSONS)]
    for number in range(EVENTS):
        person = people[number % PERSONS]
        person.happen()
        person.check()
    done = sum((person.done for person in people), Counter())
    assert done["nothing"] < EVENTS / 3
    assert min(done[name] for name in ("score", "fall", "objection", "annulment", "repair", "shortening")) > 1_000
    assert done["registration"] > 500
