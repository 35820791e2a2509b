# Differential fuzzing: libFuzzer (clang, with the address and the undefined-behaviour
# sanitizer) over the reference device; what it finds is replayed on the RTL and
# must come out alike. The committed corpus is replayed in `make test`.

FUZZ_SECONDS ?= 600 ## seconds of make fuzz, all targets together
FUZZ_SEED    ?= 1   ## its first seed
FUZZ_CC      ?= clang ## its compiler
$(foreach v,FUZZ_SECONDS FUZZ_SEED FUZZ_CC,$(eval $(v) := $(strip $($(v)))))

FUZZ         := $(BUILD)/fuzz
FUZZ_TARGETS := job desc
FUZZ_CORPUS  := $(wildcard tests/fuzz/corpus/*.corpus)
FUZZ_REPLAY  := $(FUZZ)/replay
fuzz_flags   := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined
fuzz_cc       = $(FUZZ_CC) -std=c11 -D_GNU_SOURCE= $(warnings) $(c_only) $(includes) -Itests -Iruntime -pthread \
	$(ISAL_CFLAGS) $(fuzz_flags)
fuzz_sources := $(LIB_SOURCES) $(JOB_SOURCES) $(addprefix tests/fuzz/,job.c desc.c)
fuzz_objects := $(patsubst %.c,$(FUZZ)/obj/%.o,$(fuzz_sources))

$(eval $(call stamp,$(FUZZ)/flags,$(fuzz_cc)))
$(FUZZ)/obj/%.o: %.c $(FUZZ)/flags
	$(call say,FUZZ-CC,$@)
	@mkdir -p $(@D)
	$(Q)$(fuzz_cc) -MMD -MP -c -o $@ $<
$(FUZZ)/fuzz_%: $(FUZZ)/obj/tests/fuzz/fuzz_%.o $(fuzz_objects)
	$(call say,LD,$@)
	$(Q)$(FUZZ_CC) -pthread $(fuzz_flags) -fsanitize=fuzzer -o $@ $^ $(LDFLAGS) $(ISAL_LIBS) -ldl

$(foreach t,job desc replay,$(eval CPPFLAGS_$(t) += -Itests -Iruntime))
$(FUZZ_REPLAY): $(call objects,$(addprefix tests/fuzz/,job.c desc.c replay.c) $(JOB_SOURCES)) $(LIBPEAL_A)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread -o $@ $^ $(LDFLAGS) $(ISAL_LIBS) -ldl

test: $(FUZZ_REPLAY)
fuzz: $(if $(HAVE_$(FUZZ_CC)),$(FUZZ_TARGETS:%=$(FUZZ)/fuzz_%)) $(FUZZ_REPLAY) $(BACKENDS) ## libFuzzer on the reference for FUZZ_SECONDS, replayed on the RTL
	$(Q)$(if $(HAVE_$(FUZZ_CC)),JOBS=$(JOBS) tests/fuzz/run.sh $(FUZZ) $(FUZZ_SECONDS) $(FUZZ_SEED) $(if $(BACKENDS),rtl) ,\
		echo 'fuzz: $(FUZZ_CC) is not here: apt-get install clang'; exit 77)
fuzz-corpus: $(FUZZ_REPLAY) ## take what make fuzz found into tests/fuzz/corpus
	$(Q)mkdir -p tests/fuzz/corpus
	$(Q)for t in $(FUZZ_TARGETS); do tests/fuzz/corpus.py pack $(FUZZ)/small-$$t tests/fuzz/corpus/$$t.corpus 48000 || exit; done
.PHONY: fuzz fuzz-corpus

# Inputs that once found something, and those that reach all that the fuzzer reached.
fuzz_case   = $(foreach c,$(FUZZ_CORPUS),$(call on,$(1),120 fuzz-$(2)/*,\
	$(FUZZ_REPLAY) $(addprefix -p ,$(3)) $(basename $(notdir $(c))) $(1) $(c)))
$(eval $(call suite,fuzz,$$(call fuzz_case,ref,ref)$$(call fuzz_case,rtl,rtl)$$(call \
	fuzz_case,rtl,rtl-stalled,stall=30$$(comma)latency=20)))
