"""The drop folder, the ledger of what was received, and the store of contents."""
