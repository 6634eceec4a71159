"""What the business refuses; each error has a stable code that the use cases show to callers."""


class TipRuleError(Exception):
    """A rule of the handling or reward procedure forbids the step; ``code`` is stable."""

    def __init__(self, code: str, *, zh: str, en: str) -> None:
        super().__init__(code)
        self.code = code
        self.zh = zh
        self.en = en
