"""Bytes to text: encodings, binary look-alikes and invisible characters, before any format is parsed."""

from __future__ import annotations
