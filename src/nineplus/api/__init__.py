"""The REST API at /api/: one module per kind of thing, errors as problem+json, described by /api/openapi.json."""
