-- What happens whenever this person is worked with; NULL for ordinary people.
ALTER TABLE patient ADD COLUMN outcome TEXT;
