"""Files of rows (CSV, XLSX, Parquet): which column is which field, and what a cell says."""
