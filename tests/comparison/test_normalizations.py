"""Every named normalization: what it must equate, what it must not, and that it can be switched off."""

from __future__ import annotations

import pytest

from nbrepro.comparison.normalizations import NAMES, ORDER, legible, normalize
from nbrepro.comparison.settings import Settings
from nbrepro.comparison.text import compare_text
from nbrepro.model import Verdict

WIDE = "\n".join(
    [
        "          alpha      beta  \\",
        "0      0.548814  0.715189   ",
        "1      0.548814  0.720000   ",
        "",
        "         gamma     delta  ",
        "0     0.602763  0.544883  ",
        "1     0.120000  0.883000  ",
    ]
)
UNWRAPPED = "\n".join(
    [
        "          alpha      beta     gamma     delta",
        "0      0.548814  0.715189  0.602763  0.544883",
        "1      0.548814  0.720000  0.120000  0.883000",
    ]
)
INDEXED = "\n".join(
    [
        "     one  \\",
        "k j        ",
        "a 1    7   ",
        "  2    7   ",
        "",
        "     two  ",
        "k j       ",
        "a 1    7  ",
        "  2    8  ",
    ]
)
INDEXED_UNWRAPPED = "\n".join(["     one  two", "k j          ", "a 1    7    7", "  2    7    8"])

SLOWEST = "The slowest run took 4.35 times longer than the fastest. This could mean that an intermediate result is being cached."


def cut(text: str, width: int = 78) -> str:
    """A text cut into lines as SymPy prints it."""
    return "\n".join(text[place : place + width] for place in range(0, len(text), width))


REPR = "Transition([x] ---> [(-1, 1) + x], k=k_c, pi=Law(1, <function Identity at 0x{}>))"

