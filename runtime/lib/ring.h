/* SPDX-License-Identifier: MIT */
/*
 * ring.h - self-validating slots (contract 1), and a ring of them between two threads.
 *
 * Bits 63:56 of every word of a slot carry the tag of the slot's free-running
 * index. A slot is valid when all its words carry that tag, so a torn or stale
 * slot is seen for what it is, whatever the order in which its bytes arrive:
 * publishing needs no index and taking needs no lock.
 *
 * Two paths, one behaviour. Portable: C11 atomics, word by word; used on every
 * machine but x86-64, and under the thread sanitizer, which understands nothing
 * else. Vector: on x86-64, whose aligned vector accesses are whole in each
 * 8-byte word and ordered like any others (TSO); as wide as the compiler's
 * target allows. -DPEAL_RING_PORTABLE picks the first.
 */
#ifndef PEAL_RING_H
#define PEAL_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "atomics.h"

#if !defined(__x86_64__) || defined(PEAL_TSAN)
#undef PEAL_RING_PORTABLE
#define PEAL_RING_PORTABLE 1
#endif

#ifndef PEAL_RING_PORTABLE
#include <immintrin.h>
#endif

#define PEAL_TAG_SHIFT 56
#define PEAL_TAG_PAYLOAD ((UINT64_C(1) << PEAL_TAG_SHIFT) - 1)

/* Tag of free-running index `index` in a ring of 2^log2 slots; never 0. */
static inline uint8_t peal_tag(uint32_t index, unsigned log2)
{
	return (uint8_t)(0x80 | ((index >> log2) & 0x7f));
}

/* ---- one slot ----------------------------------------------------------------- */

/*
 * publish writes one slot: the payloads (bits 63:56 are ignored) under `tag`.
 * What the caller wrote before is visible to who takes the slot.
 *
 * take copies a slot once and returns true iff every word carries `tag`; only
 * then `payload` means anything, and its bits 63:56 are zero. Slots are aligned
 * to their size, 64 and 16 bytes; payloads need no alignment beyond a word's.
 */

/*
 * What is expected of the four completions of a line: the first has these words but for the
 * bits in `any`, and the first word of each is by `step` more than that of the one before.
 */
struct peal_expected {
	uint64_t words[2], any[2], step;
};

/*
 * comps_take copies the completions of a line once and returns true iff all of them are as
 * expected; only then `found`, in which their words differ from that, means anything.
 */

#ifdef PEAL_RING_PORTABLE

static inline void peal_words_publish(uint64_t *slot, const uint64_t *payload, unsigned n,
				      uint8_t tag)
{
	uint64_t top = (uint64_t)tag << PEAL_TAG_SHIFT;

	for (unsigned i = 0; i < n - 1; i++)
		peal_store_relaxed(&slot[i], (payload[i] & PEAL_TAG_PAYLOAD) | top);
	/* Release: pairs with the acquire in peal_words_take. */
	peal_store_release(&slot[n - 1], (payload[n - 1] & PEAL_TAG_PAYLOAD) | top);
}

static inline bool peal_words_take(const uint64_t *slot, uint64_t *payload, unsigned n, uint8_t tag)
{
	uint64_t top = (uint64_t)tag << PEAL_TAG_SHIFT, wrong;

	/* Acquire: pairs with the release in peal_words_publish. */
	wrong = payload[n - 1] = peal_load_acquire(&slot[n - 1]) ^ top;
	for (unsigned i = 0; i < n - 1; i++)
		wrong |= payload[i] = peal_load_relaxed(&slot[i]) ^ top;
	return wrong >> PEAL_TAG_SHIFT == 0;
}

static inline void peal_desc_publish(uint64_t slot[8], const uint64_t payload[8], uint8_t tag)
{
	peal_words_publish(slot, payload, 8, tag);
}

static inline bool peal_desc_take(const uint64_t slot[8], uint8_t tag, uint64_t payload[8])
{
	return peal_words_take(slot, payload, 8, tag);
}

