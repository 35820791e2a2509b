/* SPDX-License-Identifier: MIT */
/*
 * icarus_link.h - the memory that the plug-in and vvp share, and whose turn it is.
 *
 * One memfd, mapped by both. The host sets the pins it drives, how many cycles may
 * pass, and hands over the turn; vvp lets cycles pass until the engine does
 * something, writes the engine's pins and hands the turn back. The first turn is
 * vvp's: it says which version it speaks. C and C++ share this file.
 */
#ifndef PEAL_BRIDGE_ICARUS_LINK_H
#define PEAL_BRIDGE_ICARUS_LINK_H

#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ICARUS_MAGIC 0x4b4e4c50u
#define ICARUS_FD    3 /* the memfd in vvp */

/* Bumped with every change of struct icarus_link or of what its members mean. */
#ifndef ICARUS_VERSION
#define ICARUS_VERSION 2u
#endif

enum icarus_turn { ICARUS_HOST, ICARUS_VVP };

/* The engine's control outputs, a bit each; the lines of irq_o follow. */
enum icarus_control {
	ICARUS_S_AWREADY,
	ICARUS_S_WREADY,
	ICARUS_S_BVALID,
	ICARUS_S_ARREADY,
	ICARUS_S_RVALID,
	ICARUS_M_ARVALID,
	ICARUS_M_RREADY,
	ICARUS_M_AWVALID,
	ICARUS_M_WVALID,
	ICARUS_M_BREADY,
	ICARUS_TIMERS,
	ICARUS_BUSY,
	ICARUS_CONTROLS
};

/* Ports of the engine, as rtl/peal_engine.sv names them. */
struct icarus_pins {
	/* the host's */
	uint8_t rst_n, s_awvalid, s_wvalid, s_bready, s_arvalid, s_rready;
	uint8_t m_arready, m_rvalid, m_rid, m_rresp, m_rlast;
	uint8_t m_awready, m_wready, m_bvalid, m_bid, m_bresp;
	uint32_t s_awaddr, s_wdata, s_araddr, m_rdata[16];

	/* the engine's, at the end of the last cycle */
	uint8_t s_awready, s_wready, s_bvalid, s_bresp, s_arready, s_rvalid, s_rresp;
	uint8_t m_arvalid, m_arid, m_arlen, m_rready;
	uint8_t m_awvalid, m_awid, m_awlen, m_wvalid, m_wlast, m_bready;
	uint32_t s_rdata, m_wdata[16];
	uint64_t m_araddr, m_awaddr, m_wstrb, irq;
};

struct icarus_link {
	/* vvp's greeting; these three never move */
	uint32_t magic, version;
	uint32_t turn; /* enum icarus_turn: a futex */

	uint32_t queues; /* of the image */
	uint32_t quit;	 /* set by the host: end now */
	uint32_t build_id, kind; /* inputs that never change */
	int32_t host;		 /* process: vvp ends when it is not its parent any more */

	uint64_t cycle; /* the next one, from the end of the reset */
	uint64_t limit; /* most cycles of this turn */
	uint64_t ran;	/* cycles of the last turn */
	uint32_t after; /* control outputs behind the last rising edge */
	struct icarus_pins pins;
	char fault[256]; /* why the run is over, or empty */
};

/* Release and acquire: what was written before the turn is seen with it. */
static inline void icarus_give(uint32_t *turn, uint32_t to)
{
	__atomic_store_n(turn, to, __ATOMIC_RELEASE);
	syscall(SYS_futex, turn, FUTEX_WAKE, 1, (void *)0, (void *)0, 0);
}

/* Waits for the turn for at most about `ns`; is it there? */
static inline int icarus_wait(uint32_t *turn, uint32_t mine, long ns)
{
	struct timespec t;

	t.tv_sec = ns / 1000000000;
	t.tv_nsec = ns % 1000000000;
	if (__atomic_load_n(turn, __ATOMIC_ACQUIRE) != mine)
		syscall(SYS_futex, turn, FUTEX_WAIT, !mine, &t, (void *)0, 0);
	return __atomic_load_n(turn, __ATOMIC_ACQUIRE) == mine;
}

#endif
