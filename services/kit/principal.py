"""Who asks and what they may do: the principal, the roles, and the object rule for institutions."""

from dataclasses import dataclass

from services.kit.errors import Forbidden

_READ_MATTER = frozenset(
    {"registry:read", "settlements:read", "findings:read", "rulebooks:read", "standing:read", "ratings:read"}
)
_QUARANTINE = frozenset({"quarantine:read", "quarantine:inspect", "quarantine:release", "reconciliations:explain"})
"""To look at what was refused, at its bodies, to correct and release it, and to explain what a statement lacks."""

ROLES: dict[str, frozenset[str]] = {
    "hospital": _READ_MATTER | _QUARANTINE | {"settlements:write", "ratings:object", "webhooks:manage"},
    "data_steward": _QUARANTINE | {"registry:read", "settlements:read"},
    "registrar": frozenset({"registry:read", "registry:write", "settlements:read", "inspectors:write"}),
    "reviewer": _READ_MATTER | {"findings:review"},
    "supervisor": _READ_MATTER
    | {"ratings:decide", "findings:review", "findings:overturn", "rulebooks:write", "rulebooks:activate"},
    "sanction_officer": frozenset(
        {
            "registry:read",
            "findings:read",
            "standing:read",
            "ratings:read",
            "ratings:write",
            "ratings:object",
            "sanctions:write",
            "webhooks:manage",
        }
    ),
    "agency_system": frozenset({"standing:read", "ratings:read", "webhooks:manage"}),
    "tip_handler": frozenset({"registry:read", "findings:read", "tips:read", "tips:handle"}),
    "tip_supervisor": frozenset({"registry:read", "findings:read", "tips:read", "tips:handle", "tips:supervise"}),
    "tip_clerk": frozenset({"tips:enter"}),
    "reward_approver": frozenset({"tips:read", "tips:approve"}),
    "payout_officer": frozenset({"tips:pay"}),
    "social_supervisor": frozenset({"tips:watch"}),
    "identity_officer": frozenset({"tips:read", "tips:identity"}),
    "draw_preparer": frozenset({"registry:read", "ratings:read", "draws:read", "draws:prepare"}),
    "draw_revealer": frozenset({"registry:read", "draws:read", "draws:reveal"}),
    "insured_registrar": frozenset({"insured_registry:read", "insured_registry:write"}),
    "insured_officer": frozenset({"insured:read", "insured:sanction"}),
    "auditor": _READ_MATTER | {"quarantine:read", "operations:read", "draws:read", "insured:audit"},
    "operator": frozenset({"operations:read", "credentials:write"}),
}
"""Scopes of each role. Nobody both handles a tip and approves its reward, nor prepares a draw and reveals its seed; an
auditor reads no tips, and of insured persons only who read about them."""

INSTITUTION_ROLES = frozenset({"hospital"})
"""Roles that mean nothing without an institution; a token that has one without naming it is refused."""

SCOPES = frozenset().union(*ROLES.values())
"""Every scope there is; others in a token are passed over."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The holder of a verified token."""

    subject: str
    scopes: frozenset[str]
    institution: str | None
    """Code of the one institution the holder speaks for; None for an agency."""
    region: str | None
    practitioner: str | None
    roles: frozenset[str]

    def must_be_institution(self, code: str) -> None:
        """Pass an agency, and an institution that asks about itself; raises Forbidden (``other_institution``)."""
        if self.institution is not None and self.institution != code:
            raise Forbidden(
                "other_institution",
                zh="只能查看和提交本机构的数据。",
                en="Only the data of your own institution may be seen and posted.",
            )

    def must_reach_institution(self, code: str) -> None:
        """Pass whom this institution concerns: itself, and agencies of its region or above.

        Raises Forbidden (``other_institution``, ``other_region``).
        """
        self.must_be_institution(code)
        if self.region is not None and not code[1:].startswith(region_prefix(self.region)):
            raise Forbidden("other_region", zh="只能查看本地区的数据。", en="Only your own region may be seen.")


def region_prefix(region: str) -> str:
    """Return what codes of a region begin with: 350000 stands for a province, 350100 for a city."""
    if region.endswith("0000"):
        return region[:2]
    return region[:4] if region.endswith(("00", "99")) else region
