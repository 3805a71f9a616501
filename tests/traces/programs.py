"""Programs that together use every construct of the language. Each is `(name, oldest Python, source)`."""

from __future__ import annotations

from textwrap import dedent

from traces.hostile_objects import PROGRAM

TEXTS: dict[str, str] = {
    "loops": """
        def f(n):
            total = 0
            for i in range(n):
                if i == 1: continue
                if i == 4:
                    break
                total += i
            else:
                total = -1
            while total > 0:
                total -= 2
            else:
                done = True
            while True:
                n -= 1
                if n < 0:
                    break
            while 1:
                for _ in ():
                    pass
                else: break
            for i in range(3): total += i
            for a, (b, *c) in [(1, (2, 3, 4)), (5, (6,))]:
                pass
            return total, done, n

        print(f(3), f(9))
    """,
    "exceptions": """
        class Own(Exception):
            def __init__(self, code):
                super().__init__("code %d" % code)
                self.code = code

        def inner(x):
            if x == 0:
                raise ValueError("zero")
            if x == 1:
                raise Own(7)
            if x == 2:
                return [][x]
            return x

        def outer(x, log):
            try:
                log.append(("try", x))
                value = inner(x)
            except ValueError as error:
                log.append(str(error))
                value = -1
            except (Own, KeyError) as error:
                value = error.code
                raise
            else:
                log.append("else")
            finally:
                log.append("finally")
            return value

        def ends(x):
            for i in range(3):
                try:
                    if x == i:
                        return "early"
                    if i == 1:
                        continue
                finally:
                    x += 0
            try:
                1 / 0
            except:
                pass
            try:
                try:
                    {}["k"]
                finally:
                    x = 5
            except KeyError as missing:
                try:
                    raise RuntimeError("from") from missing
                except RuntimeError as chained:
                    text = repr(chained.__cause__)
            return x, text

        log = []
        for x in range(4):
            try:
                print(x, outer(x, log))
            except Own as own:
                print("own", own)
            except Exception as error:
                print(type(error).__name__, error)
        print(log, ends(0), ends(2), ends(9))

        def swallow():
            try:
                raise KeyError
            finally:
                return 3

        print(swallow())
        int("not a number")
    """,
    "with": """
        from contextlib import contextmanager, suppress

        class Room:
            def __init__(self, log, quiet=False):
                self.log, self.quiet = log, quiet

            def __enter__(self):
                self.log.append("in")
                return self

            def __exit__(self, kind, value, trace):
                self.log.append(("out", kind and kind.__name__))
                return self.quiet

        @contextmanager
        def opened(log):
            log.append("open")
            try:
                yield len(log)
            finally:
                log.append("close")

        def f(quiet):
            log = []
            with Room(log) as room, opened(log) as number:
                log.append(number)
            with Room(log, quiet):
                raise LookupError("x")
            for i in range(3):
                with opened(log):
                    if i == 1:
                        continue
                    if i == 2:
                        break
            with suppress(ZeroDivisionError):
                if 1 / 0:
                    log.append("never")
            with Room(log):
                return log

        print(f(True))
        try:
            f(False)
        except LookupError:
            print("raised")
    """,
    "generators": """
        def count(limit):
            i = 0
            while i < limit:
                sent = yield i
                i += sent or 1
            return "end"

        def both(limit):
            result = yield from count(limit)
            yield result
            yield from [1, 2]

        def careful():
            seen = []
            try:
                while True:
                    try:
                        got = yield len(seen)
                        seen.append(got)
                    except ValueError as error:
                        seen.append(str(error))
            finally:
                seen.append("closed")

        def walk(tree):
            for node in tree:
                if isinstance(node, list):
                    yield from walk(node)
                else:
                    yield node

        def change(items):
            for item in items:
                items[0] += item
                yield items

        print(list(count(3)), list(both(2)), list(walk([1, [2, [3]], 4])))
        c = count(10)
        print(next(c), c.send(5), next(c))
        g = careful()
        next(g)
        g.send(1)
        print(g.throw(ValueError("thrown")))
        g.close()
        never = count(1)
        half = count(3)
        next(half)
        del half
        shared = [1, 2]
        for size in sorted("abc", key=lambda text: -ord(text)):
            print(size)
        for state in change(shared):
            state.append(1) if len(state) < 4 else None
        total = sum(n * n for n in count(4) if n)
        print(shared, total, next((n for n in count(0)), "none"))
        for x in count(2): print(x)
    """,
    "closures": """
        top = 1

        def counter(start=0, *, step=1):
            count = start
            history = []

            def bump(*many, **named):
                nonlocal count
                global top
                count += step + len(many) + sum(named.values())
                history.append(count)
                top = count
                return count

            def through():
                def deep():
                    return count + top
                return deep()

            return bump, through

        bump, through = counter(5, step=2)
        bump()
        bump(1, 2, a=3)
        print(through(), top)
        adders = [lambda x, n=n: x + n for n in range(3)]
        print([add(10) for add in adders], (lambda *a, **k: (a, k))(1, b=2))
        print(sorted(["bb", "a", "ccc"], key=lambda text: -len(text)), list(map(lambda x: x * 2, [1, 2])))
        make = lambda: lambda y: y + top
        print(make()(1))

        def default(x, found=[]):
            found.append(x)
            return found

        default(1), default(2)
        try:
            max([1, 2], key=lambda x: x / 0)
        except ZeroDivisionError:
            pass
        print(next(filter(lambda x: x > 1, [1, 2, 3])))
    """,
    "classes": """
        def loud(cls):
            cls.loud = True
            return cls

        def twice(function):
            def wrapped(*args):
                return function(*args) * 2
            return wrapped

        @loud
        class Base:
            kind: str = "base"
            __hidden = 3
            items = [k for k in range(2)]
            for i in items:
                items2 = i
            del i

            def __init__(self, value):
                self.value = value
                self.__secret = [value]

            def __repr__(self):
                return "Base(%r)" % (self.value,)

            def __eq__(self, other):
                return self.value == other.value

            def __lt__(self, other):
                return self.value < other.value

            def __add__(self, other):
                return type(self)(self.value + other.value)

            @property
            def double(self):
                return self.value * 2

            @staticmethod
            def plain(x): return x

            @classmethod
            def made(cls, x):
                "Documentation only."
                return cls(x)

            @twice
            def hidden(self):
                __local = self.__hidden
                return __local + self.__secret[0]

        class Child(Base):
            __slots__ = ("extra",)

            def __init__(self, value):
                super().__init__(value)
                self.extra = value

            def __getitem__(self, key):
                if key > 2:
                    raise IndexError(key)
                return key

            def __iadd__(self, other):
                self.extra += other
                return self

        a, b = Base(1), Child.made(2)
        c = a + Base(3)
        print(a < b, a == b, c, b.hidden(), b.double, [x for x in b], sorted([c, a]))
        b += 5
        a.value = b
        a.again = a
        del a.again
        print(b.extra, Base.plain(1))
    """,
    "mutation": """
        from collections import Counter, OrderedDict, defaultdict, deque
        import heapq

        def touch(items):
            items[0] = "touched"
            items += ["more"]
            return items

        def f():
            a = b = [3, 1, 2]
            c = [a, b]
            d = {"list": a}
            touch(a)
            a = a[:]
            a[1:2] = [7, 8]
            del a[0], d["list"]
            grid = [[0] * 2 for _ in range(2)]
            grid[1][0] += 5
            row = grid[1]
            row.append(9)
            queue = deque([1, 2], maxlen=2)
            queue.appendleft(0)
            groups = defaultdict(list)
            groups["x"].append(1)
            groups["y"]
            heap = [5, 4, 3]
            heapq.heapify(heap)
            numbers = Counter("abca")
            numbers.update("a")
            order = OrderedDict(z=1)
            order.move_to_end("z")
            s = {1, 2}
            t = s
            t |= {3}
            t = t | {4}
            x, *y = c
            loop = []
            loop.append(loop)
            e = f = 1.5
            big, huge, many = 2 ** 70, 1e308 * 10, b"bytes" + bytes(bytearray(2))
            z = (1, [2], {3: {4}}, frozenset([5]), 1j, None, ..., range(3), "\\ud800")
            i, j = 0, 1
            heap[i], heap[j] = heap[j], heap[i]
            heap[heap[0] % 2] = True
            heap[0] = 1.0
            heap[0] = 1
            del x
            return locals is not None

        print(f())
    """,
    "expressions": """
        def pairs(*args, sep=", ", **rest):
            return args, sep, rest

        def f(x, y=2):
            text = f"{x!r:>4} {y:{x}}" + f"{x + y}"
            chained = 0 < x < y <= 9
            choice = "big" if x > 5 else "small" if x else "none"
            lazy = x and y or pairs
            both = pairs(*[x, y], *"ab", sep="-", **{"k": x})
            many = [a * b for a in range(2) for b in range(2) if a or b]
            nested = {k: [v for v in range(k)] for k in range(3)}
            shadow = [x for x in range(2)] + [x]
            unique = {c for c in "abca"}
            total = sum(
                value
                for value in many
                if value
            )
            assert x, "never"
            one = 1; two = 2
            if x: one = 3
            if False:
                never = 1
            if 0 or x: two = 4
            (one, two), [three] = (two, one), [5]
            z: int = 3
            w: str
            del three
            return both, total, \\
                one

        print(f(3))
        "a constant"
        ...
        import math as m, os.path
        from os import *
        print(m.floor(2.5), *[1, 2], sep=":")
        try:
            f(0)
        except AssertionError as error:
            print(error)
    """,
    "recursion": """
        def fib(n):
            if n < 2: return n
            return fib(n - 1) + fib(n - 2)

        def hanoi(n, a, b, c, moves):
            if n == 0:
                return
            hanoi(n - 1, a, c, b, moves)
            moves.append((a, c))
            hanoi(n - 1, b, a, c, moves)

        def even(n): return n == 0 or odd(n - 1)
        def odd(n): return n != 0 and even(n - 1)

        def permutations(items):
            if not items:
                return [[]]
            return [[first] + rest for i, first in enumerate(items) for rest in permutations(items[:i] + items[i + 1:])]

        moves = []
        hanoi(3, "a", "b", "c", moves)
        print(fib(5), moves, even(4), permutations([1, 2, 3]))

        def deep(n):
            return deep(n + 1) if n < 50 else 1 // 0

        try:
            deep(0)
        except ZeroDivisionError:
            print("deep")
    """,
    "asynchronous": """
        import asyncio

        class Room:
            async def __aenter__(self):
                await asyncio.sleep(0)
                return 1

            async def __aexit__(self, *error):
                await asyncio.sleep(0)

        async def ticks(n):
            for i in range(n):
                await asyncio.sleep(0)
                yield i

        async def work(name, log):
            async with Room() as room:
                log.append((name, room))
            async for i in ticks(2):
                log.append((name, i))
            return [i async for i in ticks(2)]

        async def main():
            log = []
            tasks = [asyncio.ensure_future(work(name, log)) for name in "ab"]
            results = [await task for task in tasks]
            return results, log

        loop = asyncio.new_event_loop()
        print(loop.run_until_complete(main()))
        loop.close()
    """,
    "segments": """
        def numbers(log):
            try:
                for n in range(5):
                    yield n
            finally:
                log.append("closed")

        def first(log):
            for n in numbers(log):
                if n > 1:
                    return n
            return -1

        def asks(log):
            g = numbers(log)
            a = next(g)
            b = next(g) + a
            g.close()
            return b, len(log)

        def loops(n):
            total = 0
            for i in range(n):
                if i % 3 == 0:
                    continue
                for j in range(i):
                    if j == 2:
                        continue
                    total += j
                while total > 50:
                    total -= 7
                    if total % 2:
                        continue
                    total -= 1
            for i in range(3):
                if i == 1:
                    break
            else:
                total = -1
            return total

        def swaps(n):
            a = [(i * 7) % n for i in range(n)]
            for i in range(n):
                for j in range(n - 1 - i):
                    if a[j] > a[j + 1]:
                        a[j], a[j + 1] = a[j + 1], a[j]
            a[0] = [1]
            a[1] = a[0]
            return a

        def ways(n, text):
            if n < 0:
                return text
            elif n == 0:
                m = n + 1
            else:
                return ways(n - 1, text + str(n))
            if m:
                k = m
            else:
                return None
            while True:
                k += 1
                if k > 4:
                    return k, text

        def fails(n):
            if n == 0:
                return 1 // n
            x = n * 2
            return fails(n - 1) + x

        log = []
        print(first(log), log, asks(log), loops(12), swaps(6), ways(-1, "a"), ways(3, "b"))
        fails(2)
    """,
    "exit": """
        import sys

        def stop(code):
            try:
                sys.exit(code)
            finally:
                print("bye", file=sys.stderr)

        print("before")
        stop(3)
    """,
}
SINCE: dict[str, tuple[tuple[int, int], str]] = {
    "walrus": (
        (3, 8),
        """
        def f(data, /, *, limit=3):
            while (n := len(data)) > limit:
                data.pop()
            if (first := data[0]) and (second := first + n) > 100 or (third := 5):
                pass
            last = [y := x + 1 for x in data]
            return y, n, [z for x in data if (z := x % 2)], f"{limit=}"

        print(f([1, 2, 3, 4, 5]))
        """,
    ),
    "match": (
        (3, 10),
        """
        class Point:
            __match_args__ = ("x", "y")
            def __init__(self, x, y):
                self.x, self.y = x, y

        def f(value):
            match value:
                case 0 | 1:
                    kind = "small"
                case int(n) if n > 100:
                    kind = n
                case [first, *rest]:
                    kind = first, rest
                case {"k": k, **others}:
                    kind = k, others
                case Point(x, y) as whole:
                    kind = x + y
                case str():
                    return "text"
            try:
                return kind
            except UnboundLocalError:
                return "none"

        for value in (1, 500, 5, [1, 2, 3], {"k": 1, "z": 2}, Point(1, 2), "s"):
            print(f(value))
        """,
    ),
    "groups": (
        (3, 11),
        """
        def f():
            found = []
            try:
                raise ExceptionGroup("many", [ValueError(1), TypeError(2)])
            except* ValueError as group:
                found.append(len(group.exceptions))
            except* TypeError:
                found.append("type")
            return found

        print(f())
        """,
    ),
    "generics": (
        (3, 12),
        """
        type Pair[T] = tuple[T, T]

        class Box[T]:
            def __init__(self, value: T) -> None:
                self.value = value

        def first[T](items: list[T]) -> T:
            return items[0]

        print(first([1, 2]), Box(3).value)
        """,
    ),
}
PROGRAMS = [
    *((name, (3, 6), dedent(text).lstrip()) for name, text in TEXTS.items()),
    *((name, since, dedent(text).lstrip()) for name, (since, text) in SINCE.items()),
    ("hostile objects", (3, 6), PROGRAM),
]
