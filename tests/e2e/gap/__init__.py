"""Proof that replacing pages leaves no gap: a reader polls vectors and graph while pages are ingested again and again."""
