"""Reads tables out of uploaded files, row by row and within bounds: CSV, XLSX and Parquet."""
