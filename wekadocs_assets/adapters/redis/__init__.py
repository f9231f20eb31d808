"""Redis or Valkey: the job queue, job states and progress events, and the embedded Valkey server.

To add a key: name it in the module that writes it, use the configured namespace, and document it in docs/progress.md.
Which server an ingest uses is decided in app/adapter_factory.py (`AdapterFactory.redis`), not here.
"""
