"""The rules of a biology prescription, one pure function each; they know no store and no HTTP."""
