"""SFTP that talks to no host but the one that is meant: fsspec's own takes any key for the right one."""

from __future__ import annotations

from typing import Any

from fsspec.implementations.sftp import SFTPFileSystem
from paramiko import MissingHostKeyPolicy, SSHClient, SSHException


class _Refuse(MissingHostKeyPolicy):  # type: ignore[misc]  # carries no annotations
    def missing_host_key(self, client: SSHClient, hostname: str, key: Any) -> None:  # noqa: ARG002  as it is called
        raise SSHException(f"{hostname} is not in ~/.ssh/known_hosts: connect to it once with ssh, which adds it.")


class CarefulSFTP(SFTPFileSystem):  # type: ignore[misc]  # the same
    """Knows hosts by ``~/.ssh/known_hosts``, as ssh does. A password or a picture goes to no other."""

    def _connect(self) -> None:
        self.client = SSHClient()
        self.client.load_system_host_keys()
        self.client.set_missing_host_key_policy(_Refuse())
        self.client.connect(self.host, **self.ssh_kwargs)
        self.ftp = self.client.open_sftp()
