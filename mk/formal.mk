# Formal proofs of the RTL: yosys makes a model of a module and its properties
# (tests/formal), yosys-smtbmc and z3 or ABC prove it. Minutes, so not a part of
# `make test`; docs/proof.md says what is proven and how far.

FORMAL := tests/formal/run --build $(BUILD)/formal -j $(JOBS)

formal: ## proofs of the RTL with yosys, z3 and ABC; K=NAME picks some
	$(Q)$(if $(and $(HAVE_yosys),$(HAVE_z3)),$(FORMAL) $(K),mk/tools.sh need yosys z3; exit 77)
formal-mutants: ## planted bugs: each makes the property that is about it fail
	$(Q)$(if $(and $(HAVE_yosys),$(HAVE_z3)),$(FORMAL) --mutants $(K),mk/tools.sh need yosys z3; exit 77)
.PHONY: formal formal-mutants
