/* SPDX-License-Identifier: MIT */
/*
 * move.cuh - a run of bytes by one warp, or cut into pieces for many.
 *
 * Whoever has an operation that is long takes a free cuda_move, publishes it there and sets
 * its bit in `moving`. Warps that have nothing else to do (the movers) draw tickets, one
 * a piece; so does the owner, and it waits until all drawn pieces are reported. Nothing
 * depends on how many movers come, or whether any does; who finds no cuda_move works alone.
 *
 *	tickets	pieces in the upper half, drawn so far in the lower: one word, so a draw is
 *		good or not at that moment; no piece is ever drawn of an operation that is over,
 *		since it is not over before every drawn piece is reported
 *	done	pieces reported; a mover reports what it did when it draws no more, the owner
 *		knows what it did itself
 *
 * An end (ABORT, RESET, an expired lease) takes the tickets away: what is drawn is done,
 * two pieces a warp at most, and no more.
 */
#ifndef PEAL_CUDA_MOVE_CUH
#define PEAL_CUDA_MOVE_CUH

#include "data.cuh"
#include "protocol.h"

#define RUN_BYTES 16384	    /* of a piece by one warp: between two the operation may be aborted */
#define PIECE_LEAST 8192    /* of a piece for many; a multiple of 4096 */
#define PIECE_MOST 16384    /* neighbours are at work at the same time, and HBM likes that, */
#define PIECE_SUM 65536	    /* but moving a CRC to its place takes as long as some KiB */
#define ALIGN_BYTES 128	    /* pieces but the first begin at such an address */
#define NOTHING_FOUND UINT64_MAX

/* What an operation sees of its surroundings. */
struct scene {
	const volatile uint32_t *abort; /* not 0: end at the next piece */
	uint32_t *record_lock;
	struct cuda_state *all;
	uint64_t *progress; /* in pinned memory: another number says that the queue is at work */
};

/* What a run comes out as. */
struct tally {
	uint32_t state; /* of the CRC, or the sum; in: what it begins with */
	uint64_t found; /* COMPARE: the first offset that differs */
};

/* ---- a piece, by one warp --------------------------------------------------------- */

/*
 * Rows on their way in a warp. An owner, which has registers of its own to keep, makes do with
 * few; of movers there may be few, and a copy is as fast as what is on its way. A CRC is limited by
 * its tables.
 */
#define OWNER_AHEAD 4
#define MOVER_AHEAD 8

/* Bytes [at, at + bytes) of the run, of which COMPARE keeps the first difference. */
template <unsigned kAhead>
__device__ static __noinline__ uint32_t run_piece(const struct cuda_run *run, uint64_t at,
						  uint64_t bytes, uint32_t state, uint64_t *found,
						  const crc_tables *t)
{
	uint64_t a = run->a + at, b = run->b + at, differs;

	switch (run->code) {
	case PEAL_OP_COPY: return move_run<COPIES, kAhead>(b, a, bytes, 0, t);
	case PEAL_OP_CRC32C: return move_run<SUMS, 4>(0, a, bytes, state, t);
	case PEAL_OP_COPY_CRC: return move_run<COPIES | SUMS, 4>(b, a, bytes, state, t);
	case PEAL_OP_PREFILL: return move_run<SUMS, 4>(0, b, bytes, state, t);
	case PEAL_OP_FILL: fill_run(b, bytes, run->arg, at); return 0;
	case PEAL_OP_DECODE:
		tokens_run(b, (uint32_t)(bytes / PEAL_TOKEN_BYTES), run->arg,
			   run->first + (uint32_t)(at / PEAL_TOKEN_BYTES));
		return 0;
	case PEAL_OP_REWARD: return state + sum_run(b, bytes);
	default:
		differs = compare_run(a, b, bytes);
		*found = differs < bytes ? at + differs : NOTHING_FOUND;
		return 0;
	}
}

PEAL_BOTH bool sums_crc(uint32_t code)
{
	return code == PEAL_OP_CRC32C || code == PEAL_OP_COPY_CRC || code == PEAL_OP_PREFILL;
}

