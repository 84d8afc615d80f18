"""What `flux build` makes the component of: the guest's module and the handlers that it has.

All of this runs once, when the guest is built; the component begins where it ends.
"""

import codecs
import contextlib
import dis
import gc
import importlib
import linecache
import os.path
import sys
import traceback
from importlib.machinery import FileFinder, SourceFileLoader
from types import CodeType

# The guest's folder is the user's own: nothing is left there.
sys.dont_write_bytecode = True


# The names and the code of the guest's modules, in the order they were loaded.
_loaded = []


class _Loader(SourceFileLoader):
    """Gives code the name of its file below the folder it was found in, and keeps its source.

    Tracebacks then read as they do at home, where there are no files; and the same source makes
    the same code in whatever folder it is.
    """

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        data = self.get_data(path)
        # Guest folders are mounted as /0, /1 and so on.
        name = path.split("/", 2)[2]
        lines = data.decode(errors="replace").splitlines(keepends=True)
        linecache.cache[name] = (len(data), None, lines, name)
        code = compile(data, name, "exec", dont_inherit=True)
        _loaded.append((fullname, code))
        return code


def _finder(path):
    if not path.lstrip("/").split("/")[0].isdigit():
        raise ImportError("not the guest's")
    return FileFinder(path, (_Loader, [".py"]))


sys.path_hooks.insert(0, _finder)
sys.path_importer_cache.clear()


def _late(code):
    """What the functions in this code import, as `__import__` takes it."""
    for function in (it for it in code.co_consts if isinstance(it, CodeType)):
        level, names = 0, None
        for step in dis.get_instructions(function):
            if step.opname == "IMPORT_NAME":
                yield step.argval, names or (), level
            level, names = names, step.argval
        yield from _late(function)


importlib.import_module("{{module}}")

# When a function is called that imports there are no files any more. What it imports may be missing,
# or not start: then the call fails, and not the build. The list grows meanwhile.
for _name, _code in _loaded:
    _package = {"__package__": sys.modules[_name].__spec__.parent} if _name in sys.modules else {}
    for _imported, _names, _level in _late(_code):
        with contextlib.suppress(Exception, SystemExit):
            __import__(_imported, _package, None, _names, _level)

# The same goes for codecs, which are looked for by name when text is first encoded.
for _codec in (
    *("ascii", "latin-1", "cp1252", "utf-7", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"),
    *("utf-32", "utf-32-le", "utf-32-be", "unicode-escape", "raw-unicode-escape"),
    *("idna", "punycode", "base64", "hex", "quopri"),
):
    codecs.lookup(_codec)

from flux._handlers import HttpHandler, JobHandler  # noqa: E402, F401

# What the traceback module imports late cannot be imported when there are no files.
try:
    raise RuntimeError(os.path.curdir)
except RuntimeError:
    traceback.format_exc()

gc.collect()
gc.freeze()
