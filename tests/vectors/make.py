"""Makes the vectors of the Python world: Django's own hashers, passlib, and crypt(3) of libxcrypt for bcrypt's $2x$.

    apt-get download python3-django python3-passlib python3-asgiref python3-tz python3-sqlparse
    for f in *.deb; do dpkg -x "$f" deb; done
    PYTHONPATH=deb/usr/lib/python3/dist-packages python3 tests/vectors/make.py
"""
import ctypes
import json
import sys

import django
from django.conf import settings

settings.configure()
from django.contrib.auth import hashers  # noqa: E402
import passlib  # noqa: E402
from passlib import hash as passlib_hash  # noqa: E402

PASSWORDS = ["Correct horse 7!", "Zoë's passwörd ☃ 9"]
DJANGO = f"Django {django.get_version()} (Debian python3-django)"
PASSLIB = f"passlib {passlib.__version__} (Debian python3-passlib)"
LIBXCRYPT = "crypt(3) of libxcrypt (Debian libcrypt1)"

crypt = ctypes.CDLL("libcrypt.so.1").crypt
crypt.restype = ctypes.c_char_p
vectors = []


def add(source, password, value):
    vectors.append({"source": source, "password": password, "hash": value})


for password in PASSWORDS:
    for hasher in (hashers.PBKDF2PasswordHasher(), hashers.PBKDF2SHA1PasswordHasher()):
        add(DJANGO, password, hasher.encode(password, "NaClNaClNaCl", 120000))
    for scheme in (
        passlib_hash.ldap_salted_sha1, passlib_hash.ldap_salted_sha256, passlib_hash.ldap_salted_sha512,
        passlib_hash.phpass.using(rounds=11), passlib_hash.pbkdf2_sha1.using(rounds=20000),
        passlib_hash.pbkdf2_sha256.using(rounds=20000), passlib_hash.pbkdf2_sha512.using(rounds=20000),
        passlib_hash.scrypt.using(rounds=12),
        passlib_hash.ldap_pbkdf2_sha256.using(rounds=20000),
    ):
        add(PASSLIB, password, scheme.hash(password))
    add(PASSLIB, password, passlib_hash.phpass.using(rounds=9, ident="H").hash(password))
    for prefix in ("2a", "2b", "2x", "2y"):
        setting = f"${prefix}$06$abcdefghijklmnopqrstuu".encode()
        add(LIBXCRYPT, password, crypt(password.encode(), setting).decode())
# The eighth bit and more than 72 bytes are where implementations of bcrypt differ.
for password in ("ÿ£ÿ£", "a" * 71 + "é and more", "1ÿ£345ÿ£345"):
    for prefix in ("2a", "2x", "2y"):
        add(LIBXCRYPT, password, crypt(password.encode(), f"${prefix}$05$/OK.fbVrR/bpIqNJ5ianF.".encode()).decode())
json.dump(vectors, sys.stdout, ensure_ascii=False, indent=1)
