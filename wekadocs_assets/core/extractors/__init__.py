"""Extractors: the sections of a Document become entities, mentions and derived edges (an Extraction).

page_reading reads a page once; each extractor module takes its PageReading and returns FoundMentions of one kind;
relations derives edges from them; registry runs all and makes ids. Rules are deterministic: regular expressions, word
lists and the structure of the page, with a vocabulary of program and component names per collection.

Add here: an extractor. Write a module named after its kind with a function `PageReading -> list[FoundMention]`, add the
function to EXTRACTORS in registry.py, a new kind to SHARED_KINDS or PLACED_KINDS in core/models.py, the properties of a
placed kind to PLACED in core/graph/schema.py, and tests/unit/core/extractors/test_<kind>.py.

Does not belong here: parsing of source formats (core/parsers), storage (core/graph), names of one product in the code.
"""
