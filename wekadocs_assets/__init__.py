"""Turns product documentation into a knowledge graph and vectors that answer questions with evidence.

The packages, from the outside inward: `defs` (Dagster), `cli` (`ingestctl`) and `mcp_server` are the entry points; `app`
opens what they use; `adapters` connects outside systems, `config` has the settings; `core` has the rules. `definitions` is
the module that Dagster loads.

Add code to the package that has the responsibility; its docstring says what to add and what does not belong there. A new
package also needs its layer in pyproject.toml and a line in README.md. Code and imports do not belong in this file: each
command loads only what it uses.
"""
