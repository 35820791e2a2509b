# Coverage of the C and of the RTL by the suites, in one report: a tree of its own is
# built with gcc --coverage and a counting model of the engine, the suites run
# there, and tests/coverage/report puts both together (docs/testing.md).

COVERAGE        := $(BUILD)/coverage
COVERAGE_GOAL   ?= 95 ## percent of the lines of rtl/ and runtime/ in make coverage
COVERAGE_WIDTH  ?= 16 ## toggles are counted of vectors up to so many bits; 256 makes 40 MB of C++
$(foreach v,COVERAGE_GOAL COVERAGE_WIDTH,$(eval $(v) := $(strip $($(v)))))
COVERAGE_SUITES := unit cli sim-ref conformance-ref conformance-shuffled conformance-polled faults-ref sim-rtl conformance-rtl conformance-checked \
	random fuzz bridge
COVERAGE_FLAGS  := -O1 -g --coverage -fprofile-update=atomic -fprofile-abs-path

# In that tree, below: build, forget what an earlier run counted, and run.
coverage-run: $(PARTS) $(CONFORMANCE) $(FAULT_SWEEP) $(BRIDGE_TESTS) $(FUZZ_REPLAY) $(COVERAGE_SUITES:%=$(SUITES)/%.list)
	$(Q)find $(BUILD) -name '*.gcda' -delete; rm -f $(BUILD)/rtl.dat
	$(Q)PEAL_COVERAGE_FILE=$(abspath $(BUILD))/rtl.dat $(RUN) $(REPORT) $(COVERAGE_SUITES:%=$(SUITES)/%.list)

coverage: ## lines of C and RTL that the suites reach, toggles and cover points; one report in HTML
	$(Q)mk/tools.sh need lcov verilator g++ cmocka || exit 77
	$(Q)$(MAKE) BUILD=$(COVERAGE)/tree CFLAGS='$(COVERAGE_FLAGS)' CXXFLAGS='$(COVERAGE_FLAGS)' LDFLAGS=--coverage \
		RTL_OPT=-O1 RTL_COVER=$(COVERAGE_WIDTH) SEEDS=2 SEED_COUNT=2000 coverage-run >$(COVERAGE).log 2>&1 || \
		{ grep -E 'FAIL|rror' $(COVERAGE).log | tail -20; echo 'coverage: a test failed or nothing was built; see $(COVERAGE).log'; exit 1; }
	$(Q)tests/coverage/report --goal $(COVERAGE_GOAL) --tree $(COVERAGE)/tree --out $(COVERAGE)
.PHONY: coverage coverage-run
