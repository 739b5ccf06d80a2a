"""Azure Storage: queues, blobs, and the Parquet snapshots in them."""
