"""Tables, what is mapped to them, and the questions asked of them."""
