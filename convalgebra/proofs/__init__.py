"""Deciding claims: proofs, refutations with witnesses, and honest abstentions."""