EQUATES = [
    ("cut-reprs", cut(REPR.format("112864b80")), cut(REPR.format("7f2d6d0aefc0"))),
    ("cut-reprs", cut("A(" * 39 + REPR.format("112864b80")), cut("A(" * 39 + REPR.format("7f2d6d0aefc0"))),
    ("ordered-dict-reprs", "OrderedDict([('a', 1)])", "OrderedDict({'a': 1})"),
    ("ordered-dict-reprs", "[OrderedDict([('a, b', (1, 2)), (3, [4, 5])]), 1]", "[OrderedDict({'a, b': (1, 2), 3: [4, 5]}), 1]"),
    ("ordered-dict-reprs", "OrderedDict([('a', OrderedDict([((1, 2), 'x')]))])", "OrderedDict({'a': OrderedDict({(1, 2): 'x'})})"),
    ("ordered-dict-reprs", "OrderedDict([('a', 1),\n             ('b', 2)])", "OrderedDict({'a': 1, 'b': 2})"),
    ("pandas-frequencies", "2012-01-31    1\nFreq: M, dtype: int64", "2012-01-31    1\nFreq: ME, dtype: int64"),
    ("pandas-frequencies", "DatetimeIndex([], dtype='d', freq='2H')", "DatetimeIndex([], dtype='d', freq='2h')"),
    ("pandas-frequencies", "Freq: A-DEC, dtype: int64", "Freq: YE-DEC, dtype: int64"),
    ("pandas-frequencies", "dtype='period[A-DEC]'", "dtype='period[Y-DEC]'"),
    ("pandas-frequencies", "Period('2012-01-01 10:00', 'H')", "Period('2012-01-01 10:00', 'h')"),
    ("pandas-frequencies", "a\nFreq: BQ-MAR, Name: x, dtype: int64", "a\nFreq: BQE-MAR, Name: x, dtype: int64"),
    ("line-endings", "a\r\nb", "a\nb"),
    ("matplotlib-reprs", "<matplotlib.axes._subplots.AxesSubplot at 0x7f79c07967d0>", "<Axes: >"),
    ("matplotlib-reprs", "<matplotlib.axes._subplots.AxesSubplot object at 0x7f79c0>", "<Axes: title={'center': 'A'}, xlabel='x'>"),
    ("matplotlib-reprs", "<AxesSubplot:xlabel='x'>", "<Axes: xlabel='x'>"),
    ("matplotlib-reprs", "<AxesSubplot:title={'center':'A, b:c'}, xlabel='x'>", "<Axes: title={'center': 'A, b:c'}, xlabel='x'>"),
    ("matplotlib-reprs", "<AxesSubplot:title={'left':'A','right':\"b's\"}>", "<Axes: title={'left': 'A', 'right': \"b's\"}>"),
    ("matplotlib-reprs", "<matplotlib.axes._subplots.PolarAxesSubplot at 0x7f79c07967d0>", "<PolarAxes: >"),
    ("matplotlib-reprs", "<Axes3DSubplot:>", "<Axes3D: >"),
    ("matplotlib-reprs", "Text(0.5,1,u'A title')", "Text(0.5, 1.0, 'A title')"),
    ("matplotlib-reprs", "<matplotlib.text.Text at 0x7f79c07967d0>", "Text(0.5, 1.0, 'A title')"),
    ("matplotlib-reprs", "<Figure size 432x288 with 1 Axes>", "<Figure size 640x480 with 1 Axes>"),
    ("matplotlib-reprs", "<matplotlib.figure.Figure at 0x7f79c03d1850>", "<Figure size 640x480 with 0 Axes>"),
    ("matplotlib-reprs", "<a list of 10 Patch objects>", "<BarContainer object of 10 artists>"),
    ("matplotlib-reprs", "<Container object of 3 artists>", "<ErrorbarContainer object of 3 artists>"),
    ("python-literals", "[u'a', u\"b\"]", "['a', \"b\"]"),
    ("python-literals", "123456789012L", "123456789012"),
    ("python-literals", "set([1, 2])", "{1, 2}"),
    ("python-literals", "frozenset([1])", "frozenset({1})"),
    ("python-literals", "set([])", "set()"),
    ("python-literals", "<type 'int'>", "<class 'int'>"),
    ("numpy-scalars", "np.float64(1.5)", "1.5"),
    ("numpy-scalars", "[1.5, 3, True, 'a(b)']", "[np.float64(1.5), np.int64(3), np.True_, np.str_('a(b)')]"),
    ("numpy-scalars", "np.complex128(1+2j)", "(1+2j)"),
    ("numpy-scalars", "numpy.datetime64('2020-01-01')", "np.datetime64('2020-01-01')"),
    ("numpy-scalars", "np.float64(nan)", "nan"),
    ("function-reprs", "<function f at 0x7f3a5c0d2e80>", "<function __main__.f>"),
    ("function-reprs", "<function __main__.f(x, y=1)>", "<function __main__.f>"),
    ("module-paths", "<class 'pandas.core.frame.DataFrame'>", "<class 'pandas.DataFrame'>"),
    ("memory-addresses", "<A object at 0x7f3a5c0d2e80>", "<A object at 0x7f3a5c0d2e81>"),
    ("memory-addresses", "[<A at 0x10aa10>, <A at 0x10bb20>]", "[<A at 0x10cc30>, <A at 0x10dd40>]"),
    ("memory-addresses", "<environment: 0x55d5c8>", "<environment: 0x55d5d0>"),
    ("object-ids", "id(x) = 4398342344", "id(x) = 4398342352"),
    ("object-ids", "140234234234232", "139934234234240"),
    ("uuids", "run 123e4567-e89b-12d3-a456-426614174000", "run 9b2e4567-e89b-12d3-a456-426614174abc"),
    ("element-ids", '<div id="mpl-0123456789abcdef0123">', '<div id="mpl-fedcba98765432100000">'),
    ("traceback-locations", '  File "/opt/a/b.py", line 12, in f', '  File "/usr/c/b.py", line 99, in f'),
    ("traceback-locations", "<ipython-input-3-abc123def> in <module>", "Cell In[7], line 1"),
    ("traceback-locations", "<ipython-input-3-abc123def> in f(x)", "Cell In[7], line 2, in f(x)"),
    ("traceback-locations", "/a/b/frame.py in g(y)", "File ~/c/frame.py:120, in g(y)"),
    ("traceback-locations", "Traceback\n----> 3 x = 1\n      4 y = 2", "Traceback\n----> 7 x = 1\n      8 y = 2"),
    ("warning-locations", "/a/b/c.py:12: FutureWarning: x is old", "/d/c.py:15: FutureWarning: x is old"),
    ("warning-locations", "<ipython-input-1-ab12>:3: UserWarning: m", "/tmp/ipykernel_7/1234.py:3: UserWarning: m"),
    ("installed-paths", "/opt/conda/lib/python3.6/site-packages/a/b.py", "/home/x/v/lib/python3.11/site-packages/a/b.py"),
    ("temp-paths", "saved /tmp/tmpab12cd34/a.csv", "saved /var/folders/x1/yz2/T/tmpzz99yy88/a.csv"),
    ("home-paths", "/home/ann/data/a.csv", "C:\\Users\\bob\\data\\a.csv"),
    ("home-paths", "reading ~/data/a.csv", "reading /Users/ann/data/a.csv"),
    ("durations", "Wall time: 1.2 s", "Wall time: 873 ms"),
    ("durations", "CPU times: user 1.2 s, sys: 10 ms, total: 1.21 s", "CPU times: user 3 µs, sys: 1 µs, total: 4 µs"),
    (
        "durations",
        "1.23 ms ± 4.5 µs per loop (mean ± std. dev. of 7 runs, 1000 loops each)",
        "870 µs ± 1 µs per loop (mean ± std. dev. of 7 runs, 10,000 loops each)",
    ),
    ("durations", "1000 loops, best of 3: 1.2 ms per loop", "10 loops, best of 5: 21 ms per loop"),
    (
        "durations",
        f"{SLOWEST}\n1000 loops, best of 3: 1.2 ms per loop",
        "1000 loops, best of 3: 1.3 ms per loop",
    ),
    ("durations", "100%|██████████| 3/3 [00:01<00:00,  3.1it/s]", "100%|██████████| 3/3 [01:01<00:00,  3.1s/it]"),
    ("durations", "60/60 [=====] - 3s 55us/step - loss: 0.22", "60/60 [=====] - 1s 2ms/step - loss: 0.22"),
    ("durations", "training took 3.1 s", "training took 2min 3s"),
    ("durations", "Elapsed time: 0.123456", "Elapsed time: 0.654321"),
    ("durations", "--- 3.1 seconds ---", "--- 0.4123 seconds ---"),
    ("clock-readings", "Date:     Wed, 01 Jan 2020   R:  0.5", "Date:     Thu, 02 Jan 2025   R:  0.5"),
    ("clock-readings", "2020-01-02 10:11:12,123 INFO start", "2026-03-04 01:02:03,456 INFO start"),
    ("clock-readings", "2020-01-02 10:11:12.123456: I core/x.cc", "2020-01-03 10:11:12.123456: I core/x.cc"),
    ("clock-readings", "[I 10:11:12.123 App] x", "[I 23:59:59.000 App] x"),
    ("date-format", "2020-01-02 00:00:00", "2020-01-02"),
    ("date-format", "2020-01-02T10:11:12.500000000", "2020-01-02 10:11:12.5"),
    ("date-format", "2020-01-02T10:00:00Z", "2020-01-02T11:00:00+01:00"),
    ("set-order", "{1, 2, 3}", "{3, 1, 2}"),
    ("set-order", "[{'a, b', 'c'}]", "[{'c', 'a, b'}]"),
    ("set-order", "frozenset({(1, 2), 'x'})", "frozenset({'x', (1, 2)})"),
    ("dict-order", "{'a': 1, 'b': [2, 3]}", "{'b': [2, 3], 'a': 1}"),
    ("dict-order", "{'x': {'a': 1,\n  'b': 2}}", "{'x': {'b': 2,\n  'a': 1}}"),
    ("numpy-layout", "array([[ 1.,  2.],\n       [ 3.,  4.]])", "array([[1., 2.], [3., 4.]])"),
    ("numpy-layout", "[[ 1.  2.]\n [ 3.  4.]]", "[[1. 2.]\n [3. 4.]]"),
    ("array-notes", "array([ True, False], dtype=bool)", "array([ True, False])"),
    ("array-notes", "array([0, ..., 1999])", "array([0, ..., 1999], shape=(2000,))"),
    ("line-wrapping", "array(['a', 'bc'],\n      dtype='<U2')", "array(['a', 'bc'], dtype='<U2')"),
    ("pandas-footers", "a    2\nb    1\ndtype: int64", "a    2\nb    1\nName: count, dtype: int64"),
    ("pandas-footers", "   a\n0  1\n\n[1 rows x 1 columns]", "   a\n0  1"),
    ("pandas-dtypes", "0    a\ndtype: object", "0    a\ndtype: str"),
    ("pandas-dtypes", "0   2020-01-01\ndtype: datetime64[ns]", "0   2020-01-01\ndtype: datetime64[us]"),
    ("pandas-dtypes", "Int64Index([1, 2], dtype='int64')", "Index([1, 2], dtype='int64')"),
    ("pandas-wrapping", WIDE, UNWRAPPED),
    ("pandas-wrapping", INDEXED, INDEXED_UNWRAPPED),
    ("trailing-whitespace", "a  \nb\n", "a\nb"),
    ("column-spacing", "   a    b\n0  1    2", "   a  b\n0  1  2"),
    ("blank-lines", "a\n\n\nb", "a\nb"),
    ("number-format", "x 1e-05", "x 0.00001"),
    ("number-format", "1.", "1.0"),
    ("number-format", "total 1,234", "total 1234"),
    ("number-format", "\u22121.50", "-1.5"),
    ("number-format", "NaN", "nan"),
    ("printed-precision", "0.3333", "0.33333333"),
    ("printed-precision", "a 0.1235 b 2.718", "a 0.12346 b 2.71828"),
]

