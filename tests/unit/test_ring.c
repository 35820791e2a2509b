/* SPDX-License-Identifier: MIT */
/*
 * test_ring.c - self-validating slots and the host ring: tags, torn and stale
 * slots, wrap of laps and of indices, full and empty, two threads. Everything
 * runs with the path this build picks and with the portable one, and the stress
 * with each against the other.
 */
#include <pthread.h>
#include <sched.h>

#include "unit.h"

#include "ring_path.h"

static const struct ring_path ring_native = RING_PATH("native");
static const struct ring_path *const paths[] = { &ring_native, &ring_portable };

#define PATHS (sizeof(paths) / sizeof(paths[0]))
#define TOP(tag) ((uint64_t)(tag) << PEAL_TAG_SHIFT)
#define SLOT __attribute__((aligned(64)))

/* ---- tags -------------------------------------------------------------------------- */

static void test_tag(void **state)
{
	(void)state;
	assert_int_equal(peal_tag(0, 1), 0x80);
	assert_int_equal(peal_tag(1, 1), 0x80);
	assert_int_equal(peal_tag(2, 1), 0x81);
	assert_int_equal(peal_tag(255, 1), 0xff);
	assert_int_equal(peal_tag(256, 1), 0x80);
	assert_int_equal(peal_tag(0x7fff, 15), 0x80);
	assert_int_equal(peal_tag(0x8000, 15), 0x81);
	assert_int_equal(peal_tag(UINT32_MAX, 15), 0xff);
	for (unsigned i = 0; i < 100000; i++) {
		unsigned log2 = 1 + (unsigned)unit_below(15);
		uint32_t index = (uint32_t)unit_random();

		assert_int_equal(peal_tag(index, log2), 0x80 + (index >> log2) % 128);
	}
}

/* A slot's next 127 laps all have other tags, also across 2^32. */
static void test_tag_laps(void **state)
{
	(void)state;
	for (unsigned log2 = 1; log2 <= 15; log2++)
		for (uint32_t lap = 1; lap < 128; lap++) {
			uint32_t index = (uint32_t)-64 << log2;

			assert_int_not_equal(peal_tag(index, log2),
					     peal_tag(index + (lap << log2), log2));
			assert_int_equal(peal_tag(index, log2),
					 peal_tag(index + (UINT32_C(128) << log2), log2));
		}
}

/* ---- slots --------------------------------------------------------------------------- */

static void random_payload(uint64_t *payload, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		payload[i] = unit_random() & PEAL_TAG_PAYLOAD;
}

/* The slot's words are the payloads under the tag; what is taken is the payloads alone. */
static void check_desc(const struct ring_path *path, uint8_t tag)
{
	uint64_t slot[8] SLOT = { 0 }, payload[9], taken[9];

	random_payload(payload, 9);
	payload[3] |= TOP(0xa5);		    /* ignored */
	path->desc_publish(slot, payload + 1, tag); /* words need no more than their alignment */
	payload[3] &= PEAL_TAG_PAYLOAD;
	for (unsigned i = 0; i < 8; i++)
		assert_true(slot[i] == (payload[i + 1] | TOP(tag)));
	assert_true(path->desc_take(slot, tag, taken + 1));
	assert_memory_equal(taken + 1, payload + 1, 64);
}

static void check_comp(const struct ring_path *path, uint8_t tag)
{
	uint64_t slots[4] SLOT = { 0 }, payload[3], taken[3];

	random_payload(payload, 3);
	payload[2] |= TOP(0x5a);
	path->comp_publish(slots + 2, payload + 1, tag);
	payload[2] &= PEAL_TAG_PAYLOAD;
	assert_true(slots[2] == (payload[1] | TOP(tag)) && slots[3] == (payload[2] | TOP(tag)));
	assert_true(slots[0] == 0 && slots[1] == 0);
	assert_true(path->comp_take(slots + 2, tag, taken + 1));
	assert_memory_equal(taken + 1, payload + 1, 16);
}

