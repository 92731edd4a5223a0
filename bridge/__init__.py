"""What an announcement is and what may happen to it. No HTTP, no speech model."""
