"""Analysis: pure functions over the tables that a store answers with."""
