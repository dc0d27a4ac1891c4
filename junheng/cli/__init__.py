"""Where ``junheng`` begins: the language, a console that takes any character, and failures told in one line."""

import sys
from importlib import import_module

USAGE = 2


def main() -> None:
    """Run the command line; whatever goes wrong is said in a line, and kept whole under ``logs/``."""
    import os
    import traceback
    from contextlib import suppress

    from extract.common.imports import forgo_pandas
    from junheng.cli.overview import COMMANDS, overview
    from publish.language import survive_any_encoding

    os.umask(0o077)  # what a home holds is its owner's
    forgo_pandas()
    survive_any_encoding()
    _choose_language(sys.argv)
    is_shell_asking = "_JUNHENG_COMPLETE" in os.environ  # what may follow what was typed
    if set(sys.argv[1:]) <= {"-h", "--help"} and not is_shell_asking:
        with suppress(BrokenPipeError):  # who pipes it into `head` has read enough
            print(overview(), flush=True)
        os._exit(0 if sys.argv[1:] else USAGE)
    # Imported in the language that its help is in.
    from junheng.cli.app import app, fail
    from publish.language import say

    asked = [COMMANDS[name] for name in sys.argv[1:2] if name in COMMANDS] or COMMANDS.values()
    for module in {command.module for command in asked}:
        import_module(f"junheng.cli.{module}")
    try:
        app()
    except Exception as error:
        from junheng.home import Home
        from junheng.outcome import record_failure

        details = record_failure(Home.from_environment(), traceback.format_exc())
        fail(
            say(
                f"失败：{error}\n已发布的数据未受影响，详情见 {details}。",
                f"Failed: {error}\nThe last published warehouse still stands; details: {details}.",
            )
        )


def _choose_language(arguments: list[str]) -> None:
    """Take ``--lang`` out of the arguments, wherever it stands: it belongs to every command."""
    from publish.language import LANGUAGES, choose, language, say

    for i, argument in enumerate(arguments):
        if argument == "--lang" or argument.startswith("--lang="):
            length = 1 if "=" in argument else 2
            chosen = argument.partition("=")[2] or "".join(arguments[i + 1 : i + 2])
            if chosen not in LANGUAGES:
                print(
                    say(f"--lang 应为 zh 或 en，不是“{chosen}”。", f"--lang is zh or en, not {chosen!r}."),
                    file=sys.stderr,
                )
                sys.exit(USAGE)
            choose(chosen)
            del arguments[i : i + length]
            break
    choose(language())  # child processes use the same language


if __name__ == "__main__":
    main()
