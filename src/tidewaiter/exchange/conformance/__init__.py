"""What a node of anybody's gets wrong of the wire contract: an independent partner that tries it.

Written from the pages (`protocol.md`, `agreement.md`) and not from this project's code: it has its
own signing, sealing, agreements, receipts and tree hashing, so that one misreading is not in both.
"""
