"""How matrices and layers look: LaTeX text, notebook reprs, figures.  Display reads operators; it computes nothing."""
