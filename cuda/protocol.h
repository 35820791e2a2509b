/* SPDX-License-Identifier: MIT */
/*
 * protocol.h - what the host side of the cuda device and its kernel share.
 *
 * Two places. The *page* is pinned host memory: requests go down, replies come
 * up, each in lines with one writer. The *state* is GPU memory: it outlives a
 * launch, so the kernel can be ended, memory mapped, and the kernel started again
 * with all indices kept.
 *
 * A request is written whole, then its number (release); the supervisor reads the
 * number (acquire), acts or hands it to the queue's control warp, and the answer
 * goes up in the same way: body first, number last.
 */
#ifndef PEAL_CUDA_PROTOCOL_H
#define PEAL_CUDA_PROTOCOL_H

#include <stdint.h>

#include <peal/contract.h>

#define CUDA_QUEUES_MAX 64
#define CUDA_REGIONS_MAX (1u << PEAL_HANDLE_INDEX_BITS)
#define CUDA_RECORD_LOCKS 1024 /* a power of two */
#define CUDA_REGION_DEVICE (1u << 16) /* of cuda_region.word: in the GPU's memory */

/* Bits of MODE (contract, table of queue registers). */
#define CUDA_MODE_ORDER 0x3u
#define CUDA_MODE_MATCHED (1u << 4)
#define CUDA_MODE_CRC (1u << 8)
#define CUDA_MODE_FENCES (1u << 9)
#define CUDA_MODE_SUPPRESS (1u << 10)

/* An entry of the region table; `word` is written last and read first and last. */
struct cuda_region {
	uint64_t bus, bytes;
	uint64_t delta; /* GPU address - bus address */
	uint64_t
		mapped; /* bytes from `bus` on that are there; an access past them is a bus error */
	uint32_t tenant;
	uint32_t word; /* 5:0 generation, 8 read, 9 write, 31 valid: as RT_COMMIT; 16: see above */
	uint32_t pad[6];
};

/* A queue as ENABLE found it. */
struct cuda_queue_config {
	uint64_t sq, cq, device_line; /* GPU addresses */
	uint32_t sq_log2, cq_log2, mode, tenant;
	uint32_t sq_start, cq_start, epoch;
	uint32_t resume; /* from DRAINED: indices and counters go on */
};

enum cuda_op {
	CUDA_REQ_REGION = 1, /* entry `arg` of the table becomes `region` */
	CUDA_REQ_START,	     /* `queue` begins with `config` */
	CUDA_REQ_LOOK,	     /* reply with the status of `queue` */
	CUDA_REQ_RING,	     /* a doorbell: `queue` wakes up, and replies as above */
	CUDA_REQ_END,	     /* `queue` stops as `end` says, and replies with its status */
	CUDA_REQ_LEASE,	     /* the lease ends `lease_ns` from now; 0: there is none */
	CUDA_REQ_EXIT,	     /* every block saves its state and returns */
};

#define CUDA_SAME_STATE UINT32_MAX

/* How a queue stops: with what it has accepted, or with all that is published. */
struct cuda_end {
	uint32_t drain;	      /* accept what is there, up to the first slot that is not valid */
	uint32_t abort;	      /* what has not started ends ABORTED */
	uint32_t state;	      /* until nothing is in flight (CUDA_SAME_STATE: as it is), and */
	uint32_t final_state; /* from then on, */
	uint32_t final_epoch; /* with this epoch in the device line */
	uint32_t keep;	      /* indices stay; else they are 0 */
};

struct cuda_request {
	uint32_t number, op, queue, arg;
	union {
		struct cuda_region region;
		struct cuda_queue_config config;
		struct cuda_end end;
		uint64_t lease_ns;
	};
} __attribute__((aligned(128)));

/* Counted in all lives of a queue. */
struct cuda_totals {
	uint64_t accepted, completed, silent, undelivered;
};

