"""The entry point of `ingestctl`: imports the module of the verb that is called, and converts errors to exit codes.

Add a verb to VERBS. Other modules raise errors; printing them and choosing the exit code belong here.
"""

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
    "status": "Show ingests and their jobs: stage, percent, start time, errors.",
    "tail": "Follow the progress of an ingest, a Dagster run or a job until it ends.",
    "cancel": "Remove a job from the queue, or stop a running job or ingest.",
    "watch": "Watch folders and the queue, and ingest changes automatically.",
    "search": "Find the sections that answer a question, with quotes from their text.",
    "eval": "Measure the quality of search with questions whose correct sections are known.",
    "report": "Show the report of an ingest, a job or a document.",
    "reconcile": "Compare artifacts, graph and vector stores with each other and with the ledger.",
    "show": "Show what the stores contain for one document.",
    "export": "Write the content of the stores as Parquet files, or compare it with an earlier export.",
    "mcp": "Let an assistant search the stores over the Model Context Protocol, read-only.",
    "ui": "Start the Dagster UI and its daemon for this data folder.",
    "doctor": "Check the stores and services that the settings select, and suggest repairs.",
}
INTERRUPTED = 130


class Verbs(click.Group):
    """Lists the verbs without importing them."""

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
    """Build a knowledge graph and vectors from product documentation, and search them."""


def main() -> None:
    """Runs a verb and exits.

    Results go to stdout; progress and messages go to stderr. SIGTERM has the effect of Ctrl-C.
    """
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
        )  # after an interrupt within an exec (dataclasses use it), Python exits by SIGINT unless a later exec succeeds
        code = INTERRUPTED
    except WekadocsError as error:
        fail(error.message, error.hint)
        code = error.exit_code
    except BrokenPipeError:  # the reader of stdout exited, as in `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except OSError as error:  # from a disk: adapters translate the errors of stores
        fail(
            f"{error.filename or 'a file'}: {error.strerror or error}",
            "check the disk, its free space and your permissions",
        )
        code = StoreUnavailable.exit_code
    gc.freeze()  # without it the garbage collection at exit takes a second with Dagster
    sys.exit(code or 0)


if __name__ == "__main__":
    main()
