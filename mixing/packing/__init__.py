"""What fills a window: pieces of documents by their lengths, and their ids moved together."""
