# SPDX-License-Identifier: MIT
#
# Peal: one descriptor contract, one driver, many devices. `make help` lists
# targets and variables; each part of the build is a fragment in mk/.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
SHELL := /bin/sh

all:

-include config.local.mk
include mk/config.mk
include mk/tools.mk
include mk/compile.mk
include mk/generate.mk
include mk/runtime.mk
include mk/rtl.mk
include mk/icarus.mk
include mk/systemc.mk
include mk/cuda.mk
include mk/lint.mk
include mk/synth.mk
include mk/bench.mk
include mk/test.mk
include mk/spin.mk
include mk/formal.mk
include mk/fuzz.mk
include mk/params.mk
include mk/coverage.mk
include mk/mutants.mk
include mk/install.mk
include mk/help.mk

all: $(PARTS) ## build what this machine can, and say what is missing
	@mk/tools.sh table
.PHONY: all

clean: ## remove build/
	rm -rf $(BUILD)
.PHONY: clean