DIFFERENT = [
    ("cut-reprs", cut(REPR.format("112864b80")), cut(REPR.format("7f2d6d0aefc0").replace("k_c", "k_d"))),
    ("cut-reprs", cut("x" * 100), "x" * 100),
    ("cut-reprs", "the line\nbroken at 0x112864b80", "the lin\nebroken at 0x112864b80"),
    ("ordered-dict-reprs", "OrderedDict([('a', 1), ('b', 2)])", "OrderedDict({'b': 2, 'a': 1})"),
    ("ordered-dict-reprs", "OrderedDict([('a', 1)])", "OrderedDict({'a': 2})"),
    ("ordered-dict-reprs", "[('a', 1)]", "{'a': 1}"),
    ("ordered-dict-reprs", "OrderedDict([('a', 1)])", "{'a': 1}"),
    ("ordered-dict-reprs", "OrderedDict([('a', 1, 2)])", "OrderedDict({'a': 1, 2})"),
    ("ordered-dict-reprs", "OrderedDict(['a', 1])", "OrderedDict({'a': 1})"),
    ("pandas-frequencies", "Freq: M, dtype: int64", "Freq: MS, dtype: int64"),
    ("pandas-frequencies", "Freq: Q-DEC, dtype: int64", "Freq: QE-NOV, dtype: int64"),
    ("pandas-frequencies", "freq='2H'", "freq='3h'"),
    ("pandas-frequencies", "freq='H'", "freq='min'"),
    ("pandas-frequencies", "size M", "size ME"),
    ("pandas-frequencies", "2012-01-31    1\nFreq: M, dtype: int64", "2012-01-31    2\nFreq: ME, dtype: int64"),
    ("pandas-dtypes", "0    1\ndtype: int64", "0    1\ndtype: int32"),
    ("python-literals", "b'a'", "'a'"),
    ("python-literals", "u'a'", "'b'"),
    ("python-literals", "set([1])", "[1]"),
    ("numpy-scalars", "np.float64(1.0)", "2.0"),
    ("numpy-scalars", "np.float64(1.0)", "1"),
    ("numpy-scalars", "np.True_", "False"),
    ("numpy-scalars", "np.float64(1.5)", "np.float32(1.5)"),
    ("object-ids", "140234234234232.5", "139934234234240.5"),
    ("numpy-scalars", "np.bytes_(b'a')", "'a'"),
    ("function-reprs", "<function __main__.f(x)>", "<function __main__.f(y)>"),
    ("function-reprs", "<function __main__.f>", "<function __main__.g>"),
    ("module-paths", "<class 'pandas.core.frame.DataFrame'>", "<class 'dask.dataframe.DataFrame'>"),
    ("module-paths", "<class 'pandas.core.frame.DataFrame'>", "<class 'pandas.core.series.Series'>"),
    ("matplotlib-reprs", "<Axes: xlabel='x'>", "<Axes: xlabel='y'>"),
    ("matplotlib-reprs", "<AxesSubplot:title={'center':'A'}>", "<Axes: title={'center': 'B'}>"),
    ("matplotlib-reprs", "<AxesSubplot:title={'center':'A'}>", "<Axes: title={'left': 'A'}>"),
    ("matplotlib-reprs", "<AxesSubplot:title={'center':'A:b'}>", "<Axes: title={'center': 'A: b'}>"),
    ("matplotlib-reprs", "<matplotlib.axes._subplots.PolarAxesSubplot at 0x7f79c0>", "<Axes: >"),
    ("matplotlib-reprs", "Text(0.5, 1.0, 'A')", "Text(0.5, 1.0, 'B')"),
    ("matplotlib-reprs", "Text(0.5, 1.0, 'A')", "Text(0.5, 2.0, 'A')"),
    ("matplotlib-reprs", "<Figure size 640x480 with 1 Axes>", "<Figure size 640x480 with 2 Axes>"),
    ("matplotlib-reprs", "<a list of 10 Patch objects>", "<BarContainer object of 11 artists>"),
    ("memory-addresses", "<A at 0x10aa10> 1.0", "<A at 0x10aa20> 2.0"),
    ("memory-addresses", "<A at 0x10aa10>, <A at 0x10bb20>", "<A at 0x10cc30>, <A at 0x10cc30>"),
    ("memory-addresses", "<A object at 0x10aa10>", "<B object at 0x10aa20>"),
    ("memory-addresses", "crc 0xdeadbeef", "crc 0xdeadbeee"),
    ("object-ids", "id: 1050118621198921728", "id: 1050118621198921736"),
    ("object-ids", "customer id 12345678", "customer id 12345688"),
    ("object-ids", "id(a) = 4398342344, id(b) = 4398342344", "id(a) = 4398342344, id(b) = 4398342352"),
    (
        "uuids",
        "123e4567-e89b-12d3-a456-426614174000 123e4567-e89b-12d3-a456-426614174000",
        "123e4567-e89b-12d3-a456-426614174000 123e4567-e89b-12d3-a456-426614174001",
    ),
    ("element-ids", '<div id="prices">', '<div id="volumes">'),
    ("element-ids", "sha 0123456789abcdef0123", "sha 0123456789abcdef0124"),
    ("traceback-locations", '  File "/a.py", line 12, in f', '  File "/a.py", line 12, in g'),
    ("traceback-locations", "<ipython-input-3-abc> in f(x)", "Cell In[7], line 2, in g(x)"),
    ("traceback-locations", "found on line 12", "found on line 13"),
    ("warning-locations", "/a.py:1: FutureWarning: old", "/a.py:1: FutureWarning: gone"),
    ("warning-locations", "/a.py:1: FutureWarning: old", "/a.py:1: UserWarning: old"),
    ("warning-locations", "row:1: 5", "row:2: 5"),
    ("installed-paths", "/v/lib/python3.6/site-packages/a.py", "/v/lib/python3.6/site-packages/b.py"),
    ("temp-paths", "/tmp/first/a.csv", "/tmp/second/a.csv"),
    ("temp-paths", "/tmp/tmpab12cd34/a /tmp/tmpab12cd34/b", "/tmp/tmpab12cd34/a /tmp/tmpzz99yy88/b"),
    ("home-paths", "/home/ann/train.csv", "/home/ann/test.csv"),
    ("home-paths", "/data/ann/train.csv", "/data/bob/train.csv"),
    ("durations", "distance 3.1 m", "distance 3.2 m"),
    ("durations", "half-life 3.1 s", "half-life 3.2 s"),
    ("durations", "Wall time: 1 s\nresult 1.0", "Wall time: 2 s\nresult 2.0"),
    ("durations", "60/60 [==] - 3s 55us/step - loss: 0.22", "60/60 [==] - 3s 55us/step - loss: 0.23"),
    ("durations", " 50%|█████     | 3/6 [00:01<00:00,  3.1it/s]", "100%|██████████| 6/6 [00:01<00:00,  3.1it/s]"),
    ("durations", "Wall time: 1 s", ""),
    ("clock-readings", "born 2020-01-02 10:11:12", "born 2020-01-03 10:11:12"),
    ("clock-readings", "Date: 2020-01-02", "Date: 2020-01-03"),
    ("clock-readings", "2020-01-02 10:11:12 INFO start", "2020-01-02 10:11:12 INFO stop"),
    ("clock-readings", "2020-01-02 10:11:12  5.0", "2020-01-02 10:11:13  5.0"),
    ("date-format", "2020-01-02 00:00:00", "2020-01-03"),
    ("date-format", "2020-01-02 00:00:00", "2020-01-02 00:00:01"),
    ("date-format", "2020-01-02T10:00:00Z", "2020-01-02T10:00:00+01:00"),
    ("date-format", "01/02/2020", "02/01/2020"),
    ("set-order", "{1, 2, 3}", "{1, 2, 4}"),
    ("set-order", "[1, 2]", "[2, 1]"),
    ("set-order", "(1, 2)", "(2, 1)"),
    ("set-order", "x_{2,1}", "x_{1,2}"),
    ("set-order", "{[1, 2], 3}", "{[2, 1], 3}"),
    ("dict-order", "{'a': 1, 'b': 2}", "{'a': 2, 'b': 1}"),
    ("dict-order", "OrderedDict({'a': 1, 'b': 2})", "OrderedDict({'b': 2, 'a': 1})"),
    ("dict-order", "{'a': [1, 2]}", "{'a': [2, 1]}"),
    ("numpy-layout", "[ 1.  2.]", "[2. 1.]"),
    ("numpy-layout", "[[1. 2.]\n [3. 4.]]", "[1. 2. 3. 4.]"),
    ("array-notes", "array([1], shape=(2000,))", "array([1], shape=(2001,))"),
    ("array-notes", "array([1], dtype=int8)", "array([1])"),
    ("line-wrapping", "a,\n  b", "a,\n  c"),
    ("pandas-footers", "0  1\n[5 rows x 3 columns]", "0  1\n[6 rows x 3 columns]"),
    ("pandas-footers", "a    2\nName: x, dtype: int64", "a    2\nName: y, dtype: int64"),
    ("pandas-footers", "a    2\nLength: 100, dtype: int64", "a    2\nLength: 99, dtype: int64"),
    ("pandas-dtypes", "0    1\ndtype: int64", "0    1\ndtype: float64"),
    ("pandas-dtypes", "0    1\ndtype: int64", "0    1\ndtype: object"),
    ("pandas-wrapping", WIDE, UNWRAPPED.replace("0.883", "0.884")),
    ("trailing-whitespace", "  a", "a"),
    ("column-spacing", "  *\n ***", "*\n***"),
    ("column-spacing", "a: 1\n  b: 2", "a: 1\nb: 2"),
    ("column-spacing", "a  b", "ab"),
    ("column-spacing", "   a  b\n0  1  2\n1  3  4", "   a  b\n1  3  4\n0  1  2"),
    ("blank-lines", "a\n\nb", "a b"),
    ("number-format", "1", "1.0"),
    ("number-format", "1.5", "-1.5"),
    ("number-format", "version 3.10", "version 3.1"),
    ("number-format", "numpy==1.10", "numpy==1.1"),
    ("number-format", "007", "7"),
    ("number-format", "[1,234]", "[1,235]"),
    ("printed-precision", "0.123", "0.1234"),
    ("printed-precision", "0.1234", "0.1235"),
    ("printed-precision", "0.1234", "0.12349"),
    ("printed-precision", "a 0.1235 b 2.71828", "a 0.12346 b 2.718"),
    ("printed-precision", "future income 100", "future income 999"),
]


