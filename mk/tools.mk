# Which tools and libraries this machine has, looked up on every run (some
# 100 ms) so that no stale answer is used. When a goal needs one that is missing
# and may install it, it is installed first and make reads its files again.

# Goals that tests/run runs; several of them in one command run one after the other (test.mk).
TEST_GOALS := cuda-sanitize test-cuda conformance-cuda sim-cuda conformance-icarus sim-icarus test-icarus faults-icarus test-matrix test-matrix-full unit asan ubsan tsan sim-ref sim-rtl test-rtl-bridge random conformance-ref conformance-rtl cycles test-params faults cli \
	check-install test

TEST_GOALS += conformance-systemc sim-systemc test-systemc

NEEDS_RTL  := gcc python3 g++ verilator zlib
NEEDS_TEST := $(NEEDS_RTL) spin cmocka isal iverilog systemc yosys pkg-config

NEEDED := $(sort $(if $(filter bootstrap,$(MAKECMDGOALS)),,\
	$(if $(filter sim-rtl test-rtl-bridge,$(MAKECMDGOALS)),$(NEEDS_RTL)) \
	$(if $(filter spin,$(MAKECMDGOALS)),gcc python3 spin) \
	$(if $(filter test,$(MAKECMDGOALS)),$(NEEDS_TEST))))

# Without these a goal would end in the shell's words instead of a package's name.
BUILDS    := $(filter-out clean help tools bootstrap uninstall lint% format-check,$(or $(MAKECMDGOALS),all))
MUST_HAVE := $(if $(BUILDS),gcc) $(if $(filter $(TEST_GOALS) spin,$(BUILDS)),python3) $(if $(filter spin,$(BUILDS)),spin)

ifneq ($(filter-out clean help,$(or $(MAKECMDGOALS),all)),)
include $(BUILD)/tools.mk
endif

$(BUILD)/tools.mk: FORCE
	@mkdir -p $(@D)
	@$(if $(DRY_RUN)$(MAKE_RESTARTS),:,$(if $(NEEDED),mk/tools.sh bootstrap $(NEEDED) $(MAY_LACK)))
	@$(if $(DRY_RUN)$(MAKE_RESTARTS),:,$(if $(MUST_HAVE),mk/tools.sh need $(MUST_HAVE)))
	@mk/tools.sh probe >$@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# BOOTSTRAP=0 says that `make test` is to do with what there is; it names what it skips.
MAY_LACK := $(if $(filter 0,$(BOOTSTRAP)),$(if $(filter sim-rtl test-rtl-bridge,$(MAKECMDGOALS)),,|| true))

bootstrap: ## install the Debian packages that are missing
	@mk/tools.sh bootstrap
tools: ## say which tools and libraries are here, and how to get the others
	@mk/tools.sh table
FORCE:
.PHONY: bootstrap tools FORCE
