"""Many prompts asked at once, answered in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from threading import Event, Lock, Thread

from nbrepro.errors import RequestError
from nbrepro.simulation.models import stopping
from nbrepro.simulation.models.protocol import Completion, Model, Prompt
from nbrepro.simulation.models.spending import Budget, Prices, Spent


def ask(
    model: Model,
    prompts: Iterable[Prompt],
    concurrency: int = 8,
    progress: Callable[[Spent], None] | None = None,
    *,
    budget: Budget | None = None,
    prices: Prices | None = None,
) -> Iterator[Completion]:
    """Ask prompts at the same time, and give the answers in the order of the prompts.

    Asking begins with the first `next`. Ctrl-C, or closing the iterator, begins nothing new and cuts what is under way; answers that have
    come are in the cache or the recording, if the model has one.

    Args:
        model: who is asked, from several threads.
        prompts: taken one by one as they are needed.
        concurrency: how many may be under way at once.
        progress: called with all that was spent so far whenever an answer is there, in the thread that takes the answers.
        budget: once it is reached, the other prompts get the problem `budget`.
        prices: without them `Spent.money` is None.

    Raises:
        RequestError: the concurrency is no positive number, or a budget in money has no prices.
    """
    if concurrency < 1:
        raise RequestError(f"{concurrency} prompts at once can't be asked: expected 1 or more")
    budget = budget or Budget()
    budget.check(prices)
    return _answers(_Round(model, prompts, budget, prices), concurrency, progress)


def _answers(asked: _Round, concurrency: int, progress: Callable[[Spent], None] | None) -> Iterator[Completion]:
    early: dict[int, Completion] = {}
    following, working = 0, concurrency
    try:
        for number in range(concurrency):
            # A thread that waits for a server must not keep the process alive after Ctrl-C.
            Thread(target=asked.work, name=f"asking-{number}", daemon=True).start()
        while working:
            arrived = asked.arrived.get()
            if isinstance(arrived, BaseException):
                raise arrived
            if arrived is None:
                working -= 1
                continue
            number, completion, spent = arrived
            early[number] = completion
            if progress is not None:
                progress(spent)
            while following in early:
                yield early.pop(following)
                following += 1
    finally:
        asked.stop.set()


class _Round:
    """What the threads of one `ask` share."""

    def __init__(self, model: Model, prompts: Iterable[Prompt], budget: Budget, prices: Prices | None) -> None:
        self.stop = Event()
        self.arrived: SimpleQueue[tuple[int, Completion, Spent] | BaseException | None] = SimpleQueue()
        """Answers with their numbers and the sum so far; an error of the prompts' iterator; None from each thread that is done."""
        self._model = model
        self._prompts = enumerate(prompts)
        self._budget = budget
        self._prices = prices
        self._spent = Spent()
        self._taking = Lock()
        self._adding = Lock()

    def work(self) -> None:
        """Ask until nothing is left: the life of one thread."""
        stopping.listen_to(self.stop)
        try:
            while not self.stop.is_set():
                with self._taking:
                    taken = next(self._prompts, None)
                if taken is None:
                    break
                self._add(taken[0], self._answer(taken[1]))
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that takes the answers
            self.arrived.put(error)
        else:
            self.arrived.put(None)

    def _add(self, number: int, completion: Completion) -> None:
        with self._adding:
            self._spent = self._spent.plus(completion, self._prices)
            self.arrived.put((number, completion, self._spent))

    def _answer(self, prompt: Prompt) -> Completion:
        problem = self._budget.problem(self._spent)
        if problem is not None:
            return Completion("", "error", None, problem, attempts=0, seconds=0.0)
        try:
            return self._model.complete(prompt)
        except Exception as error:  # noqa: BLE001 - a model that breaks its promise must not lose the answers of the others
            return Completion("", "error", None, f"model-error: {type(error).__name__}: {error}", attempts=0, seconds=0.0)
