"""The hot paths against floors that an expert would write by hand, in one run: `make bench`."""
