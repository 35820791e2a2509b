# The host ring against its peers, all in one program and one run. A peer that
# is not installed is named and left out; times depend on the machine and gate
# nothing, so this is not a part of the tests.

BENCH_FLAGS ?= -O3 -march=native ## flags of the benches, printed with their figures
BENCH_ARGS  ?=                   ## arguments for the benches, such as --quick

BENCH_RING   := $(BUILD)/bench/bench_ring
bench_link   := $(if $(HAVE_g++),$(CXX),$(CC))
bench_ring   := $(wildcard bench/bench_ring.c bench/ring_*.c $(if $(HAVE_g++),bench/ring_*.cc))
bench_object  = $(addprefix $(BUILD)/bench/,$(addsuffix .o,$(notdir $(basename $(1)))))
bench_flags   = $(warnings) $(includes) $(strip $(BENCH_FLAGS)) -pthread -MMD -MP \
	-DBENCH_FLAGS='"$(strip $(BENCH_FLAGS))"'
DPDK_CFLAGS  := $(if $(HAVE_dpdk),$(shell pkg-config --cflags libdpdk | sed 's/-I/-isystem /g'))
DPDK_LIBS    := $(if $(HAVE_dpdk),$(shell pkg-config --libs-only-L libdpdk) -lrte_ring -lrte_eal)

$(eval $(call stamp,$(BUILD)/bench/flags,$(CC) $(CXX) $(bench_flags) $(DPDK_CFLAGS)))

$(BUILD)/bench/%.o: bench/%.c $(BUILD)/bench/flags
	$(call say,CC,$@)
	$(Q)$(CC) -std=gnu11 $(if $(filter ring_dpdk,$*),$(DPDK_CFLAGS)) $(bench_flags) -c -o $@ $<

$(BUILD)/bench/%.o: bench/%.cc $(BUILD)/bench/flags
	$(call say,CXX,$@)
	$(Q)$(CXX) -std=gnu++17 $(bench_flags) -c -o $@ $<

$(BENCH_RING): $(call bench_object,$(bench_ring))
	$(call say,LD,$@)
	$(Q)$(bench_link) -pthread -o $@ $^ $(LDFLAGS) $(DPDK_LIBS)

bench-ring: $(BENCH_RING) ## Peal's host ring against DPDK, Boost and Concurrency Kit
	$(Q)$(BENCH_RING) $(BENCH_ARGS)
bench: bench-ring ## every benchmark
.PHONY: bench bench-ring
