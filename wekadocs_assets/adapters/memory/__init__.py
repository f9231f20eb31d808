"""Graph, vectors, artifacts, sources, queue and progress in memory, for tests: the contract suites compare others with them.

Add one here for a new port that tests need without files. Nothing here survives the process, and no production setting
chooses it. Other ports have a simple implementation elsewhere: FreeLock in data_folder, HashEmbedder in embedding, and
ReportFolder in files, with a temporary folder.
"""
