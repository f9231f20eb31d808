"""Implementations of the ports in core/ports, one folder per outside system, with its checks for `doctor` inside.

To add a store: make a folder, implement the port (`GraphStore`, `VectorStore`, `ArtifactStore`, …), run its contract suite
in tests/contract over it, choose it in app/adapter_factory.py, and write its checks in diagnosis.py. Folders of different
systems do not import each other; pyproject.toml lists the layers. Decisions about documents belong in core.
"""
