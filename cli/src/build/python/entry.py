"""What `flux build` makes the component of: the guest's module and the handlers that it has.

All of this runs once, when the guest is built; the component begins where it ends.
"""

import gc
import importlib
import linecache
import os.path
import sys
import traceback
from importlib.machinery import FileFinder, SourceFileLoader

# The guest's folder is the user's own: nothing is left there.
sys.dont_write_bytecode = True


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
        return compile(data, name, "exec", dont_inherit=True)


def _finder(path):
    if not path.lstrip("/").split("/")[0].isdigit():
        raise ImportError("not the guest's")
    return FileFinder(path, (_Loader, [".py"]))


sys.path_hooks.insert(0, _finder)
sys.path_importer_cache.clear()

importlib.import_module("{{module}}")
from flux._handlers import HttpHandler, JobHandler  # noqa: F401

# What the traceback module imports late cannot be imported when there are no files.
try:
    raise RuntimeError(os.path.curdir)
except RuntimeError:
    traceback.format_exc()

gc.collect()
gc.freeze()
