"""One file: what it is, what it holds, what is wrong with its shape."""
