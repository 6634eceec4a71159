"""Act seven: a supervisor overturns a confirmed finding, and every consequence is taken back, once."""

from typing import Any

from services.demo import visits
from services.demo.client import AUDITOR, SUPERVISOR
from services.demo.report import Undone
from services.demo.stage import Stage
from services.demo.steps.following import claim_by
from services.demo.steps.sanctioning import Cast, note_standing
from services.demo.verify import until

REASON = {"reason": "复议查明收费有据"}


async def overturn(stage: Stage, cast: Cast) -> None:
    """Overturn the finding a suspension rests on, twice over, and check what credit and screening took back."""
    held = cast.acquitted
    finding = held.findings[0]
    before = await _score(stage, held.institution_code)
    for _ in range(2):
        path = f"/screening/v1/findings/{finding['finding_id']}/overturning"
        await stage.client.post(path, SUPERVISOR, REASON)

    async def lifted() -> bool:
        file = await _file(stage, held.practitioner_code)
        after = await _score(stage, held.institution_code)
        gone = not await stage.books.barred(held.practitioner_code)
        return bool(gone and file["status"] == "eligible" and after["score_e2"] != before["score_e2"])

    complete = await until(lifted)
    file = await _file(stage, held.practitioner_code)
    after = await _score(stage, held.institution_code)
    points = [entry for entry in file["entries"] if entry["counters_entry_id"] is not None]
    scores = [
        entry
        for entry in after["entries"]
        if entry["cause"] == "finding_overturned" and entry["cause_id"] == finding["finding_id"]
    ]
    stage.report.undone = Undone(
        amount_fen=finding["amount_at_issue_fen"],
        points=-sum(entry["points"] for entry in points),
        score_e2=after["score_e2"] - before["score_e2"],
        suspension_lifted=complete,
        once_each=len(points) == len(scores) == 1 and file["points"] == 0,
    )
    stage.must(complete and stage.report.undone.once_each, "an overturned finding was not taken back exactly once")
    outcome = await stage.screening_of(await stage.post_now(claim_by(stage, held, visits.outpatient)))
    stage.must(outcome["verdict"] == "pass", "a claim after reinstatement did not pass")
    await note_standing(stage, cast)
    stage.say("撤销一条认定：记分、信用分、暂停各收回一次", "an overturned finding was taken back everywhere, once")


async def _file(stage: Stage, practitioner_code: str) -> dict[str, Any]:
    file: dict[str, Any] = await stage.client.get(f"/credit/v1/practitioners/{practitioner_code}", AUDITOR)
    return file


async def _score(stage: Stage, institution_code: str) -> dict[str, Any]:
    score: dict[str, Any] = await stage.client.get(
        f"/credit/v1/institutions/{institution_code}", AUDITOR, {"limit": 200}
    )
    return score
