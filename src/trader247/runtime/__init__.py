"""Supervised actors on Trio. Knows nothing of trading; could be a package of its own.

==================  ==================================================================================================
word                meaning
==================  ==================================================================================================
actor               an object with ``run(ready)`` and perhaps ``close(why)``; a fresh one for every incarnation
decider             decides and touches nothing; ``actor.DeciderActor`` feeds it and sends what it says
worker, group       a place in the tree (``specs``); a group supervises its children
incarnation         one life of an actor, from its begin to the end of its cleanup
mailbox             typed, bounded, owned by the topology, outlives incarnations (``channels``, ``lanes``)
cause               the sequence number of the message whose handling sent this one
halt                a sticky latch that is checked where an effect leaves the process (``halt``)
stuck               cannot be ended from inside the process
==================  ==================================================================================================

How one crash travels: ``incarnation`` names its exit, ``tree`` buries what was in hand, ``supervisor`` asks
``decisions`` and has ``ladder`` stop and start children, ``reports`` tell the host. ``running`` is the host's handle.
"""
