"""An invented county: its institutions, practitioners and insured persons, the same for the same seed."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from services.contracts.intake import InstitutionKind, Sex

REGION = "990126"
"""Six-digit region of the county; no province has the number 99, so nothing here can be taken for a real place."""

AGREEMENT_FROM = date(2025, 1, 1)
"""Every institution's service agreement (服务协议) runs from here."""

BIRTH_DATES_END = date(2026, 3, 1)
"""Nobody is born after this date; it lies just before the demo's day."""

Category = Literal["physician", "nurse", "pharmacist", "pharmacy_principal"]
"""Categories of practitioner (医保相关人员) that the county has."""

TERTIARY = ("云溪市第一医院", "云溪市中医院", "云溪市妇幼保健院")
SECONDARY = (
    "青岚县人民医院",
    "青岚县中医院",
    "松坪县人民医院",
    "松坪县第二医院",
    "鹿鸣区医院",
    "鹿鸣区康复医院",
    "白石区医院",
    "白石区骨伤医院",
)
PRIMARY_LEVEL_ONE = ("柳河镇中心卫生院", "上塘镇中心卫生院", "梅岭社区卫生服务中心", "北亭社区卫生服务中心")
PRIMARY_WITHOUT_LEVEL = (
    "小溪乡卫生院",
    "竹林乡卫生院",
    "双桥乡卫生院",
    "东湾村卫生室",
    "西岭村卫生室",
    "石桥村卫生室",
)
PHARMACIES = (
    "康宁大药房",
    "百草堂药店",
    "仁和里药房",
    "惠民大药房",
    "同春药店",
    "安康大药房",
    "杏林药店",
    "长青大药房",
    "济世堂药房",
)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = (
    "安",
    "宁",
    "明",
    "岚",
    "清",
    "远",
    "文",
    "静",
    "涛",
    "洁",
    "敏",
    "松",
    "雨桐",
    "思源",
    "若水",
    "佳禾",
    "景行",
    "知秋",
)

EMPLOYEES = "310"
"""``insutype`` of employees (职工)."""
RESIDENTS = "390"
"""``insutype`` of residents (城乡居民)."""
MATERNITY = "510"
"""``insutype`` of maternity insurance (生育)."""

MALE_SHARE = 0.48
EMPLOYED_SHARE = 0.45
"""Share of employees' insurance among grown-ups; everybody else is insured as a resident."""
GROWN_UP_YEARS = 18

PERSONS_PER_SETTLEMENT = 2
"""So that most people come once a day at most."""
PERSONS_AT_LEAST = 6_000


@dataclass(frozen=True, slots=True)
class Institution:
    """A designated institution (定点医药机构)."""

    code: str
    name: str
    kind: InstitutionKind
    level: int
    """3, 2, 1, or 0 without a level (无等级)."""
    region: str
    physicians: tuple[str, ...]
    nurses: tuple[str, ...]
    pharmacists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Practitioner:
    """A person whose services the fund pays."""

    code: str
    name: str
    category: Category
    institution_code: str


@dataclass(frozen=True, slots=True)
class InsuredPerson:
    """A synthetic insured person; the number belongs to nobody."""

    number: str
    sex: Sex
    birth_date: date
    insurance_type: str

    def age_on(self, day: date) -> int:
        """Age in completed years on a date."""
        had_birthday = (day.month, day.day) >= (self.birth_date.month, self.birth_date.day)
        return day.year - self.birth_date.year - (0 if had_birthday else 1)


@dataclass(frozen=True, slots=True)
class County:
    """Everything that is registered before the day begins."""

    institutions: tuple[Institution, ...]
    practitioners: tuple[Practitioner, ...]
    persons: tuple[InsuredPerson, ...]

    def hospitals(self, *levels: int) -> tuple[Institution, ...]:
        """Hospitals of the given levels, all hospitals when none is given."""
        return tuple(i for i in self.institutions if i.kind == "hospital" and (not levels or i.level in levels))

    def pharmacies(self) -> tuple[Institution, ...]:
        """Designated retail pharmacies (定点零售药店)."""
        return tuple(i for i in self.institutions if i.kind == "pharmacy")


