"""Jobs: states, progress events and the queue of document versions, with the ports that store them.

Add a state, an event or a rule of the queue here. How they are kept in Redis belongs to adapters/redis.
"""
