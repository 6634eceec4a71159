"""Who asks: mostly somebody who may, sometimes somebody who may not."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from random import Random

from services.kit.clock import SystemClock
from services.kit.principal import SCOPES
from services.kit.tokens import development_key_files, ensure_key_files, issue_token


class Callers:
    """Bearer headers, drawn by weight."""

    def __init__(self, state: Path, *, institution: str, other_institution: str, region: str) -> None:
        self._key = ensure_key_files(development_key_files(state))
        everything = sorted(SCOPES)
        self.agency = self._header(everything)
        self._weighted: list[tuple[int, Mapping[str, str]]] = [
            (40, self.agency),
            (40, self._header(everything, institution=institution)),
            (8, self._header(everything, region=region)),
            (3, self._header(everything, institution=other_institution)),
            (3, self._header(everything, region="999999")),
            (3, self._header(["operations:read"])),
            (1, {}),
            (1, {"Authorization": "Bearer not.a.token"}),
            (1, {"Authorization": self.agency["Authorization"][:-4]}),
        ]

    def _header(self, scopes: list[str], **claims: str) -> dict[str, str]:
        token = issue_token(
            self._key,
            issuer="fundwarden",
            audience="fundwarden",
            subject="fuzz-" + "-".join([*claims.values(), str(len(scopes))]),
            scopes=scopes,
            now=SystemClock().now(),
            lifetime=timedelta(hours=3),
            **claims,  # type: ignore[arg-type]
        )
        return {"Authorization": f"Bearer {token}"}

    def draw(self, random: Random) -> Mapping[str, str]:
        """Return the header of one of them."""
        weights = [weight for weight, _ in self._weighted]
        return random.choices([header for _, header in self._weighted], weights)[0]
