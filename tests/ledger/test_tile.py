"""Tiles keep C2SP tlog-tiles: addresses, widths, bundles, and the hashes out of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.ledger import tile, tree

leaves = [tree.leaf(str(number).encode()) for number in range(70_000)]
_roots: dict[tuple[int, int], bytes] = {}


def level(number: int, index: int) -> bytes:
    """The `index`-th hash of a level, by the definition of the page."""
    if number == 0:
        return leaves[index]
    known = _roots.get((number, index))
    if known is None:
        below = [level(number - 1, index * 256 + at) for at in range(256)]
        known = _roots[number, index] = tree.root(below)
    return known


def fetch(number: int, index: int, width: int) -> bytes:
    return b"".join(level(number, index * 256 + at) for at in range(width))


class TestAnAddress:
    @pytest.mark.parametrize(
        ("address", "expected"),
        [
            ("0/000", tile.Tile(0, 0)),
            ("0/x001/x234/067", tile.Tile(0, 1_234_067)),
            ("63/999.p/255", tile.Tile(63, 999, 255)),
            ("entries/x001/000.p/1", tile.Tile(None, 1000, 1)),
        ],
    )
    def test_is_read_and_written_as_the_standard_shows(
        self, address: str, expected: tile.Tile
    ) -> None:
        assert tile.parse(address) == expected
        assert tile.path(expected) == address

    @given(st.integers(0, 63) | st.none(), st.integers(0, 10**15), st.integers(1, 256))
    def test_is_read_back_as_written(self, number: int | None, index: int, width: int) -> None:
        one = tile.Tile(number, index, width)
        assert tile.parse(tile.path(one)) == one

    @pytest.mark.parametrize(
        "address",
        [
            "", "0", "0/", "0/0", "0/00", "0/0000", "00/000", "01/000", "64/000", "-1/000",
            "0/x000/000", "0/001/000", "0/x001/x000", "0/000.p/0", "0/000.p/256", "0/000.p/01",
            "0/000.p/", "0/000.p", "entries", "Entries/000", "0/000/", "/0/000", "0/٠٠٠",
            "0/000.p/1\n", "data/000", "0/../000",
            "0/" + "x001/" * 7 + "000", "0/" + "x001/" * 9999 + "000",
        ],
    )  # fmt: skip
    def test_is_refused_in_any_other_form(self, address: str) -> None:
        with pytest.raises(tile.NoSuchTile):
            tile.parse(address)


def addresses(size: int) -> list[str]:
    """Every tile that a log of that size serves."""
    found = []
    for number in range(64):
        index = 0
        while wide := tile.width(number, index, size):
            found.append(tile.path(tile.Tile(number, index, wide)))
            index += 1
    return found


class TestATreeOf70000:  # the example of the page
    def test_is_served_as_the_page_says(self) -> None:
        found = addresses(70_000)
        of_level = {n: [one for one in found if one.startswith(f"{n}/")] for n in range(4)}
        assert [len(of_level[n]) for n in range(4)] == [274, 2, 1, 0]
        assert of_level[0][:2] == ["0/000", "0/001"]
        assert of_level[0][-2:] == ["0/272", "0/273.p/112"]
        assert of_level[1] == ["1/000", "1/001.p/17"]
        assert of_level[2] == ["2/000.p/1"]
        assert addresses(256) == ["0/000", "1/000.p/1"]
        assert addresses(0) == []

    @given(st.integers(0, 2**40), st.integers(0, 63))
    def test_has_partial_tiles_as_the_page_counts_them(self, size: int, number: int) -> None:
        full, wide = divmod(size // 256**number, 256)  # floor(s / 256**l) mod 256
        assert tile.width(number, full, size) == wide
        assert tile.width(number, full + 1, size) == 0
        assert not full or tile.width(number, full - 1, size) == 256

    def test_has_273_full_tiles_of_level_0_and_one_of_112(self) -> None:
        assert [tile.width(0, index, 70_000) for index in (0, 272, 273, 274)] == [256, 256, 112, 0]

    def test_has_one_full_tile_of_level_1_and_one_of_17(self) -> None:
        assert [tile.width(1, index, 70_000) for index in (0, 1, 2)] == [256, 17, 0]

    def test_has_one_tile_of_level_2_of_width_1(self) -> None:
        assert [tile.width(2, index, 70_000) for index in (0, 1)] == [1, 0]
        assert tile.width(3, 0, 70_000) == 0

    def test_gives_its_root_and_proofs_out_of_its_tiles(self) -> None:
        reader = tile.Reader(70_000, fetch)
        root = tree.root(leaves)
        assert reader.root() == root
        for index in (0, 255, 256, 65_535, 65_536, 69_999):
            proof = tree.prove_inclusion(index, 70_000, reader.subtree)
            assert tree.included(proof, leaves[index]) == root
        old = tile.Reader(66_000, fetch).root()
        proof = tree.prove_consistency(66_000, 70_000, reader.subtree)
        assert tree.consistent(proof, old) == (old, root)


class TestATile:
    @given(st.integers(0, 1000))
    def test_reader_gives_the_root_of_any_size(self, size: int) -> None:
        assert tile.Reader(size, fetch).root() == tree.root(leaves[:size])

    def test_of_256_entries_is_full_and_has_one_hash_above(self) -> None:
        assert tile.available(tile.Tile(0, 0), 256)
        assert tile.available(tile.Tile(1, 0, 1), 256)
        assert not tile.available(tile.Tile(1, 0, 1), 255)
        assert not tile.available(tile.Tile(0, 1, 1), 256)

    @given(st.integers(0, 2), st.integers(0, 3), st.integers(1, 256), st.integers(0, 70_000))
    def test_is_available_up_to_its_width(
        self, number: int, index: int, width: int, size: int
    ) -> None:
        has = tile.width(number, index, size)
        assert tile.available(tile.Tile(number, index, width), size) is (width <= has)

    def test_reader_refuses_a_tile_that_is_cut_off(self) -> None:
        with pytest.raises(tile.NoSuchTile):
            tile.Reader(10, lambda *_: b"short").root()


class TestAProof:
    @given(st.integers(1, 70_000), st.data())
    def test_is_read_out_of_the_tiles_around_the_entry_and_the_peaks_alone(
        self, size: int, data: st.DataObject
    ) -> None:
        index = data.draw(st.integers(0, size - 1))

        def never(*place: int) -> bytes:
            raise AssertionError(f"tile {place} was not said to be needed")

        whole, reader = tile.Reader(size, fetch), tile.Reader(size, never)
        around = tile.around(index, size)
        reader.know(whole.peaks())
        reader.hold({place: fetch(*place, tile.width(*place, size)) for place in around})
        proof = tree.prove_inclusion(index, size, reader.subtree)
        assert tree.included(proof, leaves[index]) == whole.root()
        assert len(around) <= 3

    @given(st.integers(0, 2**62))
    def test_has_the_peaks_of_any_size(self, size: int) -> None:
        found = tile.peaks(size)
        assert sum(1 << height for height, _ in found) == size
        assert [height for height, _ in found] == sorted({h for h, _ in found}, reverse=True)

    def test_holds_no_tile_that_is_cut_off(self) -> None:
        reader = tile.Reader(300, fetch)
        reader.hold({(0, 0): b"x" * 31, (0, 1): fetch(0, 1, 44)[:-1]})
        assert reader.root() == tree.root(leaves[:300])


class TestABundle:
    @given(st.lists(st.binary(max_size=300), max_size=20))
    def test_is_read_back_as_written(self, entries: list[bytes]) -> None:
        assert tile.unbundle(tile.bundle(entries)) == entries

    def test_of_our_entries_is_byte_for_byte_what_the_page_says(self) -> None:
        entry = b'{"commitment":"' + b"A" * 43 + b'","v":1}'
        assert tile.bundle([entry] * 2) == (b"\x00\x42" + entry) * 2
        assert len(entry) == 0x42

    def test_has_the_length_in_two_bytes_before_each_entry(self) -> None:
        assert tile.bundle([b"ab", b""]) == b"\x00\x02ab\x00\x00"

    @pytest.mark.parametrize("data", [b"\x00", b"\x00\x02a", b"\x00\x01a\x00"])
    def test_is_refused_when_cut_off(self, data: bytes) -> None:
        with pytest.raises(tile.NoSuchTile):
            tile.unbundle(data)
