"""Drawing up: surveys and their versions, experiments and their arms, and what makes a survey start asking."""