static void test_slots(void **state)
{
	(void)state;
	for (unsigned p = 0; p < PATHS; p++)
		for (unsigned tag = 0x80; tag <= 0xff; tag++) {
			check_desc(paths[p], (uint8_t)tag);
			check_comp(paths[p], (uint8_t)tag);
		}
}

static void test_zeroed_is_never_valid(void **state)
{
	uint64_t slot[8] SLOT = { 0 }, taken[8];

	(void)state;
	for (unsigned p = 0; p < PATHS; p++)
		for (unsigned tag = 0x80; tag <= 0xff; tag++) {
			assert_false(paths[p]->desc_take(slot, (uint8_t)tag, taken));
			assert_false(paths[p]->comp_take(slot, (uint8_t)tag, taken));
		}
}

/* Every mixture of old and new words, and every flipped tag bit of every word. */
static void check_torn(const struct ring_path *path, unsigned words, uint8_t tag, uint8_t old)
{
	bool (*take)(const uint64_t *, uint8_t, uint64_t *) = words == 8 ? path->desc_take
									 : path->comp_take;
	uint64_t slot[8] SLOT, payload[8], taken[8];

	random_payload(payload, 8);
	for (unsigned mixture = 0; mixture < 1u << words; mixture++) {
		for (unsigned i = 0; i < words; i++)
			slot[i] = payload[i] | TOP(mixture >> i & 1 ? old : tag);
		assert_int_equal(take(slot, tag, taken), mixture == 0);
		assert_int_equal(take(slot, old, taken), mixture == (1u << words) - 1);
	}
	for (unsigned i = 0; i < words; i++)
		slot[i] = payload[i] | TOP(tag);
	for (unsigned bit = 0; bit < 8 * words; bit++) {
		uint64_t flip = UINT64_C(1) << (PEAL_TAG_SHIFT + bit % 8);

		slot[bit / 8] ^= flip;
		assert_false(take(slot, tag, taken));
		slot[bit / 8] ^= flip;
	}
	assert_true(take(slot, tag, taken));
}

static void test_torn(void **state)
{
	(void)state;
	for (unsigned p = 0; p < PATHS; p++)
		for (unsigned lap = 0; lap < 128; lap++) {
			uint8_t tag = (uint8_t)(0x80 | lap),
				old = (uint8_t)(0x80 | ((lap - 1) & 0x7f));

			check_torn(paths[p], 8, tag, old);
			check_torn(paths[p], 2, tag, old);
			check_torn(paths[p], 8, tag, 0);
		}
}

/* Each bit of a line that is not free, one at a time; the free ones are found. */
static void check_line(const struct ring_path *path)
{
	const struct peal_expected e = {
		.words = { unit_random(), unit_random() },
		.any = { unit_random(), unit_random() },
		.step = UINT64_C(1) << 40,
	};
	uint64_t line[8] SLOT, noise[8], found[8];

	for (unsigned i = 0; i < 8; i++) {
		noise[i] = unit_random() & e.any[i % 2];
		line[i] = (e.words[i % 2] + (i % 2 ? 0 : i / 2 * e.step)) ^ noise[i];
	}
	assert_true(path->comps_take(line, &e, found));
	assert_memory_equal(found, noise, sizeof(noise));
	for (unsigned bit = 0; bit < 512; bit++) {
		uint64_t flip = UINT64_C(1) << bit % 64;

		line[bit / 64] ^= flip;
		assert_int_equal(path->comps_take(line, &e, found),
				 (e.any[bit / 64 % 2] & flip) != 0);
		line[bit / 64] ^= flip;
	}
}

static void test_lines(void **state)
{
	(void)state;
	for (unsigned p = 0; p < PATHS; p++)
		for (unsigned i = 0; i < 20; i++)
			check_line(paths[p]);
}

/* ---- the ring, one thread ---------------------------------------------------------------- */

#define MOST_LOG2 10
#define START_NEAR_WRAP ((uint32_t)-700)

static struct peal_ring ring;
static uint64_t slots[1 << MOST_LOG2][8] SLOT;

