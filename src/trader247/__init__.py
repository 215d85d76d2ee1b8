"""trader247: a supervised, rules-first, spot-only crypto trading daemon for Coinbase Advanced Trade."""

__version__ = "0.1.0"
