"""Documents made from the code: events, AsyncAPI, OpenAPI, settings, and the schemas that hold a fact's version."""
