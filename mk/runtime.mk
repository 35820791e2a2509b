# libpeal and the `peal` command need a C compiler and nothing else, so this part
# is built everywhere. Backends other than `ref` are shared objects that libpeal
# looks for at run time in ../backends (build tree) or LIBDIR/peal (installed).

SONAME  := libpeal.so.$(firstword $(subst ., ,$(VERSION)))
LIB_MAP := $(wildcard runtime/libpeal.map)

LIB_SOURCES := $(wildcard runtime/lib/*.c runtime/front/*.c runtime/ref/*.c runtime/fault/*.c runtime/own/*.c)
# What a plug-in around simulated hardware takes from here.
DEVICE_C    := runtime/fault/fault.c runtime/own/own_memory.c
CLI_SOURCES := $(wildcard runtime/job/*.c runtime/cli/*.c)
LIB_OBJECTS := $(call objects,$(LIB_SOURCES))

LIBPEAL_A  := $(BUILD)/lib/libpeal.a
LIBPEAL_SO := $(BUILD)/lib/libpeal.so.$(VERSION)
PEAL       := $(BUILD)/bin/peal

PARTS += $(LIBPEAL_A) $(LIBPEAL_SO) $(if $(CLI_SOURCES),$(PEAL))

# The archive is written anew: a source that is gone must not live on in it.
define archive
$(call say,AR,$@)
@mkdir -p $(@D)
$(Q)rm -f $@ && ar rcs $@ $^
endef

$(LIBPEAL_A): $(LIB_OBJECTS)
	$(archive)

$(LIBPEAL_SO): $(LIB_OBJECTS) $(LIB_MAP)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -shared -pthread -Wl,-soname,$(SONAME) -Wl,--no-undefined \
		$(addprefix -Wl$(comma)--version-script=,$(LIB_MAP)) -o $@ $(LIB_OBJECTS) $(LDFLAGS) -ldl
	@ln -sf $(@F) $(@D)/$(SONAME) && ln -sf $(SONAME) $(@D)/libpeal.so

$(PEAL): $(call objects,$(CLI_SOURCES)) $(LIBPEAL_A)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread -o $@ $^ $(LDFLAGS) $(ISAL_LIBS) -ldl
