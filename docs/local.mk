# SPDX-License-Identifier: GPL-3.0-or-later
EXTRA_DIST += docs/schemas/metadata.schema.json docs/pictures/recorded-call.jpg docs/pictures/page.webp docs/pictures/page-phone.webp \
	docs/pictures/layout-audio.jpg docs/pictures/layout-custom.jpg docs/pictures/layout-grid.jpg docs/pictures/layout-grid-52.jpg \
	docs/pictures/layout-grid-share.jpg docs/pictures/layout-portrait.jpg docs/pictures/layout-presentation.jpg docs/pictures/layout-single.jpg \
	docs/pictures/layout-small.jpg docs/pictures/layout-speaker.jpg docs/pictures/layout-names.jpg docs/pictures/layout-overlays.jpg
dist_doc_DATA = docs/api.md docs/openapi.yaml docs/benchmarks.md docs/guarantees.md docs/layouts.md docs/operations.md docs/recording-format.md docs/storage.md
if POSTPROCESS
# Made by the program itself, from the table its options are parsed with.
dist_noinst_DATA = conf/recroom-pp.service conf/janus-recroom.conf conf/recroom.sysusers conf/recroom.tmpfiles conf/grafana.json conf/prometheus-alerts.yml
man1_MANS = docs/recroom-pp.1
bashcompletiondir = $(datadir)/bash-completion/completions
nodist_bashcompletion_DATA = docs/recroom-pp
zshcompletiondir = $(datadir)/zsh/site-functions
nodist_zshcompletion_DATA = docs/_recroom-pp
fishcompletiondir = $(datadir)/fish/vendor_completions.d
nodist_fishcompletion_DATA = docs/recroom-pp.fish
CLEANFILES += $(man1_MANS) $(nodist_bashcompletion_DATA) $(nodist_zshcompletion_DATA) $(nodist_fishcompletion_DATA)
MADE_BY_RECROOM_PP = $(AM_V_GEN)$(MKDIR_P) docs && ./recroom-pp$(EXEEXT)
docs/recroom-pp.1: recroom-pp$(EXEEXT)
	$(MADE_BY_RECROOM_PP) --help-man >$@.tmp && mv $@.tmp $@
docs/recroom-pp: recroom-pp$(EXEEXT)
	$(MADE_BY_RECROOM_PP) completion bash >$@.tmp && mv $@.tmp $@
docs/_recroom-pp: recroom-pp$(EXEEXT)
	$(MADE_BY_RECROOM_PP) completion zsh >$@.tmp && mv $@.tmp $@
docs/recroom-pp.fish: recroom-pp$(EXEEXT)
	$(MADE_BY_RECROOM_PP) completion fish >$@.tmp && mv $@.tmp $@
endif