static void fill(uint64_t message[8], uint64_t seq)
{
	for (unsigned i = 0; i < 8; i++)
		message[i] = (seq * 8 + i) * UINT64_C(0x9e3779b97f4a7c15) & PEAL_TAG_PAYLOAD;
}

static bool right(const uint64_t message[8], uint64_t seq)
{
	uint64_t expected[8];

	fill(expected, seq);
	return !memcmp(message, expected, sizeof(expected));
}

static unsigned push(const struct ring_path *path, uint64_t seq, unsigned n)
{
	uint64_t messages[64][8];

	for (unsigned i = 0; i < n; i++)
		fill(messages[i], seq + i);
	return path->push(&ring, (const uint64_t(*)[8])messages, n);
}

static unsigned pop(const struct ring_path *path, uint64_t seq, unsigned n)
{
	uint64_t messages[64][8];
	unsigned got = path->pop(&ring, messages, n);

	for (unsigned i = 0; i < got; i++)
		if (!right(messages[i], seq + i))
			fail_msg("%s: message %llu is wrong", path->name,
				 (unsigned long long)(seq + i));
	return got;
}

/* All n go in, or all n come out; else the test fails. */
static void push_all(const struct ring_path *path, uint64_t seq, unsigned n)
{
	for (unsigned done = 0; done < n;) {
		unsigned more = push(path, seq + done, n - done < 64 ? n - done : 64);

		if (!more)
			fail_msg("%s: full after %u of %u", path->name, done, n);
		done += more;
	}
}

static void pop_all(const struct ring_path *path, uint64_t seq, unsigned n)
{
	for (unsigned done = 0; done < n;) {
		unsigned more = pop(path, seq + done, n - done < 64 ? n - done : 64);

		if (!more)
			fail_msg("%s: empty after %u of %u", path->name, done, n);
		done += more;
	}
}

/* Full takes no more and loses nothing; empty gives nothing; a quarter free is seen. */
static void check_full(const struct ring_path *path, unsigned log2)
{
	unsigned size = 1u << log2, quarter = size / 4 ? size / 4 : 1;

	peal_ring_init(&ring, slots, log2, START_NEAR_WRAP);
	assert_int_equal(pop(path, 0, 1), 0);
	push_all(path, 0, size);
	assert_int_equal(push(path, size, 1), 0);
	assert_int_equal(push(path, size, 64), 0);
	for (unsigned i = 0; i < quarter; i++)
		assert_int_equal(pop(path, i, 1), 1);
	push_all(path, size, quarter);
	assert_int_equal(push(path, size + quarter, 1), 0);
	pop_all(path, quarter, size);
	assert_int_equal(pop(path, size + quarter, 64), 0);
}

static void test_full_and_empty(void **state)
{
	(void)state;
	for (unsigned p = 0; p < PATHS; p++)
		for (unsigned log2 = 1; log2 <= MOST_LOG2; log2++)
			check_full(paths[p], log2);
}

/*
 * Random pushes and pops against a count: order, content, never more than the ring
 * holds, and never less than three quarters of it.
 */
static void check_laps(const struct ring_path *path, unsigned log2, uint32_t start, uint64_t count)
{
	unsigned size = 1u << log2, least = size - (size > 2 ? size / 4 : 0);
	uint64_t in = 0, out = 0;

	peal_ring_init(&ring, slots, log2, start);
	while (out < count) {
		unsigned n = 1 + (unsigned)unit_below(64), got = push(path, in, n);

		in += got;
		assert_true(in - out <= size && (got == n || in - out >= least));
		n = (unsigned)unit_below(65);
		got = in - out < n ? (unsigned)(in - out) : n;
		assert_int_equal(pop(path, out, n), got);
		out += got;
	}
	assert_true((uint32_t)(start + out) == ring.consumer.head);
}

