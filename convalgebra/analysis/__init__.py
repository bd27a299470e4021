"""What can be computed from layers: composition, and where it fails."""
