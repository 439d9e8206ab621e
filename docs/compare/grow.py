"""Makes a large queue of a small one: grow.py FROM TO COPIES

Copies the messages in `deferred` and their logs in `defer`, each time under other queue ids, hashed one level deep.
"""
import os
import shutil
import sys

old, new, copies = sys.argv[1], sys.argv[2], int(sys.argv[3])
for queue in "maildrop incoming active hold corrupt bounce trace flush saved public private pid".split():
    os.makedirs(f"{new}/{queue}", exist_ok=True)
for queue in ("deferred", "defer"):
    for folder, _, names in os.walk(f"{old}/{queue}"):
        for name in names:
            for copy in range(copies):
                other = (int(name, 16) + (copy << 44) + (copy % 16 << 60)) % (1 << 64)
                other = f"{other:X}" if copy else name
                os.makedirs(f"{new}/{queue}/{other[0]}", exist_ok=True)
                shutil.copy2(f"{folder}/{name}", f"{new}/{queue}/{other[0]}/{other}")
