"""The server's side of SRP as Cognito speaks it: RFC 5054's 3072-bit group, SHA-256, and a HKDF of one block.

Numbers travel in hex and are hashed as signed big-endian bytes: an even number of digits, and a zero byte in front
where the first bit is set.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G = 2


def _signed_bytes(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _hash_numbers(*numbers: int) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(map(_signed_bytes, numbers))).digest(), "big")


K = _hash_numbers(N, G)


@dataclass(frozen=True)
class Challenge:
    """What the server keeps between the two steps of one sign-in."""

    pool_name: str
    """The pool's id behind the underscore."""
    user_id: str
    salt: int
    client_public: int
    private: int
    public: int
    verifier: int
    secret_block: bytes

    def accepts(self, *, signature: str, timestamp: str) -> bool:
        """Whether the client knew the password: `signature` is its claim, in base64."""
        scramble = _hash_numbers(self.client_public, self.public)
        shared = pow(self.client_public * pow(self.verifier, scramble, N), self.private, N)
        extracted = hmac.digest(_signed_bytes(scramble), _signed_bytes(shared), "sha256")
        key = hmac.digest(extracted, b"Caldera Derived Key\x01", "sha256")[:16]
        message = self.pool_name.encode() + self.user_id.encode() + self.secret_block + timestamp.encode()
        expected = base64.b64encode(hmac.digest(key, message, "sha256")).decode()
        return hmac.compare_digest(expected.encode(), signature.encode())


def challenge(*, pool_name: str, user_id: str, password: str, salt: int, client_public: int) -> Challenge:
    """Raises ValueError for a public number that would make the shared one zero whatever the password."""
    if client_public % N == 0:
        raise ValueError("SRP_A must not be a multiple of N")
    identity = hashlib.sha256(f"{pool_name}{user_id}:{password}".encode()).digest()
    secret = int.from_bytes(hashlib.sha256(_signed_bytes(salt) + identity).digest(), "big")
    verifier = pow(G, secret, N)
    private = secrets.randbits(512)
    return Challenge(
        pool_name=pool_name,
        user_id=user_id,
        salt=salt,
        client_public=client_public,
        private=private,
        public=(K * verifier + pow(G, private, N)) % N,
        verifier=verifier,
        secret_block=secrets.token_bytes(256),
    )
