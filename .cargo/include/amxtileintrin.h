/* Found before the compiler's own header of this name (CPLUS_INCLUDE_PATH in .cargo/config.toml).
 *
 * GCC does not know which memory two of AMX's instructions read, and llama.cpp, compiled by it, goes
 * wrong on a processor that has AMX:
 * - `_tile_loadconfig` reads 64 bytes, of which 8 are declared before 11.5, 12.4 and 13.3 (bug 114098):
 *   the code that writes the others is left out, and the process ends by SIGILL at the first matrix.
 * - `_tile_loadd` declares none: what a tile is made of can be written after it was loaded. */
#ifndef MINITAG_AMXTILEINTRIN_H
#define MINITAG_AMXTILEINTRIN_H

#include_next <amxtileintrin.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#undef _tile_loadconfig
#define _tile_loadconfig(config) \
    __asm__ volatile("ldtilecfg %0" : : "m"(*(const char (*)[64])(config)))
#undef _tile_loadd
#define _tile_loadd(tile, base, stride) minitag_tile_loadd(tile, base, stride)
#define minitag_tile_loadd(tile, base, stride) \
    __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #tile \
                     : : "r"((const void *)(base)), "r"((long)(stride)) : "memory")
#endif

#endif
