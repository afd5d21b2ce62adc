from tests.support.many import assert_bounded, costs_of_pages, customer_with


def test_each_page_of_a_customer_with_100000_todos_is_bounded() -> None:
    assert_bounded(costs_of_pages(*customer_with(100_000)))
