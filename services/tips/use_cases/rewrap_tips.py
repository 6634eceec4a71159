"""Wrap the keys of tips again when the team's keys have changed, and give older tips a key pair of their own."""

from uuid import UUID

from nacl.public import PrivateKey
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import Database
from services.tips.storage import filing_additions, messages, tip_keys, tips
from services.tips.storage.keyring import KeyringSource
from services.tips.storage.sealing import OpenTip, Sealer, TeamReader, TipKeys, Unreadable, in_envelope

_BATCH = 100


class RewrapTips:
    """Brings every tip under the current generation, some in each transaction, while everything else goes on."""

    def __init__(self, database: Database, sealer: Sealer, reader: TeamReader, keyring: KeyringSource) -> None:
        self._database = database
        self._sealer = sealer
        self._reader = reader
        self._keyring = keyring

    async def __call__(self) -> int:
        """Return how many tips were wrapped again; without private keys none is.

        Tips whose generation is not on the ring are passed over; `counts` shows them.
        """
        if not self._reader.can_read:
            return 0
        count, after = 0, UUID(int=0)
        while True:
            wrapped, last = await self._batch(after)
            count += wrapped
            if last is None:
                return count
            after = last

    async def counts(self) -> dict[str, int]:
        """Return how many tips are wrapped under each generation."""
        async with self._database.reading() as session:
            return await tip_keys.count_by_generation(session)

    async def _batch(self, after: UUID) -> tuple[int, UUID | None]:
        async with self._database.transaction() as session:
            current = self._keyring().current.id
            found = await tip_keys.wrapped_otherwise(session, current, after=after, limit=_BATCH)
            wrapped = 0
            for tip_id, keys in found:
                try:
                    opened = self._reader.open(keys)
                except Unreadable:
                    continue
                await self._wrap(session, tip_id, keys, opened)
                wrapped += 1
        return wrapped, found[-1][0] if found else None

    async def _wrap(self, session: AsyncSession, tip_id: UUID, keys: TipKeys, opened: OpenTip) -> None:
        if keys.public is None or opened.envelope is None:
            await self._renew(session, tip_id, opened)
        else:
            wrapped = self._sealer.wrap(PrivateKey(opened.private), opened.envelope)
            await tip_keys.replace_keys(session, tip_id, wrapped)

    async def _renew(self, session: AsyncSession, tip_id: UUID, opened: OpenTip) -> None:
        """Seal a tip of before under a key pair of its own, message by message."""
        await tips.find_tip(session, tip_id, lock=True)
        sealed = await tips.find_sealed(session, tip_id)
        if sealed is None:
            raise Unreadable
        keys: TipKeys = self._sealer.new_tip()
        await tips.reseal(
            session,
            tip_id,
            content=self._sealer.content(opened.content(sealed.content), keys),
            identity=None if sealed.identity is None else self._sealer.for_team(sealed.identity, keys),
        )
        for message in await messages.list_messages(session, tip_id):
            await messages.reseal(
                session,
                message.id,
                for_team=self._sealer.message_for_team(opened.message(message.for_team), keys),
                for_reporter=in_envelope(message.for_reporter, keys, self._keyring),
            )
        for addition in await filing_additions.list_additions(session, tip_id):
            filed = in_envelope(addition.filed, keys, self._keyring)
            await filing_additions.reseal(session, tip_id, addition.number, filed)
        await tip_keys.replace_keys(session, tip_id, keys)
