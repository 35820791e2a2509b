# Every setting in one place, so that `make help` shows them all and
# config.local.mk (not in git) or the command line can override each.
# `?=` throughout: what the user set wins.

BUILD     ?= build          ## where everything built goes
V         ?=                ## 1: print every command
CFLAGS    ?= -O2 -g         ## for C; the rest of the flags is not optional
CXXFLAGS  ?= -O2 -g         ## for C++
LDFLAGS   ?=                ## for linking
WERROR    ?= 1              ## 0: warnings do not end the build
BOOTSTRAP ?= 1              ## 0: never install packages
PREFIX    ?= /usr/local     ## where `make install` puts things
DESTDIR   ?=                ## put in front of PREFIX while installing
LIBDIR    ?= $(PREFIX)/lib  ## libraries, peal.pc and backends
RTL_MARCH ?=                ## -march of the rtl backend, such as native; empty: it runs on any CPU of this kind
RTL_OPT   ?= -O3            ## optimisation of the Verilated model
RTL_PARAMS ?=               ## parameters of the rtl backend's engine, such as NumQueues=1 (docs/engine.md)
LLM_TRACE ?= $(firstword $(wildcard ../shared/data/azure-llm-2023/code.csv)) ## LLM trace (README)
LLM_ROWS  ?= 200            ## rows of it that the tests run
SIM_ARGS  ?= --stall 10    ## options of peal run in sim-rtl
SEEDS     ?= 20             ## seeds of the random jobs
SEED_COUNT ?= 5000          ## descriptors of a random job
ICARUS_COUNT ?= 2000        ## the same under Icarus
MATRIX_COUNT ?= 300         ## the same in test-matrix
JOBS      ?= $(shell nproc) ## jobs at a time, unless -j says it
K         ?=                ## tests: only cases whose name has this text

ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CXX),default)
CXX := g++
endif

# A comment behind a value leaves its spaces there.
$(foreach v,BUILD V CFLAGS CXXFLAGS LDFLAGS WERROR BOOTSTRAP PREFIX DESTDIR LIBDIR RTL_MARCH RTL_OPT RTL_PARAMS \
	LLM_TRACE LLM_ROWS SIM_ARGS SEEDS SEED_COUNT ICARUS_COUNT MATRIX_COUNT JOBS K,$(eval $(v) := $(strip $($(v)))))
export CC CXX BOOTSTRAP
ifeq ($(filter -j%,$(MAKEFLAGS)),)
$(eval MAKEFLAGS += -j$(JOBS))
endif

VERSION := $(shell cat VERSION)
Q       := $(if $(V),,@)
say      = @printf '  %-9s %s\n' '$(1)' '$(2)'
DRY_RUN := $(findstring n,$(foreach w,$(firstword $(MAKEFLAGS)),$(if $(findstring =,$(w)),,$(filter-out --%,$(w)))))
