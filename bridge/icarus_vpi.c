/* SPDX-License-Identifier: MIT */
/*
 * icarus_vpi.c - the VPI module in vvp: moves pins between sim/icarus/peal_icarus.sv
 * and the shared memory, looks for X, and lets cycles pass in which nothing happens
 * without asking the host.
 *
 * What the engine drives is read in every cycle as one vector of control bits; a
 * payload only while it is valid, an input only when it changed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vpi_user.h>

#include "icarus_link.h"

#define TOP "peal_icarus."
#define SPINS 300 /* the host's turn is short */
#define LOOK_NS 100000000 /* how often to look whether the host lives */

static struct icarus_link *link_;
static struct icarus_pins driven; /* what the inputs hold */
static uint64_t ran;
static uint32_t control; /* of this cycle */
static int running, ended;

static struct {
	vpiHandle inputs, awaddr, araddr, wdata, rdata, build, kind;
	vpiHandle control, ar, aw, w, r, b;
} signals;

/* ---- values ------------------------------------------------------------------------ */

static const s_vpi_vecval *get(vpiHandle signal)
{
	s_vpi_value value = { .format = vpiVectorVal };

	vpi_get_value(signal, &value);
	return value.value.vector;
}

static void put(vpiHandle signal, const uint32_t *words, unsigned count)
{
	s_vpi_vecval vector[16];
	s_vpi_value value = { .format = vpiVectorVal, .value.vector = vector };

	for (unsigned i = 0; i < count; i++)
		vector[i] = (s_vpi_vecval){ .aval = (PLI_INT32)words[i] };
	vpi_put_value(signal, &value, NULL, vpiNoDelay);
}

static void put_changed(vpiHandle signal, const uint32_t *now, uint32_t *before, unsigned count)
{
	if (!memcmp(now, before, count * sizeof(*now)))
		return;
	memcpy(before, now, count * sizeof(*now));
	put(signal, now, count);
}

/* ---- ends -------------------------------------------------------------------------- */

static void end(void)
{
	ended = 1;
	vpi_control(vpiFinish, 0);
}

/* Keeps the first reason; the turn that is under way hands it over. */
static void fault(const char *signal, const char *what, const s_vpi_vecval *v)
{
	if (*link_->fault)
		return;
	snprintf(link_->fault, sizeof(link_->fault),
		 "%s %s in cycle %llu (value %08x, unknown %08x)", signal, what,
		 (unsigned long long)(link_->cycle + ran), (unsigned)v->aval, (unsigned)v->bval);
}

static void check(const char *signal, const s_vpi_vecval *v, unsigned words)
{
	for (unsigned i = 0; i < words; i++)
		if (v[i].bval)
			fault(signal, "is X while it is valid", &v[i]);
}

static void check_control(const s_vpi_vecval *v)
{
	static const char *const names[ICARUS_CONTROLS] = {
		"s_awready_o", "s_wready_o",  "s_bvalid_o",  "s_arready_o",
		"s_rvalid_o",  "m_arvalid_o", "m_rready_o",  "m_awvalid_o",
		"m_wvalid_o",  "m_bready_o",  "timers_o",    "busy_o",
	};
	char line[32];

	for (unsigned i = 0; i < ICARUS_CONTROLS + 64; i++) {
		if (!((uint32_t)v[i / 32].bval >> i % 32 & 1))
			continue;
		snprintf(line, sizeof(line), "irq_o[%u]", i - ICARUS_CONTROLS);
		fault(i < ICARUS_CONTROLS ? names[i] : line, "is X", &v[i / 32]);
	}
}

/* ---- a cycle ------------------------------------------------------------------------- */

static int has(unsigned bit)
{
	return control >> bit & 1;
}

static void sample_lite(struct icarus_pins *p)
{
	const s_vpi_vecval *v;

	p->s_awready = has(ICARUS_S_AWREADY), p->s_wready = has(ICARUS_S_WREADY);
	p->s_arready = has(ICARUS_S_ARREADY);
	p->s_bvalid = has(ICARUS_S_BVALID), p->s_rvalid = has(ICARUS_S_RVALID);
	if (p->s_bvalid) {
		v = get(signals.b);
		check("s_bresp_o", v, 1);
		p->s_bresp = (uint8_t)v[0].aval;
	}
	if (p->s_rvalid) {
		v = get(signals.r);
		check("s_rdata_o", v, 1);
		check("s_rresp_o", v + 1, 1);
		p->s_rdata = (uint32_t)v[0].aval;
		p->s_rresp = (uint8_t)v[1].aval;
	}
}

