"""Great Expectations between extraction and dbt: what a batch must satisfy, and what a breach leads to."""
