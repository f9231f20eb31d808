"""The command line `ingestctl`: one module for each verb.

To add a verb, add a module with a `command` here, and its name to VERBS in main.py. A verb parses options and prints
results; the work itself belongs to app and core.
"""
