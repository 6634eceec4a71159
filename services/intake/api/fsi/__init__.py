"""The national interface as hospitals and pharmacies speak it: one address, one envelope, one handler a transaction.

To add a transaction:

1. Write its handler in a module of this package: ``async def stock_count(call: Call) -> Output``. Read ``call.input``
   with the readers of ``Node`` (``required_text``, ``fen``, ``children`` …), call ``call.input.sound()``, which refuses
   the message with every problem at its pointer, then call one use case built by ``wiring``. Raise ``refused(pointer,
   code)`` for what stands against it; the texts of codes stand in ``domain/problem.py``.
2. Enter it in ``transactions.TRANSACTIONS`` under its ``infno``.
3. Put request and answer files into ``tests/contract/fsi``; the test there finds them by itself.

By then the route has verified the caller (``call.institution_code`` is the one it speaks for and is registered), has
bounded the body, and counts and answers whatever the handler returns or raises.
"""
