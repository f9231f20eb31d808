"""Search: from a question to sections with quotes, confidence and graph context, read from the ports only.

Modules, in the order of a search: question, words, hybrid, evidence, knowledge, confidence, searcher; lookup finds nodes by
name, evaluation and calibration measure answers. Add what improves or explains answers here. Opening stores, loading models
and printing belong to app, cli and mcp_server.
"""
