/* Found before the compiler's own header of this name (CPLUS_INCLUDE_PATH in .cargo/config.toml).
 *
 * GCC before 11.5, 12.4 and 13.3 takes `_tile_loadconfig` to read 8 of the 64 bytes that it reads,
 * and leaves out the code that writes the others (GCC bug 114098). On a processor with AMX, llama.cpp
 * then ends the process with SIGILL at the first matrix. */
#ifndef MINITAG_AMXTILEINTRIN_H
#define MINITAG_AMXTILEINTRIN_H

#include_next <amxtileintrin.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define MINITAG_GCC (__GNUC__ * 100 + __GNUC_MINOR__)
#if MINITAG_GCC < 1105 || (MINITAG_GCC >= 1200 && MINITAG_GCC < 1204) || (MINITAG_GCC >= 1300 && MINITAG_GCC < 1303)
static __inline__ __attribute__((__always_inline__)) void minitag_tile_loadconfig(const void *config)
{
    __asm__ volatile("ldtilecfg %0" : : "m"(*(const char (*)[64])config));
}
#define _tile_loadconfig(config) minitag_tile_loadconfig(config)
#endif
#endif

#endif