TEXT_RULES = {normalization.name for normalization in ORDER} | {"number-format", "printed-precision"}


def slugs(expected: str, observed: str, settings: Settings) -> set[str]:
    return {because.slug for because in compare_text(expected, observed, settings).because}


@pytest.mark.parametrize(("name", "expected", "observed"), EQUATES)
def test_a_normalization_equates_what_means_the_same_and_is_named(name: str, expected: str, observed: str) -> None:
    judgement = compare_text(expected, observed, Settings())
    assert judgement.verdict is Verdict.EQUIVALENT, judgement.because
    assert name in {because.slug for because in judgement.because}


@pytest.mark.parametrize(("name", "expected", "observed"), EQUATES)
def test_what_a_disabled_normalization_would_equate_is_different(name: str, expected: str, observed: str) -> None:
    judgement = compare_text(expected, observed, Settings(disabled=frozenset({name})))
    assert judgement.verdict is Verdict.DIFFERENT
    assert judgement.because


@pytest.mark.parametrize(("name", "expected", "observed"), DIFFERENT)
def test_no_normalization_equates_what_means_something_else(name: str, expected: str, observed: str) -> None:
    assert compare_text(expected, observed, Settings()).verdict is Verdict.DIFFERENT
    assert compare_text(observed, expected, Settings()).verdict is Verdict.DIFFERENT


