/* SPDX-License-Identifier: MIT */
/* fetch_host.h - what fetch.cuh has, for device code that a test runs on a host. */
#ifndef PEAL_CUDA_FETCH_HOST_H
#define PEAL_CUDA_FETCH_HOST_H

static inline void init_fetched(struct fetched *f)
{
	f->arrived = 0;
}

/* Words come in another order each time; `arrived` counts the lanes that have theirs. */
static inline void begin_fetch(struct fetched *f, uint64_t from, unsigned slots)
{
	const uint64_t *words = (const uint64_t *)from;
	uint64_t turn = load64(&f->arrived) / WARP % PEAL_DESC_WORDS;
	uint64_t *to = f->slot[0];

	__syncwarp(); /* all lanes have read what was there */
	for (uint64_t at = lane_id(); at < slots * PEAL_DESC_WORDS; at += WARP)
		to[at ^ turn] = load64(&words[at ^ turn]);
	add64(&f->arrived, 1);
}

static inline void end_fetch(const struct fetched *f, uint32_t phase)
{
	__syncwarp(); /* all lanes have what is theirs */
	while (load64(&f->arrived) / WARP % 2 == phase)
		;
}

#endif