static inline void peal_comp_publish(uint64_t slot[2], const uint64_t payload[2], uint8_t tag)
{
	peal_words_publish(slot, payload, 2, tag);
}

static inline bool peal_comp_take(const uint64_t slot[2], uint8_t tag, uint64_t payload[2])
{
	return peal_words_take(slot, payload, 2, tag);
}

static inline bool peal_comps_take(const uint64_t line[8], const struct peal_expected *expected,
				   uint64_t found[8])
{
	uint64_t wrong = 0;

	for (unsigned i = 0; i < 8; i++) {
		uint64_t want = expected->words[i % 2] + (i % 2 ? 0 : i / 2 * expected->step);

		/* Acquire: pairs with the release in peal_words_publish. */
		found[i] = peal_load_acquire(&line[i]) ^ want;
		wrong |= found[i] & ~expected->any[i % 2];
	}
	return !wrong;
}

#else

/*
 * Two words, and as many as a register of the target holds; _u may be unaligned.
 * The loops ask to be unrolled: at -O2 gcc would keep the registers in memory.
 */
#if defined(__AVX512F__)
#define PEAL_WIDE_BYTES 64
#elif defined(__AVX__)
#define PEAL_WIDE_BYTES 32
#else
#define PEAL_WIDE_BYTES 16
#endif
#define PEAL_WIDES (64 / PEAL_WIDE_BYTES)

typedef uint64_t peal_pair __attribute__((vector_size(16), may_alias));
typedef uint64_t peal_pair_u __attribute__((vector_size(16), may_alias, aligned(8)));
typedef uint64_t peal_wide __attribute__((vector_size(PEAL_WIDE_BYTES), may_alias));
typedef uint64_t peal_wide_u __attribute__((vector_size(PEAL_WIDE_BYTES), may_alias, aligned(8)));

/* True iff bits 63:56 of every word are zero. */
static inline bool peal_pair_untagged(peal_pair words)
{
	__m128i zero = _mm_cmpeq_epi8((__m128i)words, _mm_setzero_si128());

	return (_mm_movemask_epi8(zero) & 0x8080) == 0x8080;
}

static inline bool peal_pair_zero(peal_pair words)
{
	__m128i zero = _mm_cmpeq_epi8((__m128i)words, _mm_setzero_si128());

	return _mm_movemask_epi8(zero) == 0xffff;
}

static inline bool peal_wide_untagged(peal_wide words)
{
#if defined(__AVX512F__)
	return !_mm512_test_epi64_mask((__m512i)words, _mm512_set1_epi64(~PEAL_TAG_PAYLOAD));
#elif defined(__AVX__)
	return _mm256_testz_si256((__m256i)words, _mm256_set1_epi64x((long long)~PEAL_TAG_PAYLOAD));
#else
	return peal_pair_untagged(words);
#endif
}

static inline void peal_desc_publish(uint64_t slot[8], const uint64_t payload[8], uint8_t tag)
{
	uint64_t top = (uint64_t)tag << PEAL_TAG_SHIFT;
	peal_wide words[PEAL_WIDES];

#pragma GCC unroll 4
	for (unsigned i = 0; i < PEAL_WIDES; i++)
		words[i] = (((const peal_wide_u *)payload)[i] & PEAL_TAG_PAYLOAD) | top;
	/* Release, which x86 gives for nothing: pairs with the barrier in peal_desc_take. */
	peal_compiler_barrier();
#pragma GCC unroll 4
	for (unsigned i = 0; i < PEAL_WIDES; i++)
		((peal_wide *)slot)[i] = words[i];
	peal_compiler_barrier();
}

static inline bool peal_desc_take(const uint64_t slot[8], uint8_t tag, uint64_t payload[8])
{
	uint64_t top = (uint64_t)tag << PEAL_TAG_SHIFT;
	peal_wide words[PEAL_WIDES], wrong = { 0 };

	peal_compiler_barrier();
#pragma GCC unroll 4
	for (unsigned i = 0; i < PEAL_WIDES; i++)
		words[i] = ((const peal_wide *)slot)[i];
	/* Acquire, which x86 gives for nothing: pairs with the barrier in peal_desc_publish. */
	peal_compiler_barrier();
#pragma GCC unroll 4
	for (unsigned i = 0; i < PEAL_WIDES; i++) {
		words[i] ^= top;
		wrong |= words[i];
		((peal_wide_u *)payload)[i] = words[i];
	}
	return peal_wide_untagged(wrong);
}

