"""Tls - a CA of our own, and what it certifies."""

import subprocess


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def certify(at):
    """Leave ca.pem, server.pem, client.pem and their keys in a folder; server
    and client are localhost."""
    openssl(
        *"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca".split(),
        *f"-keyout {at}/ca.key -out {at}/ca.pem".split(),
    )
    (at / "ext").write_text("subjectAltName=DNS:localhost")
    for name in ("server", "client"):
        openssl(
            *"req -newkey rsa:2048 -nodes -subj /CN=localhost".split(),
            *f"-keyout {at}/{name}.key -out {at}/{name}.csr".split(),
        )
        openssl(
            *f"x509 -req -days 2 -in {at}/{name}.csr -CA {at}/ca.pem".split(),
            *f"-CAkey {at}/ca.key -CAcreateserial -out {at}/{name}.pem".split(),
            *f"-extfile {at}/ext".split(),
        )
