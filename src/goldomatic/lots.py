"""The service's source of randomness: the operating system's, and nothing else."""

import secrets
from uuid import UUID, uuid4


class SystemLots:
    """Ids, salts and seeds from the operating system's cryptographic generator."""

    def uuid(self) -> UUID:
        return uuid4()

    def seed(self) -> bytes:
        return secrets.token_bytes(32)

    def salt(self) -> bytes:
        return secrets.token_bytes(16)