static inline void peal_comp_publish(uint64_t slot[2], const uint64_t payload[2], uint8_t tag)
{
	uint64_t top = (uint64_t)tag << PEAL_TAG_SHIFT;
	peal_pair words = (*(const peal_pair_u *)payload & PEAL_TAG_PAYLOAD) | top;

	/* Release: pairs with the barrier in peal_comp_take. */
	peal_compiler_barrier();
	*(peal_pair *)slot = words;
	peal_compiler_barrier();
}

static inline bool peal_comp_take(const uint64_t slot[2], uint8_t tag, uint64_t payload[2])
{
	peal_pair words;

	peal_compiler_barrier();
	words = *(const peal_pair *)slot;
	/* Acquire: pairs with the barrier in peal_comp_publish. */
	peal_compiler_barrier();
	words ^= (uint64_t)tag << PEAL_TAG_SHIFT;
	*(peal_pair_u *)payload = words;
	return peal_pair_untagged(words);
}

static inline bool peal_comps_take(const uint64_t line[8], const struct peal_expected *expected,
				   uint64_t found[8])
{
	peal_pair want = { expected->words[0], expected->words[1] };
	const peal_pair step = { expected->step, 0 };
	const peal_pair any = { expected->any[0], expected->any[1] };
	peal_pair words[4], wrong = { 0 };

	peal_compiler_barrier();
#pragma GCC unroll 4
	for (unsigned i = 0; i < 4; i++)
		words[i] = ((const peal_pair *)line)[i];
	/* Acquire: pairs with the barrier in peal_comp_publish. */
	peal_compiler_barrier();
#pragma GCC unroll 4
	for (unsigned i = 0; i < 4; i++) {
		words[i] ^= want;
		wrong |= words[i];
		want += step;
		((peal_pair_u *)found)[i] = words[i];
	}
	return peal_pair_zero(wrong & ~any);
}

#endif

/* ---- a ring from one thread to another -------------------------------------------- */

/*
 * Single producer, single consumer, messages of eight 56-bit words. The consumer
 * looks at the slots themselves: no index crosses over on the fast path, so a
 * message costs the transfer of one cache line and not of two. What goes the
 * other way is credit, in a line of its own and once in a quarter of the ring.
 *
 * Every line has one writer: the producer's own and the slots the producer, the
 * consumer's own and the credit the consumer. 128 bytes apart, because
 * processors fetch lines in pairs.
 *
 * Who waits for a message or for room calls peal_relax() between two looks: a
 * line that is looked at without a break reaches its reader later.
 */
struct peal_ring_producer {
	uint64_t (*slots)[8];
	uint32_t mask, log2;
	uint32_t tail;	/* next index to publish */
	uint32_t limit; /* first index without credit, as far as the producer knows */
};

struct peal_ring_consumer {
	uint64_t (*slots)[8];
	uint32_t mask, log2;
	uint32_t head;	   /* next index to take */
	uint32_t returned; /* the head that was last given back as credit */
	uint32_t run;	   /* messages since the consumer last found nothing, or rested */
};

struct peal_ring {
	struct peal_ring_producer producer __attribute__((aligned(128)));
	struct peal_ring_consumer consumer __attribute__((aligned(128)));
	uint32_t credit __attribute__((aligned(128))); /* all slots before it are free again */
};

enum {
	PEAL_RING_AHEAD = 8, /* slots ahead of the tail that the producer asks for */
	PEAL_RING_RUN = 32,  /* messages in a row after which the consumer minds its distance, */
	PEAL_RING_DISTANCE = 28, /* which is to be this many slots; */
	PEAL_RING_REST = 8,	 /* else it rests, this many pauses at most */
};

