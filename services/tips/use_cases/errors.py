"""How the rules of the domain and missing things look to callers."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.kit.errors import Conflict, NotFound
from services.tips.domain.errors import TipRuleError


@contextmanager
def as_conflict() -> Iterator[None]:
    """Turn a rule that forbids a step into a Conflict with the same code."""
    try:
        yield
    except TipRuleError as error:
        raise Conflict(error.code, zh=error.zh, en=error.en) from error


def no_such_tip() -> NotFound:
    """Build the answer for a tip id that is not known."""
    return NotFound("tip_unknown", zh="没有这条举报。", en="There is no such tip.")


def no_such_reward() -> NotFound:
    """Build the answer where nobody has proposed a reward."""
    return NotFound("reward_unknown", zh="该举报尚无奖励。", en="No reward has been proposed for this tip.")


def repeated_otherwise() -> Conflict:
    """Build the answer to a second request under an id whose first request said something else."""
    return Conflict(
        "repeated_otherwise",
        zh="该编号已用于内容不同的请求。",
        en="This id was used before, with a different content.",
    )
