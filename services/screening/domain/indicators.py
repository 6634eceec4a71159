"""The eight statistical indicators (统计指标监测) and how an institution stands among its peers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from services.screening.domain.claim import Claim
from services.screening.domain.diagnosis_codes import CodeSet
from services.screening.domain.filed_list import FiledList

EXAMINATION = ("0021", "0022", "0023", "0025", "0027")
CT = ("002103",)
MRI = ("002102",)
TREATMENT = ("0012", "0024", "003")
"""Services of the national catalogue by the beginning of their code: imaging, ultrasound, nuclear medicine, laboratory
and pathology; computed tomography; magnetic resonance; nursing, radiotherapy, and clinical treatment."""

INFECTIONS = CodeSet.of(["A00-A99", "B00-B99", "J09-J22", "L00-L08", "N30", "N39", "T80-T82"])
"""Diagnoses that count as an infection; acquired in hospital when the list says they were not present on admission."""

NOT_PRESENT = "4"
"""``adm_cond_type`` 无: not present on admission."""

READMISSION_DAYS = 31
"""非计划再入院 within 31 days (ZB10000205008000)."""

FEWEST_PEERS = 5
"""Fewer institutions of a kind and level are no distribution."""

OUTLYING = 3.5
"""Robust z-score from which a value stands out: the usual figure for the median absolute deviation."""

_MAD_TO_SIGMA = 1.4826


@dataclass(slots=True)
class Sums:
    """What an institution's claims of a month add up to, in fen and stays."""

    claims: int = 0
    total: int = 0
    drug: int = 0
    examination: int = 0
    consumable: int = 0
    treatment: int = 0
    ct: int = 0
    mri: int = 0
    stays: int = 0
    listed: int = 0
    """Stays with a settlement list: only of these infections are known."""
    infections: int = 0
    readmissions: int = 0

    def add(self, claim: Claim, filed: FiledList | None) -> None:
        """Take in one claim."""
        self.claims += 1
        for line in claim.lines:
            amount, code = line.amount_fen, line.item_code
            self.total += amount
            if line.item_kind in {"drug", "herb"}:
                self.drug += amount
            elif line.item_kind == "consumable":
                self.consumable += amount
            elif code.startswith(EXAMINATION):
                self.examination += amount
                if code.startswith(CT):
                    self.ct += amount
                elif code.startswith(MRI):
                    self.mri += amount
            elif code.startswith(TREATMENT):
                self.treatment += amount
        if claim.care_setting == "inpatient":
            self.stays += 1
            if filed is not None:
                self.listed += 1
                self.infections += any(
                    one.admission_condition == NOT_PRESENT and INFECTIONS.among([one.code]) for one in filed.diagnoses
                )


_SHARES: Mapping[str, tuple[str, str]] = {
    "drug_share": ("drug", "total"),
    "examination_share": ("examination", "total"),
    "consumable_share": ("consumable", "total"),
    "treatment_share": ("treatment", "total"),
    "ct_share": ("ct", "total"),
    "mri_share": ("mri", "total"),
    "hospital_infection_rate": ("infections", "listed"),
    "unplanned_readmission_rate": ("readmissions", "stays"),
}


def value(measure: str, sums: Sums) -> float | None:
    """Return a share or rate from 0 to 1; None without anything to divide by."""
    part, whole = _SHARES[measure]
    divisor: int = getattr(sums, whole)
    return None if divisor <= 0 else getattr(sums, part) / divisor


@dataclass(frozen=True, slots=True)
class Standing:
    """A value among those of the peers: institutions of the same kind and level."""

    value: float
    peers: int
    low: float
    """Tenth percentile of the peers."""
    median: float
    high: float
    """Ninetieth percentile."""
    score: float
    """Robust z-score: distance from the median in units of the peers' usual spread."""

    @property
    def outlying(self) -> bool:
        """Whether it stands out upwards among enough peers."""
        return self.peers >= FEWEST_PEERS and self.score >= OUTLYING


def standing(own: float, peers: Sequence[float]) -> Standing:
    """Place a value among peers, itself included; with no spread at all nothing stands out."""
    middle = median(peers)
    spread = median([abs(one - middle) for one in peers]) * _MAD_TO_SIGMA
    score = 0.0 if spread == 0 else (own - middle) / spread
    return Standing(own, len(peers), percentile(peers, 10), middle, percentile(peers, 90), round(score, 2))


def percentile(values: Iterable[float], percent: int) -> float:
    """Nearest-rank percentile."""
    ordered = sorted(values)
    rank = -(-percent * len(ordered) // 100)
    return ordered[max(0, rank - 1)]
