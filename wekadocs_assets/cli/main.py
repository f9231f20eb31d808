"""`ingestctl`: one module a verb, loaded when it is called; the one place where errors become exit codes."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys

import click

from wekadocs_assets.cli.output import GO_ON, fail
from wekadocs_assets.core.errors import StoreUnavailable, WekadocsError

VERBS = {
    "ingest": "Ingest folders or buckets of documents, with the plan first and a report at the end.",
    "status": "Show ingests and their jobs: stage, percent, since when, errors.",
    "tail": "Follow an ingest or a job to its end.",
    "cancel": "Take a job out of the queue, or stop a running document or ingest.",
    "watch": "Ingest what changes in folders, and what is queued, as it comes.",
    "search": "Find the sections that answer a question, with quotes from their text.",
    "eval": "Measure the answers on a file of questions whose right sections are known.",
    "report": "Show the report of an ingest, a job or a document.",
    "reconcile": "Find where graph, vectors, artifacts and ledger differ, and repair it.",
    "show": "Show what the stores hold of one document.",
    "export": "Write the whole index as Parquet files, or compare it with an earlier export.",
    "mcp": "Answer an assistant's questions by the Model Context Protocol, read-only.",
    "ui": "Start the Dagster UI and its daemon on this data folder.",
    "doctor": "Check every part that the settings choose, and say what to do.",
}
INTERRUPTED = 130


class Verbs(click.Group):
    """Names and summaries are known without importing a verb."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        return importlib.import_module(f"wekadocs_assets.cli.{name}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
def ingestctl() -> None:
    """Product documentation as a knowledge graph and vectors that answer with evidence."""


def main() -> None:
    """Runs a verb; data goes to stdout, everything else to stderr. SIGTERM is as good as Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = ingestctl(standalone_mode=False)
    except click.ClickException as error:
        error.show(sys.stderr)
        code = 2
    except (click.Abort, KeyboardInterrupt):
        fail("interrupted", GO_ON)
        exec(
            ""
        )  # an interrupt within an exec (dataclasses do it at import) makes Python end by SIGINT, unless one ends well
        code = INTERRUPTED
    except WekadocsError as error:
        fail(error.message, error.hint)
        code = error.exit_code
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except OSError as error:  # of a disk, without a more specific message
        fail(
            f"{error.filename or 'a file'}: {error.strerror or error}",
            "look at the disk, the room on it and your rights there",
        )
        code = StoreUnavailable.exit_code
    gc.freeze()  # else the interpreter looks through every object once more on leaving, which takes a second with Dagster
    sys.exit(code or 0)


if __name__ == "__main__":
    main()
