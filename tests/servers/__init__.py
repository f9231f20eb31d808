"""Real servers for tests, each started on free ports of 127.0.0.1 in a folder that the caller gives."""
