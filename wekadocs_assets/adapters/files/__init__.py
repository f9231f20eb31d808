"""Files, in a folder or below an fsspec URL: source documents, artifacts, reports, and the confidence model.

To add another kind of place, implement the port (Source, ArtifactStore or Reports) in a module of its own. The data folder
and its locks belong to adapters/data_folder.
"""
