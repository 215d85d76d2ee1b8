"""The truth on disk: a hash-linked journal in SQL, and the projections that are written in the same transaction.

Everything here is synchronous and blocks on the disk; an actor calls it through the ``Offload`` port, one call being
one transaction. SQL is written nowhere else.
"""
