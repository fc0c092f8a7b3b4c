"""What an audit of a head looks at: texts marked up otherwise, and documents that somebody should read."""
