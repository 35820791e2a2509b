# Mutation of the RTL: faults planted one at a time, each built as an engine of its own and put
# through tests/mutants/suite.txt. What the suites do not notice is a hole in them, or has a
# reason in tests/mutants/survivors.tsv. Judgements are kept, so an interrupted run goes on.

MUTANTS      ?= 72 ## faults that make mutants plants
MUTANT_SEED  ?= 1  ## draws which
MUTANT_ARGS  ?=    ## such as --list, or --only ID
$(foreach v,MUTANTS MUTANT_SEED MUTANT_ARGS,$(eval $(v) := $(strip $($(v)))))

verilator_mutant := --prefix Vengine --top-module $(RTL_TOP) -O3 --x-assign fast --x-initial fast --assert \
	+define+PEAL_ASSERT -Wno-fatal --output-split 20000
mutant_cxx := -O1 -fPIC -fvisibility=hidden -include $(abspath bridge/verilated_hooks.h) \
	-DVL_USER_FINISH -DVL_USER_STOP -DVL_USER_FATAL

mutants: $(PEAL) $(CONFORMANCE) $(FAULT_SWEEP) $(BENCH_RTL) $(FUZZ_REPLAY) $(BACKENDS) ## plant MUTANTS faults in the RTL; the suites must notice 95 % of them
	$(Q)mk/tools.sh need verilator g++ python3 || exit 77
	$(Q)tests/mutants/run --out $(BUILD)/mutants --tree $(BUILD) --count $(MUTANTS) --seed $(MUTANT_SEED) --jobs $(JOBS) \
		--verilator '$(verilator_mutant)' --cxx '$(if $(HAVE_ccache),ccache )$(CXX)' --cxxflags '$(mutant_cxx)' \
		--device '$(bridge_cxx) $(bridge_plain)' \
		--bridge '$(filter-out %/verilator_device.o,$(rtl-plain_obj)) $(call objects,$(DEVICE_C),plain)' \
		--sources '$(RTL_INCLUDE) $(RTL_WAIVERS) $(RTL_SOURCES)' $(MUTANT_ARGS)
.PHONY: mutants
