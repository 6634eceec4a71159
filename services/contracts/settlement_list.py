"""Value types inside a settlement list (医疗保障基金结算清单): diagnoses, operations, intensive care, blood, fees."""

from datetime import date

import msgspec

from services.contracts.fact import Instant


class ListedDiagnosis(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A diagnosis of the list (出院诊断)."""

    code: str
    """ICD-10 medical-insurance edition, or as sent when it has no such form."""
    main: bool = False
    """True for the main diagnosis (主要诊断, ``maindiag_flag`` = 1)."""
    kind: str | None = None
    """Kind of diagnosis (``diag_type``): western or Chinese medicine, main or other, as sent."""
    admission_condition: str | None = None
    """Condition on admission (``adm_cond_type``): 1 present, 2 undetermined, 3 unknown, 4 not present."""


class ListedOperation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An operation or procedure of the list (手术操作)."""

    code: str
    """ICD-9-CM-3 medical-insurance edition, or as sent when it has no such form."""
    performed_on: date | None = None
    """Day of the operation, Asia/Shanghai."""
    started_at: Instant | None = None
    ended_at: Instant | None = None
    main: bool = False
    """True for the main operation (``oprn_oprt_type`` = 1)."""
    grade: int | None = None
    """Grade of the operation (手术级别), 1 to 4; the national list carries none."""
    anaesthesia: str | None = None
    """Way of anaesthesia (``anst_way``) as sent."""
    anaesthesia_started_at: Instant | None = None
    anaesthesia_ended_at: Instant | None = None
    surgeon_code: str | None = None
    """Code of the surgeon (``oper_dr_code``)."""
    anaesthetist_code: str | None = None
    """Code of the anaesthetist (``anst_dr_code``)."""


class IntensiveCareStay(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A stay in an intensive care unit (重症监护)."""

    entered_at: Instant
    left_at: Instant | None = None
    ward_type: str | None = None
    """Kind of unit (``scs_cutd_ward_type``)."""
    stated_minutes: int | None = None
    """Length as the institution states it, in minutes."""


class BloodTransfusion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Blood or a blood product that was transfused (输血)."""

    blood_type: str
    """Kind of product (``bld_cat``) as sent."""
    amount_e2: int
    """Amount times 100, in the unit stated."""
    unit: str | None = None
    """Unit (``bld_unt``) as sent."""


class ListedFee(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Total of one fee category (收费项目类别) of the list."""

    fee_category: str
    """National ``med_chrgitm_type``: 01 bed to 14 other."""
    amount_fen: int
    class_a_fen: int = 0
    """Part of class A (甲类)."""
    class_b_fen: int = 0
    """Part of class B (乙类)."""
    own_expense_fen: int = 0
    """Part wholly at own expense (全自费)."""
    other_fen: int = 0


class ListedPayment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What one fund pays (基金支付)."""

    fund_type: str
    """National ``fund_pay_type``, such as 310100."""
    amount_fen: int


class ListGap(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Something that is missing from a list or contradicts itself (完整性问题)."""

    pointer: str
    """JSON pointer into the list as posted."""
    problem: str
    """Stable code of what is wrong."""
