"""identity's nouns and rules, a file a topic; pure. Each refusal stands beside its rule."""
