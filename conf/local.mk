# SPDX-License-Identifier: GPL-3.0-or-later
# As Janus does it: the sample is always installed, the file itself only where there is none; uninstall takes it away only if it was not changed.
recroom_sampledir = $(janus_confdir)
dist_recroom_sample_DATA = conf/janus.plugin.recroom.jcfg.sample
install-data-hook:
	@conf="$(DESTDIR)$(janus_confdir)/janus.plugin.recroom.jcfg"; \
	if test -e "$$conf" || test -L "$$conf"; then echo "keeping $$conf"; \
	else $(INSTALL_DATA) "$(srcdir)/conf/janus.plugin.recroom.jcfg.sample" "$$conf"; fi
uninstall-hook:
	@conf="$(DESTDIR)$(janus_confdir)/janus.plugin.recroom.jcfg"; \
	if cmp -s "$(srcdir)/conf/janus.plugin.recroom.jcfg.sample" "$$conf"; then rm -f "$$conf"; fi