@dataclass(frozen=True, slots=True)
class _Staffing:
    """How many people of each category work in an institution of a kind."""

    names: tuple[str, ...]
    kind: InstitutionKind
    level: int
    physicians: int
    nurses: int
    pharmacists: int


STAFFING = (
    _Staffing(TERTIARY, "hospital", 3, 18, 5, 2),
    _Staffing(SECONDARY, "hospital", 2, 8, 2, 1),
    _Staffing(PRIMARY_LEVEL_ONE, "hospital", 1, 3, 1, 0),
    _Staffing(PRIMARY_WITHOUT_LEVEL, "hospital", 0, 3, 1, 0),
    _Staffing(PHARMACIES, "pharmacy", 0, 0, 0, 2),
)


def build_county(seed: int, *, settlements: int) -> County:
    """Make the county of a seed, with enough insured persons for a day of ``settlements`` settlements."""
    draw = random.Random(seed)
    institutions: list[Institution] = []
    practitioners: list[Practitioner] = []
    for staffing in STAFFING:
        for name in staffing.names:
            institution, staff = _open_institution(draw, staffing, name, len(institutions), len(practitioners))
            institutions.append(institution)
            practitioners += staff
    count = max(PERSONS_AT_LEAST, settlements * PERSONS_PER_SETTLEMENT)
    persons = tuple(_insure(draw, index) for index in range(count))
    return County(tuple(institutions), tuple(practitioners), persons)


def _open_institution(
    draw: random.Random, staffing: _Staffing, name: str, serial: int, staff_serial: int
) -> tuple[Institution, list[Practitioner]]:
    letter = "H" if staffing.kind == "hospital" else "P"
    code = f"{letter}{REGION}{serial + 1:05d}"
    first_pharmacist: Category = "pharmacy_principal" if staffing.kind == "pharmacy" else "pharmacist"
    categories: list[Category] = ["physician"] * staffing.physicians
    categories += ["nurse"] * staffing.nurses
    if staffing.pharmacists:
        categories.append(first_pharmacist)
        categories += ["pharmacist"] * (staffing.pharmacists - 1)
    staff = [
        Practitioner(
            code=f"{_PREFIX[category]}{REGION}{staff_serial + position + 1:06d}",
            name=draw.choice(SURNAMES) + draw.choice(GIVEN),
            category=category,
            institution_code=code,
        )
        for position, category in enumerate(categories)
    ]
    institution = Institution(
        code=code,
        name=name,
        kind=staffing.kind,
        level=staffing.level,
        region=REGION,
        physicians=tuple(p.code for p in staff if p.category == "physician"),
        nurses=tuple(p.code for p in staff if p.category == "nurse"),
        pharmacists=tuple(p.code for p in staff if p.category in {"pharmacist", "pharmacy_principal"}),
    )
    return institution, staff


_PREFIX: dict[Category, str] = {"physician": "D", "nurse": "N", "pharmacist": "HY", "pharmacy_principal": "HY"}


def _insure(draw: random.Random, index: int) -> InsuredPerson:
    sex: Sex = "male" if draw.random() < MALE_SHARE else "female"
    # Three age groups in the shares in which they come to a doctor: children, people at work, the old.
    years = draw.choices((draw.randint(1, 15), draw.randint(18, 60), draw.randint(61, 92)), weights=(18, 42, 40))[0]
    birth_date = BIRTH_DATES_END - timedelta(days=years * 365 + years // 4 + draw.randint(30, 330))
    works = years >= GROWN_UP_YEARS and draw.random() < EMPLOYED_SHARE
    return InsuredPerson(
        number=f"{REGION}{index + 1:014d}",
        sex=sex,
        birth_date=birth_date,
        insurance_type=EMPLOYEES if works else RESIDENTS,
    )
