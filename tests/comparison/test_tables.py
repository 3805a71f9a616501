"""Tables of HTML: what is the same table, and which cells, rows and columns a message names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from nbrepro.comparison.html import compare_html
from nbrepro.comparison.settings import Settings
from nbrepro.model import Judgement, Verdict

SETTINGS = Settings()


def frame(rows: dict[str, list[str]], columns: list[str], corner: str = "") -> str:
    """HTML as `DataFrame._repr_html_` writes it."""
    head = "".join(f"      <th>{name}</th>\n" for name in [corner, *columns])
    body = "".join(
        f"    <tr>\n      <th>{label}</th>\n" + "".join(f"      <td>{cell}</td>\n" for cell in cells) + "    </tr>\n"
        for label, cells in rows.items()
    )
    return (
        "<div>\n<style scoped>\n    .dataframe tbody tr th { vertical-align: top; }\n</style>\n"
        '<table border="1" class="dataframe">\n  <thead>\n    <tr style="text-align: right;">\n'
        f"{head}    </tr>\n  </thead>\n  <tbody>\n{body}  </tbody>\n</table>\n<p>{len(rows)} rows × {len(columns)} columns</p>\n</div>"
    )


PRICES = {"0": ["1.50", "x"], "1": ["2.25", "y"], "2": ["3.00", "z"]}
TABLE = frame(PRICES, ["price", "name"])
MULTI = """<table border="1" class="dataframe"><thead>
<tr><th></th><th>level</th><th colspan="2" halign="left">A</th><th colspan="2" halign="left">B</th></tr>
<tr><th></th><th>part</th><th>u</th><th>v</th><th>u</th><th>v</th></tr>
<tr><th>k</th><th>n</th><th></th><th></th><th></th><th></th></tr></thead><tbody>
<tr><th rowspan="2" valign="top">p</th><th>1</th><td>0.5</td><td>1.5</td><td>2.5</td><td>3.5</td></tr>
<tr><th>2</th><td>4.5</td><td>5.5</td><td>6.5</td><td>7.5</td></tr>
<tr><th rowspan="2" valign="top">q</th><th>1</th><td>8.5</td><td>9.5</td><td>10.5</td><td>11.5</td></tr>
<tr><th>2</th><td>12.5</td><td>13.5</td><td>14.5</td><td>15.5</td></tr></tbody></table>"""
STYLER = """<style type="text/css">#T_ab12c_row1_col0 { background-color: yellow; }</style>
<table id="T_ab12c"><thead><tr><th class="blank level0">&nbsp;</th>
<th id="T_ab12c_level0_col0" class="col_heading level0 col0">a</th></tr></thead>
<tbody><tr><th id="T_ab12c_level0_row0" class="row_heading">0</th>
<td id="T_ab12c_row0_col0" class="data row0 col0">1.500000</td></tr>
<tr><th id="T_ab12c_level0_row1" class="row_heading">1</th>
<td id="T_ab12c_row1_col0" class="data row1 col0">2.500000</td></tr></tbody></table>"""
OLD_STYLER = """<style  type="text/css" >    #T_62860f6c_e644_11f1_94db_02fc00000001row1_col0 { background-color:  yellow; }</style>
<table id="T_62860f6c_e644_11f1_94db_02fc00000001" ><thead>    <tr>
        <th class="blank level0" ></th>        <th class="col_heading" >a</th></tr></thead>
