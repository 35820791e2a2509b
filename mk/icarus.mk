# The icarus backend: iverilog turns the files of rtl/rtl.f and sim/icarus into an image for
# vvp, bridge/icarus_vpi.c is the module that vvp loads, and peal-icarus.so starts vvp and
# keeps all models of the bus. The three lie beside each other.

ICARUS_TOP     := peal_icarus
ICARUS_SOURCES := $(wildcard sim/icarus/*.sv)
ICARUS_STEM    := $(BUILD)/backends/peal-icarus
ICARUS_FILES   := $(addprefix $(ICARUS_STEM),.so .vpi .vvp -checked.vvp)
ICARUS_DIR     := $(BUILD)/icarus
VPI_HEADER     := $(if $(HAVE_iverilog),$(or $(firstword $(wildcard /usr/include/iverilog/vpi_user.h \
	$(shell iverilog-vpi --cflags 2>/dev/null | tr ' ' '\n' | sed -n 's/^-I//p' | head -1)/vpi_user.h)),))

iverilog = iverilog -g2012 -Wall -Wno-timescale -Wno-sensitivity-entire-array -s $(ICARUS_TOP) $(addprefix -P$(ICARUS_TOP).,$(RTL_PARAMS)) \
	$(patsubst +incdir+%,-I$(ICARUS_DIR)/%,$(RTL_INCLUDE))
# What Icarus remarks on every always_* process that reads a part of a vector is its own affair.
iverilog_quietly = $(iverilog) $(1) 2>$(2); status=$$?; grep -v 'sorry: constant selects in always_' $(2); exit $$status

ICARUS_CXX  := $(addprefix bridge/,axi_memory.cc axi_lite.cc axi_checker.cc bus_state.cc faults.cc \
	options.cc registers.cc icarus_process.cc icarus_device.cc)
ICARUS_OBJ  := $(patsubst bridge/%.cc,$(ICARUS_DIR)/%.o,$(ICARUS_CXX))
icarus_cxx   = $(cxx_all) -fvisibility=hidden -Ibridge -DPEAL_ICARUS=1 -DPEAL_DEVICE_NAME='"icarus"' -DPEAL_QUEUES=$(RTL_QUEUES)

ICARUS := $(and $(HAVE_g++),$(HAVE_iverilog),$(VPI_HEADER),$(RTL_SOURCES))
ifneq ($(ICARUS),)
PARTS += $(ICARUS_FILES)
$(eval $(call stamp,$(ICARUS_DIR)/flags,$(icarus_cxx)))
$(eval $(call stamp,$(ICARUS_DIR)/flags.vvp,$(iverilog)))

$(ICARUS_DIR)/%.o: bridge/%.cc $(ICARUS_DIR)/flags
	$(call say,CXX,$@)
	@mkdir -p $(@D)
	$(Q)$(icarus_cxx) $(if $(filter icarus_device,$*),$(build_id)) -MMD -MP -c -o $@ $<
$(ICARUS_DIR)/icarus_device.o: $(BUILD)/flags.build-id
-include $(ICARUS_OBJ:.o=.d)

$(ICARUS_STEM).so: $(ICARUS_OBJ) $(call objects,$(DEVICE_C)) bridge/plugin.map
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CXX) -shared -pthread -Wl,--version-script=bridge/plugin.map -Wl,--no-undefined \
		-o $@ $(filter %.o,$^) $(LDFLAGS) -ldl

# The functions of vpi_user.h are vvp's.
vpi = $(cc_all) -isystem $(dir $(VPI_HEADER)) -Wno-missing-prototypes -shared $(1) -o $@ $<
$(ICARUS_STEM).vpi: bridge/icarus_vpi.c bridge/icarus_link.h
	$(call say,VPI,$@)
	@mkdir -p $(@D)
	$(Q)$(vpi)

# Icarus 11 can loop for ever in one time step when always_comb blocks wake each other, and does
# not with always @*, which differs at time 0 only: there X is found, not hidden.
# A failed assertion calls the VPI module, which ends the run.
ICARUS_RTL     := $(RTL_SOURCES:%=$(ICARUS_DIR)/%)
ICARUS_HEADERS := $(RTL_HEADERS:%=$(ICARUS_DIR)/%)
$(ICARUS_RTL) $(ICARUS_HEADERS): $(ICARUS_DIR)/%: % mk/icarus.mk
	@mkdir -p $(@D)
	@sed 's/\<always_comb\>/always @*/; s/\$$error(/$$peal_error(/' $< >$@

$(ICARUS_STEM).vvp $(ICARUS_STEM)-checked.vvp: $(ICARUS_RTL) $(ICARUS_HEADERS) $(ICARUS_SOURCES) $(ICARUS_DIR)/flags.vvp
	$(call say,IVERILOG,$@)
	@mkdir -p $(@D)
	$(Q)$(call iverilog_quietly,$(if $(findstring checked,$@),-DPEAL_ASSERT) -o $@ $(ICARUS_RTL) $(ICARUS_SOURCES),$(ICARUS_DIR)/$(@F).log)
endif

icarus: $(PEAL) $(ICARUS_FILES) ## the icarus backend
	$(if $(ICARUS),,@mk/tools.sh need g++ iverilog || exit 77)
.PHONY: icarus
ifeq ($(ICARUS),)
$(ICARUS_FILES):
	@mk/tools.sh need g++ iverilog || exit 77
endif

# ---- tests: as on rtl, event by event; X, and every end of vvp ----------------------------

ICARUS_SAME  := $(BUILD)/tests/icarus/same
ICARUS_RESET := $(BUILD)/tests/icarus/reset
ICARUS_TESTS := $(ICARUS_SAME) $(ICARUS_RESET)
CPPFLAGS_same := -Iruntime
$(ICARUS_SAME): $(call objects,tests/icarus/same.c $(wildcard runtime/job/*.c)) $(LIBPEAL_A)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread -o $@ $^ $(LDFLAGS) $(ISAL_LIBS) -ldl
$(ICARUS_RESET): $(call objects,tests/icarus/reset.c) $(LIBPEAL_A)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread -o $@ $^ $(LDFLAGS) $(ISAL_LIBS) -ldl