def test_every_normalization_has_pairs_that_it_equates_and_pairs_that_it_does_not() -> None:
    equated = {name for name, _, _ in EQUATES}
    kept = {name for name, _, _ in DIFFERENT}
    assert equated == TEXT_RULES
    assert kept | {"line-endings"} == TEXT_RULES


def test_every_normalization_is_described_in_one_sentence() -> None:
    for name, description in NAMES.items():
        assert description.endswith("."), name
        assert len(description) > 25, name
        assert name == name.lower().replace(" ", "-")


@pytest.mark.parametrize(("name", "expected", "observed"), EQUATES)
def test_hints_never_hide_a_text_that_would_change(name: str, expected: str, observed: str) -> None:
    for normalization in ORDER:
        for text in (expected, observed):
            changed = normalization.rewrite(text, text, Settings())[0] != text
            assert normalization.may_change(text) or not changed, normalization.name


def test_only_needed_normalizations_are_named() -> None:
    text = "id {ids} at 2020-01-02 00:00:00: <A at 0x{address}> {{3, 1}}"
    first, second = (text.format(ids="x", address=address) for address in ("7f0011", "7f0022"))
    assert slugs(first, second, Settings()) == {"memory-addresses"}


def test_nobody_can_forge_a_placeholder() -> None:
    placeholder = normalize("<A at 0x7f0011>", ["memory-addresses"])
    assert compare_text(placeholder, "<A at 0x7f0011>", Settings()).verdict is Verdict.DIFFERENT


def test_normalize_applies_the_named_ones_only() -> None:
    text = "u'a' <A at 0x7f0011>"
    assert legible(normalize(text, ["memory-addresses"])) == "u'a' <A at ⟨address1⟩>"
    assert normalize(text, ["python-literals"]) == "'a' <A at 0x7f0011>"
    assert normalize(text, NAMES, Settings(disabled=frozenset(NAMES))) == text


def test_durations_tell_their_ratio_and_may_be_limited() -> None:
    first, second = "Wall time: 1 s", "Wall time: 2.5 s"
    judgement = compare_text(first, second, Settings())
    assert "factor of up to 2.5" in judgement.because[0].message
    assert compare_text(first, second, Settings(time_ratio=3.0)).verdict is Verdict.EQUIVALENT
    assert compare_text(first, second, Settings(time_ratio=2.0)).verdict is Verdict.DIFFERENT
