"""Every port in memory, for tests: the simplest implementation, which the contract suites compare the others with.

Add one here for each new port. Nothing here survives the process, and no production setting chooses it.
"""
