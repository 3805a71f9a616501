"""What a notebook does that a forked process may show differently: known from its text, before it runs.

Text is searched, not syntax: a word too many costs the time of an ordinary kernel, a word too few costs a second run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

HAZARDS: tuple[tuple[str, str], ...] = (
    (
        r"\b(?:MPLBACKEND|MPLCONFIGDIR|(?:OMP|OPENBLAS|MKL|GOTO|NUMEXPR|VECLIB|BLIS|KMP)_\w+|PYTHON[A-Z]+)\b",
        "sets or reads a variable that packages read when they are imported",
    ),
    (
        (
            r"\bsys\.(?:modules|path_importer_cache|_current_frames|orig_argv|getrefcount|getallocatedblocks|setswitchinterval)\b|\bwarnings\.filters\b"
            r"|\bgc\.(?:freeze|unfreeze|get_freeze_count|get_objects|get_count|get_stats|get_threshold)\b"
            r"|\bthreading\.(?:enumerate|active_count)\b|\.manager\.loggerDict\b|\binspect\.(?:stack|currentframe|getouterframes)\b"
            r"|\b(?:object|type|int|float|str|list|dict|set|tuple|Generic|StringIO|Thread|Enum|Warning|\w*(?:Error|Exception))\.__subclasses__\b"
            r"|\bdir\s*\(\s*(?:builtins|__builtins?__)\b"
            r"|\.fileno\s*\(|/proc/(?:self\b|[%{])|\bpsutil\.Process\b"
            r"|\bfaulthandler\b|\btraceback\.(?:print_stack|extract_stack|format_stack|walk_stack)\b|\bf_back\b|\bstack_info\s*=\s*True\b"
            r"|\blinecache\.cache\b|\bcopyreg\.dispatch_table\b|\batexit\._ncallbacks\b"
        ),
        "looks at the state of the interpreter",
    ),
    (
        r"\b(?:sys|threading)\.set(?:trace|profile)\b|\bsys\.monitoring\b|\bcProfile\b|%[lm]?prun\b",
        "follows the calls of its kernel",
    ),
    (
        r"\b(?:iopub|pub|control|shell|stdin)_(?:streams?|thread|socket)\b|\b_trait_values\b|\b(?:pickle|dill|cloudpickle|copy)\.\w+\(\s*sys\.std(?:out|err)\b",
        "looks at the parts of its kernel",
    ),
    (r"%precision\b|\bfloat_precision\b", "sets the precision of packages that it has imported"),
    (r"\breload\s*\(", "imports a module again"),
    (r"%connect_info|%qtconsole|\bget_connection_(?:file|info)\b|\bconnection_file\b", "asks how to reach its kernel"),
    (r"%gui\b|%matplotlib\s+(?:qt|tk|gtk|wx|osx|macosx)|%pylab\s+(?:qt|tk|gtk|wx|osx)", "runs the event loop of a window system"),
    (r"\bos\.(?:fork|forkpty)\s*\(|\bpty\.fork\s*\(", "forks the kernel's process itself"),
    (
        r"\bos\.(?:close|closerange|dup2)\s*\(|\bsys\.(?:stdout|stderr|__stdout__|__stderr__)\.close\s*\(",
        "closes or replaces its own streams",
    ),
    # In a started kernel it is a matter of chance which of two lines comes first that a program writes in two ways.
    (r"\bos\.write\s*\(\s*[12]\b|\bsys\.__std(?:out|err)__|\bCDLL\s*\(\s*None\b", "writes past its streams"),
)


def reasons_against_fork(sources: Sequence[str], language: str, interpreter: str) -> tuple[str, ...]:
    r"""Why a notebook should run in a kernel that is started for it; empty where nothing speaks against a fork.

    Args:
        sources: the text of its code cells.
        language: of the notebook.
        interpreter: path of the Python, or empty where there is none.

    >>> reasons_against_fork(["import sys\nlen(sys.modules)"], "python", "/usr/bin/python3")
    ('the notebook looks at the state of the interpreter (sys.modules)',)
    >>> reasons_against_fork(["1 + 1"], "python", "/usr/bin/python3")
    ()
    """
    if language.lower() not in {"python", "ipython"} or not interpreter:
        return (f"only Python can be forked; the notebook's language is {language}",)
    text = "\n".join(sources)
    found = ((re.search(pattern, text), words) for pattern, words in HAZARDS)
    return tuple(f"the notebook {words} ({match.group().strip()})" for match, words in found if match)
