"""What others need to know about the emulator before any of it is loaded."""

from __future__ import annotations

from vidgo_notebook.domain.provider import EMULATOR_HEADER

__all__ = ["EMULATOR_HEADER", "EMULATOR_VERSION", "IN_KERNEL_URL"]

EMULATOR_VERSION = "2"
"""Value of the header; it changes when the same request would be drawn differently."""

IN_KERNEL_URL = "http://emulator.localhost"
"""Base URL of an emulator that is reached through ``transport_to``, without a port."""
