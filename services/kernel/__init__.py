"""What two services already need, and no service's word.

`process` stands on `web`, that on `outbox`, then `stream` and `keys`, then `store`; the modules beside
these folders are values and errors that every room may use.
"""
