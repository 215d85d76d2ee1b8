"""The client of Coinbase Advanced Trade: signed REST requests and the two WebSocket streams behind the venue ports.

``product_id`` is a word of the wire and never leaves this package; outside it an instrument has a symbol.
"""