/*
 * A ring of 2^log2 slots, 1 <= log2 <= 15, at `slots` (64-byte aligned), which it zeroes.
 * `start` is the first index: any value, indices wrap at 2^32.
 */
static inline void peal_ring_init(struct peal_ring *ring, void *slots, unsigned log2,
				  uint32_t start)
{
	uint32_t size = UINT32_C(1) << log2;
	uint64_t(*slot)[8] = (uint64_t(*)[8])slots;

	for (uint32_t i = 0; i < size; i++)
		for (unsigned word = 0; word < 8; word++)
			slot[i][word] = 0;
	ring->producer = (struct peal_ring_producer){ slot, size - 1, log2, start, start + size };
	ring->consumer = (struct peal_ring_consumer){ slot, size - 1, log2, start, start, 0 };
	ring->credit = start;
}

/*
 * Publishes up to n messages, as far as there is room, and returns how many. The
 * consumer sees all of them or none yet: the first slot is written last. Room
 * may be a quarter of the ring less than what was taken: credit comes in pieces.
 */
static inline unsigned peal_ring_push(struct peal_ring *ring, const uint64_t (*messages)[8],
				      unsigned n)
{
	struct peal_ring_producer *p = &ring->producer;

	if (p->limit - p->tail < n) {
		/* Acquire: pairs with the release in peal_ring_credit. */
		p->limit = peal_load32_acquire(&ring->credit) + p->mask + 1;
		if (p->limit - p->tail < n)
			n = p->limit - p->tail;
	}
	for (unsigned i = n; i--;)
		peal_desc_publish(p->slots[(p->tail + i) & p->mask], messages[i],
				  peal_tag(p->tail + i, p->log2));
	p->tail += n;
	for (unsigned i = 0; i < n; i++)
		peal_prefetch_write(p->slots[(p->tail + PEAL_RING_AHEAD + i) & p->mask]);
	return n;
}

/* Does the first word at `index` look published? Only a hint; peal_desc_take decides. */
static inline bool peal_ring_ready(const struct peal_ring_consumer *c, uint32_t index)
{
	return peal_load_relaxed(&c->slots[index & c->mask][0]) >> PEAL_TAG_SHIFT ==
	       peal_tag(index, c->log2);
}

/*
 * A consumer close behind its producer takes from it the very lines it is about
 * to write, by speculation even those it does not look at yet, and both crawl.
 * So after a long run it lets the producer get ahead; messages that come one by
 * one, or in short bursts, never meet this.
 */
static inline void peal_ring_rest(struct peal_ring_consumer *c)
{
	uint32_t half = (c->mask + 1) / 2;
	uint32_t distance = half < PEAL_RING_DISTANCE ? half : PEAL_RING_DISTANCE;

	for (unsigned i = 0; i < PEAL_RING_REST && !peal_ring_ready(c, c->head + distance); i++)
		peal_relax();
	c->run = 0;
}

/* Gives the slots before the head back, in pieces of a quarter of the ring. */
static inline void peal_ring_credit(struct peal_ring *ring)
{
	struct peal_ring_consumer *c = &ring->consumer;

	if (c->head - c->returned > c->mask / 4) {
		c->returned = c->head;
		/* Release, the copies out of the slots are done: pairs with the acquire in push. */
		peal_store32_release(&ring->credit, c->head);
	}
}

/* Takes up to n messages, oldest first, and returns how many (0: none is there). */
static inline unsigned peal_ring_pop(struct peal_ring *ring, uint64_t (*messages)[8], unsigned n)
{
	struct peal_ring_consumer *c = &ring->consumer;
	unsigned i;

	if (!peal_ring_ready(c, c->head)) {
		peal_settle();
		c->run = 0;
		return 0;
	}
	if (c->run >= PEAL_RING_RUN)
		peal_ring_rest(c);
	for (i = 0; i < n; i++, c->head++)
		if (!peal_desc_take(c->slots[c->head & c->mask], peal_tag(c->head, c->log2),
				    messages[i]))
			break;
	c->run += i;
	peal_ring_credit(ring);
	return i;
}

#endif
