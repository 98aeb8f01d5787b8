"""The lab's nouns: verdicts, messages, exhibits, transcripts, findings; pure values, no I/O."""
