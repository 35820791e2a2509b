# What is tested: make builds it and writes lists of commands, tests/run runs
# them with a time limit each and counts. Every list can be run again by hand:
# tests/run build/suites/unit.list.

SUITES   := $(BUILD)/suites
RUN       = tests/run $(addprefix -k ,$(K)) $(if $(V),-v) --times $(BUILD)/test-times.json
REPORT   := --report $(BUILD)/test-report.xml
OBJDIR    = $(dir_$(1))/obj

# $(1) suite, $(2) its cases, a line each: seconds name command.
define suite
$(SUITES)/$(1).list: FORCE | $(SUITES)
	$$(if $$(DRY_RUN),,$$(file >$$@,$$(subst $$(newline) ,$$(newline),$(2))))
endef
$(SUITES):
	@mkdir -p $@
# A case with a condition: $(1) what must not be empty, $(2) seconds and name, $(3) command, $(4) else.
case = $(2) $(if $(1),$(3),! $(4))$(newline)

# ---- unit tests, plain and under the sanitizers -------------------------------------

UNIT_TESTS   := $(if $(HAVE_cmocka),$(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c)))
UNIT_PLUGINS := $(if $(UNIT_TESTS),$(patsubst tests/unit/plugin/%.c,%.so,$(wildcard tests/unit/plugin/peal-*.c)))
UNIT_HELPERS := $(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c))
JOB_SOURCES  := $(wildcard runtime/job/*.c)
CPPFLAGS_UNIT := -Itests -Iruntime $(ISAL_CFLAGS)

define unit
$(dir_$(1))/unit/peal.a: $(call objects,$(LIB_SOURCES) $(JOB_SOURCES) $(UNIT_HELPERS),$(1))
	$$(archive)
$(dir_$(1))/unit/%: $(dir_$(1))/obj/tests/unit/%.o $(dir_$(1))/unit/peal.a
	$$(call say,LD,$$@)
	$$(Q)$(CC) -pthread $(flags_$(1)) -o $$@ $$^ $(LDFLAGS) -lcmocka $(ISAL_LIBS) -ldl
$(dir_$(1))/unit/peal-%.so: $(dir_$(1))/obj/tests/unit/plugin/peal-%.o $(dir_$(1))/unit/peal.a bridge/plugin.map
	$$(call say,LD,$$@)
	$$(Q)$(CC) -shared -pthread $(flags_$(1)) -Wl,--version-script=bridge/plugin.map -o $$@ $$(filter-out %.map,$$^) $(LDFLAGS) $(ISAL_LIBS) -ldl
unit_$(1) := $(addprefix $(dir_$(1))/unit/,$(UNIT_TESTS) $(UNIT_PLUGINS))
endef
$(foreach v,$(VARIANTS),$(eval $(call unit,$(v))))
$(foreach t,$(UNIT_TESTS) $(notdir $(basename $(UNIT_HELPERS))),$(eval CPPFLAGS_$(t) := $(CPPFLAGS_UNIT)))
CPPFLAGS_peal-polled := -Iruntime/ref
CPPFLAGS_peal-liar := -Iruntime/ref
PARTS += $(unit_plain)

env_ubsan := env UBSAN_OPTIONS=print_stacktrace=1
env_tsan  := env TSAN_OPTIONS=halt_on_error=1
unit_cases = $(if $(HAVE_cmocka),$(foreach t,$(UNIT_TESTS),$(2) $(1)/$(t) $(env_$(3)) $(dir_$(3))/unit/$(t)$(newline)),\
	1 $(1) ! libcmocka-dev is not here$(newline))
$(eval $(call suite,unit,$$(call unit_cases,unit,60,plain)))
unit: $(unit_plain) $(SUITES)/unit.list ## unit tests
	$(Q)$(RUN) $(SUITES)/unit.list

$(foreach v,asan ubsan tsan,$(eval $(call suite,$(v),$$(call unit_cases,$(v),120,$(v)))))
asan: $(unit_asan) $(SUITES)/asan.list ## unit tests under the address sanitizer
	$(Q)$(RUN) $(SUITES)/$@.list
ubsan: $(unit_ubsan) $(SUITES)/ubsan.list ## unit tests under the undefined-behaviour sanitizer
	$(Q)$(RUN) $(SUITES)/$@.list
tsan: $(unit_tsan) $(SUITES)/tsan.list ## unit tests under the thread sanitizer
	$(Q)$(RUN) $(SUITES)/$@.list
.PHONY: unit asan ubsan tsan

# ---- the bridge's tests: the plug-in around a test master instead of the engine --------

TESTER      := $(BUILD)/tests/bridge/peal-axi_tester
TEST_BRIDGE := $(BUILD)/tests/bridge/test-bridge
ifneq ($(and $(call can_verilate),$(BRIDGE_SOURCES),$(wildcard tests/bridge/axi_tester.sv)),)
$(foreach b,plain checked,$(eval $(call \
	model,axi_tester,$(b),axi_tester,tests/bridge/axi_tester.sv,,$(BUILD)/tests/bridge)))
BRIDGE_TESTS := $(TEST_BRIDGE) $(TESTER).so $(TESTER)-checked.so $(RTL_BACKENDS)
endif

$(TEST_BRIDGE): $(call objects,$(wildcard tests/bridge/*.cc bridge/axi_*.cc bridge/faults.cc)) $(dir_plain)/unit/peal.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CXX) -pthread -o $@ $^ $(LDFLAGS) $(ISAL_LIBS) -ldl

bridge_case = $(call case,$(BRIDGE_TESTS),240 bridge/*,$(TEST_BRIDGE) $(TESTER).so $(firstword $(RTL_BACKENDS)),no verilator here)
$(eval $(call suite,bridge,$$(bridge_case)))
test-rtl-bridge: $(BRIDGE_TESTS) $(BACKENDS) $(SUITES)/bridge.list ## the bridge's test-suite
	$(Q)$(RUN) $(REPORT) $(SUITES)/bridge.list
.PHONY: test-rtl-bridge

# ---- jobs: the same files, bytes and trace rows on every device ------------------------

JOB_FILES   := $(wildcard tests/jobs/*.job)
RTL_READY   := $(if $(BACKENDS),yes)
RTL_ABSENT  := the rtl backend is not built: it needs g++, verilator and zlib1g-dev
ready_ref   := yes
ready_rtl    = $(RTL_READY)
ready_cuda  := $(if $(NVCC),yes)
ready_icarus := $(if $(ICARUS),yes)
ready_systemc := $(if $(SYSTEMC),yes)
absent_rtl  := $(RTL_ABSENT)
limit_icarus := 300
absent_icarus := the icarus backend is not built: it needs g++ and iverilog
absent_systemc := the systemc backend is not built: it needs g++ and libsystemc-dev
absent_cuda := the cuda backend is not built: it needs nvcc of the CUDA toolkit
on           = $(call case,$(ready_$(1)),$(2),$(3),$(absent_$(1)))
peal_run    := $(PEAL) run

# $(1) backend, $(2) further options of peal run
job_cases  = $(foreach j,$(JOB_FILES),$(call on,$(1),60 $(1)/$(basename $(notdir $(j))),\
	$(peal_run) $(j) --backend=$(1) --check $(2)))
file_cases = $(call on,$(1),120 $(1)/files,$(peal_run) --files $(SOURCE_TREE) --backend=$(1) --check $(2))$(call \
	on,$(1),120 $(1)/files-place-mixed,$(peal_run) --files docs --backend=$(1) --check --place=mixed $(2))
llm_cases  = $(if $(LLM_TRACE),$(call on,$(1),120 $(1)/llm-trace,\
	$(peal_run) --llm-trace $(LLM_TRACE) --limit $(LLM_ROWS) --backend=$(1) --check $(2)),\
	1 $(1)/llm-trace ! there is no LLM_TRACE; the README says where to get it$(newline))
digest_cases = $(call on,$(1),120 $(1)/digests,tests/digests.sh $(PEAL) $(1) $(2))$(foreach p,device mixed,\
	$(call on,$(1),120 $(1)/digests-place-$(p),tests/digests.sh $(PEAL) $(1) --place=$(p) $(2)))
sim_cases  = $(call job_cases,$(1),$(2))$(call digest_cases,$(1),$(2))$(call file_cases,$(1),$(2))$(call llm_cases,$(1),$(2))
$(eval $(call suite,sim-rtl,$$(call sim_cases,rtl,$(SIM_ARGS))))
$(eval $(call suite,sim-ref,$$(call sim_cases,ref)))
$(eval $(call suite,sim-cuda,$$(call sim_cases,cuda)))
$(eval $(call suite,sim-systemc,$$(call sim_cases,systemc,$(SIM_ARGS))))
$(eval $(call suite,sim-icarus,$$(call job_cases,icarus,$(SIM_ARGS))))
random_icarus = $(foreach s,1 2 3 4,$(call on,icarus,120 random-icarus/seed-$(s),\
	tests/random.sh $(PEAL) icarus $(s) $(ICARUS_COUNT) $(if $(filter 1 2,$(s)),8,1)))
$(eval $(call suite,random-icarus,$$(random_icarus)))

SOURCE_TREE  := $(wildcard Makefile *.md VERSION mk descriptors runtime rtl bridge tests bench docs cuda sim labs)
numbers      := $(shell seq $(SEEDS))
random_cases  = $(foreach q,1 8,$(foreach s,$(numbers),$(call on,rtl,120 random/queues-$(q)-seed-$(s),\
	tests/random.sh $(PEAL) rtl $(s) $(SEED_COUNT) $(q))))
$(eval $(call suite,random,$$(random_cases)))
random_systemc_cases = $(foreach q,1 8,$(foreach s,1 2 3 4 5,$(call on,systemc,120 systemc/random-queues-$(q)-seed-$(s),\
	tests/random.sh $(PEAL) systemc $(s) $(SEED_COUNT) $(q))))

sim-rtl: $(PEAL) $(firstword $(BACKENDS)) $(SUITES)/sim-rtl.list ## the main job: jobs, real files and LLM trace rows through the RTL
	$(Q)$(RUN) $(REPORT) $(SUITES)/sim-rtl.list
sim-ref: $(PEAL) $(SUITES)/sim-ref.list ## the same on the reference model
	$(Q)$(RUN) $(SUITES)/sim-ref.list
random: $(PEAL) $(firstword $(BACKENDS)) $(SUITES)/random.list ## SEEDS random jobs of SEED_COUNT descriptors on the RTL, on 1 and 8 queues
	$(Q)$(RUN) $(SUITES)/random.list
sim-cuda: $(PEAL) $(CUDA_SO) $(SUITES)/sim-cuda.list ## the main job on a GPU
	$(Q)$(RUN) $(SUITES)/sim-cuda.list
sim-icarus: $(PEAL) $(ICARUS_FILES) $(SUITES)/sim-icarus.list ## the jobs on the RTL under Icarus: four states, no X
	$(Q)$(RUN) $(REPORT) $(SUITES)/sim-icarus.list
sim-systemc: $(PEAL) $(SYSTEMC_SO) $(SUITES)/sim-systemc.list ## the main job on the SystemC model
	$(Q)$(RUN) $(REPORT) $(SUITES)/sim-systemc.list
.PHONY: sim-rtl sim-ref sim-cuda sim-icarus sim-systemc random

# The same bus events under Icarus as under Verilator; the reset; waves; every end of vvp, and faults that are X.
same_jobs    = $(foreach j,mix copy none suppress rollout-many abort life-cycle,tests/jobs/$(j).job)
same_case    = $(call case,$(and $(ICARUS),$(RTL_READY)),120 icarus/same$(1),$(ICARUS_SAME) $(2) $(3),\
	$(if $(ICARUS),$(absent_rtl),$(absent_icarus)))
icarus_cases = $(call same_case,,,$(same_jobs))$(call same_case,-stalled,-p stall=30$(comma)latency=20$(comma)seed=7,$(same_jobs))$(call \
	same_case,-not,-x latency=6,tests/jobs/copy.job)$(call case,$(and $(ICARUS),$(RTL_READY)),120 icarus/reset/*,\
	$(ICARUS_RESET),$(if $(ICARUS),$(absent_rtl),$(absent_icarus)))$(call on,icarus,120 icarus/ends,\
	tests/icarus/ends.sh $(PEAL) $(BUILD)/backends $(ICARUS_DIR)/rtl)$(call on,icarus,60 icarus/waves,\
	tests/icarus/waves.sh $(PEAL))$(call on,icarus,120 icarus/checked,\
	$(peal_run) tests/jobs/mix.job --backend=icarus --check --params checked=1$(comma)stall=30)
$(eval $(call suite,icarus,$$(icarus_cases)))
test-icarus: $(PEAL) $(ICARUS_FILES) $(ICARUS_TESTS) $(RTL_BACKENDS) $(SUITES)/icarus.list ## the same bus events as under Verilator, the reset, waves, faults that are X, every end of vvp
	$(Q)$(RUN) $(SUITES)/icarus.list
.PHONY: test-icarus

# What is the model's own: both of its modes, slots that are polled, a link, random jobs.
own_job       = $(call on,systemc,60 systemc/$(1),$(peal_run) $(2) --backend=systemc --check --params $(3))
beside        = $(call case,$(SYSTEMC_RTL),200 systemc/beside$(1),tests/systemc/beside $(PEAL) $(2),no systemc or no verilator here)
systemc_cases = $(call on,systemc,60 systemc/open,tests/systemc/open.sh $(PEAL))$(call own_job,loose,$(JOB_FILES),mode=lt)$(call own_job,loose-stalled,$(JOB_FILES),mode=lt$(comma)stall=30$(comma)latency=20)$(call \
	own_job,link,$(JOB_FILES),link=50$(comma)bandwidth=24$(comma)depth=8$(comma)window=16)$(call \
	own_job,units,$(JOB_FILES),units=4$(comma)bandwidth=256$(comma)rollouts=3)$(call \
	own_job,polled,$(filter-out %/suppress.job,$(JOB_FILES)),publish=poll$(comma)polls=3$(comma)burst=4)$(random_systemc_cases)$(call \
	beside,,$(JOB_FILES))$(call beside,-link,-p latency=50$(comma)link=10$(comma)bandwidth=24 $(patsubst %,tests/jobs/%.job,mix copy unaligned none rollout-many long))
$(eval $(call suite,systemc,$$(systemc_cases)))
test-systemc: $(PEAL) $(SYSTEMC_SO) $(if $(SYSTEMC_RTL),$(SYSTEMC_RTL_SO)) $(SUITES)/systemc.list ## the SystemC model in both of its modes, polled, behind a link, on random jobs
	$(Q)$(RUN) $(SUITES)/systemc.list
.PHONY: test-systemc

cuda_cases = $(if $(CUDA_HOST_TEST),$(foreach t,$(CUDA_HOST_TEST),240 cuda-host/$(notdir $(t))/* $(t)$(newline)),\
	1 cuda-host ! no C++ compiler here$(newline))$(call \
	case,$(LADDER_TEST),300 cuda-ladder/*,tests/cuda/ladder.sh $(LADDER_TEST),no C++ compiler here)120 cuda-host/results tests/cuda/results.sh $(PEAL) bench/cuda_results$(newline)
$(eval $(call suite,cuda-host,$$(cuda_cases)))
cuda_end_cases = $(call on,cuda,120 cuda/churn,tests/cuda/churn.sh $(PEAL) cuda)$(call \
	on,cuda,120 cuda/killed,tests/cuda/killed.sh $(PEAL) $(BENCH_CUDA))$(call \
	on,cuda,60 cuda/gpus/*,$(CUDA_GPUS) cuda)$(call \
	on,cuda,60 cuda/lost/*,$(CUDA_LOST) cuda)$(call \
	on,cuda,60 cuda/which,tests/cuda/which.sh $(PEAL))
$(eval $(call suite,test-cuda,$$(cuda_end_cases)))
test-cuda: $(PEAL) $(CUDA_SO) $(BENCH_CUDA) $(CUDA_GPUS) $(CUDA_LOST) $(SUITES)/test-cuda.list ## queues that come and go on a loaded GPU, several GPUs, a GPU that is lost, a host that is killed
	$(Q)$(RUN) $(SUITES)/test-cuda.list
.PHONY: test-cuda

# Under a tool a kernel is many times slower: longer limits, fewer movers, smaller arenas.
SANITIZE_JOBS ?= $(addprefix tests/jobs/,$(addsuffix .job,mix device-memory device-long rollout-many actor fence abort)) ## jobs of cuda-sanitize
SANITIZED     := patience=300,movers=2,arena=4M,pinned=4M
# $(1) tool, $(2) name of the case, $(3) command
sanitize_case = $(call on,cuda,620 cuda-sanitize/$(1)-$(2),tests/cuda/sanitize.sh $(PEAL) $(1) 600 $(3))
cuda_sanitize_cases = $(foreach t,memcheck initcheck synccheck,$(call \
	sanitize_case,$(t),jobs,$(peal_run) $(SANITIZE_JOBS) --backend=cuda --check --timeout 600 --params $(SANITIZED))$(foreach \
	c,$(filter-out golden,$(notdir $(CONFORMANCE))),$(call \
	sanitize_case,$(t),$(c),$(BUILD)/conformance/$(c) -p $(SANITIZED) cuda))$(if \
	$(GOLDEN),$(call sanitize_case,$(t),golden,$(BUILD)/conformance/golden -p $(SANITIZED) cuda $(GOLDEN))))
$(eval $(call suite,cuda-sanitize,$$(cuda_sanitize_cases)))
cuda-sanitize: $(PEAL) $(CUDA_SO) $(CONFORMANCE) $(SUITES)/cuda-sanitize.list ## jobs and conformance programs on a GPU under compute-sanitizer
	$(Q)$(RUN) $(SUITES)/cuda-sanitize.list
.PHONY: cuda-sanitize
$(eval $(call suite,cuda-check,$$(cuda_check_cases)))
cuda-check: $(CUDA_OBJECTS) $(SUITES)/cuda-check.list ## facts of the kernel's PTX and machine code, and that breaking them is seen
	$(Q)$(RUN) $(SUITES)/cuda-check.list
.PHONY: cuda-check

# ---- conformance: the contract's own tests, on every device --------------------------------

CONFORMANCE := $(patsubst tests/conformance/%.c,$(BUILD)/conformance/%,$(wildcard tests/conformance/*.c))
GOLDEN      := $(firstword $(wildcard descriptors/golden.tsv))
$(BUILD)/conformance/%: $(BUILD)/obj/tests/conformance/%.o $(LIBPEAL_A)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread -o $@ $^ $(LDFLAGS) -ldl
# $(1) backend, $(2) name of the suite, $(3) parameters of the device
conformance_cases = $(foreach t,$(filter-out golden,$(notdir $(CONFORMANCE))),$(call on,$(1),$(or $(limit_$(1)),120) $(2)/$(t)/*,\
	$(BUILD)/conformance/$(t) $(addprefix -p ,$(3)) $(1)))\
	$(if $(GOLDEN),$(call on,$(1),$(or $(limit_$(1)),120) $(2)/golden/*,$(BUILD)/conformance/golden -v $(addprefix -p ,$(3)) $(1) $(GOLDEN))$(call \
	on,$(1),$(or $(limit_$(1)),120) $(2)/golden-device/*,$(BUILD)/conformance/golden -v -d $(addprefix -p ,$(3)) $(1) $(GOLDEN)))\
	$(call on,$(1),$(or $(limit_$(1)),120) $(2)/peal-conformance/*,$(PEAL) conformance --backend=$(1) $(addprefix --params ,$(3)))
$(eval $(call suite,conformance-ref,$$(call conformance_cases,ref,conformance-ref)))
$(eval $(call suite,conformance-shuffled,$$(call conformance_cases,ref,conformance-shuffled,shuffle=7)))
$(eval $(call suite,conformance-rtl,$$(call conformance_cases,rtl,conformance-rtl)))
$(eval $(call suite,conformance-checked,$$(call conformance_cases,rtl,conformance-checked,checked=1$(comma)stall=40$(comma)latency=20)))

# The reference as a device that runs by itself and polls: what tests need for that without a GPU.
# Not its lease and its races: a thread on a busy machine keeps no time.
POLLED       := $(if $(UNIT_TESTS),$(dir_plain)/unit/peal-polled.so)
# The model that polls is advanced, so nothing of that is in doubt; faults goes by bursts that end.
model_polled_cases = $(foreach t,$(filter-out golden lease races faults suppress,$(notdir $(CONFORMANCE))),\
	$(call on,systemc,120 conformance-polling/$(t)/*,$(BUILD)/conformance/$(t) -p publish=poll$(comma)polls=2 systemc))\
	$(if $(GOLDEN),$(call on,systemc,120 conformance-polling/golden/*,$(BUILD)/conformance/golden -v -p publish=poll systemc $(GOLDEN)))
$(eval $(call suite,conformance-polling,$$(model_polled_cases)))
polled_cases  = $(foreach t,$(filter-out golden lease races faults suppress,$(notdir $(CONFORMANCE))),\
	$(call case,$(POLLED),120 conformance-polled/$(t)/*,$(BUILD)/conformance/$(t) ./$(POLLED),libcmocka-dev is not here))\
	$(call case,$(and $(POLLED),$(GOLDEN)),120 conformance-polled/golden/*,$(BUILD)/conformance/golden -v ./$(POLLED) $(GOLDEN),libcmocka-dev is not here)\
	$(call case,$(and $(POLLED),$(GOLDEN)),120 conformance-polled/golden-device/*,$(BUILD)/conformance/golden -v -d ./$(POLLED) $(GOLDEN),libcmocka-dev is not here)
$(eval $(call suite,conformance-polled,$$(polled_cases)))
$(eval $(call suite,conformance-icarus,$$(call conformance_cases,icarus,conformance-icarus)))
$(eval $(call suite,conformance-systemc,$$(call conformance_cases,systemc,conformance-systemc)))
$(eval $(call suite,conformance-loose,$$(call conformance_cases,systemc,conformance-loose,mode=lt)))
$(eval $(call suite,conformance-cuda,$$(call conformance_cases,cuda,conformance-cuda)))

conformance-ref: $(PEAL) $(CONFORMANCE) $(SUITES)/conformance-ref.list $(SUITES)/conformance-shuffled.list ## the contract's tests on the reference model, in order and shuffled
	$(Q)$(RUN) $(SUITES)/conformance-ref.list $(SUITES)/conformance-shuffled.list
conformance-rtl: $(PEAL) $(BACKENDS) $(CONFORMANCE) $(SUITES)/conformance-rtl.list $(SUITES)/conformance-checked.list ## the same on the RTL, fast and checked
	$(Q)$(RUN) $(SUITES)/conformance-rtl.list $(SUITES)/conformance-checked.list
conformance-cuda: $(PEAL) $(CUDA_SO) $(CONFORMANCE) $(SUITES)/conformance-cuda.list ## the same on a GPU
	$(Q)$(RUN) $(SUITES)/conformance-cuda.list
conformance-icarus: $(PEAL) $(ICARUS_FILES) $(CONFORMANCE) $(SUITES)/conformance-icarus.list $(SUITES)/random-icarus.list ## the same on the RTL under Icarus, and random jobs: five minutes
	$(Q)$(RUN) $(REPORT) $(SUITES)/conformance-icarus.list $(SUITES)/random-icarus.list
conformance-systemc: $(PEAL) $(SYSTEMC_SO) $(CONFORMANCE) $(SUITES)/conformance-systemc.list $(SUITES)/conformance-loose.list $(SUITES)/conformance-polling.list ## the same on the SystemC model, approximately and loosely timed, polling
	$(Q)$(RUN) $(SUITES)/conformance-systemc.list $(SUITES)/conformance-loose.list $(SUITES)/conformance-polling.list
.PHONY: conformance-systemc conformance-ref conformance-rtl conformance-cuda conformance-icarus

# ---- the matrix: the same work on every device there is, compared ------------------------------

MATRIX       := $(BUILD)/tests/matrix/matrix
MATRIX_LIAR  := $(if $(UNIT_TESTS),$(dir_plain)/unit/peal-liar.so)
CPPFLAGS_matrix := -Iruntime
$(MATRIX): $(call objects,tests/matrix/matrix.c $(JOB_SOURCES)) $(LIBPEAL_A)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread -o $@ $^ $(LDFLAGS) $(ISAL_LIBS) -ldl
# $(1) seconds, $(2) seeds, $(3) descriptors, $(4) queues
matrix_case   = $(1) matrix/seeds-$(2)-queues-$(4)/* $(MATRIX) -s $(2) -n $(3) -q $(4)$(newline)
matrix_planted = $(call case,$(MATRIX_LIAR),60 matrix/planted,tests/matrix/planted.sh $(MATRIX) ./$(MATRIX_LIAR),libcmocka-dev is not here)
# A device that runs by itself, as a GPU does, where there is none.
matrix_polled = $(call case,$(POLLED),60 matrix/polled/*,$(MATRIX) -d ./$(POLLED) -s 1-4 -n $(MATRIX_COUNT),libcmocka-dev is not here)
matrix_cases  = $(matrix_planted)$(matrix_polled)$(call matrix_case,240,1-2,$(MATRIX_COUNT),8)$(call matrix_case,240,3-4,$(MATRIX_COUNT),1)
matrix_full   = $(matrix_planted)$(foreach s,$(numbers),$(call matrix_case,3600,$(s),$(SEED_COUNT),$(if $(filter %1 %2 %5 %6 %9,$(s)),8,1)))3600 matrix/jobs/* $(MATRIX) $(JOB_FILES)$(newline)
$(eval $(call suite,test-matrix,$$(matrix_cases)))
$(eval $(call suite,test-matrix-full,$$(matrix_full)))
test-matrix: $(PARTS) $(MATRIX) $(SUITES)/test-matrix.list ## the same random jobs on every device there is, compared; and planted differences
	$(Q)$(RUN) $(REPORT) $(SUITES)/test-matrix.list
test-matrix-full: $(PARTS) $(MATRIX) $(SUITES)/test-matrix-full.list ## the same with SEEDS seeds of SEED_COUNT descriptors and all jobs, an hour with icarus
	$(Q)$(RUN) $(REPORT) $(SUITES)/test-matrix-full.list
.PHONY: test-matrix test-matrix-full

# ---- faults: one after the other through libpeal, until none fires --------------------------

FAULT_SWEEP := $(BUILD)/tests/faults/sweep
$(FAULT_SWEEP): $(call objects,$(wildcard tests/faults/*.c)) $(LIBPEAL_A)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread -o $@ $^ $(LDFLAGS) -ldl
# $(1) backend, $(2) name of the suite, $(3) parameters of the device
fault_cases = $(call on,$(1),$(or $(faults_limit_$(1)),300) $(2)/*,$(FAULT_SWEEP) $(addprefix -p ,$(3)) $(1))
faults_limit_icarus := 3600
$(eval $(call suite,faults-ref,$$(call fault_cases,ref,faults-ref)))
$(eval $(call suite,faults-rtl,$$(call fault_cases,rtl,faults-rtl)))
$(eval $(call suite,faults-icarus,$$(call fault_cases,icarus,faults-icarus)))
$(eval $(call suite,faults-icarus-some,$$(subst $(FAULT_SWEEP),env FAULT_STRIDE=150 $(FAULT_SWEEP),$$(call fault_cases,icarus,faults-icarus))))
$(eval $(call suite,faults-checked,$$(call fault_cases,rtl,faults-checked,checked=1$(comma)stall=20$(comma)latency=9)))
$(eval $(call suite,faults-systemc,$$(call fault_cases,systemc,faults-systemc)))
$(eval $(call suite,faults-loose,$$(call fault_cases,systemc,faults-loose,mode=lt)))
faults: $(PEAL) $(BACKENDS) $(if $(SYSTEMC),$(SYSTEMC_SO)) $(FAULT_SWEEP) $(SUITES)/faults-ref.list $(SUITES)/faults-rtl.list $(SUITES)/faults-checked.list $(SUITES)/faults-systemc.list $(SUITES)/faults-loose.list ## every fault on every device, until none fires
	$(Q)$(RUN) $(SUITES)/faults-ref.list $(SUITES)/faults-rtl.list $(SUITES)/faults-checked.list $(SUITES)/faults-systemc.list $(SUITES)/faults-loose.list
faults-icarus: $(PEAL) $(ICARUS_FILES) $(FAULT_SWEEP) $(SUITES)/faults-icarus.list ## the same under Icarus, a quarter of an hour
	$(Q)$(RUN) $(SUITES)/faults-icarus.list
.PHONY: faults faults-icarus

# ---- cycles of the engine: exact, so they are asserted ---------------------------------------

cycle_cases = $(call on,rtl,120 cycles/*,$(BENCH_RTL) --check)
$(eval $(call suite,cycles,$$(cycle_cases)))
cycles: $(BENCH_RTL) $(BACKENDS) $(SUITES)/cycles.list ## assert the cycles that make bench-rtl measures
	$(Q)$(RUN) $(SUITES)/cycles.list
.PHONY: cycles

# The model of the engine beside the engine: cycles, so they are exact on either side.
fidelity_cases = $(call case,$(and $(ready_rtl),$(ready_systemc)),240 fidelity/*,$(FIDELITY) --check,\
	$(if $(ready_rtl),$(absent_systemc),$(absent_rtl)))
$(eval $(call suite,fidelity,$$(fidelity_cases)))

# ---- the rest, and everything ---------------------------------------------------------------

CLI_TESTS := $(wildcard tests/cli/*.sh tests/cli/test_*.py)
cli_cases  = $(foreach t,$(CLI_TESTS),60 cli/$(basename $(notdir $(t))) $(t) $(PEAL)$(newline))
$(eval $(call suite,cli,$$(cli_cases)))
cli: $(PEAL) $(SUITES)/cli.list ## tests of the peal command
	$(Q)$(RUN) $(SUITES)/cli.list

# Parts of the build that are tests; $(MAKE) keeps what this make was told.
make_case  = $(1) $(2) $(MAKE) --no-print-directory -s BOOTSTRAP=0 BUILD=$(BUILD) $(3)$(newline)
lint_cases = $(foreach t,verilator iverilog yosys,$(call case,$(HAVE_$(t)),120 lint/$(t),\
	$(MAKE) --no-print-directory -s BOOTSTRAP=0 BUILD=$(BUILD) lint-$(t),$(t) is not here))
tree_cases = $(call make_case,60,tree/generated-files,check-generated)60 tree/contract-clauses tests/contract_check$(newline)60 tree/mutant-rules tests/mutants/test_rules$(newline)60 tree/ladder-table bench/ladder_table.py --check docs/ladder.md$(newline)$(lint_cases)
$(eval $(call suite,tree,$$(tree_cases)))
install_cases = $(call case,$(HAVE_pkg-config),240 install/*,tests/install/run.sh $(BUILD),pkg-config is not here)
$(eval $(call suite,install,$$(install_cases)))

check-install: $(PARTS) $(SUITES)/install.list ## install, build and run an example against it, uninstall
	$(Q)$(RUN) $(SUITES)/install.list

TEST_SUITES := tree test-matrix spin unit asan ubsan tsan cli cuda-host cuda-check icarus sim-icarus sim-ref conformance-ref conformance-shuffled conformance-polled sim-cuda conformance-cuda test-cuda sim-rtl conformance-rtl conformance-checked faults-ref faults-rtl faults-checked faults-icarus-some cycles lint-params random fuzz bridge install
TEST_SUITES += systemc fidelity sim-systemc conformance-systemc conformance-loose conformance-polling faults-systemc faults-loose
test: $(PARTS) $(if $(ICARUS),$(ICARUS_TESTS)) $(MATRIX) $(CUDA_HOST_TEST) $(LADDER_TEST) $(if $(NVCC),$(LADDER) $(BENCH_CUDA) $(CUDA_GPUS) $(CUDA_LOST)) $(FAULT_SWEEP) $(BENCH_RTL) $(FIDELITY) $(unit_asan) $(unit_ubsan) $(unit_tsan) $(CONFORMANCE) $(BRIDGE_TESTS) $(TEST_SUITES:%=$(SUITES)/%.list) ## everything but the benches
	$(Q)$(RUN) $(REPORT) $(TEST_SUITES:%=$(SUITES)/%.list)
.PHONY: cli check-install test

# Several of these in one command run one after the other, each with its own closing line.
running := $(filter $(TEST_GOALS),$(MAKECMDGOALS))
$(foreach n,$(filter-out 1,$(shell seq $(words $(running)))),$(eval \
	$(word $(n),$(running)): | $(word $(shell expr $(n) - 1),$(running))))
