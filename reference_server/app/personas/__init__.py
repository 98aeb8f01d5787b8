"""The catalogue of the synthetic people, shown to people and to programs; decides nothing."""