/* What comes out is more than bytes in their places. */
PEAL_BOTH bool finds(uint32_t code)
{
	return code != PEAL_OP_COPY && code != PEAL_OP_FILL && code != PEAL_OP_DECODE;
}

__device__ static inline bool is_aborted(const struct scene *scene)
{
	return __any_sync(ALL_LANES, *scene->abort);
}

__device__ static inline void show_progress(const struct scene *scene)
{
	if (lane_id() == 0)
		store64(scene->progress, ticks());
}

#define SHOW_EVERY 64 /* pieces: a MiB or more */

/* False: aborted. */
__device__ static inline bool run_alone(const struct scene *scene, const struct cuda_run *run,
					struct tally *tally)
{
	uint64_t done = 0;

	while (done < run->bytes && tally->found == NOTHING_FOUND) {
		uint64_t left = run->bytes - done, bytes = left < RUN_BYTES ? left : RUN_BYTES;

		if (done && is_aborted(scene))
			return false;
		tally->state = run_piece<OWNER_AHEAD>(run, done, bytes, tally->state, &tally->found,
					crc_tables_here());
		done += bytes;
		if (done % (SHOW_EVERY * RUN_BYTES) == 0)
			show_progress(scene);
	}
	return true;
}

/* ---- pieces for many -------------------------------------------------------------- */

struct pieces {
	uint32_t bytes; /* of each, but the first and the last */
	uint32_t lead;	/* what the first lacks, so that the others are aligned; a multiple of 4 */
	uint32_t count;
};

/* Some for each mover, so that none waits long for the last ones. */
PEAL_BOTH struct pieces cut_into_pieces(uint64_t bytes, uint64_t address, uint32_t movers,
					 uint32_t most)
{
	uint64_t each = bytes / (4 * ((uint64_t)movers + 1)) / 4096 * 4096;
	struct pieces p;

	p.bytes = (uint32_t)(each < PIECE_LEAST ? PIECE_LEAST : each > most ? most : each);
	p.lead = (uint32_t)(address % ALIGN_BYTES) & ~3u;
	p.count = (uint32_t)((bytes + p.lead + p.bytes - 1) / p.bytes);
	return p;
}

PEAL_BOTH uint64_t piece_start(const struct pieces *p, uint32_t number)
{
	return number ? (uint64_t)number * p->bytes - p->lead : 0;
}

PEAL_BOTH uint64_t piece_end(const struct pieces *p, uint32_t number, uint64_t total)
{
	uint64_t end = (uint64_t)(number + 1) * p->bytes - p->lead;

	return end < total ? end : total;
}

/* Draws; what was drawn is on its way to lane 0 until it is looked at. */
__device__ static inline uint64_t draw_ticket(struct cuda_move *m)
{
	return lane_id() == 0 ? add64(&m->tickets, 1) : 0;
}

#define NO_TICKET UINT64_C(0) /* as of a move without pieces */

/* The drawn number, or UINT32_MAX: there is none left. The same in all lanes. */
__device__ static inline uint32_t number_of(uint64_t ticket)
{
	uint64_t word = __shfl_sync(ALL_LANES, ticket, 0);
	uint32_t number = (uint32_t)word, count = (uint32_t)(word >> 32);

	return number < count ? number : UINT32_MAX;
}

/* The words of a move that stand still while a piece of it is drawn, a lane each. */
__device__ static inline void read_move(const struct cuda_move *m, struct cuda_run *run,
					struct pieces *pieces)
{
	constexpr unsigned kWords = sizeof(*run) / 8;
	const uint64_t *words = (const uint64_t *)&m->run;
	uint64_t mine = lane_id() < kWords ? load64(words + lane_id()) : 0, all[kWords];
	uint64_t cut = lane_id() == 0 ? load64(&m->cut) : 0;

