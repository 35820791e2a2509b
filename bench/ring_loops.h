/* SPDX-License-Identifier: MIT */
/*
 * ring_loops.h - the measured loops, the same text for every contender.
 *
 * Before it is included, the contender defines RING_MASK (the payload bits of
 * a word), struct ring, and
 *
 *	static unsigned ring_push(struct ring *, const struct ring_message *, unsigned n)
 *	static unsigned ring_pop(struct ring *, struct ring_message *, unsigned n)
 *
 * which move up to n messages and return how many.
 */
#include <errno.h>

#define RING_INLINE static inline __attribute__((always_inline))

/* Message `seq`: eight words that all differ, and differ from those of other messages. */
RING_INLINE void message_fill(struct ring_message *message, uint64_t seq)
{
	uint64_t base = seq * UINT64_C(0x9e3779b97f4a7c15);

	for (unsigned i = 0; i < 8; i++)
		message->word[i] = (base + i * UINT64_C(0x0123456789abcdef)) & RING_MASK;
}

/* Zero iff every word is right. */
RING_INLINE uint64_t message_wrong(const struct ring_message *message, uint64_t seq)
{
	uint64_t base = seq * UINT64_C(0x9e3779b97f4a7c15), wrong = 0;

	for (unsigned i = 0; i < 8; i++)
		wrong |= message->word[i] ^ ((base + i * UINT64_C(0x0123456789abcdef)) & RING_MASK);
	return wrong;
}

/* Called after a fruitless look; false when the wait is over. */
RING_INLINE bool wait_more(unsigned *spins, uint64_t *start)
{
	if (!ring_no_pause)
		ring_pause();
	return __builtin_expect(++*spins & 0xffff, 1) || ring_wait_more(start);
}

/* Pushes all n messages. */
RING_INLINE int push_all(struct ring *ring, const struct ring_message *messages, unsigned n)
{
	unsigned done = ring_push(ring, messages, n), spins = 0;
	uint64_t start = 0;

	while (done < n) {
		unsigned more = ring_push(ring, messages + done, n - done);

		done += more;
		if (!more && !wait_more(&spins, &start))
			return -ETIME;
	}
	return 0;
}

/* Pops 1 to n messages, or returns -ETIME. */
RING_INLINE int pop_some(struct ring *ring, struct ring_message *messages, unsigned n)
{
	unsigned spins = 0, got;
	uint64_t start = 0;

	while (!(got = ring_pop(ring, messages, n)))
		if (!wait_more(&spins, &start))
			return -ETIME;
	return (int)got;
}

RING_INLINE int produce_batches(struct ring *ring, uint64_t count, unsigned batch)
{
	struct ring_message messages[RING_BATCH];
	int error = 0;

	for (uint64_t seq = 0; seq < count && !error; seq += batch) {
		for (unsigned i = 0; i < batch; i++)
			message_fill(&messages[i], seq + i);
		error = push_all(ring, messages, batch);
	}
	return error;
}

RING_INLINE int consume_batches(struct ring *ring, uint64_t count, unsigned batch)
{
	struct ring_message messages[RING_BATCH];
	uint64_t wrong = 0;

	for (uint64_t seq = 0; seq < count;) {
		int got = pop_some(ring, messages, batch);

		if (got < 0)
			return got;
		for (int i = 0; i < got; i++)
			wrong |= message_wrong(&messages[i], seq++);
	}
	return wrong ? -EBADMSG : 0;
}

RING_INLINE int ping_batches(struct ring *out, struct ring *in, uint32_t *ticks, unsigned trips,
			     unsigned batch)
{
	struct ring_message messages[RING_BATCH];
	uint64_t seq = 0, wrong = 0;

	for (unsigned trip = 0; trip < trips; trip++) {
		uint64_t start = ring_ticks(), back = seq;

		for (unsigned i = 0; i < batch; i++)
			message_fill(&messages[i], seq++);
		if (push_all(out, messages, batch))
			return -ETIME;
		while (back < seq) {
			int got = pop_some(in, messages, batch);

			if (got < 0)
				return got;
			for (int i = 0; i < got; i++)
				wrong |= message_wrong(&messages[i], back++);
		}
		ticks[trip] = (uint32_t)(ring_ticks() - start);
	}
	return wrong ? -EBADMSG : 0;
}

/* Sends back what came, as it came. */
RING_INLINE int pong_batches(struct ring *in, struct ring *out, unsigned trips, unsigned batch)
{
	struct ring_message messages[RING_BATCH];
	uint64_t count = (uint64_t)trips * batch;

	for (uint64_t done = 0; done < count;) {
		int got = pop_some(in, messages, batch);

		if (got < 0)
			return got;
		if (push_all(out, messages, (unsigned)got))
			return -ETIME;
		done += (unsigned)got;
	}
	return 0;
}

/* The batch size is a constant where the ring's functions are inlined. */
static int ring_produce(void *ring, uint64_t count, unsigned batch)
{
	return batch == 1 ? produce_batches((struct ring *)ring, count, 1)
			  : produce_batches((struct ring *)ring, count, RING_BATCH);
}

static int ring_consume(void *ring, uint64_t count, unsigned batch)
{
	return batch == 1 ? consume_batches((struct ring *)ring, count, 1)
			  : consume_batches((struct ring *)ring, count, RING_BATCH);
}

static int ring_ping(void *out, void *in, uint32_t *ticks, unsigned trips, unsigned batch)
{
	struct ring *to = (struct ring *)out, *from = (struct ring *)in;

	return batch == 1 ? ping_batches(to, from, ticks, trips, 1)
			  : ping_batches(to, from, ticks, trips, RING_BATCH);
}

static int ring_pong(void *in, void *out, unsigned trips, unsigned batch)
{
	struct ring *from = (struct ring *)in, *to = (struct ring *)out;

	return batch == 1 ? pong_batches(from, to, trips, 1)
			  : pong_batches(from, to, trips, RING_BATCH);
}
