"""The API of what models learned: `listings` with exports, `rounds`, `versions` with metrics and
routings, `studies`."""
