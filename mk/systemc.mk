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

systemc: $(PEAL) $(SYSTEMC_SO) ## the systemc backend
	$(if $(SYSTEMC),,@mk/tools.sh need g++ systemc || exit 77)
.PHONY: systemc
ifeq ($(SYSTEMC),)
$(SYSTEMC_SO):
	@mk/tools.sh need g++ systemc || exit 77
endif
