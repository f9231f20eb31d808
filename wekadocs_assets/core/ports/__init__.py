"""Ports: the outside systems that the core needs, as abstract classes and the values that pass through them.

Add a port here when the core needs another outside system; its implementations belong to adapters, and one contract suite in
tests/contract runs over all of them. Ports of jobs and progress are in core/jobs, next to their states.
"""
