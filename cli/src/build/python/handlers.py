"""Imports a guest's module as its build will, and prints which handlers it has, a line each.

    python handlers.py MODULE

The guest's folder, its dependencies and the SDK are on PYTHONPATH.
"""

import contextlib
import importlib
import sys
import traceback


def main(module: str) -> int:
    # This file's own folder is first, which is not the guest's.
    del sys.path[0]
    from flux import _handlers, _host

    _host.begin_build()
    try:
        # Whatever a module prints when it starts is no answer of this program.
        with contextlib.redirect_stdout(sys.stderr):
            importlib.import_module(module)
    except BaseException as error:
        print_from_module(error)
        return 1
    print(*_handlers.registered, sep="\n")
    return 0


def print_from_module(error: BaseException) -> None:
    """The traceback without the frames of this file and of the import itself."""
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename in (__file__, importlib.__file__):
        frames = frames.tb_next
    while frames and frames.tb_frame.f_code.co_filename.startswith("<frozen importlib"):
        frames = frames.tb_next
    traceback.print_exception(type(error), error, frames)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
