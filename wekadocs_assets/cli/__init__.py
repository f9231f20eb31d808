"""The command line `ingestctl`: one module for each verb.

Add a module with a `command`, and its name to VERBS in main.py. A verb parses options and prints; what it does is in app
and core.
"""
