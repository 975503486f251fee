#!/usr/bin/env bash
# GCC 12.2, Debian 12's own: _tile_loadconfig(const void *) reads 64 bytes, the shape of each of AMX's tiles. The compiler
# believes that it reads 8. With -O2 it leaves out the code that fills in the other 56 of a local variable: of the shapes
# below, no row and no column is in the assembly. llama.cpp fills such a variable in (ggml-cpu/amx/mmq.cpp); compiled by
# this compiler, with -march=native, it ends with an illegal instruction on a processor that has AMX. Written as an asm
# statement that names all 64 bytes, the shapes are there.
# Looks at the assembly alone: no AMX is needed. Exits with another status than 0 if that changes.
set -euo pipefail
version=12.2.0-14+deb12u1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q "cpp-12=$version" "libgcc-12-dev=$version" "gcc-12-base=$version" >/dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" tree; done
gcc=tree/usr/lib/gcc/x86_64-linux-gnu/12
cat >tiles.c <<'C'
#include <immintrin.h>

struct tiles { unsigned char palette, start, rest[14]; unsigned short columns[16]; unsigned char rows[16]; };

static inline void load(const void *config)
{
#ifdef WHOLE
    __asm__ volatile("ldtilecfg %0" : : "m"(*(const char (*)[64])config));
#else
    _tile_loadconfig(config);
#endif
}

void shapes(void)
{
    _Alignas(64) struct tiles tiles = { .palette = 1 };
    for (int i = 0; i < 8; i++) {
        tiles.columns[i] = 52;
        tiles.rows[i] = 11;
    }
    load(&tiles);
}
C
# How many instructions write to the variable, the loop's counted once.
stores() {
    "$gcc/cc1" -quiet -O2 -mamx-tile -imultiarch x86_64-linux-gnu -isystem "$gcc/include" "$@" tiles.c -o tiles.s
    sed '/ldtilecfg/,$d' tiles.s | grep -cE '^\s+mov\S+\s.*\(%rsp' || true
}
echo "GCC $version"
as_is=$(stores)
sed -n '/shapes:/,/ret/p' tiles.s | grep -v '\.'
whole=$(stores -DWHOLE)
echo "instructions that write the 64 bytes: $as_is as in the header, $whole if all of them are named"
if [ "$as_is" -lt "$whole" ]; then echo "as found"; else echo "CHANGED" && exit 1; fi