	for (unsigned i = 0; i < kWords; i++)
		all[i] = __shfl_sync(ALL_LANES, mine, i);
	memcpy(run, all, sizeof(*run));
	cut = __shfl_sync(ALL_LANES, cut, 0);
	pieces->bytes = (uint32_t)(cut >> 32);
	pieces->lead = (uint32_t)cut;
}

/* One piece of many; what it adds to the whole goes there. */
template <unsigned kAhead>
__device__ static inline void do_piece(struct cuda_move *m, const struct cuda_run *run,
				       uint64_t from, uint64_t to, const crc_tables *t)
{
	uint64_t found = NOTHING_FOUND;
	uint32_t state;

	if (run->code == PEAL_OP_COMPARE && __any_sync(ALL_LANES, load64(&m->found) < from))
		return;
	state = run_piece<kAhead>(run, from, to - from, 0, &found, t);
	if (sums_crc(run->code))
		state = crc_move_far(t, state, run->bytes - to);
	if (lane_id() == 0 && found != NOTHING_FOUND)
		min64(&m->found, found);
	if (lane_id() == 0 && sums_crc(run->code))
		xor32(&m->folded, state);
	else if (lane_id() == 0 && run->code == PEAL_OP_REWARD)
		add32(&m->folded, state);
}

/*
 * Draws and does pieces of a move until there are no more, for a mover also until another move
 * has some, for its owner (who has a scene) until an abort. The next ticket is drawn while a piece
 * is moved, so who stops has one more to do. Returns how many it did; 0 for a mover that is not for far
 * moves and drew of one, since a near one was there when it looked: it is to look again.
 */
template <unsigned kAhead>
__device__ static __noinline__ uint32_t share_move(struct cuda_state *all, uint32_t which,
						   const struct scene *scene, bool far,
						   const crc_tables *t)
{
	struct cuda_move *m = &all->move[which];
	uint64_t others = scene ? 0 : ~(UINT64_C(1) << which), moving = 0, ticket = draw_ticket(m);
	uint32_t did = 0, number;
	struct pieces pieces;
	struct cuda_run run;
	bool stop = false, lost = false;

	while ((number = number_of(ticket)) != UINT32_MAX) {
		uint64_t from, to;

		if (!did) {
			fence_gpu(); /* acquire: pairs with the one in publish_move */
			read_move(m, &run, &pieces);
			stop = lost = run.far && !far;
		}
		stop |= scene ? is_aborted(scene) : __any_sync(ALL_LANES, (moving & others) != 0);
		ticket = stop ? NO_TICKET : draw_ticket(m);
		if (others && lane_id() == 0) {
			pair now = load_pair(&all->moving); /* on its way meanwhile */

			moving = now.x | (far ? now.y : 0);
		}
		from = piece_start(&pieces, number);
		to = piece_end(&pieces, number, run.bytes);
		if (run.code == PEAL_OP_COPY) /* not by a call, which would wait for the ticket */
			move_run<COPIES, kAhead>(run.b + from, run.a + from, to - from, 0, t);
		else
			do_piece<kAhead>(m, &run, from, to, t);
		if (++did % SHOW_EVERY == 0 && scene)
			show_progress(scene);
	}
	if (did && !scene) {
		__syncwarp();
		fence_gpu(); /* release: pairs with the acquire in await_pieces */
		if (lane_id() == 0)
			add32(&m->done, did);
	}
	__syncwarp();
	return lost ? 0 : did;
}

/* ---- the owner -------------------------------------------------------------------- */

/* A few keep the link to the host full; more would stand in the way of the queues' looks. */
__device__ static inline uint32_t movers_for(const struct cuda_state *all,
					     const struct cuda_run *run)
{
	return run->far && all->far_movers < all->movers ? all->far_movers : all->movers;
}

__device__ static inline uint64_t *moves_of(struct cuda_state *all, const struct cuda_run *run)
{
	return run->far ? &all->far_moving : &all->moving;
}

