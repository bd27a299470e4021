"""The tour: a real layer on a real photograph, told in five steps and a report."""
