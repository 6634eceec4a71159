"""The metadata of the tips schema and the tables of the spine."""

from services.kit.db import service_metadata, spine_tables

metadata = service_metadata("tips")

outbox, inbox, dead_letter = spine_tables(metadata)
