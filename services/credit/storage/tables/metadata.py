"""What every table of the credit schema is made with: its metadata, the spine's tables, the shared column types."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.kit.db import service_metadata, spine_tables

metadata = service_metadata("credit")
outbox, inbox, dead_letter = spine_tables(metadata)

instant = sa.DateTime(timezone=True)
uuids = postgresql.ARRAY(sa.Uuid)
codes = postgresql.ARRAY(sa.Text)
