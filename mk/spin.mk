# The protocol models of tests/spin, checked by Spin: every reachable state, and
# mutants that must be found. The quick ones are part of `make test`; without spin
# they are skipped by name.

SPIN := tests/spin/run

$(eval $(call suite,spin,$$(call case,$$(HAVE_spin),120 spin/*,$(SPIN) --quick --cases,spin is not here)))
spin: ## the protocol models and their mutants, checked by Spin (minutes)
	$(Q)$(SPIN) $(addprefix -k ,$(K))
.PHONY: spin
