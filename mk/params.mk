# The engine with other parameters than its defaults: linted and elaborated in
# every combination, and some run, as checked plug-ins of their own. Models take
# a minute each to build, so `make test` only lints.

lint-params: ## elaborate and lint every combination of parameters, some minutes
	$(Q)tests/lint_params --full
lint_params_case = $(call case,$(or $(HAVE_verilator),$(HAVE_iverilog),$(HAVE_yosys)),300 params/*,tests/lint_params,none of the three tools is here)
$(eval $(call suite,lint-params,$$(lint_params_case)))

# An engine of 64 queues takes gcc many minutes at -O3.
PARAM_OPT := -O1

# name:queues, and the parameters of that model
PARAM_MODELS := q1:1 q2:2 q64:64
params_q1    := NumQueues=1 NumRegions=16 Window=16 RolloutSlots=4
params_q2    := NumQueues=2 DbStride=4096 Window=64
params_q64   := NumQueues=64 NumRegions=1024 Window=64 RolloutSlots=64

model_name   = $(firstword $(subst :, ,$(1)))
model_queues = $(lastword $(subst :, ,$(1)))
model_so     = $(BUILD)/params/peal-rtl-$(call model_name,$(1))-checked.so
ifneq ($(and $(call can_verilate),$(RTL_SOURCES),$(BRIDGE_SOURCES)),)
$(foreach m,$(PARAM_MODELS),$(eval $(call \
	model,rtl-$(call model_name,$(m)),checked,$(RTL_TOP),$(RTL_WAIVERS) $(RTL_SOURCES),\
	$(RTL_INCLUDE) $(addprefix -G,$(params_$(call model_name,$(m)))),$(BUILD)/params,-DPEAL_QUEUES=$(call model_queues,$(m)),$(PARAM_OPT))))
PARAM_BACKENDS := $(foreach m,$(PARAM_MODELS),$(call model_so,$(m)))
endif

# Jobs with no more queues than the model, and random ones on all of its queues.
jobs_within  = $(foreach j,$(JOB_FILES),$(if $(shell test $$(grep -c '^queue' $(j)) -le $(1) && echo y),$(j)))
param_cases  = $(foreach m,$(PARAM_MODELS),\
	$(foreach j,$(call jobs_within,$(call model_queues,$(m))),120 $(call model_name,$(m))/$(basename $(notdir $(j))) \
	$(peal_run) $(j) --backend=$(call model_so,$(m)) --check --stall 10$(newline))\
	$(foreach s,1 2 3 4,300 $(call model_name,$(m))/random-seed-$(s) \
	tests/random.sh $(PEAL) $(call model_so,$(m)) $(s) $(SEED_COUNT) $(call model_queues,$(m))$(newline)))
$(eval $(call suite,test-params,$$(if $(PARAM_BACKENDS),$$(param_cases),1 params ! $(RTL_ABSENT)$$(newline))))

test-params: $(PEAL) $(PARAM_BACKENDS) $(SUITES)/test-params.list ## run the engine with 1, 2 and 64 queues, small windows, ...
	$(Q)$(RUN) $(SUITES)/test-params.list
.PHONY: lint-params test-params
