"""What of a journal is kept: the first and last visits of each statement; and the numbers of events and of objects."""

from typing import Any, Dict, Iterator, List, Set, Tuple

Event = Dict[str, Any]


def within_limits(events: List[Event], limits: Dict[str, Any], last: List[Event], *, is_closed: bool) -> Iterator[Event]:
    """The events that stay, numbered, with one event for each run of those that were dropped."""
    events, was_cut = _cut(events, limits["events"], is_closed=is_closed)
    if was_cut:
        last = [{"k": "drop", "why": "events", "count": None, "from": None, "to": None}, *last]
    kept = _kept(events, limits.get("per_site"))
    numbers: Dict[int, int] = {}
    dropped: List[int] = []
    count = 0
    for place, event in enumerate([*events, *last]):
        if place < len(events) and place not in kept:
            dropped.append(place)
            continue
        if dropped:
            yield {"i": count, "k": "drop", "why": "per_site", "count": len(dropped), "from": dropped[0], "to": dropped[-1]}
            count += 1
            dropped = []
        yield {"i": count, **_renumbered(event, numbers)}
        count += 1


def _cut(events: List[Event], steps: int, *, is_closed: bool) -> Tuple[List[Event], bool]:
    """The events until a step too many begins, and what is written after that.

    A step whose end isn't reached has no differences.
    """
    lines = [place for place, event in enumerate(events) if event["k"] == "line"]
    if len(lines) <= steps and not is_closed:
        return events, False
    end = lines[steps] if len(lines) > steps else len(events)
    found = events[:end]
    is_open: Dict[Any, Event] = {}
    for event in found:
        frame = event.get("f")
        if event["k"] in {"line", "handled"}:
            is_open[frame] = event
        elif event["k"] in {"return", "unwind"}:
            is_open.pop(frame, None)
    for event in is_open.values():
        event["d"], event["x"] = {}, []
    for event in events[end:]:
        if event["k"] == "out":
            if found and found[-1]["k"] == "out" and found[-1]["stream"] == event["stream"]:
                found[-1]["text"] += event["text"]
            else:
                found.append(event)
    return found, True


def _kept(events: List[Event], per_site: Any) -> Set[int]:
    """Places of the events that stay: of each line the first and the last `per_site` steps, and everything that is no step."""
    if not per_site:
        return set(range(len(events)))
    places: Dict[Tuple[str, Any], List[int]] = {}
    for place, event in enumerate(events):
        if event["k"] in {"line", "branch"}:
            places.setdefault((event["k"], event["l"]), []).append(place)
    dropped = {place for found in places.values() for place in found[per_site : max(per_site, len(found) - per_site)]}
    return set(range(len(events))) - dropped


def _renumbered(value: Any, numbers: Dict[int, int]) -> Any:
    """The same with objects numbered in the order in which they appear."""
    if isinstance(value, list):
        return [_renumbered(item, numbers) for item in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for key, item in value.items():
        if key == "id" and "t" in value and item is not None:
            found[key] = numbers.setdefault(item, len(numbers) + 1)
        elif key in {"d", "c", "a"} and isinstance(item, dict):
            found[key] = {name: _renumbered(item[name], numbers) for name in sorted(item)}
        elif key == "x" and isinstance(item, list):
            found[key] = sorted(item)
        else:
            found[key] = _renumbered(item, numbers)
    return found