/* 300 laps of each ring: past 128 laps, where tags repeat, and past 2^32. */
static void test_wrap(void **state)
{
	(void)state;
	for (unsigned p = 0; p < PATHS; p++)
		for (unsigned log2 = 1; log2 <= MOST_LOG2; log2++) {
			uint32_t start = (uint32_t)0 - (uint32_t)(unit_below(200) << log2);

			check_laps(paths[p], log2, start, UINT64_C(300) << log2);
			check_laps(paths[p], log2, (uint32_t)unit_random(), UINT64_C(10) << log2);
		}
}

/* A message whose slot is damaged is not taken, and comes when the slot is whole again. */
static void test_torn_in_the_ring(void **state)
{
	(void)state;
	for (unsigned p = 0; p < PATHS; p++)
		for (unsigned word = 0; word < 8; word++) {
			uint64_t *at = &slots[1][word];

			peal_ring_init(&ring, slots, 2, 0);
			assert_int_equal(push(paths[p], 0, 3), 3);
			*at ^= TOP(1);
			assert_int_equal(pop(paths[p], 0, 3), 1);
			assert_int_equal(pop(paths[p], 1, 3), 0);
			*at ^= TOP(1);
			assert_int_equal(pop(paths[p], 1, 3), 2);
		}
}

/* ---- two threads ------------------------------------------------------------------------------
 */

#define PATIENCE (30 * SECOND) /* without progress; then the test fails */

