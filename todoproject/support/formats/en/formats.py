"""How the admin shows times: as the API has them, in UTC. Django looks for this module by its language."""

DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = r"Y-m-d H:i:s \U\T\C"
