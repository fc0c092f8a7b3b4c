"""Pages of one template that state different facts, and pages that are one."""

import pytest
from sides import read

from winnow.dedup.near import templates


def differ(mine, theirs, least=2, one_site=False):
    a, b = read(mine, theirs)
    return templates.differ(a, b, templates.index(b.terms, b.grams), 5, least, one_site)


HEAD = "this page of our register tells what is known about the ship that is called"
TAIL = "the register is kept by the harbour office and may be read there by all who ask"
WIDE = "her papers can be seen on any day of the week in the reading room of the house by the gate"


@pytest.mark.parametrize(
    "mine, theirs, stays",
    [
        # other facts in the same places
        (f"{HEAD} Aurora of 471 tons {TAIL}", f"{HEAD} Borealis of 380 tons {TAIL}", True),
        (f"{HEAD} Aurora {WIDE} Panama {TAIL}", f"{HEAD} Borealis {WIDE} Malta {TAIL}", True),
        # one fact alone, a date, and a fact that only one has
        (f"{HEAD} Aurora {TAIL}", f"{HEAD} Borealis {TAIL}", False),
        (f"{HEAD} it {WIDE} on 12 May 2020 {TAIL}", f"{HEAD} it {WIDE} on 3 June 2021 {TAIL}", False),
        (f"{HEAD} {TAIL}", f"{HEAD} Aurora of 471 tons {TAIL}", False),
        # the frame around the text, before and after
        (f"Home News 471 {HEAD} {TAIL} Contact 12", f"Start Blog 380 {HEAD} {TAIL} About Us 9", False),
        # the same names in another order, and an edit that swaps ordinary words too
        (f"{HEAD} Aurora 4 {WIDE} Borealis 3 {TAIL}", f"{HEAD} Borealis 3 {WIDE} Aurora 4 {TAIL}", False),
        (
            f"{HEAD} Aurora small old wooden red 471 {TAIL}",
            f"{HEAD} Borealis large new iron green grey fast 380 {TAIL}",
            False,
        ),
    ],
)  # fmt: skip
def test_other_facts_in_the_same_places_are_another_page(mine, theirs, stays):
    assert differ(mine, theirs) is stays
    assert differ(theirs, mine) is stays


def test_one_name_in_many_places_is_many_facts():
    """Of any case, if it stands in three places."""
    page = f"{HEAD} {{0}} {WIDE} {{0}} {TAIL} {{0}} {WIDE[::-1]}"
    assert differ(page.format("Aurora"), page.format("Borealis"))
    assert differ(page.format("weak"), page.format("shared"))
    page = f"{HEAD} {{0}} {WIDE} {{0}} {TAIL}"
    assert not differ(page.format("weak"), page.format("shared"))


def test_words_replaced_within_one_site_tell_two_pages_apart():
    """Of another site it is an edited copy."""
    page = f"{HEAD} {{0}} {WIDE} {{1}} {TAIL}"
    mine, theirs = page.format("weak", "small"), page.format("shared", "large")
    assert differ(mine, theirs, one_site=True) and differ(theirs, mine, one_site=True)
    assert not differ(mine, theirs)
    assert not differ(mine, page.format("shared", "small"), one_site=True)
    assert not differ(page.format("1999", "2001"), page.format("2001", "2002"), one_site=True)
    assert not differ(f"weak small {HEAD} {TAIL} weak", f"shared large {HEAD} {TAIL} shared", one_site=True)


def test_how_many_facts_is_a_setting():
    a, b = f"{HEAD} Aurora {TAIL}", f"{HEAD} Borealis {TAIL}"
    assert differ(a, b, 1) and not differ(a, b, 2)
