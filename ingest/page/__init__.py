"""A web page: from bytes to blocks, which of them are content, and what the page says of itself."""
