"""Stages: the steps of an ingest, one module each, as plain functions on a Pipeline.

plan makes the plan. parse, extract, graph, embed and points each produce one partitioned asset: for every document they
yield an Outcome after its batch is committed. clean_up runs purge_and_link and the end of a switch, once after all
documents. conclude verifies the stores and writes the reports.

Add here: a step that reads or writes the stores during an ingest, with its asset's name in core/recipe.py. Raise the
code version there when a step gives another output for the same input.

Does not belong here: Dagster (defs), the formats and rules themselves (core/parsers, core/extractors, core/graph), and
checks of stored data (core/checks).
"""
