"""What a page costs does not grow with what the customer has. See tests/long/ for 100,000 todos."""

from tests.support.many import assert_bounded, costs_of_pages, customer_with


def test_each_page_costs_the_same_for_1300_todos_and_for_2600() -> None:
    few, many = (costs_of_pages(*customer_with(count)) for count in (1300, 2600))
    assert few == many
    assert_bounded(many)
