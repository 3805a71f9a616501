"""What answers cost: tokens, money, requests and time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nbrepro.errors import RequestError
from nbrepro.simulation.models.protocol import Completion, Usage

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, in one currency. They are the caller's: none are known here."""

    prompt: float
    completion: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent so far. What a request cost that broke off and was sent again no server tells, and it is not in here.

    >>> asked = Completion("3", "stop", Usage(1000, 500), None, attempts=2, seconds=1.5)
    >>> kept = Completion("3", "stop", Usage(1000, 500), None, attempts=0, seconds=1.5, is_cached=True)
    >>> Spent.of((asked, kept), Prices(1.0, 4.0))
    Spent(answers=2, prompt_tokens=1000, completion_tokens=500, money=0.003, cached=1, retries=1, seconds=1.5, problems=0, uncounted=0)
    """

    answers: int = 0
    """Completions, those with problems included."""
    prompt_tokens: int = 0
    """As far as the server counted them; cached answers cost none."""
    completion_tokens: int = 0
    money: float | None = None
    """In the currency of the prices; None without prices, and where the tokens of an answer were not counted."""
    cached: int = 0
    """Answers for which nothing was asked."""
    retries: int = 0
    """Requests beyond the first of each answer."""
    seconds: float = 0.0
    """Spent waiting, added up over all that were asked, also at the same time."""
    problems: int = 0
    uncounted: int = 0
    """Answers that were asked for and whose tokens are not known."""

    @property
    def cached_share(self) -> float | None:
        """Share of answers for which nothing was asked; None where there are no answers."""
        return self.cached / self.answers if self.answers else None

    @property
    def tokens(self) -> int:
        """Tokens of prompts and answers."""
        return self.prompt_tokens + self.completion_tokens

    @classmethod
    def of(cls, completions: Iterable[Completion], prices: Prices | None = None) -> Spent:
        """What these answers cost."""
        spent = cls()
        for completion in completions:
            spent = spent.plus(completion, prices)
        return spent

    def plus(self, completion: Completion, prices: Prices | None = None) -> Spent:
        """With one more answer."""
        usage = None if completion.is_cached else completion.usage
        prompt_tokens = self.prompt_tokens + (usage.prompt_tokens or 0 if usage else 0)
        completion_tokens = self.completion_tokens + (usage.completion_tokens or 0 if usage else 0)
        uncounted = self.uncounted + (not completion.is_cached and not _is_counted(completion))
        money = (prompt_tokens * prices.prompt + completion_tokens * prices.completion) / _MILLION if prices else None
        return Spent(
            answers=self.answers + 1,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            money=None if uncounted else money,
            cached=self.cached + completion.is_cached,
            retries=self.retries + max(0, completion.attempts - 1),
            seconds=self.seconds + (0.0 if completion.is_cached else completion.seconds),
            problems=self.problems + (completion.problem is not None),
            uncounted=uncounted,
        )


def _is_counted(completion: Completion) -> bool:
    """Whether the tokens are known; what brought no text and no count is taken for a request that the server did not serve."""
    usage = completion.usage or Usage(None, None)
    return (usage.prompt_tokens is not None and usage.completion_tokens is not None) or not (completion.text or completion.usage)


@dataclass(frozen=True, slots=True)
class Budget:
    """Where asking stops. What is under way when it is reached is still waited for, so that at most that much is spent above it.

    Raises:
        RequestError: a bound is not positive.
    """

    tokens: int | None = None
    money: float | None = None

    def __post_init__(self) -> None:
        for bound in (self.tokens, self.money):
            if bound is not None and not bound > 0:
                raise RequestError(f"a budget of {bound} allows nothing: expected a positive number")

    def check(self, prices: Prices | None) -> None:
        """Refuse a budget that can't be kept.

        Raises:
            RequestError: it is in money, and there are no prices.
        """
        if self.money is not None and prices is None:
            raise RequestError("a budget in money needs the prices of a million tokens: give them, or a budget in tokens")

    def problem(self, spent: Spent) -> str | None:
        """Why nothing more may be asked; None where it may."""
        if self.tokens is None and self.money is None:
            return None
        if spent.uncounted:
            return "budget: the server doesn't count its tokens, so no budget can be kept"
        if self.tokens is not None and spent.tokens >= self.tokens:
            return f"budget: {spent.tokens} of {self.tokens} tokens are spent"
        if self.money is not None and spent.money is not None and spent.money >= self.money:
            return f"budget: {spent.money:.4g} of {self.money:g} are spent"
        return None
