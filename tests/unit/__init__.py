"""Unit tests: folders and files mirror the package, so several files have the same name and the folders are packages."""
