"""What every table of the intake schema is made with: its metadata, and the tables of the spine."""

from services.kit.db import service_metadata, spine_tables

metadata = service_metadata("intake")
outbox, inbox, dead_letter = spine_tables(metadata)
