"""Pictures of landscapes in the store."""

import time

from sqlalchemy import text

from mtl_core.store import landscapes, open_store
from mtl_core.store.tables import landscapes as table


def test_a_picture_is_kept_and_found_again(store, store_url):
    assert store.landscape("a") is None
    store.keep_landscape("a", b"\0one")
    store.keep_landscape("a", b"\0two")
    with open_store(store_url) as again:
        assert again.landscape("a") == b"\0two"
        assert again.landscape("b") is None


def test_the_oldest_pictures_go(store, monkeypatch):
    monkeypatch.setattr(landscapes, "KEPT", 3)
    for name in "abcd":
        store.keep_landscape(name, name.encode())
        time.sleep(0.005)
    assert [store.landscape(name) for name in "abcd"] == [None, b"b", b"c", b"d"]
    store.keep_landscape("b", b"again")
    store.keep_landscape("e", b"e")
    assert [store.landscape(name) for name in "bcde"] == [b"again", None, b"d", b"e"]
    with store.engine.connect() as connection:
        assert connection.scalar(text(f"SELECT count(*) FROM {table.name}")) == 3
