"""What is going to happen, all of it decided before anything is sent; no input but the seed."""