static void sample_request(vpiHandle signal, const char *const names[3], uint64_t *address,
			   uint8_t *id, uint8_t *len)
{
	const s_vpi_vecval *v = get(signal);
	s_vpi_vecval high = { .aval = v[1].aval & 0xffff, .bval = v[1].bval & 0xffff };
	s_vpi_vecval low = { .aval = v[1].aval, .bval = (PLI_INT32)((uint32_t)v[1].bval >> 16) };

	check(names[0], &high, 1);
	check(names[1], v, 1);
	check(names[2], &low, 1);
	check(names[2], v + 2, 1);
	*id = (uint8_t)high.aval;
	*len = (uint8_t)v[0].aval;
	*address = (uint64_t)(uint32_t)v[2].aval << 16 | (uint32_t)v[1].aval >> 16;
}

/* Only bytes with their strobe set are payload. */
static void sample_w(struct icarus_pins *p)
{
	const s_vpi_vecval *v = get(signals.w);
	char name[48];

	check("m_wstrb_o", v + 16, 2);
	check("m_wlast_o", v + 18, 1);
	p->m_wstrb = (uint64_t)(uint32_t)v[17].aval << 32 | (uint32_t)v[16].aval;
	p->m_wlast = v[18].aval & 1;
	for (unsigned i = 0; i < 16; i++) {
		p->m_wdata[i] = (uint32_t)v[i].aval;
		for (unsigned lane = 0; v[i].bval && lane < 4; lane++) {
			if (!((uint32_t)v[i].bval >> 8 * lane & 0xff) ||
			    !(p->m_wstrb >> (4 * i + lane) & 1))
				continue;
			snprintf(name, sizeof(name), "m_wdata_o, byte %u,", 4 * i + lane);
			fault(name, "is X under its strobe", &v[i]);
		}
	}
}

static void sample_master(struct icarus_pins *p)
{
	static const char *const ar[] = { "m_arid_o", "m_arlen_o", "m_araddr_o" };
	static const char *const aw[] = { "m_awid_o", "m_awlen_o", "m_awaddr_o" };

	p->m_arvalid = has(ICARUS_M_ARVALID), p->m_awvalid = has(ICARUS_M_AWVALID);
	p->m_wvalid = has(ICARUS_M_WVALID);
	p->m_rready = has(ICARUS_M_RREADY), p->m_bready = has(ICARUS_M_BREADY);
	if (p->m_arvalid)
		sample_request(signals.ar, ar, &p->m_araddr, &p->m_arid, &p->m_arlen);
	if (p->m_awvalid)
		sample_request(signals.aw, aw, &p->m_awaddr, &p->m_awid, &p->m_awlen);
	if (p->m_wvalid)
		sample_w(p);
}

/* With all signals settled, before the clock rises. */
static PLI_INT32 sample(PLI_BYTE8 *data)
{
	struct icarus_pins *p = &link_->pins;
	const s_vpi_vecval *v;

	(void)data;
	if (ended || !driven.rst_n)
		return 0;
	v = get(signals.control);
	control = (uint32_t)v[0].aval;
	p->irq = (uint64_t)control >> ICARUS_CONTROLS |
		 (uint64_t)(uint32_t)v[1].aval << (32 - ICARUS_CONTROLS) |
		 (uint64_t)(uint32_t)v[2].aval << (64 - ICARUS_CONTROLS);
	if (v[0].bval | v[1].bval | v[2].bval)
		check_control(v);
	sample_lite(p);
	sample_master(p);
	return 0;
}

/* $peal_error(format, name): PEAL_CHECK in the checked image, at the rising edge. */
static PLI_INT32 assertion(PLI_BYTE8 *data)
{
	vpiHandle call = vpi_handle(vpiSysTfCall, NULL);
	vpiHandle args = vpi_iterate(vpiArgument, call);
	vpiHandle scope = vpi_handle(vpiScope, call);
	s_vpi_value name = { .format = vpiStringVal };

	(void)data;
	vpi_scan(args);
	vpi_get_value(vpi_scan(args), &name);
	if (!*link_->fault)
		snprintf(link_->fault, sizeof(link_->fault), "assertion %.64s failed in cycle %llu, %.120s",
			 name.value.str, (unsigned long long)(link_->cycle + ran),
			 vpi_get_str(vpiFullName, scope));
	vpi_free_object(args);
	return 0;
}

/* ---- turns ---------------------------------------------------------------------------- */

/* Did the cycle that is over bring something that the host must see? */
static int eventful(void)
{
	const uint32_t asks = 1u << ICARUS_M_ARVALID | 1u << ICARUS_M_AWVALID | 1u << ICARUS_M_WVALID |
			      1u << ICARUS_S_BVALID | 1u << ICARUS_S_RVALID;
	const uint32_t state = 1u << ICARUS_BUSY | 1u << ICARUS_TIMERS;
	uint32_t before = link_->after, after;

	if (!driven.rst_n)
		return 0;
	link_->after = after = (uint32_t)get(signals.control)[0].aval;
	return ((before ^ after) & state) || ((control | after) & asks) || link_->pins.irq ||
	       *link_->fault;
}

static int parent_lives(void)
{
	return getppid() == link_->host;
}

