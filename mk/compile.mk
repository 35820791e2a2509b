# How one source becomes one object, for plain and for sanitizer builds alike:
# each variant has a directory, and a stamp with its flags, so that an object is
# rebuilt when its source, a header it read, or a flag changes, and only then.

VARIANTS := plain asan ubsan tsan
dir_plain := $(BUILD)
dir_asan  := $(BUILD)/asan
dir_ubsan := $(BUILD)/ubsan
dir_tsan  := $(BUILD)/tsan
flags_plain :=
flags_asan  := -fsanitize=address -fno-omit-frame-pointer
flags_ubsan := -fsanitize=undefined -fno-sanitize-recover=all
flags_tsan  := -fsanitize=thread

define newline


endef
comma := ,

warnings := -Wall -Wextra $(if $(filter 0,$(WERROR)),,-Werror)
c_only   := -Wstrict-prototypes -Wmissing-prototypes
includes := -Iruntime/include -Iruntime/lib -Iruntime/fault -Iruntime/front -Iruntime/own
cc_all    = $(CC) -std=c11 -D_GNU_SOURCE= $(warnings) $(c_only) $(includes) -fPIC -pthread $(CFLAGS)
cxx_all   = $(CXX) -std=c++17 $(warnings) $(includes) -fPIC -pthread $(CXXFLAGS)

# ISA-L gives the tests a CRC32C that shares no code with ours; without it they compute one bitwise.
ISAL_CFLAGS := $(if $(HAVE_isal),-DPEAL_HAVE_ISAL=1)
ISAL_LIBS   := $(if $(HAVE_isal),-lisal)
CPPFLAGS_crc := $(ISAL_CFLAGS)

# A file with the text of $(2), changed only when the text does.
define stamp
$(1): FORCE
	@mkdir -p $$(@D)
	@printf '%s\n' '$$(subst ','\'',$(2))' | cmp -s - $$@ || printf '%s\n' '$$(subst ','\'',$(2))' >$$@
endef

define variant
$(call stamp,$(dir_$(1))/flags.c,$(cc_all) $(flags_$(1)) $(ISAL_CFLAGS))
$(call stamp,$(dir_$(1))/flags.cc,$(cxx_all) $(flags_$(1)))

$(dir_$(1))/obj/%.o: %.c $(dir_$(1))/flags.c
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$(cc_all) $(flags_$(1)) $$(CPPFLAGS_$$(basename $$(notdir $$@))) -MMD -MP -c -o $$@ $$<

$(dir_$(1))/obj/%.o: %.cc $(dir_$(1))/flags.cc
	$$(call say,CXX,$$@)
	@mkdir -p $$(@D)
	$$(Q)$(cxx_all) $(flags_$(1)) $$(CPPFLAGS_$$(basename $$(notdir $$@))) -MMD -MP -c -o $$@ $$<
endef
$(foreach v,$(VARIANTS),$(eval $(call variant,$(v))))

# The objects of sources $(1) in variant $(2).
objects = $(addprefix $(dir_$(or $(2),plain))/obj/,$(addsuffix .o,$(basename $(1))))

DEPFILES := $(shell find $(BUILD) -name '*.d' -not -path '*/rtl/*' 2>/dev/null)
-include $(DEPFILES)
