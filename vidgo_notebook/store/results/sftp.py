"""SFTP with host key verification, which fsspec's own does not do.

A module of its own, because fsspec and paramiko are optional and loaded for sftp:// addresses only.
"""

from __future__ import annotations

from typing import Any

from fsspec.implementations.sftp import SFTPFileSystem
from paramiko import MissingHostKeyPolicy, SSHClient, SSHException


class _Refuse(MissingHostKeyPolicy):  # type: ignore[misc]  # has no annotations
    def missing_host_key(self, client: SSHClient, hostname: str, key: Any) -> None:  # noqa: ARG002  as it is called
        raise SSHException(f"{hostname} is not in ~/.ssh/known_hosts: connect to it once with ssh, which adds it.")


class VerifiedSFTP(SFTPFileSystem):  # type: ignore[misc]  # the same
    """Verifies hosts against ``~/.ssh/known_hosts``, as ssh does, before it sends a password or a picture."""

    def _connect(self) -> None:
        self.client = SSHClient()
        self.client.load_system_host_keys()
        self.client.set_missing_host_key_policy(_Refuse())
        self.client.connect(self.host, **self.ssh_kwargs)
        self.ftp = self.client.open_sftp()
