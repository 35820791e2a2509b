# The systemc backend: a TLM-2.0 model of the engine in sim/systemc, written from the
# contract, as a plug-in. It shares with bridge/ the plan of faults, the bus log and the
# trace hash. Debian's SystemC is a shared library and wants C++17.

SYSTEMC_SOURCES := $(wildcard sim/systemc/*.cc) bridge/faults.cc
SYSTEMC_DIR     := $(BUILD)/systemc
SYSTEMC_SO      := $(BUILD)/backends/peal-systemc.so
SYSTEMC_OBJ     := $(patsubst %.cc,$(SYSTEMC_DIR)/%.o,$(SYSTEMC_SOURCES))
systemc_cxx      = $(cxx_all) -fvisibility=hidden -Isim/systemc -Ibridge -DPEAL_DEVICE_NAME='"systemc"'

SYSTEMC := $(and $(HAVE_g++),$(HAVE_systemc))
ifneq ($(SYSTEMC),)
PARTS += $(SYSTEMC_SO)
$(eval $(call stamp,$(SYSTEMC_DIR)/flags,$(systemc_cxx)))

$(SYSTEMC_DIR)/%.o: %.cc $(SYSTEMC_DIR)/flags
	$(call say,CXX,$@)
	@mkdir -p $(@D)
	$(Q)$(systemc_cxx) $(if $(filter %/device,$*),$(build_id)) -MMD -MP -c -o $@ $<
$(SYSTEMC_DIR)/sim/systemc/device.o: $(BUILD)/flags.build-id
-include $(SYSTEMC_OBJ:.o=.d)

$(SYSTEMC_SO): $(SYSTEMC_OBJ) $(call objects,runtime/fault/fault.c runtime/own/own_memory.c runtime/lib/crc32c.c) sim/systemc/plugin.map
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CXX) -shared -pthread -Wl,--version-script=sim/systemc/plugin.map -Wl,--no-undefined \
		-o $@ $(filter %.o,$^) $(LDFLAGS) -lsystemc
endif

# The RTL as a SystemC module in the same platform: --backend=systemc-rtl. All that Verilator
# writes is one unit of translation.
SYSTEMC_RTL_SO  := $(BUILD)/backends/peal-systemc-rtl.so
SYSTEMC_RTL_DIR := $(BUILD)/systemc-rtl
SYSTEMC_RTL_OBJ := $(addprefix $(SYSTEMC_RTL_DIR)/,sim/systemc/device.o sim/systemc/memory.o sim/systemc/options.o \
	sim/systemc/rtl/rtl_engine.o bridge/faults.o)
SYSTEMC_MODEL   := $(SYSTEMC_RTL_DIR)/verilated
systemc_rtl_cxx  = $(subst "systemc","systemc-rtl",$(systemc_cxx)) -DPEAL_SYSTEMC_RTL=1 -isystem $(SYSTEMC_MODEL) \
	-isystem $(VERILATOR_INCLUDE) -isystem $(VERILATOR_INCLUDE)/vltstd
verilate_sc      = --sc --prefix Vengine --top-module $(RTL_TOP) -O3 --x-assign fast --x-initial fast --noassert \
	$(RTL_INCLUDE) $(RTL_WAIVERS) $(RTL_SOURCES)
SYSTEMC_RTL := $(and $(SYSTEMC),$(HAVE_verilator),$(RTL_SOURCES))
ifneq ($(SYSTEMC_RTL),)
PARTS += $(SYSTEMC_RTL_SO)
$(eval $(call stamp,$(SYSTEMC_RTL_DIR)/flags,$(systemc_rtl_cxx) $(verilate_sc)))

$(SYSTEMC_MODEL)/all.cpp: $(RTL_SOURCES) $(RTL_HEADERS) $(RTL_WAIVERS) $(SYSTEMC_RTL_DIR)/flags bridge/verilate
	$(call say,VERILATE,$(@D))
	$(Q)bridge/verilate $(@D) $(verilate_sc)
	@cd $(@D) && printf '#include "%s"\n' $$(ls *.cpp | grep -vx all.cpp) verilated.cpp verilated_threads.cpp >all.cpp

$(SYSTEMC_MODEL)/all.o: $(SYSTEMC_MODEL)/all.cpp
	$(call say,MODEL,$@)
	$(Q)$(CXX) -std=c++17 -O1 -w -fPIC -pthread -fvisibility=hidden -I$(@D) -I$(VERILATOR_INCLUDE) \
		-I$(VERILATOR_INCLUDE)/vltstd -DVM_SC=1 -DVM_COVERAGE=0 -DVM_TRACE=0 -c -o $@ $<

$(SYSTEMC_RTL_DIR)/%.o: %.cc $(SYSTEMC_RTL_DIR)/flags | $(SYSTEMC_MODEL)/all.cpp
	$(call say,CXX,$@)
	@mkdir -p $(@D)
	$(Q)$(systemc_rtl_cxx) $(if $(filter %/device,$*),$(build_id)) -MMD -MP -c -o $@ $<
-include $(SYSTEMC_RTL_OBJ:.o=.d)

$(SYSTEMC_RTL_SO): $(SYSTEMC_RTL_OBJ) $(SYSTEMC_MODEL)/all.o $(call objects,runtime/fault/fault.c runtime/own/own_memory.c) sim/systemc/plugin.map
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CXX) -shared -pthread -Wl,--version-script=sim/systemc/plugin.map -Wl,--no-undefined \
		-o $@ $(filter %.o,$^) $(LDFLAGS) -lsystemc
endif

systemc: $(PEAL) $(SYSTEMC_SO) $(if $(SYSTEMC_RTL),$(SYSTEMC_RTL_SO)) ## the systemc backend
	$(if $(SYSTEMC),,@mk/tools.sh need g++ systemc || exit 77)
.PHONY: systemc
ifeq ($(SYSTEMC),)
$(SYSTEMC_SO):
	@mk/tools.sh need g++ systemc || exit 77
endif
