# The rtl backend: Verilator turns the files of rtl/rtl.f into C++, its own
# makefile compiles that, and bridge/ around it makes a plug-in, twice: peal-rtl.so
# is fast, peal-rtl-checked.so beside it has assertions, the AXI checker and FST waves.

RTL_TOP     := peal_engine
RTL_LIST    := $(wildcard rtl/rtl.f)
RTL_SOURCES := $(if $(RTL_LIST),$(shell sed 's,//.*,,; /^[-+#]/d' $(RTL_LIST)))
RTL_WAIVERS := $(wildcard rtl/waivers.vlt)
RTL_INCLUDE := $(addprefix +incdir+,$(shell sed -n 's/^+incdir+//p' $(or $(RTL_LIST),/dev/null)))
RTL_HEADERS := $(wildcard rtl/*.svh rtl/*/*.svh)

BRIDGE_SOURCES := $(filter-out bridge/icarus_%,$(wildcard bridge/*.cc))
BUILD_ID := $(shell git rev-parse --short=8 HEAD 2>/dev/null)
build_id := $(if $(BUILD_ID),-DPEAL_BUILD_ID=0x$(BUILD_ID)u)

can_verilate = $(and $(HAVE_g++),$(HAVE_verilator),$(HAVE_zlib))

verilator_plain   := -O3 --x-assign fast --x-initial fast --noassert
verilator_checked := -O3 --x-assign unique --x-initial unique --assert --trace-fst --trace-structs \
	+define+PEAL_ASSERT
bridge_plain   := -DPEAL_CHECKED=0
# RTL_COVER is set by `make coverage` alone: the fast model counts what it reaches, toggles of
# vectors up to so many bits among it.
ifneq ($(RTL_COVER),)
verilator_plain += --coverage-line --coverage-toggle --coverage-max-width $(RTL_COVER) --coverage-user \
	+define+PEAL_COVERAGE
bridge_plain    += -DPEAL_COVERAGE=1
endif
bridge_checked := -DPEAL_CHECKED=1

# RTL_PROFILE is set by `make profiled` alone: generate counts what runs, use compiles by the counts.
profile_generate := -fprofile-generate -fprofile-update=single
profile_use      := -fprofile-use -fprofile-partial-training -Werror=missing-profile -flto=auto
rtl_profile       = $(profile_$(RTL_PROFILE))

model_opt = $(or $(8),$(RTL_OPT))
model_cxx = $(model_opt) $(addprefix -march=,$(RTL_MARCH)) $(rtl_profile) -fPIC -fvisibility=hidden \
	-include $(abspath bridge/verilated_hooks.h) -DVL_USER_FINISH -DVL_USER_STOP -DVL_USER_FATAL
bridge_cxx = $(cxx_all) $(model_opt) $(addprefix -march=,$(RTL_MARCH)) $(rtl_profile) -fvisibility=hidden -Ibridge \
	-isystem $(VERILATOR_INCLUDE) -isystem $(VERILATOR_INCLUDE)/vltstd \
	-include bridge/verilated_hooks.h
VERILATOR_INCLUDE := $(if $(HAVE_verilator),$(shell verilator --getenv VERILATOR_ROOT)/include)

# A model as a plug-in: $(1) name of the device, $(2) plain or checked, $(3) top module, $(4) its
# files, $(5) flags of verilator, $(6) folder, $(7) flags of the bridge, $(8) optimisation if not RTL_OPT.
# Makes FOLDER/peal-NAME.so or FOLDER/peal-NAME-checked.so.
define model
$(1)-$(2)_dir := $(BUILD)/rtl/$(1)-$(2)
$(1)-$(2)_obj := $$(patsubst bridge/%.cc,$(BUILD)/rtl/$(1)-$(2)/bridge/%.o,$(BRIDGE_SOURCES))
$(call stamp,$(BUILD)/rtl/$(1)-$(2)/flags.verilator,$(3) $(4) $(5) $(verilator_$(2)) $(model_cxx))
$(call stamp,$(BUILD)/rtl/$(1)-$(2)/flags.model,$(CXX) $(model_cxx))
$(call stamp,$(BUILD)/rtl/$(1)-$(2)/flags.bridge,$(bridge_cxx) $(bridge_$(2)) $(7) -DPEAL_DEVICE_NAME='"$(1)"')

$$($(1)-$(2)_dir)/verilated: $$(filter %.sv %.svh %.vlt,$(4)) $(RTL_HEADERS) $$($(1)-$(2)_dir)/flags.verilator \
		bridge/verilate
	$$(call say,VERILATE,$$(@D))
	$$(Q)bridge/verilate $$(@D) --prefix Vengine --top-module $(3) $(verilator_$(2)) --output-split 20000 \
		$(5) -CFLAGS '$(model_cxx)' $(4)
	@touch $$@
$$($(1)-$(2)_dir)/Vengine.h $$($(1)-$(2)_dir)/Vengine___024root.h: $$($(1)-$(2)_dir)/verilated ;

# Verilator's makefile does not see a change of flags.
$$($(1)-$(2)_dir)/Vengine__ALL.a: $$($(1)-$(2)_dir)/verilated $$($(1)-$(2)_dir)/flags.model \
		bridge/verilated_hooks.h mk/verilated.mk
	$$(call say,MODEL,$$@)
	$$(Q)rm -f $$@ $$(if $$(filter %/flags.model,$$?),$$(@D)/*.o); $$(MAKE) $$(if $(V),,-s) -C $$(@D) -f Vengine.mk -f $(abspath mk/verilated.mk) \
		CXX='$(CXX)' LINK='$(CXX)' OPT_FAST='$(model_opt)' OPT_SLOW=$$(if $(8),-O0,-O1) OPT_GLOBAL=-O2 \
		VM_PARALLEL_BUILDS=1 all-objects >$$(@D)/make.log || { cat $$(@D)/make.log; exit 1; }

$$($(1)-$(2)_dir)/bridge/%.o: bridge/%.cc $$($(1)-$(2)_dir)/flags.bridge | $$($(1)-$(2)_dir)/verilated
	$$(call say,CXX,$$@)
	@mkdir -p $$(@D)
	$$(Q)$(bridge_cxx) $(bridge_$(2)) $(7) $$(if $$(filter verilator_device,$$*),$(build_id)) -DPEAL_DEVICE_NAME='"$(1)"' -isystem $(BUILD)/rtl/$(1)-$(2) -MD -MP -c -o $$@ $$<

$(6)/peal-$(1)$(if $(filter checked,$(2)),-checked).so: $$($(1)-$(2)_obj) $(call objects,$(DEVICE_C),plain) \
		$$($(1)-$(2)_dir)/Vengine__ALL.a bridge/plugin.map
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$(CXX) -shared -pthread $(rtl_profile) -Wl,--version-script=bridge/plugin.map -Wl,--no-undefined \
		-o $$@ $$($(1)-$(2)_obj) $(call objects,$(DEVICE_C),plain) $$($(1)-$(2)_dir)/Vengine__ALL.a $$($(1)-$(2)_dir)/verilated*.o \
		$(LDFLAGS) -lz -ldl

$$($(1)-$(2)_dir)/bridge/verilator_device.o: $(BUILD)/flags.build-id
-include $$($(1)-$(2)_obj:.o=.d)
endef
$(eval $(call stamp,$(BUILD)/flags.build-id,$(BUILD_ID)))

RTL_QUEUES   := $(or $(patsubst NumQueues=%,%,$(filter NumQueues=%,$(RTL_PARAMS))),8)
RTL_BACKENDS := $(BUILD)/backends/peal-rtl.so $(BUILD)/backends/peal-rtl-checked.so
ifneq ($(and $(call can_verilate),$(RTL_SOURCES),$(BRIDGE_SOURCES)),)
$(foreach b,plain checked,$(eval $(call \
	model,rtl,$(b),$(RTL_TOP),$(RTL_WAIVERS) $(RTL_SOURCES),$(RTL_INCLUDE) $(addprefix -G,$(RTL_PARAMS)),\
	$(BUILD)/backends,-DPEAL_QUEUES=$(RTL_QUEUES))))
BACKENDS += $(RTL_BACKENDS)
endif
PARTS += $(BACKENDS)

backends: $(BACKENDS) ## build the backends other than ref
.PHONY: backends

# The fast plug-in once more, in a tree of its own, compiled by counts of what ran in the
# jobs of bench/rtl; gcc only. The counts lie beside the objects and depend on the jobs alone.
PROFILED := $(BUILD)/profiled
profiled: $(PEAL) ## the rtl backend compiled by a profile, for long runs, into build/profiled/backends
	$(Q)mk/tools.sh need g++ verilator zlib || exit 77
	$(Q)find $(PROFILED) -name '*.gcda' -delete 2>/dev/null; \
		$(MAKE) BUILD=$(PROFILED) RTL_PROFILE=generate $(PROFILED)/backends/peal-rtl.so
	$(Q)for job in $(wildcard bench/rtl/*.job); do [ $$(grep -c '^queue' $$job) -le $(RTL_QUEUES) ] || continue; \
		$(PEAL) run $$job --backend=$(PROFILED)/backends/peal-rtl.so --no-check >$(PROFILED)/training.log || exit; done
	$(Q)$(MAKE) BUILD=$(PROFILED) RTL_PROFILE=use $(PROFILED)/backends/peal-rtl.so
.PHONY: profiled
