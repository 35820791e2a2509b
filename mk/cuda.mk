# The cuda backend: a persistent kernel (cuda/*.cu, nvcc) and the device around it
# (cuda/*.c, cc). The CUDA run time is linked statically, so peal-cuda.so loads
# everywhere and says itself when there is no driver.

CUDA_ARCHS ?= 80 89 90 ## GPU architectures that the kernel is built for; PTX of the last besides
CUDA_ARCHS := $(strip $(CUDA_ARCHS))

NVCC         := $(NVCC_FOUND)
CUDA_SO      := $(BUILD)/backends/peal-cuda.so
CUDA_DIR     := $(BUILD)/cuda
CUDA_SOURCES := $(wildcard cuda/*.cu cuda/*.cc)
CUDA_OBJECTS := $(CUDA_SOURCES:%=$(CUDA_DIR)/%.o)
CUDA_C       := $(wildcard cuda/*.c) $(wildcard runtime/front/*.c) runtime/own/arena.c

cuda_gencode := $(foreach a,$(CUDA_ARCHS),-gencode arch=compute_$(a),code=sm_$(a)) \
	-gencode arch=compute_$(lastword $(CUDA_ARCHS)),code=compute_$(lastword $(CUDA_ARCHS))
nvcc_all = $(NVCC) -std=c++17 -O3 -lineinfo $(includes) -Icuda -ccbin $(CXX) \
	-Xcompiler -fPIC,-fvisibility=hidden,-pthread,-Wall,-Wextra

ifneq ($(NVCC),)
PARTS    += $(CUDA_SO)
$(eval $(call stamp,$(CUDA_DIR)/flags,$(nvcc_all) $(cuda_gencode)))

$(CUDA_DIR)/%.cu.o: %.cu $(CUDA_DIR)/flags
	$(call say,NVCC,$@)
	@mkdir -p $(@D)
	$(Q)$(nvcc_all) $(cuda_gencode) -MMD -MP -MF $@.d -c -o $@ $<
$(CUDA_DIR)/%.cc.o: %.cc $(CUDA_DIR)/flags
	$(call say,NVCC,$@)
	@mkdir -p $(@D)
	$(Q)$(nvcc_all) -MMD -MP -MF $@.d -c -o $@ $<
-include $(CUDA_OBJECTS:%=%.d)

$(CUDA_SO): $(CUDA_OBJECTS) $(call objects,$(CUDA_C)) bridge/plugin.map
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(NVCC) -ccbin $(CXX) -shared -cudart static -Xcompiler -pthread \
		-Xlinker --version-script=bridge/plugin.map -o $@ $(filter %.o,$^)
endif
$(foreach c,$(notdir $(basename $(wildcard cuda/*.c))),$(eval CPPFLAGS_$(c) := -Icuda))

cuda: $(PEAL) $(CUDA_SO) ## the cuda backend
	$(if $(NVCC),,@mk/tools.sh need nvcc || exit 77)
.PHONY: cuda
ifeq ($(NVCC),)
$(CUDA_SO):
	@mk/tools.sh need nvcc || exit 77
endif

BENCH_CUDA := $(BUILD)/bench/bench_cuda
$(BENCH_CUDA): $(call objects,bench/bench_cuda.c) $(LIBPEAL_A)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread -o $@ $^ $(LDFLAGS) -ldl -lm

bench-cuda: $(BENCH_CUDA) $(CUDA_SO) ## latency and throughput of the cuda backend; writes build/bench/cuda.json
	$(Q)$(BENCH_CUDA) -j $(BUILD)/bench/cuda.json $(BENCH_ARGS)
.PHONY: bench-cuda

BENCH_CUDA_COPY := $(BUILD)/bench/bench_cuda_copy
ifneq ($(NVCC),)
$(BENCH_CUDA_COPY): $(CUDA_DIR)/bench/bench_cuda_copy.cc.o $(LIBPEAL_A)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(NVCC) -ccbin $(CXX) -cudart static -Xcompiler -pthread -o $@ $^ -ldl
-include $(CUDA_DIR)/bench/bench_cuda_copy.cc.o.d
else
$(BENCH_CUDA_COPY):
	@mk/tools.sh need nvcc || exit 77
endif

bench-cuda-copy: $(BENCH_CUDA_COPY) $(CUDA_SO) ## bandwidth of large operations beside the library's copies; writes build/bench/cuda-copy.json
	$(Q)$(BENCH_CUDA_COPY) -j $(BUILD)/bench/cuda-copy.json $(BENCH_ARGS)
.PHONY: bench-cuda-copy

# What of the device code runs on a host is tested there, with or without nvcc; the operations on
# memory by warps that are made of threads and contexts, the servers by a block of such warps, whose
# turns may end where a thread sanitizer would look (tests/cuda/block.h; it is not linked).
CUDA_HOST_TEST := $(if $(HAVE_g++),$(addprefix $(BUILD)/tests/cuda/test_,host moves servers))
CPPFLAGS_test_host  := -Icuda
CPPFLAGS_test_moves := -Icuda -Wno-unknown-pragmas
CPPFLAGS_test_servers := -Icuda -Wno-unknown-pragmas -Wno-tsan \
	-fsanitize=thread --param tsan-distinguish-volatile=1
$(BUILD)/tests/cuda/test_moves: $(call objects,tests/cuda/warp.cc)
$(BUILD)/tests/cuda/test_servers: $(call objects,tests/cuda/warp.cc tests/cuda/block.cc)
$(BUILD)/tests/cuda/test_%: $(BUILD)/obj/tests/cuda/test_%.o $(LIBPEAL_A)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CXX) -pthread -o $@ $(filter %.o,$^) $(LIBPEAL_A) $(LDFLAGS) -ldl

CUDA_GPUS := $(BUILD)/tests/cuda/gpus
$(CUDA_GPUS): $(call objects,tests/cuda/gpus.c) $(LIBPEAL_A)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread -o $@ $^ $(LDFLAGS) -ldl

CUDA_LOST := $(if $(NVCC),$(BUILD)/tests/cuda/lost)
ifneq ($(NVCC),)
$(CUDA_LOST): $(CUDA_DIR)/tests/cuda/lost.cu.o $(LIBPEAL_A)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(NVCC) -ccbin $(CXX) -cudart static -Xcompiler -pthread -o $@ $^ -ldl
-include $(CUDA_DIR)/tests/cuda/lost.cu.o.d
endif

# The ladder: simpler designs one behind the other, and the rivals; one program.
LADDER         := $(BUILD)/bin/ladder
LADDER_DEVICE  := $(wildcard cuda/ladder/*.cu cuda/ladder/*.cc cuda/ladder/rivals/*.cu cuda/ladder/rivals/*.cc)
LADDER_HOST    := $(wildcard cuda/ladder/*.c)
LADDER_OBJECTS := $(LADDER_DEVICE:%=$(CUDA_DIR)/%.o)
SECONDS_IN_ALL ?= ## of make results-cuda, at most
LADDER_ARGS    ?= ## arguments of make ladder and make rivals, such as '-s 2 -n 1000000'
$(foreach c,$(notdir $(basename $(LADDER_HOST))),$(eval CPPFLAGS_$(c) := -Icuda/ladder))
$(LADDER_OBJECTS): nvcc_all += -Icuda/ladder

ifneq ($(NVCC),)
$(LADDER): $(LADDER_OBJECTS) $(call objects,$(LADDER_HOST)) $(LIBPEAL_A)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(NVCC) -ccbin $(CXX) -cudart static -Xcompiler -pthread -o $@ $^ $(LDFLAGS) -ldl
-include $(LADDER_OBJECTS:%=%.d)
else
$(LADDER):
	@mk/tools.sh need nvcc || exit 77
endif
ladder: $(LADDER) ## the rungs that led to the cuda backend, checked and timed; writes build/bench/ladder.json
	@mkdir -p $(BUILD)/bench
	$(Q)$(LADDER) -j $(BUILD)/bench/ladder.json $(LADDER_ARGS) ladder
results-cuda: $(LADDER) $(BENCH_CUDA) $(BENCH_CUDA_COPY) $(CUDA_SO) ## all of them, with the machine they ran on, into bench/results
	$(Q)bench/cuda_results $(BUILD) bench/results $(SECONDS_IN_ALL)
.PHONY: results-cuda
rivals: $(LADDER) $(CUDA_SO) ## other ways to hand work to a GPU, and Peal beside; writes build/bench/rivals.json
	@mkdir -p $(BUILD)/bench
	$(Q)$(LADDER) -j $(BUILD)/bench/rivals.json $(LADDER_ARGS) rivals
.PHONY: ladder rivals

# The same program with a host that plays the GPU: the logic of every rung, and of the checks.
LADDER_TEST     := $(if $(HAVE_g++),$(BUILD)/tests/cuda/ladder)
LADDER_TEST_DIR := $(BUILD)/tests/cuda/obj
ladder_test_all  = $(CXX) -std=c++17 $(warnings) -Wno-unknown-pragmas -Itests/cuda/emulate -Icuda/ladder \
	-Icuda $(includes) -pthread $(CXXFLAGS)
$(eval $(call stamp,$(LADDER_TEST_DIR)/flags,$(ladder_test_all)))
$(LADDER_TEST_DIR)/%.cu.o: %.cu $(LADDER_TEST_DIR)/flags
	$(call say,CXX,$@)
	@mkdir -p $(@D)
	$(Q)$(ladder_test_all) -include tests/cuda/emulate/emulate.h -MMD -MP -x c++ -c -o $@ $<
$(LADDER_TEST_DIR)/%.cc.o: %.cc $(LADDER_TEST_DIR)/flags
	$(call say,CXX,$@)
	@mkdir -p $(@D)
	$(Q)$(ladder_test_all) -MMD -MP -c -o $@ $<
$(BUILD)/tests/cuda/ladder: $(LADDER_DEVICE:%=$(LADDER_TEST_DIR)/%.o) \
		$(LADDER_TEST_DIR)/tests/cuda/emulate/emulate.cc.o $(call objects,$(LADDER_HOST)) $(LIBPEAL_A)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CXX) -pthread -o $@ $^ $(LDFLAGS) -ldl

# What the machine code is like; nvcc alone is needed for that.
CUDA_STACK ?= 1088 ## cuda-check: most bytes of the kernel's stack (most of it for operations on memory)
CUDA_STACK := $(strip $(CUDA_STACK))
cuda_check       = tests/cuda/check.py --built $(CUDA_DIR)/cuda/workers.cu.o $(addprefix --arch ,$(CUDA_ARCHS)) \
	--stack $(CUDA_STACK) --out $(CUDA_DIR)/check cuda/workers.cu -- $(nvcc_all)
cuda_check_cases = $(call case,$(NVCC),300 cuda-check/*,$(cuda_check),nvcc is not here)$(call \
	case,$(NVCC),300 cuda-check-broken/*,tests/cuda/check_test.py cuda $(nvcc_all),nvcc is not here)
