"""The scoring side: evidence builders, questions, the examiner, the sandbox.

Nothing of this package but the sandbox is ever visible to a participant's server or kernel.
"""
