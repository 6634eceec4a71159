"""Give the holder of a receipt the statement of filing once more."""

from services.kit.db import Database
from services.kit.errors import NotFound
from services.tips.storage import tips
from services.tips.storage.keyring import KeyringSource
from services.tips.storage.sealing import read_as_reporter
from services.tips.use_cases.file_statement import FiledTip, filed_from
from services.tips.use_cases.receipt_gate import ReceiptGate


class ReadFiling:
    """Opens what was signed when the tip of a receipt was filed."""

    def __init__(self, database: Database, gate: ReceiptGate, keyring: KeyringSource) -> None:
        self._database = database
        self._gate = gate
        self._keyring = keyring

    async def __call__(self, receipt: str) -> FiledTip:
        """Return statement and opening; raises NotFound for a wrong receipt or an older tip, and TooMany."""
        keys = await self._gate.keys(receipt)
        async with self._database.reading() as session:
            sealed = await tips.find_by_receipt(session, keys.lookup)
        if sealed is None:
            raise self._gate.wrong_receipt()
        if sealed.filing is None:
            raise NotFound(
                "no_statement", zh="该举报没有受理凭据。", en="This tip was filed before statements were signed."
            )
        return filed_from(read_as_reporter(sealed.filing, keys.reporter_seed, sealed.keys, self._keyring))
