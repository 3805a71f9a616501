"""The modules that come with Python, whichever Python it is."""

from __future__ import annotations

import sys

REMOVED = {
    **dict.fromkeys(
        ("asynchat", "asyncore", "distutils", "imp", "smtpd"), "3.12",
    ),
    **dict.fromkeys(
        (
            "aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev",
            "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib",
        ),
        "3.13",
    ),
    "binhex": "3.11",
    "formatter": "3.10",
    "parser": "3.10",
    "symbol": "3.10",
    "macpath": "3.8",
    "dummy_threading": "3.9",
    "_dummy_thread": "3.9",
    "macurl2path": "3.7",
    "fpectl": "3.7",
}  # fmt: skip
"""Modules of Python 3 that are gone, and the first version without them (PEP 594 and "What's New in Python")."""

PYTHON_2 = frozenset(
    {
        "BaseHTTPServer", "Bastion", "CGIHTTPServer", "ConfigParser", "Cookie", "DocXMLRPCServer", "HTMLParser", "MimeWriter", "Queue",
        "ScrolledText", "SimpleHTTPServer", "SimpleXMLRPCServer", "SocketServer", "StringIO", "Tix", "Tkconstants", "Tkdnd", "Tkinter",
        "UserDict", "UserList", "UserString", "__builtin__", "anydbm", "cPickle", "cProfile", "cStringIO", "commands", "compiler",
        "cookielib", "copy_reg", "dbhash", "dircache", "dl", "dumbdbm", "dummy_thread", "exceptions", "fpformat", "future_builtins",
        "gdbm", "hotshot", "htmlentitydefs", "htmllib", "httplib", "ihooks", "imputil", "itertools", "markupbase", "md5", "mhlib",
        "mimetools", "mimify", "multifile", "mutex", "new", "os2emxpath", "popen2", "posixfile", "repr", "rexec", "rfc822",
        "robotparser", "sets", "sgmllib", "sha", "sre", "statvfs", "strop", "sunaudio", "thread", "tkColorChooser", "tkCommonDialog",
        "tkFileDialog", "tkFont", "tkMessageBox", "tkSimpleDialog", "toaiff", "ttk", "urllib2", "urlparse", "user", "whichdb", "xmllib",
        "xmlrpclib", "_winreg",
    }
)  # fmt: skip
"""Modules that only Python 2 has (https://docs.python.org/2.7/py-modindex.html)."""

_LATER = frozenset({"__main__", "annotationlib", "compression", "tomllib", "zoneinfo", "graphlib"})
"""Modules of other versions than the one that runs this, and the program itself."""

_CURRENT = sys.stdlib_module_names


def is_standard(module: str) -> bool:
    """Whether a top-level module comes with some Python.

    >>> is_standard("urllib2"), is_standard("imp"), is_standard("numpy")
    (True, True, False)
    """
    return module in _CURRENT or module in REMOVED or module in PYTHON_2 or module in _LATER


def standard_note(module: str) -> str:
    """What is to be known of a standard module; empty where it is in every Python 3.

    >>> standard_note("imp")
    'gone from Python 3.12'
    """
    if module in REMOVED:
        return f"gone from Python {REMOVED[module]}"
    if module in PYTHON_2 and module not in _CURRENT:
        return "in Python 2 only"
    return ""
