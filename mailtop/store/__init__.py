"""The stores: who holds events and answers queries about them."""
