"""Give the holder of a receipt the statements of filing once more."""

from dataclasses import dataclass

from services.kit.db import Database
from services.kit.errors import NotFound
from services.tips.storage import filing_additions, tips
from services.tips.storage.keyring import KeyringSource
from services.tips.storage.sealing import read_as_reporter
from services.tips.use_cases.file_additions import FiledAddition, list_filed
from services.tips.use_cases.file_statement import FiledTip, filed_from
from services.tips.use_cases.receipt_gate import ReceiptGate


@dataclass(frozen=True, slots=True, repr=False)
class Filings:
    """All that was signed for a tip."""

    tip: FiledTip | None
    """None for a tip that was filed before statements were signed."""
    additions: list[FiledAddition]

    def of(self, number: int) -> FiledTip:
        """Return what was signed for an addition, or for the tip itself under number 0; raises NotFound."""
        added = next((each.filed for each in self.additions if each.number == number), None)
        found = self.tip if number == 0 else added
        if found is None:
            raise NotFound("no_statement", zh="没有这份受理凭据。", en="There is no such statement of filing.")
        return found


class ReadFiling:
    """Opens what was signed when the tip of a receipt was filed, and when something was added to it."""

    def __init__(self, database: Database, gate: ReceiptGate, keyring: KeyringSource) -> None:
        self._database = database
        self._gate = gate
        self._keyring = keyring

    async def __call__(self, receipt: str) -> Filings:
        """Return statements and openings; raises NotFound for a wrong receipt, and TooMany."""
        keys = await self._gate.keys(receipt)
        async with self._database.reading() as session:
            sealed = await tips.find_by_receipt(session, keys.lookup)
            if sealed is None:
                raise self._gate.wrong_receipt()
            added = await filing_additions.list_additions(session, sealed.tip_id)
        filed = None
        if sealed.filing is not None:
            filed = filed_from(read_as_reporter(sealed.filing, keys.reporter_seed, sealed.keys, self._keyring))
        return Filings(filed, list_filed(added, sealed, keys, self._keyring))
