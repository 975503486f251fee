/* Found before the compiler's own header of this name (CPLUS_INCLUDE_PATH in .cargo/config.toml).
 *
 * GCC 12.2 is not told which memory two of AMX's instructions read:
 * - `_tile_loadconfig` reads 64 bytes, and 8 are declared. The code that writes the others is left out:
 *   on a processor with AMX, llama.cpp ended by SIGILL at the first matrix.
 * - `_tile_loadd` declares none: the compiler may write what a tile is made of after it was loaded.
 * Where a GCC has them right, these do the same. */
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
