"""Files, in a folder or below an fsspec URL: source documents, artifacts, reports, and the confidence model.

To add a kind of place: implement the port (Source, ArtifactStore or Reports) in a module of its own. The data folder itself,
with its locks, belongs to adapters/data_folder.
"""
