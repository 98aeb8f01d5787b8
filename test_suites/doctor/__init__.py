"""The pre-flight: what would hinder a campaign, named before it starts; judges no product."""
