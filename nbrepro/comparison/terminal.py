"""What a terminal shows of a text: carriage returns, backspaces and escape sequences done, colours dropped."""

from __future__ import annotations

import re

_CONTROLLED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x9b]")
_TOKEN = re.compile(
    r"\x1b\[(?P<parameters>[0-?]*)[ -/]*(?P<command>[@-~])"  # CSI: moves, erasures, colours (ECMA-48, section 5.4)
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC: titles and hyperlinks
    r"|\x1b[@-_]?"  # other escapes
    r"|(?P<control>\r+|\n|\x08+)"
    r"|[\x00-\x07\x0b-\x1f\x7f\x9b]"  # no terminal shows these
    r"|(?P<shown>[^\x00-\x08\x0a-\x1f\x7f\x9b]+)"
)


_WIDEST = 1000
"""How far right of a line's end a cursor is moved: programs ask for column 9999 to reach the edge."""


def has_control(text: str) -> bool:
    """Whether a terminal would show the text otherwise than as it stands; tabs and line ends are no control here."""
    return _CONTROLLED.search(text) is not None


def rendered(text: str) -> str:
    r"""The text as a terminal shows it in the end; trailing blanks of lines that were overwritten are not seen.

    >>> rendered("10%\r50%\r100%\n\x1b[31mred\x1b[0m ab\bc\n")
    '100%\nred ac\n'
    """
    text = text.replace("\r\n", "\n")
    if not has_control(text):
        return text
    screen = _Screen()
    for token in _TOKEN.finditer(text):
        if shown := token["shown"]:
            screen.write(shown)
        elif control := token["control"]:
            screen.control(control)
        elif command := token["command"]:
            screen.command(command, token["parameters"])
    return screen.text()


class _Screen:
    """Lines without end and a cursor; as tall and as wide as the text needs."""

    def __init__(self) -> None:
        self.lines = [""]
        self.overwritten: set[int] = set()
        self.row = 0
        self.column = 0

    def write(self, shown: str) -> None:
        line = self.lines[self.row]
        end = self.column + len(shown)
        if self.column == len(line):
            self.lines[self.row] = line + shown
        else:
            self.overwritten.add(self.row)
            self.lines[self.row] = line[: self.column].ljust(self.column) + shown + line[end:]
        self.column = end

    def control(self, control: str) -> None:
        if control == "\n":
            self._to_row(self.row + 1)
            self.column = 0
        elif control[0] == "\r":
            self.column = 0
        else:
            self.column = max(0, self.column - len(control))

    def command(self, command: str, parameters: str) -> None:
        first = parameters.partition(";")[0]
        number = int(first[:6]) if first.isdecimal() else 0
        if command in "AB":
            self._to_row(self.row + (max(number, 1) if command == "B" else -max(number, 1)))
        elif command in "CD":
            self._to_column(self.column + (max(number, 1) if command == "C" else -max(number, 1)))
        elif command == "G":
            self._to_column(number - 1)
        elif command == "K":
            self._erase_line(number)
        elif command == "J":
            self._erase_screen(number)
        elif command == "H" and parameters in {"", "1;1"}:
            self.row = self.column = 0

    def text(self) -> str:
        return "\n".join(line.rstrip(" ") if row in self.overwritten else line for row, line in enumerate(self.lines))

    def _to_row(self, row: int) -> None:
        self.row = min(max(0, row), len(self.lines))
        if self.row == len(self.lines):
            self.lines.append("")

    def _to_column(self, column: int) -> None:
        self.column = min(max(0, column), max(len(self.lines[self.row]), _WIDEST))

    def _erase_line(self, part: int) -> None:
        line = self.lines[self.row]
        self.overwritten.add(self.row)
        kept = {0: line[: self.column], 1: " " * self.column + line[self.column :]}
        self.lines[self.row] = kept.get(part, "")

    def _erase_screen(self, part: int) -> None:
        if part == 0:
            self._erase_line(0)
            del self.lines[self.row + 1 :]
        elif part in {2, 3}:
            self.lines = [""] * (self.row + 1)
