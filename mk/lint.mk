# Three tools must take the same RTL: Verilator with every warning on, and
# Icarus and Yosys, whose older front ends keep the source portable. A tool that
# is absent is named; formatting is a target of its own, apart from the tests.

LINT_INCLUDE := $(patsubst +incdir+%,%,$(RTL_INCLUDE))

lint: lint-verilator lint-iverilog lint-yosys ## the RTL through Verilator -Wall, Icarus and Yosys

# $(1) tool, $(2) command
define lint
lint-$(1):
	$$(call say,LINT,$(1))
	$$(Q)$$(if $$(HAVE_$(1)),$(2),echo 'lint-$(1): $(1) is not here: apt-get install $(1)'; exit 77)
.PHONY: lint-$(1)
endef

$(eval $(call lint,verilator,verilator --lint-only -Wall --assert +define+PEAL_ASSERT +define+PEAL_COVERAGE \
	--top-module $(RTL_TOP) $(RTL_INCLUDE) $(RTL_WAIVERS) $(RTL_SOURCES)))
# Icarus remarks on every always_* process that reads a part of a vector; that is its own affair.
$(eval $(call lint,iverilog,iverilog -g2012 -Wall -Wno-timescale -DPEAL_ASSERT -t null \
	-s $(RTL_TOP) $(addprefix -I,$(LINT_INCLUDE)) $(RTL_SOURCES) 2>$(BUILD)/iverilog.log; status=$$$$?; \
	grep -v 'sorry: constant selects in always_' $(BUILD)/iverilog.log; exit $$$$status))
$(eval $(call lint,yosys,yosys -q -w 'Replacing memory' -p 'read_verilog -sv $(addprefix -I,$(LINT_INCLUDE)) $(RTL_SOURCES); \
	hierarchy -check -top $(RTL_TOP); proc; check -assert; select -assert-none t:*latch*'))

FORMATTED := $(filter-out %/contract.h %/names.c %/emit_c.c %/emit_sv.c,$(wildcard \
	runtime/*/*.[ch] runtime/include/peal/*.h descriptors/*.[ch] bench/*.[ch] tests/*/*.[ch]))
format-check: ## say which C files clang-format would change
	$(Q)$(if $(HAVE_clang-format),clang-format -n $(FORMATTED),echo 'clang-format is not here'; exit 77)
.PHONY: lint format-check