struct stress {
	const struct ring_path *in, *out;
	uint64_t count;
	unsigned log2, batch;	    /* batch 0: of random size */
	unsigned slow_in, slow_out; /* one in so many calls is followed by a rest; 0: none */
	uint64_t seed;
	const char *error; /* of the producer */
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

/* After a fruitless look; false when patience ran out. Machines may have one processor. */
static bool wait_more(unsigned *looks, uint64_t *since)
{
	peal_relax();
	if (++*looks % 64)
		return true;
	sched_yield();
	if (!*since)
		*since = now_ns();
	return now_ns() - *since < PATIENCE;
}

static uint64_t next_random(uint64_t *random)
{
	*random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *random >> 33;
}

static void rest(uint64_t *random, unsigned one_in)
{
	if (!one_in || next_random(random) % one_in)
		return;
	for (uint64_t i = next_random(random) % 200; i--;)
		peal_relax();
	if (next_random(random) % 16 == 0)
		sched_yield();
}

static void *produce(void *arg)
{
	struct stress *s = arg;
	uint64_t random = s->seed, since = 0;
	unsigned looks = 0;

	for (uint64_t seq = 0; seq < s->count;) {
		uint64_t left = s->count - seq;
		unsigned n = s->batch ? s->batch : 1 + (unsigned)(next_random(&random) % 64);
		unsigned done = push(s->in, seq, n < left ? n : (unsigned)left);

		seq += done;
		if (done) {
			since = 0;
			rest(&random, s->slow_in);
		} else if (!wait_more(&looks, &since)) {
			s->error = "the ring stays full";
			return NULL;
		}
	}
	return NULL;
}

/* Takes all messages in order and checks each word. */
static const char *consume(struct stress *s)
{
	uint64_t random = ~s->seed, since = 0, messages[64][8];
	unsigned looks = 0;

	for (uint64_t seq = 0; seq < s->count;) {
		unsigned n = 1 + (unsigned)(next_random(&random) % 64);
		unsigned got = s->out->pop(&ring, messages, s->batch ? 64 : n);

		if (!got && !wait_more(&looks, &since))
			return "a message does not arrive";
		if (s->batch && got % s->batch)
			return "a batch came in pieces";
		for (unsigned i = 0; i < got; i++)
			if (!right(messages[i], seq++))
				return "a message is wrong, or out of order";
		if (got) {
			since = 0;
			rest(&random, s->slow_out);
		}
	}
	return s->out->pop(&ring, messages, 1) ? "a message too many" : NULL;
}

static void run_stress(struct stress s)
{
	uint32_t start = (uint32_t)(0 - s.count / 2);
	const char *error;
	pthread_t thread;

	s.seed = unit_random();
	peal_ring_init(&ring, slots, s.log2, start);
	assert_int_equal(pthread_create(&thread, NULL, produce, &s), 0);
	error = consume(&s);
	pthread_join(thread, NULL);
	if (error || s.error)
		fail_msg("%s to %s, 2^%u slots: %s", s.in->name, s.out->name, s.log2,
			 error ? error : s.error);
}

/* Each path with each, at even speed and with either side the slower; indices pass 2^32. */
static void test_stress(void **state)
{
	static const unsigned sizes[] = { 1, 2, 6, MOST_LOG2 };

	(void)state;
	for (unsigned p = 0; p < PATHS * PATHS; p++)
		for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			for (unsigned slow = 0; slow < 3; slow++)
				run_stress((struct stress){
					.in = paths[p % PATHS],
					.out = paths[p / PATHS],
					.count = slow ? 3000 : 20000,
					.log2 = sizes[i],
					.slow_in = slow == 1 ? 2 : 0,
					.slow_out = slow == 2 ? 2 : 0,
				});
}

/* A batch that goes in whole is seen whole. */
static void test_batches_arrive_whole(void **state)
{
	(void)state;
	for (unsigned p = 0; p < PATHS * PATHS; p++)
		for (unsigned batch = 2; batch <= 32; batch *= 2)
			run_stress((struct stress){
				.in = paths[p % PATHS],
				.out = paths[p / PATHS],
				.count = 512 * batch,
				.log2 = 7,
				.batch = batch,
				.slow_in = 4,
			});
}

/* ---- a slot that is overwritten while it is read -------------------------------------------- */

struct overwriter {
	const struct ring_path *path;
	uint64_t *slot;
	uint64_t stop;
};

/* The message of a tag: laps that share a tag share it too. */
static void fill_lap(uint64_t message[8], uint8_t tag)
{
	fill(message, tag);
}

static void *overwrite(void *arg)
{
	struct overwriter *w = arg;
	uint64_t messages[128][8];

	for (unsigned lap = 0; lap < 128; lap++)
		fill_lap(messages[lap], (uint8_t)(0x80 | lap));
	for (unsigned lap = 0; !peal_load_acquire(&w->stop); lap = (lap + 1) % 128)
		w->path->desc_publish(w->slot, messages[lap], (uint8_t)(0x80 | lap));
	return NULL;
}

/* Without any flow control: whatever is taken is whole and of the lap its tag says. */
static void check_overwritten(const struct ring_path *in, const struct ring_path *out)
{
	struct overwriter w = { .path = in, .slot = slots[0] };
	unsigned taken = 0, refused = 0;
	uint64_t end = now_ns() + SECOND / 20;
	bool whole = true;
	pthread_t thread;

	memset(slots[0], 0, sizeof(slots[0]));
	assert_int_equal(pthread_create(&thread, NULL, overwrite, &w), 0);
	while (whole && ((!taken || !refused) ? now_ns() < end + PATIENCE : now_ns() < end)) {
		uint8_t tag = (uint8_t)(peal_load_relaxed(&slots[0][taken % 8]) >> PEAL_TAG_SHIFT);
		uint64_t message[8];

		if (tag && out->desc_take(slots[0], tag, message)) {
			whole = right(message, tag);
			taken++;
		} else {
			refused++;
		}
	}
	peal_store_release(&w.stop, 1);
	pthread_join(thread, NULL);
	if (!whole || !taken || !refused)
		fail_msg("%s to %s: %s (%u taken, %u refused)", in->name, out->name,
			 whole ? "nothing seen" : "a torn slot was taken", taken, refused);
}

static void test_overwritten(void **state)
{
	(void)state;
	for (unsigned p = 0; p < PATHS * PATHS; p++)
		check_overwritten(paths[p % PATHS], paths[p / PATHS]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tag),
		cmocka_unit_test(test_tag_laps),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_zeroed_is_never_valid),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_full_and_empty),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_torn_in_the_ring),
		cmocka_unit_test(test_stress),
		cmocka_unit_test(test_batches_arrive_whole),
		cmocka_unit_test(test_overwritten),
	};

	unit_seed();
	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
