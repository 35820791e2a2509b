# Which tools and libraries this machine has, looked up on every run (some
# 100 ms) so that no stale answer is used. When a goal needs one that is missing
# and may install it, it is installed first and make reads its files again.

NEEDS_RTL  := python3 g++ verilator zlib
NEEDS_TEST := $(NEEDS_RTL) cmocka isal iverilog yosys pkg-config

NEEDED := $(sort $(if $(filter bootstrap,$(MAKECMDGOALS)),,\
	$(if $(filter sim-rtl test-rtl-bridge,$(MAKECMDGOALS)),$(NEEDS_RTL)) \
	$(if $(filter test,$(MAKECMDGOALS)),$(NEEDS_TEST))))

ifneq ($(filter-out clean help,$(or $(MAKECMDGOALS),all)),)
include $(BUILD)/tools.mk
endif

$(BUILD)/tools.mk: FORCE
	@mkdir -p $(@D)
	@$(if $(DRY_RUN)$(MAKE_RESTARTS),:,$(if $(NEEDED),mk/tools.sh bootstrap $(NEEDED) $(MAY_LACK)))
	@mk/tools.sh probe >$@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# BOOTSTRAP=0 says that `make test` is to do with what there is; it names what it skips.
MAY_LACK := $(if $(filter 0,$(BOOTSTRAP)),$(if $(filter sim-rtl test-rtl-bridge,$(MAKECMDGOALS)),,|| true))

bootstrap: ## install the Debian packages that are missing
	@mk/tools.sh bootstrap
tools: ## say which tools and libraries are here, and how to get the others
	@mk/tools.sh table
FORCE:
.PHONY: bootstrap tools FORCE
