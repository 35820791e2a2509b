# Installing puts the library, its headers, the command, the backends and the
# jobs of `peal conformance` where PREFIX and DESTDIR say; peal.pc tells other
# builds where that was. `make uninstall` removes the same files.

# These go into peal.pc, into lists and through the shell as they are.
path_chars := : ' " & |
path_fault  = $(if $(filter-out 0 1,$(words $($(1))))$(strip $(foreach c,$(path_chars),$(findstring $(c),$($(1))))),\
	$(1)='$($(1))': blanks and the characters $(path_chars) cannot be in it)
root_fault  = $(if $(filter /%,$($(1))),,$(1)='$($(1))' must be an absolute path)
install_fault = $(strip $(call path_fault,PREFIX) $(call path_fault,LIBDIR) $(call path_fault,DESTDIR) \
	$(call root_fault,PREFIX) $(call root_fault,LIBDIR))
ifneq ($(filter install uninstall,$(MAKECMDGOALS)),)
$(if $(install_fault),$(error $(install_fault)))
endif

BINDIR     := $(PREFIX)/bin
INCLUDEDIR := $(PREFIX)/include/peal
BACKENDDIR := $(LIBDIR)/peal
DATADIR    := $(PREFIX)/share/peal

HEADERS  := $(wildcard runtime/include/peal/*.h)
SHARED   := $(wildcard tests/jobs/*.job tests/jobs/*.expect)
PC_FILE  := $(BUILD)/peal.pc

$(eval $(call stamp,$(BUILD)/flags.pc,$(PREFIX) $(LIBDIR) $(VERSION)))
$(PC_FILE): mk/peal.pc.in $(BUILD)/flags.pc
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@VERSION@|$(VERSION)|' $< >$@

# source:target of every installed file
INSTALLED := $(PEAL):$(BINDIR)/peal $(LIBPEAL_A):$(LIBDIR)/libpeal.a \
	$(LIBPEAL_SO):$(LIBDIR)/libpeal.so.$(VERSION) $(PC_FILE):$(LIBDIR)/pkgconfig/peal.pc \
	$(foreach h,$(HEADERS),$(h):$(INCLUDEDIR)/$(notdir $(h))) \
	$(foreach b,$(BACKENDS) $(if $(NVCC),$(CUDA_SO)) $(if $(ICARUS),$(ICARUS_FILES)) $(if $(SYSTEMC),$(SYSTEMC_SO)) $(if $(SYSTEMC_RTL),$(SYSTEMC_RTL_SO)),$(b):$(BACKENDDIR)/$(notdir $(b))) \
	$(foreach j,$(SHARED),$(j):$(DATADIR)/jobs/$(notdir $(j)))
install_from = $(word 1,$(subst :, ,$(1)))
install_to   = $(DESTDIR)$(word 2,$(subst :, ,$(1)))
install_mode = $(if $(filter $(BINDIR)/% %.so,$(word 2,$(subst :, ,$(1)))),755,644)

install: $(PARTS) $(PC_FILE) ## install into DESTDIR/PREFIX
	$(Q)set -e; $(foreach f,$(INSTALLED),install -D -m $(call install_mode,$(f)) \
		$(call install_from,$(f)) $(call install_to,$(f));) \
		ln -sf libpeal.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME); \
		ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libpeal.so
	@printf 'installed in %s\n' '$(DESTDIR)$(PREFIX)'
	$(if $(DESTDIR),,@printf 'the linker finds libpeal.so after: ldconfig (as root)\n')

uninstall: ## remove what install put there
	rm -f $(foreach f,$(INSTALLED),$(call install_to,$(f))) \
		$(foreach b,$(RTL_BACKENDS) $(CUDA_SO) $(ICARUS_FILES) $(SYSTEMC_SO) $(SYSTEMC_RTL_SO),$(DESTDIR)$(BACKENDDIR)/$(notdir $(b))) \
		$(DESTDIR)$(LIBDIR)/$(SONAME) $(DESTDIR)$(LIBDIR)/libpeal.so
	@rmdir $(addprefix $(DESTDIR),$(INCLUDEDIR) $(BACKENDDIR) $(DATADIR)/jobs $(DATADIR)) 2>/dev/null || true
.PHONY: install uninstall
