"""Propose points: whoever the findings of a sanction name may be responsible, and a person decides."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.policy import Policy
from services.credit.domain.sanction import Sanction
from services.credit.storage import points, proposals, register
from services.credit.storage.findings import ConfirmedFinding
from services.credit.storage.proposals import Proposal
from services.kit.ids import new_id


async def make_proposals(
    session: AsyncSession,
    sanction: Sanction,
    policy: Policy,
    held: Mapping[UUID, ConfirmedFinding],
    *,
    now: datetime,
) -> list[Proposal]:
    """Store a proposal for everyone whom the answered findings name and the policy covers.

    Passed over are persons scored with the sanction itself, and findings scored for the person before.
    """
    answered = [held[finding_id] for finding_id in dict.fromkeys(sanction.answered_finding_ids)]
    decided = {person.practitioner_code for person in sanction.persons}
    named = {code for finding in answered for code in finding.practitioner_codes} - decided
    institution = await register.find_institution(session, sanction.institution_code)
    if institution is None or not named:
        return []
    people = await register.find_practitioners(session, named)
    scored = await points.scored_findings(session, [finding.finding_id for finding in answered], named)
    made = []
    for code in sorted(people):
        if people[code].category not in policy.points.covered[institution.kind]:
            continue
        own = [
            finding
            for finding in answered
            if code in finding.practitioner_codes and (finding.finding_id, code) not in scored
        ]
        if own:
            made.append(
                Proposal(
                    proposal_id=new_id(),
                    sanction_id=sanction.sanction_id,
                    practitioner_code=code,
                    institution_code=sanction.institution_code,
                    finding_ids=tuple(finding.finding_id for finding in own),
                    policy_version=policy.version,
                    made_at=now,
                    traceparent=own[0].traceparent,
                )
            )
    await proposals.add(session, made)
    return made
