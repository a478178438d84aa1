"""A head in front of each object file, so that damage shows before LLVM, which it would crash.

The head holds the format's version, what the kernel was compiled from (its key), the length, and a
digest of all that and of the object. It shows damage, not intent: whoever can write the file can
write another digest as well, which is why nobody but the user may (`folders`).
"""

from __future__ import annotations

import hashlib

KIND = b"npslstm object "  # how the files of every version begin
VERSION = b"1\n"


def sealed(key: str, code: bytes) -> bytes:
    """An object file behind its head."""
    return head(key, code) + code


def unsealed(key: str, file: bytes) -> bytes | None:
    """The object file without its head; None if a bit of either is not as it was written."""
    code = file[len(head(key, b"")) :]
    return code if file.startswith(head(key, code)) else None


def head(key: str, code: bytes) -> bytes:
    """Lines with the version, the key, the length in bytes and the digest: as long for every object
    under keys of one length."""
    known = KIND + VERSION + f"{key}\n{len(code):012}\n".encode()
    digest = hashlib.sha256(known)
    digest.update(code)
    return known + f"{digest.hexdigest()}\n".encode()
