# Files generated from descriptors/contract.def are committed, so that a build
# needs no generator; `make generate` rewrites them after a change of the contract
# and the tests make them anew and compare.

GEN := $(BUILD)/gen
GEN_SOURCES := $(wildcard descriptors/*.c) runtime/lib/sha256.c

# output:emitter
GENERATED := runtime/include/peal/contract.h:c rtl/peal_contract.svh:sv rtl/peal_crc32c.svh:crc \
	runtime/lib/names.c:names descriptors/golden.tsv:golden docs/contract.md:docs

$(GEN): $(call objects,$(GEN_SOURCES))
	$(call say,LD,$@)
	$(Q)$(CC) -o $@ $^ $(LDFLAGS)

generated_file    = $(word 1,$(subst :, ,$(1)))
generated_emitter = $(word 2,$(subst :, ,$(1)))
# The document is text and tables: the generator reads it and puts the tables in.
emit = $(GEN) descriptors/contract.def $(generated_emitter) $(if $(filter docs,$(generated_emitter)),$(generated_file)) \
	>$(BUILD)/generated.tmp

generate: $(GEN) ## write the files generated from descriptors/contract.def anew
	$(Q)set -e; $(foreach g,$(GENERATED),$(call emit,$(g)); \
		cmp -s $(BUILD)/generated.tmp $(call generated_file,$(g)) || \
		{ echo '  GEN       $(call generated_file,$(g))'; cp $(BUILD)/generated.tmp $(call generated_file,$(g)); };)

check-generated: $(GEN) ## make them into build/ and compare with what is committed
	$(Q)set -e; $(foreach g,$(GENERATED),$(call emit,$(g)); \
		diff -u $(call generated_file,$(g)) $(BUILD)/generated.tmp;) \
		echo 'generated files are as descriptors/contract.def says'
.PHONY: generate check-generated