/* A free one, or CUDA_MOVES; the same in all lanes. */
__device__ static inline uint32_t take_move(struct cuda_state *all)
{
	uint32_t which = CUDA_MOVES;

	if (lane_id() == 0) {
		uint64_t taken = 0, mine;

		while (~taken && which == CUDA_MOVES) {
			mine = ~taken & (taken + 1); /* the lowest that may be free */
			taken = or64(&all->taken, mine);
			which = taken & mine ? CUDA_MOVES : (uint32_t)__ffsll((long long)mine) - 1;
			taken |= mine;
		}
	}
	return __shfl_sync(ALL_LANES, which, 0);
}

__device__ static inline void publish_move(const struct scene *scene, uint32_t which,
					   const struct cuda_run *run, const struct pieces *pieces)
{
	struct cuda_move *m = &scene->all->move[which];

	if (lane_id() == 0) {
		m->run = *run;
		m->cut = (uint64_t)pieces->bytes << 32 | pieces->lead;
		m->done = 0;
		m->folded = 0;
		m->found = NOTHING_FOUND;
		/* Release: pairs with the acquire in share_move. */
		fence_gpu();
		exchange64(&m->tickets, (uint64_t)pieces->count << 32);
		or64(moves_of(scene->all, run), UINT64_C(1) << which);
	}
	__syncwarp();
}

/* Nobody else begins with it; who is at it is not disturbed. */
__device__ static inline void hide_move(struct cuda_state *all, uint32_t which,
					const struct cuda_run *run)
{
	if (lane_id() == 0)
		and64(moves_of(all, run), ~(UINT64_C(1) << which));
	__syncwarp();
}

__device__ static inline void give_move(struct cuda_state *all, uint32_t which)
{
	__syncwarp();
	fence_gpu(); /* what was read of it comes before the next owner's writes */
	if (lane_id() == 0)
		and64(&all->taken, ~(UINT64_C(1) << which));
	__syncwarp();
}

/* Takes the tickets away; how many were drawn. */
__device__ static inline uint32_t stop_move(struct cuda_move *m)
{
	uint64_t word = 0;
	uint32_t drawn, count;

	if (lane_id() == 0)
		word = exchange64(&m->tickets, 0);
	word = __shfl_sync(ALL_LANES, word, 0);
	drawn = (uint32_t)word;
	count = (uint32_t)(word >> 32);
	return drawn < count ? drawn : count;
}

/*
 * Until `drawn` pieces are done, `mine` of them by the owner itself; an abort meanwhile makes it fewer.
 * Returns how many.
 */
__device__ static inline uint32_t await_pieces(const struct scene *scene, struct cuda_move *m,
					       uint32_t drawn, uint32_t mine)
{
	bool stopped = false;

	for (;;) {
		/* Acquire: pairs with the fence in share_move. */
		if (__all_sync(ALL_LANES, load32_acquire_gpu(&m->done) == drawn - mine))
			return drawn;
		if (!stopped && is_aborted(scene)) {
			drawn = stop_move(m);
			stopped = true;
		}
		__nanosleep(200);
	}
}

/* False: aborted, and no piece is under way any more. */
__device__ static __noinline__ bool run_by_many(const struct scene *scene, uint32_t which,
						const struct cuda_run *run, struct tally *tally)
{
	struct cuda_move *m = &scene->all->move[which];
	bool at_a = run->code == PEAL_OP_CRC32C || run->code == PEAL_OP_COMPARE;
	struct pieces pieces = cut_into_pieces(run->bytes, at_a ? run->a : run->b,
					       movers_for(scene->all, run),
					       sums_crc(run->code) ? PIECE_SUM : PIECE_MOST);
	uint32_t did, folded;

	publish_move(scene, which, run, &pieces);
	did = share_move<OWNER_AHEAD>(scene->all, which, scene, true, crc_tables_here());
	hide_move(scene->all, which, run);
	did = await_pieces(scene, m, pieces.count, did);
	folded = finds(run->code) ? __shfl_sync(ALL_LANES, load32(&m->folded), 0) : 0;
	if (finds(run->code))
		tally->found = __shfl_sync(ALL_LANES, load64(&m->found), 0);
	give_move(scene->all, which);
	if (sums_crc(run->code))
		tally->state = crc_move_far(crc_tables_here(), tally->state, run->bytes) ^ folded;
	else
		tally->state += folded;
	return did == pieces.count;
}

