"""Nothing hidden in a published table can be worked out."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.tips.domain.disclosure import Line, derivable, hidden_cells

TOTAL = "total"


def table(rows: list[list[int]]) -> tuple[dict, list[Line]]:
    """Return the cells of a table with its totals, and its lines."""
    names = [str(number) for number in range(len(rows))]
    columns = [str(number) for number in range(len(rows[0]))]
    counts = {(row, column): rows[int(row)][int(column)] for row in names for column in columns}
    for row in names:
        counts[row, TOTAL] = sum(rows[int(row)])
    for column in columns:
        counts[TOTAL, column] = sum(line[int(column)] for line in rows)
    counts[TOTAL, TOTAL] = sum(map(sum, rows))
    lines = [Line((row, TOTAL), tuple((row, column) for column in columns)) for row in [*names, TOTAL]]
    lines += [Line((TOTAL, column), tuple((row, column) for row in names)) for column in [*columns, TOTAL]]
    return counts, lines


def rank(rows: list[list[int]]) -> int:
    """Rank of a matrix by elimination over fractions; written apart from the code under test."""
    matrix = [[Fraction(value) for value in row] for row in rows]
    found = 0
    for column in range(len(matrix[0]) if matrix else 0):
        pivot = next((index for index in range(found, len(matrix)) if matrix[index][column]), None)
        if pivot is None:
            continue
        matrix[found], matrix[pivot] = matrix[pivot], matrix[found]
        for index in range(found + 1, len(matrix)):
            factor = matrix[index][column] / matrix[found][column]
            matrix[index] = [mine - factor * theirs for mine, theirs in zip(matrix[index], matrix[found], strict=True)]
        found += 1
    return found


def determined(hidden: list, lines: list[Line]) -> set:
    """Unknowns that the equations fix: leaving their column out lowers the rank."""
    matrix = [[(cell in line.parts) - (cell == line.total) for cell in hidden] for line in lines]
    full = rank(matrix)
    return {
        cell for place, cell in enumerate(hidden) if rank([row[:place] + row[place + 1 :] for row in matrix]) < full
    }


TABLES = st.integers(min_value=1, max_value=5).flatmap(
    lambda width: st.lists(
        st.lists(st.one_of(st.just(0), st.integers(1, 9), st.integers(10, 300)), min_size=width, max_size=width),
        min_size=1,
        max_size=5,
    )
)


@settings(max_examples=300, deadline=None)
@given(rows=TABLES, smallest=st.integers(min_value=2, max_value=12))
def test_no_hidden_cell_follows_from_what_is_published(rows, smallest):
    counts, lines = table(rows)
    hidden = hidden_cells(counts, lines, smallest=smallest)
    assert all(cell in hidden for cell, count in counts.items() if 0 < count < smallest)
    for line in lines:
        # One subtraction: a line with a single hidden cell gives it away.
        assert len([cell for cell in line.cells if cell in hidden]) != 1
        parts = [counts[cell] for cell in line.parts if cell in hidden]
        if parts and line.total not in hidden:
            assert sum(parts) >= smallest
    # Any number of them.
    assert not determined(sorted(hidden), lines)


@settings(max_examples=150, deadline=None)
@given(rows=TABLES, chosen=st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=14))
def test_what_follows_is_found_as_a_second_way_of_reckoning_finds_it(rows, chosen):
    counts, lines = table(rows)
    names = sorted({row for row, _ in counts}), sorted({column for _, column in counts})
    hidden = {(names[0][row % len(names[0])], names[1][column % len(names[1])]) for row, column in chosen}
    assert derivable(hidden, lines) == determined(sorted(hidden), lines)


def test_a_chain_of_subtractions_is_held_too():
    """Two blocks joined by one cell: every line hides two or more, and yet the joint follows from the others."""
    counts, lines = table([[3, 3, 9, 90, 90], [3, 3, 90, 90, 90], [90, 90, 90, 3, 3], [90, 90, 90, 3, 3]])
    joint = {("0", "0"), ("0", "1"), ("1", "0"), ("1", "1"), ("2", "3"), ("2", "4"), ("3", "3"), ("3", "4")}
    joint |= {("0", "3")}
    assert all(len(joint & set(line.cells)) != 1 for line in lines)
    assert derivable(joint, lines) == {("0", "3")}
    assert not derivable(hidden_cells(counts, lines, smallest=5, also=joint), lines)


def test_large_numbers_and_zeros_are_all_published():
    counts, lines = table([[10, 0, 25], [0, 0, 7]])
    assert hidden_cells(counts, lines, smallest=5) == frozenset()


def test_complements_are_the_smallest_inner_cells_that_serve():
    counts, lines = table([[3, 50, 80], [60, 20, 90], [70, 75, 95]])
    hidden = hidden_cells(counts, lines, smallest=5)
    assert hidden == {("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")}


@pytest.mark.parametrize("rows", [[[2]], [[1, 1]], [[0, 4], [0, 0]]])
def test_a_table_of_a_few_is_not_told_at_all(rows):
    counts, lines = table(rows)
    hidden = hidden_cells(counts, lines, smallest=5)
    assert (TOTAL, TOTAL) in hidden


def test_a_province_with_all_its_cities_and_kinds_takes_less_than_a_second():
    rows = [[(row * 7 + column * 11) % 23 for column in range(11)] for row in range(21)]
    counts, lines = table(rows)
    hidden = hidden_cells(counts, lines, smallest=5)
    assert not determined(sorted(hidden), lines) if len(hidden) < 30 else not derivable(hidden, lines)
    assert all(first != second for first, second in pairwise(sorted(hidden)))