/* The host may rest for as long as it likes, but not end. */
static int await_turn(void)
{
	for (unsigned i = 0; i < SPINS; i++) {
		if (__atomic_load_n(&link_->turn, __ATOMIC_ACQUIRE) == ICARUS_VVP)
			return 1;
#if defined(__x86_64__)
		__builtin_ia32_pause();
#endif
	}
	while (!icarus_wait(&link_->turn, ICARUS_VVP, LOOK_NS))
		if (!parent_lives())
			return 0;
	return 1;
}

static void drive(const struct icarus_pins *p)
{
	uint32_t inputs = p->rst_n | p->s_awvalid << 1 | p->s_wvalid << 2 | p->s_bready << 3 |
			  p->s_arvalid << 4 | p->s_rready << 5 | p->m_arready << 6 | p->m_rvalid << 7 |
			  (p->m_rid & 7) << 8 | (p->m_rresp & 3) << 11 | p->m_rlast << 13 |
			  p->m_awready << 14 | p->m_wready << 15 | p->m_bvalid << 16 |
			  (p->m_bid & 7) << 17 | (p->m_bresp & 3u) << 20;
	static uint32_t before;

	put_changed(signals.inputs, &inputs, &before, 1);
	put_changed(signals.awaddr, &p->s_awaddr, &driven.s_awaddr, 1);
	put_changed(signals.wdata, &p->s_wdata, &driven.s_wdata, 1);
	put_changed(signals.araddr, &p->s_araddr, &driven.s_araddr, 1);
	if (p->m_rvalid)
		put_changed(signals.rdata, p->m_rdata, driven.m_rdata, 16);
	driven.rst_n = p->rst_n;
}

/* Between two cycles. */
static PLI_INT32 turn(PLI_BYTE8 *data)
{
	(void)data;
	if (ended)
		return 0;
	ran += running;
	if (running && !eventful() && ran < link_->limit)
		return 0;
	if (running) {
		link_->ran = ran;
		icarus_give(&link_->turn, ICARUS_HOST);
	}
	running = 1;
	ran = 0;
	if (!await_turn() || link_->quit)
		end();
	else
		drive(&link_->pins);
	return 0;
}

/* ---- start ----------------------------------------------------------------------------- */

static vpiHandle find(const char *name)
{
	char path[64];
	vpiHandle h;

	snprintf(path, sizeof(path), TOP "%s", name);
	h = vpi_handle_by_name(path, NULL);
	if (!h)
		vpi_printf("peal: the image has no %s\n", path);
	return h;
}

static int find_signals(void)
{
	const struct {
		vpiHandle *handle;
		const char *name;
	} all[] = {
		{ &signals.inputs, "inputs" },	   { &signals.awaddr, "s_awaddr" },
		{ &signals.araddr, "s_araddr" },   { &signals.wdata, "s_wdata" },
		{ &signals.rdata, "m_rdata" },	   { &signals.build, "build_id" },
		{ &signals.kind, "kind" },	   { &signals.control, "control" },
		{ &signals.ar, "ar" },		   { &signals.aw, "aw" },
		{ &signals.w, "w" },		   { &signals.r, "r" },
		{ &signals.b, "b" },
	};
	int found = 1;

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		found &= (*all[i].handle = find(all[i].name)) != NULL;
	return found;
}

static uint32_t argument(void)
{
	vpiHandle args = vpi_iterate(vpiArgument, vpi_handle(vpiSysTfCall, NULL));
	s_vpi_value value = { .format = vpiIntVal };

	vpi_get_value(vpi_scan(args), &value);
	vpi_free_object(args);
	return (uint32_t)value.value.integer;
}

/* The greeting. A host of another version finds out by `version` and ends this. */
static PLI_INT32 open_link(PLI_BYTE8 *data)
{
	void *map = mmap(NULL, sizeof(*link_), PROT_READ | PROT_WRITE, MAP_SHARED, ICARUS_FD, 0);

	(void)data;
	link_ = map;
	if (map == MAP_FAILED || !find_signals()) {
		vpi_printf("peal: %s\n", map == MAP_FAILED ? "no shared memory: peal starts this image" :
							     "image and VPI module do not match");
		end();
		return 0;
	}
	link_->queues = argument();
	link_->magic = ICARUS_MAGIC;
	link_->version = ICARUS_VERSION;
	put(signals.build, &link_->build_id, 1);
	put(signals.kind, &link_->kind, 1);
	icarus_give(&link_->turn, ICARUS_HOST);
	return 0;
}

static void register_tasks(void)
{
	s_vpi_systf_data tasks[] = {
		{ .type = vpiSysTask, .tfname = "$peal_open", .calltf = open_link },
		{ .type = vpiSysTask, .tfname = "$peal_turn", .calltf = turn },
		{ .type = vpiSysTask, .tfname = "$peal_sample", .calltf = sample },
		{ .type = vpiSysTask, .tfname = "$peal_error", .calltf = assertion },
	};

	for (unsigned i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++)
		vpi_register_systf(&tasks[i]);
}

void (*vlog_startup_routines[])(void) = { register_tasks, 0 };
