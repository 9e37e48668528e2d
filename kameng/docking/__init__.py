"""Serving shops that speak Dujiao-Next's protocol: they dock to us as to one of their own.

/api/v1/upstream/ beside our own calls: another signature, other shapes, the same keys, services and
prices. `suppliers/adapters/dujiao.py` is the other side, for buying from such a shop.
"""
