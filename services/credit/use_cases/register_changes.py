"""Register changes of institutions and practitioners as intake's registry states them."""

from collections.abc import Sequence

from services.contracts.intake import InstitutionChanged, PractitionerChanged
from services.credit.storage import register
from services.credit.storage.register import RegisteredInstitution, RegisteredPractitioner
from services.kit import inbox
from services.kit.db import Database
from services.kit.inbox import Event


class RegisterChanges:
    """Keeps credit's copy of the registry; late news does not replace newer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def institutions(self, events: Sequence[Event[InstitutionChanged]]) -> None:
        """Store institutions (定点医药机构)."""
        async with self._database.transaction() as session:
            claimed = await inbox.claim(session, events)
            await register.put_institutions(
                session,
                [
                    RegisteredInstitution(
                        institution_code=event.data.institution_code,
                        kind=event.data.kind,
                        level=event.data.level,
                        region=event.data.region,
                        active=event.data.active,
                        stated_at=event.time,
                        agreement_from=event.data.agreement_from,
                        agreement_until=event.data.agreement_until,
                    )
                    for event in claimed
                ],
            )

    async def practitioners(self, events: Sequence[Event[PractitionerChanged]]) -> None:
        """Store practitioners (医保相关人员)."""
        async with self._database.transaction() as session:
            claimed = await inbox.claim(session, events)
            await register.put_practitioners(
                session,
                [
                    RegisteredPractitioner(
                        practitioner_code=event.data.practitioner_code,
                        category=event.data.category,
                        institution_codes=event.data.institution_codes,
                        active=event.data.active,
                        stated_at=event.time,
                    )
                    for event in claimed
                ],
            )
