"""Parsers: the bytes of a source file become a Document with sections, spans and links.

Every format has a module with `parse(text) -> Page` (markdown, html, notion); its other modules start with the name of
the format. registry detects the format, source_text decodes the bytes before, section_tree cuts the page after.

Add here: a format. Write a module with `parse`, which returns a page.Page; add its suffixes to SUFFIXES in registry.py,
its name to SourceType in core/models.py, and tests/unit/core/parsers/test_<format>.py. A repair of damaged source
belongs in the format's module and is recorded as a Repair.

Does not belong here: reading files, finding entities in the text (core/extractors) and chunking (core/chunking.py).
"""
