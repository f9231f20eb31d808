"""What a scan of any source collects: documents, files that cannot be read, names that collide, and markers of the watch modes."""

from __future__ import annotations

from wekadocs_assets.core.errors import BadDocument
from wekadocs_assets.core.ids import normalised_uri
from wekadocs_assets.core.models import Scan, SourceFile, Unreadable
from wekadocs_assets.core.watching.quiet_period import MARKER, PART

MAX_BYTES = 64 * 1024 * 1024


class FoundDocuments:
    """Names are relative to the root, in the source's own Unicode form."""

    def __init__(self) -> None:
        from wekadocs_assets.core.parsers.registry import SUFFIXES

        self._suffixes = tuple(SUFFIXES)
        self._files: list[SourceFile] = []
        self._unreadable: list[Unreadable] = []
        self._marks: dict[str, set[str]] = {MARKER: set(), PART: set()}

    def is_document(self, relative: str) -> bool:
        return relative.lower().endswith(self._suffixes)

    def take(self, relative: str, size: int, mtime_ns: int) -> None:
        self._files.append(SourceFile(normalised_uri(relative), relative, size, mtime_ns))

    def note_mark(self, relative: str) -> None:
        """Records a marker file (`name.ready`, `name.part`) for the document that it names; ignores other files."""
        for suffix, found in self._marks.items():
            if relative.endswith(suffix) and self.is_document(name := relative.removesuffix(suffix)):
                found.add(normalised_uri(name))

    def refuse(self, relative: str, reason: str, hint: str) -> None:
        shown = relative.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        self._unreadable.append(Unreadable(normalised_uri(shown), reason, hint))

    def refuse_format(self, relative: str) -> None:
        """For a file that the user named; a scan ignores other files that are not documents."""
        self.refuse(relative, "not a known document format", f"known are {', '.join(sorted(self._suffixes))}")

    def result(self, complete: bool) -> Scan:
        """The scan, sorted. If two names are equal in Unicode form NFC, the NFC spelling is taken and the other file is unreadable."""
        files: dict[str, SourceFile] = {}
        for file in sorted(self._files, key=lambda f: (f.source_uri, f.path != f.source_uri, f.path)):
            first = files.setdefault(file.source_uri, file)
            if first is not file:
                self.refuse(
                    file.path, "the same name as another file, except for its Unicode form", "rename one of the two"
                )
        unreadable = sorted(self._unreadable, key=lambda u: (u.source_uri, u.reason))
        marked, parts = (frozenset(found) for found in self._marks.values())
        return Scan(
            files=tuple(files.values()), unreadable=tuple(unreadable), complete=complete, marked=marked, parts=parts
        )


def within_limit(content: bytes, max_bytes: int) -> bytes:
    """The content. Raises BadDocument when it has more than max_bytes bytes."""
    if len(content) > max_bytes:
        raise BadDocument(
            f"larger than {max_bytes / 1e6:.0f} MB", "split the page, or raise the limit on a document's size"
        )
    return content
