"""One user, at one address, stands for many here: the limit of a single one's rate is tested elsewhere."""

ANY_RATE = {"USER_RATE": "1000000/1", "ADDRESS_RATE": "1000000/1"}
