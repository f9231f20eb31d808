"""The data folder: locks between processes, free disk space, store ids, recorded engine versions, and doctor's checks of them.

To add what the embedded stores share about their folder: put it here. A store's own files belong to its adapter.
"""
