// Does nothing; see package.json.