<tbody><tr><th id="T_62860f6c_e644_11f1_94db_02fc00000001level0_row0" >0</th>
<td id="T_62860f6c_e644_11f1_94db_02fc00000001row0_col0">1.5</td></tr>
<tr><th id="T_62860f6c_e644_11f1_94db_02fc00000001level0_row1" >1</th>
<td id="T_62860f6c_e644_11f1_94db_02fc00000001row1_col0" >2.5</td></tr></tbody></table>"""
SUMMARY = """<table class="simpletable"><caption>OLS</caption>
<tr><th>Model:</th><td>OLS</td> <th>  R-squared:  </th><td>   0.984</td></tr>
<tr><th>No. Observations:</th><td>  5</td><th>  AIC:  </th><td>  1.427</td></tr></table>"""
TRUNCATED = frame({"0": ["1", "...", "9"], "...": ["...", "...", "..."], "99": ["7", "...", "8"]}, ["a", "...", "z"])


def judge(expected: str, observed: str, settings: Settings = SETTINGS) -> Judgement:
    judgement = compare_html(expected, observed, settings)
    assert compare_html(observed, expected, settings).verdict is judgement.verdict
    return judgement


def one_cell(cell: str) -> str:
    return frame({"0": [cell]}, ["a"])


@pytest.mark.parametrize(
    ("expected", "observed", "rules"),
    [
        (TABLE, TABLE.replace('border="1" class="dataframe"', 'class="dataframe table-striped"'), {"table-styling"}),
        (TABLE, TABLE.replace("vertical-align: top", "vertical-align: middle"), {"table-styling"}),
        (TABLE, TABLE.replace(' style="text-align: right;"', ""), {"table-styling"}),
        (TABLE, TABLE.replace("    <tr>", "<tr>"), {"html-markup"}),
        (one_cell("NaN"), one_cell("None"), {"missing-value-mark"}),
        (one_cell("&lt;NA&gt;"), one_cell("NaT"), {"missing-value-mark"}),
        (one_cell("1.50"), one_cell("1.500000"), {"number-format"}),
        (one_cell("&lt;object object at 0x7f3a5c0d2e80&gt;"), one_cell("&lt;object object at 0x7f00aa0d2e90&gt;"), {"memory-addresses"}),
        (STYLER, STYLER.replace("ab12c", "ff012"), {"element-ids"}),
        (STYLER, STYLER.replace("yellow", "pink"), {"table-styling"}),
        (OLD_STYLER, STYLER, {"element-ids", "table-styling", "number-format"}),
    ],
)
def test_same_tables(expected: str, observed: str, rules: set[str]) -> None:
    judgement = judge(expected, observed)
    assert judgement.verdict is Verdict.EQUIVALENT
    assert {reason.slug for reason in judgement.because} == rules
    for rule in rules:
        assert judge(expected, observed, Settings(disabled=frozenset({rule}))).verdict is Verdict.DIFFERENT, rule


@pytest.mark.parametrize(
    ("expected", "observed", "message"),
    [
        (TABLE, TABLE.replace("2.25", "2.75"), 'row 1, column "price": expected 2.25, observed 2.75'),
        (TABLE, TABLE.replace("2.25", "-2.25"), 'row 1, column "price": expected 2.25, observed -2.25'),
        (TABLE, TABLE.replace("<td>y</td>", "<td>w</td>"), 'row 1, column "name": expected y, observed w'),
        (TABLE, TABLE.replace("2.25", "NaN"), 'row 1, column "price": expected 2.25, observed NaN'),
        (TABLE, TABLE.replace("<td>y</td>", "<td></td>"), 'row 1, column "name": expected y, observed '),
        (one_cell("None"), one_cell(""), 'row 0, column "a": expected None, observed '),
        (one_cell("NaN"), one_cell("NA"), 'row 0, column "a": expected NaN, observed NA'),
        (one_cell("100"), one_cell("101"), 'row 0, column "a": expected 100, observed 101'),
        (one_cell("1"), one_cell("1.0"), 'row 0, column "a": expected 1, observed 1.0'),
        (TABLE, TABLE.replace(">price<", ">cost<"), "label of column 1: expected price, observed cost"),
        (TABLE, TABLE.replace("<th>1</th>", "<th>7</th>"), "label of row 2: expected 1, observed 7"),
        (TABLE, TABLE.replace("      <th></th>", "      <th>day</th>"), "names of the indices: expected , observed day"),
        (MULTI, MULTI.replace(">9.5<", ">9.25<"), 'row q, 1, column "A, v": expected 9.5, observed 9.25'),
        (MULTI, MULTI.replace(">B<", ">C<"), "label of column 3: expected B, u, observed C, u"),
        (MULTI, MULTI.replace(">k<", ">kk<"), "names of the indices: expected k, observed kk"),
        (
            STYLER,
            STYLER.replace("ab12c", "ff012").replace("1.500000", "1.600000"),
            'row 0, column "a": expected 1.500000, observed 1.600000',
        ),
        (SUMMARY, SUMMARY.replace("0.984", "0.974"), "row Model:, column 3 (counted): expected 0.984, observed 0.974"),
        (SUMMARY, SUMMARY.replace(">OLS</cap", ">GLS</cap"), "caption: expected OLS, observed GLS"),
        (TRUNCATED, TRUNCATED.replace("<td>9<", "<td>6<"), 'row 0, column "z": expected 9, observed 6'),
        (TABLE + TABLE, TABLE + TABLE.replace("2.25", "2.75"), 'table 2, row 1, column "price": expected 2.25, observed 2.75'),
        (TABLE + TABLE, TABLE, "tables: expected 2, observed 1"),
        (TABLE, TABLE.replace("3 rows", "4 rows"), "text: line 2: expected '3 rows × 2 columns', observed '4 rows × 2 columns'"),
    ],
)
def test_different_tables(expected: str, observed: str, message: str) -> None:
    judgement = judge(expected, observed)
    assert judgement.verdict is Verdict.DIFFERENT
    assert message in [reason.message for reason in judgement.because]


@pytest.mark.parametrize(
    ("rows", "columns", "slugs"),
    [
        ({"0": ["1.50"], "1": ["2.25"], "2": ["3.00"]}, ["price"], {"column-removed"}),
        ({label: [*cells, "0"] for label, cells in PRICES.items()}, ["price", "name", "n"], {"column-added"}),
        ({"0": ["1.50", "x"], "2": ["3.00", "z"]}, ["price", "name"], {"row-removed"}),
        ({**PRICES, "3": ["4.00", "w"]}, ["price", "name"], {"row-added"}),
        ({"1": PRICES["1"], "0": PRICES["0"], "2": PRICES["2"]}, ["price", "name"], {"row-order-changed"}),
        ({label: cells[::-1] for label, cells in PRICES.items()}, ["name", "price"], {"column-order-changed"}),
        ({"0": PRICES["1"], "1": PRICES["0"], "2": PRICES["2"]}, ["price", "name"], {"cell-changed"}),
    ],
)
def test_added_dropped_and_moved(rows: dict[str, list[str]], columns: list[str], slugs: set[str]) -> None:
    judgement = judge(TABLE, frame(rows, columns))
    assert judgement.verdict is Verdict.DIFFERENT
    assert {reason.slug for reason in judgement.because} - {"differences", "line-changed"} == slugs


def test_labels_of_added_and_dropped_columns_are_named() -> None:
    judgement = judge(TABLE, frame({label: [cells[0]] for label, cells in PRICES.items()}, ["price"]))
    assert 'expected column "name", not observed' in [reason.message for reason in judgement.because]


def test_deviation_within_tolerance_is_the_largest() -> None:
    expected = frame({"0": ["1.0000000"], "1": ["2.0000000"]}, ["a"])
    observed = frame({"0": ["1.0000001"], "1": ["2.0000008"]}, ["a"])
    judgement = judge(expected, observed)
    assert judgement.verdict is Verdict.CLOSE
    assert judgement.deviation == pytest.approx(4e-7)
    assert 'row 1, column "a"' in judgement.because[0].message


def test_digits_that_come_and_go_on_both_sides_are_different() -> None:
    shorter = frame({"0": ["0.1235", "0.7654"]}, ["a", "b"])
    assert judge(frame({"0": ["0.123456", "0.765432"]}, ["a", "b"]), shorter).verdict is Verdict.EQUIVALENT
    crossed = frame({"0": ["0.1235", "0.765432"]}, ["a", "b"])
    assert judge(frame({"0": ["0.123456", "0.7654"]}, ["a", "b"]), crossed).verdict is Verdict.DIFFERENT


def test_all_changed_cells_are_counted_and_the_first_shown() -> None:
    expected = frame({str(row): ["1.5"] * 10 for row in range(30)}, list("abcdefghij"))
    judgement = judge(expected, expected.replace("1.5", "2.5"))
    assert judgement.because[0].message == "300 differences"
    assert [reason.slug for reason in judgement.because[1:]] == ["cell-changed"] * 5


def test_layout_tables_are_looked_into() -> None:
    nested = f"<table><tr><td>{TABLE}</td><td>{SUMMARY}</td></tr></table>"
    assert 'table 1, row 1, column "price"' in judge(nested, nested.replace("2.25", "2.75")).because[0].message


@pytest.mark.parametrize(
    "markup",
    [
        "<table><tr><td>1</td>{}</tr></table>",
        "<table>{}<tr><td>1</td></tr></table>",
        "<table><td>{}</table>",
        "<table><tr><td>1</td><div>{}</div></tr></table>",
        "<table><tr><th>a</th><th>b</th><td>1</td></tr><tr><th>a</th><td>1</td><td>{}</td></tr></table>",
        "<table><tr><td>1</td></tr><tr><td>1</td><td>2</td><td>{}</td></tr></table>",
        "<table><tr><th>{}</th></tr></table>",
        "<table><tfoot><tr><td>{}</td></tr></tfoot></table>",
        "<table><tr><td><p>{}</p></td></tr></table>",
        "<table><tr><td>a<b>{}</b>c</td></tr></table>",
    ],
)
def test_text_anywhere_in_a_table_is_compared(markup: str) -> None:
    assert judge(markup.format("north"), markup.format("south")).verdict is Verdict.DIFFERENT


def test_links_in_cells_are_compared() -> None:
    expected = one_cell('<a href="https://example.org/1">one</a>')
    judgement = judge(expected, expected.replace("org/1", "org/2"))
    assert judgement.verdict is Verdict.DIFFERENT
    assert "attribute href of <a>" in judgement.because[0].message


def test_spans_without_bounds_are_refused() -> None:
    endless = "<table>" + '<tr><td colspan="1000" rowspan="60000">x</td></tr>' * 400 + "</table>"
    judgement = judge(endless, endless + "<p>1</p>")
    assert judgement.verdict is Verdict.DIFFERENT
    assert judgement.because[-1].slug == "html-as-text"


cells = st.one_of(st.floats().map(repr), st.integers().map(str), st.sampled_from(["NaN", "None", "", "x", "1.0", "1"]))


@examples(deadline=None)
@given(st.lists(st.lists(cells, max_size=4), max_size=5), st.lists(st.lists(cells, max_size=4), max_size=5))
def test_laws(first: list[list[str]], second: list[list[str]]) -> None:
    pages = [frame({str(row): texts for row, texts in enumerate(rows)}, ["a", "b", "c"]) for rows in (first, second)]
    assert compare_html(pages[0], pages[0], SETTINGS).verdict is Verdict.IDENTICAL
    judge(*pages)
