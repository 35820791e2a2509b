# Installing puts the library, its headers, the command, the backends and the
# man pages where PREFIX and DESTDIR say; peal.pc tells other builds where that
# was. `make uninstall` removes the same files.

BINDIR     := $(PREFIX)/bin
INCLUDEDIR := $(PREFIX)/include/peal
BACKENDDIR := $(LIBDIR)/peal
MANDIR     := $(PREFIX)/share/man

HEADERS  := $(wildcard runtime/include/peal/*.h)
MANPAGES := $(wildcard docs/man/*.[1-9])
PC_FILE  := $(BUILD)/peal.pc

$(eval $(call stamp,$(BUILD)/flags.pc,$(PREFIX) $(LIBDIR) $(VERSION)))
$(PC_FILE): mk/peal.pc.in $(BUILD)/flags.pc
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@VERSION@|$(VERSION)|' $< >$@

# source:target of every installed file
INSTALLED := $(PEAL):$(BINDIR)/peal $(LIBPEAL_A):$(LIBDIR)/libpeal.a \
	$(LIBPEAL_SO):$(LIBDIR)/libpeal.so.$(VERSION) $(PC_FILE):$(LIBDIR)/pkgconfig/peal.pc \
	$(foreach h,$(HEADERS),$(h):$(INCLUDEDIR)/$(notdir $(h))) \
	$(foreach b,$(BACKENDS),$(b):$(BACKENDDIR)/$(notdir $(b))) \
	$(foreach m,$(MANPAGES),$(m):$(MANDIR)/man$(subst .,,$(suffix $(m)))/$(notdir $(m)))
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
		$(DESTDIR)$(LIBDIR)/$(SONAME) $(DESTDIR)$(LIBDIR)/libpeal.so
	-$(Q)rmdir $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(BACKENDDIR) 2>/dev/null || true
.PHONY: install uninstall
