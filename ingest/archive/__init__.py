"""Web archives: records, their headers and bodies, and zips of archives."""
