"""What the rules of credit refuse, each with a stable code; use cases translate them for callers."""


class CreditError(Exception):
    """Base of the refusals of the domain."""

    code = "credit_error"


class PolicyInvalidError(CreditError):
    """A policy document contradicts itself or the frame of the national rules."""

    code = "policy_invalid"


class NoPolicyInForceError(CreditError):
    """No policy was in force on the day, or a version that the ledger names is not installed."""

    code = "no_policy_in_force"


class StepRefusedError(CreditError):
    """A step does not fit where its matter stands, or comes too late; ``code`` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