/* What a queue says of itself; consistent, since the control warp alone writes it. */
struct cuda_status {
	uint32_t number; /* of the request that it answers; written last */
	uint32_t state, epoch, busy;
	uint32_t pending; /* an end waits for what is at work */
	uint32_t sq_head, cq_tail, cq_head;
	uint32_t accepted, completed, silent, undelivered, events;
	uint32_t tables; /* invalidations that nothing in flight is older than */
	struct cuda_totals totals;
} __attribute__((aligned(128)));

/* Lines of one writer each, in pinned host memory. */
struct cuda_page {
	struct cuda_request request; /* host */
	struct {
		uint32_t number;  /* supervisor: the last request that it has taken */
		uint32_t expired; /* leases that have expired so far */
		uint32_t renewed; /* those that had, when LEASE was last written */
	} __attribute__((aligned(128))) ack;
	struct cuda_status status[CUDA_QUEUES_MAX]; /* control warps */
	struct {
		uint32_t cq_head; /* host: the last valid credit */
	} __attribute__((aligned(128))) credit[CUDA_QUEUES_MAX];
	struct {
		uint64_t raises; /* queue: events raised so far */
	} __attribute__((aligned(128))) event[CUDA_QUEUES_MAX];
	/* Queue, apart from the rest: a long operation goes on as long as this changes. */
	uint64_t progress[CUDA_QUEUES_MAX] __attribute__((aligned(128)));
};

/* What of a queue outlives a launch. */
struct cuda_queue_state {
	struct cuda_queue_config config;
	struct cuda_end end;
	uint32_t state, ending, limit;
	uint32_t epoch, head, cq_tail;
	uint32_t head0, cq0, silent, undelivered, events;
	uint64_t raises;
	struct cuda_totals before;
};

/* A request on its way from the supervisor to a queue's control warp. */
struct cuda_control {
	uint32_t number;
	uint32_t op;
	union {
		struct cuda_queue_config config;
		struct cuda_end end;
	};
} __attribute__((aligned(128)));

/* What is done to a run of bytes (move.cuh); multiples of 8 bytes, read word by word. */
struct cuda_run {
	uint64_t a, b; /* GPU addresses */
	uint64_t bytes;
	uint32_t code;	/* PREFILL sums B, DECODE writes tokens there, REWARD adds them up */
	uint32_t arg;	/* FILL: the pattern; DECODE: the seed */
	uint32_t first; /* DECODE: number of the first token */
	uint32_t far;	/* some of it is in the host's memory */
};

/* An operation that is cut into pieces for many warps (move.cuh). */
#define CUDA_MOVES 64 /* at once; a bit each */

struct cuda_move {
	struct cuda_run run;
	uint64_t cut;  /* bytes of a piece, and what the first one lacks */
	uint64_t tickets __attribute__((aligned(128)));
	uint32_t done __attribute__((aligned(128)));
	uint32_t folded; /* XOR of the pieces' CRC states, moved to the end; or their sum */
	uint64_t found;	 /* COMPARE: lowest offset of a difference so far */
};

/* Bits of cuda_state.halt. */
#define CUDA_HALT_EXIT 1u  /* blocks are to return */
#define CUDA_HALT_LEASE 2u /* the lease has expired: no memory of the host is used */

struct cuda_state {
	uint32_t halt;	    /* supervisor */
	uint64_t lease_end; /* supervisor: of %globaltimer; 0: none runs */
	uint32_t tables;    /* supervisor: invalidations so far */
	uint32_t regions, queues;
	struct cuda_region region[CUDA_REGIONS_MAX];
	struct cuda_control control[CUDA_QUEUES_MAX];
	struct cuda_queue_state queue[CUDA_QUEUES_MAX];
	uint32_t movers;   /* warps that have nothing else to do, */
	uint32_t far_movers; /* and how many of them may work on host memory at once */
	uint64_t split;	   /* operations from so many bytes on are cut into pieces */
	uint64_t moving __attribute__((aligned(128))); /* moves that have pieces to do, */
	uint64_t far_moving; /* and those that the far movers alone may help with */
	uint64_t taken __attribute__((aligned(128)));  /* moves that somebody has */
	struct cuda_move move[CUDA_MOVES];
	uint32_t record_lock[CUDA_RECORD_LOCKS]; /* by hash of the bus address */
};

#endif
