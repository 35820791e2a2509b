# The host ring and the RTL engine against their peers. A peer that is not
# installed is named and left out; times depend on the machine and gate nothing,
# so only the engine's cycles are a part of the tests.

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

# Cycles of the RTL engine: exact, so tests assert them (suite cycles in test.mk).
BENCH_RTL := $(BUILD)/bench/bench_rtl
$(BENCH_RTL): $(call objects,$(wildcard bench/bench_rtl.c bench/rtl_*.c)) $(LIBPEAL_A)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread -o $@ $^ $(LDFLAGS) -ldl

bench-rtl: $(BENCH_RTL) $(BACKENDS) ## cycles of the RTL engine beside its peers; writes build/bench/rtl.json
	$(Q)$(BENCH_RTL) --json $(BUILD)/bench/rtl.json $(BENCH_ARGS)

# The RTL beside its SystemC model: how far the model's cycles are to be believed.
FIDELITY := $(BUILD)/bench/fidelity
$(FIDELITY): $(call objects,$(wildcard bench/fidelity.c bench/rtl_*.c)) $(LIBPEAL_A)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread -o $@ $^ $(LDFLAGS) -ldl -lm

fidelity: $(FIDELITY) $(BACKENDS) $(SYSTEMC_SO) ## cycles of the RTL beside those its SystemC model predicts; writes build/bench/fidelity.json
	$(Q)$(FIDELITY) --json $(BUILD)/bench/fidelity.json $(BENCH_ARGS)
predict-cuda: $(PEAL) $(SYSTEMC_SO) ## the SystemC model with a measured link beside the measured cuda device
	$(Q)bench/predict_cuda $(PEAL)
.PHONY: fidelity predict-cuda
bench: bench-ring bench-rtl ## every benchmark
.PHONY: bench bench-ring bench-rtl
