"""Capture: a web page becomes one WACZ file, before it vanishes. Format: docs/spec/capture.md."""
