import pytest

from labs.budapest import ARTICLES, articles


def test_the_table_holds_articles_1_to_35_in_order() -> None:
    assert list(ARTICLES) == list(range(1, 36))
    assert all(number == article.number for number, article in ARTICLES.items())
    assert len({article.title for article in ARTICLES.values()}) == 35


def test_a_range_is_shown_as_a_table() -> None:
    shown = articles(2, 12)._repr_html_()
    assert shown.count("<tr>") == 1 + 11
    assert "Illegal access" in shown
    assert "Sanctions" not in shown


@pytest.mark.parametrize(("first", "last"), [(0, 3), (2, 36), (5, 4)])
def test_a_range_outside_the_table_is_refused(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="articles 1 to 35"):
        articles(first, last)