/* The whole run, with tally->state to begin with. False: aborted. */
__device__ static inline bool run_all(const struct scene *scene, const struct cuda_run *run,
				      struct tally *tally)
{
	uint32_t which = run->bytes >= scene->all->split ? take_move(scene->all) : CUDA_MOVES;

	tally->found = NOTHING_FOUND;
	return which < CUDA_MOVES ? run_by_many(scene, which, run, tally)
				  : run_alone(scene, run, tally);
}

/* ---- the movers ------------------------------------------------------------------- */

/* What the warps of a mover block see of the rest, in its shared memory. */
struct movers {
	volatile uint64_t moving, far_moving; /* as one of them last saw it */
	volatile bool leave;
	crc_tables tables;
};

/* By a warp that may help with far moves, or looks for those that may. */
__device__ static inline bool is_moving(const struct movers *block, bool far)
{
	return block->moving | (far ? block->far_moving : 0);
}

/* Looks at what there is to do, for all warps of the block. */
__device__ static inline void look_around(struct cuda_state *all, struct movers *block)
{
	if (lane_id() == 0) {
		uint32_t halt = load32(&all->halt);
		pair moving = load_pair(&all->moving);

		block->moving = moving.x;
		block->far_moving = moving.y;
		/* Owners do the rest alone. */
		if (halt & CUDA_HALT_EXIT && !(moving.x | moving.y))
			block->leave = true; /* for good: another may have looked before the end */
	}
	__syncwarp();
}

/* The first move of the mask from `from` on, round the end. */
PEAL_BOTH uint32_t next_move(uint64_t mask, uint32_t from)
{
	uint32_t turn = from % 64;
	uint64_t turned = turn ? mask >> turn | mask << (64 - turn) : mask;
	uint32_t first = 0;

	while (first < 63 && !(turned >> first & 1))
		first++;
	return (turn + first) % 64;
}

#define MOVER_REST 500	  /* ns between two looks at what there is to do, */
#define MOVER_LISTEN 125  /* or at what another of the block has seen; */
#define MOVER_AWAKE 16000 /* after so many in vain */
#define MOVER_MORE 3500	  /* one more each time, up to so many more */

/* A piece or more of the next move that has one. */
__device__ static inline bool help(struct cuda_state *all, struct movers *block, bool far,
				   uint32_t *last)
{
	uint64_t moving = block->moving | (far ? block->far_moving : 0);

	moving = __shfl_sync(ALL_LANES, moving, 0);
	while (moving) {
		*last = next_move(moving, *last + 1);
		moving &= ~(UINT64_C(1) << *last);
		if (share_move<MOVER_AHEAD>(all, *last, nullptr, far, &block->tables))
			return true;
	}
	return false;
}

/*
 * A warp of a mover block; `id` of all movers. One of the block looks around for it. A
 * thousand warps that wake up eight times a microsecond are a quarter of what an idle GPU draws.
 */
__device__ static inline void mover(struct cuda_state *all, struct movers *block, uint32_t id,
				    bool looks)
{
	uint32_t last = id, in_vain = 0, rest;
	bool far = id < all->far_movers;

	while (!__any_sync(ALL_LANES, block->leave)) {
		bool idle = !__any_sync(ALL_LANES, is_moving(block, far | looks));

		if (help(all, block, far, &last)) {
			in_vain = 0;
			continue;
		}
		if (looks || !idle)
			look_around(all, block);
		if (idle && __any_sync(ALL_LANES, is_moving(block, far | looks)))
			continue; /* news */
		in_vain = idle ? in_vain + 1 : 0;
		rest = looks || !idle ? MOVER_REST : MOVER_LISTEN;
		if (in_vain > MOVER_AWAKE)
			rest += min(in_vain - MOVER_AWAKE, MOVER_MORE);
		__nanosleep(rest);
	}
}

#endif
