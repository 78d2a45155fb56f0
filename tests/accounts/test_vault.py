"""What is kept secret at rest."""

import pytest

from goldomatic.accounts.vault import SealError, Vault

HERE, ELSEWHERE = "account_tokens/1/2", "account_tokens/1/3"


def test_what_is_sealed_is_opened_in_its_place_alone() -> None:
    vault = Vault("a secret")
    sealed = vault.seal(b"tokens", HERE)
    assert b"tokens" not in sealed
    assert vault.open(sealed, HERE) == b"tokens"
    assert Vault("a secret").open(sealed, HERE) == b"tokens"
    with pytest.raises(SealError):
        vault.open(sealed, ELSEWHERE)


def test_no_two_sealed_values_are_alike() -> None:
    vault = Vault("a secret")
    assert vault.seal(b"tokens", HERE) != vault.seal(b"tokens", HERE)


@pytest.mark.parametrize("position", [0, 1, 8, 9, 20, 21, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    vault = Vault("a secret")
    sealed = bytearray(vault.seal(b"tokens", HERE))
    sealed[position] ^= 1
    with pytest.raises(SealError):
        vault.open(bytes(sealed), HERE)


@pytest.mark.parametrize("length", [0, 1, 9, 20, 21, 36])
def test_a_shortened_value_is_noticed(length: int) -> None:
    vault = Vault("a secret")
    with pytest.raises(SealError):
        vault.open(vault.seal(b"tokens", HERE)[:length], HERE)


def test_a_former_secret_opens_and_the_present_one_seals() -> None:
    old = Vault("the old secret").seal(b"tokens", HERE)
    with pytest.raises(SealError, match="not known"):
        Vault("the new secret").open(old, HERE)
    both = Vault("the new secret", ["the old secret"])
    assert both.open(old, HERE) == b"tokens"
    assert not both.is_current(old)
    new = both.seal(b"tokens", HERE)
    assert both.is_current(new)
    assert Vault("the new secret").open(new, HERE) == b"tokens"


def test_keys_for_different_purposes_differ() -> None:
    vault = Vault("a secret")
    assert vault.derive(b"csrf") == Vault("a secret").derive(b"csrf")
    assert len({vault.derive(b"csrf"), vault.derive(b"other"), Vault("b").derive(b"csrf")}) == 3
    assert repr(vault) == "Vault(***)"
