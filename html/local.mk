# SPDX-License-Identifier: MIT
# The demo page, with the gallery and the words of both; the client package it stands on is html/sdk/local.mk's.
pagedir = $(pkgdatadir)/html
dist_page_DATA = \
	html/app.js html/call.js html/config.js html/connection.js html/consent.js html/controls.js html/device_choice.js html/host_tools.js \
	html/i18n.js html/icons.js html/index.html html/indicator.js html/join_form.js html/kept.js html/knocks.js html/level.js html/library.js \
	html/link.js html/manifest.webmanifest html/media.js html/part.js html/people_panel.js html/person_row.js html/preview.js html/problems.js \
	html/record_buttons.js html/said.js html/settings.js html/stage.js html/theme.js html/tile.js html/ui.js
pageiconsdir = $(pkgdatadir)/html/icons
dist_pageicons_DATA = html/icons/icon-192.png html/icons/icon-512.png html/icons/icon-maskable-512.png html/icons/icon.svg
EXTRA_DIST += html/icons/draw.mjs
pagestyledir = $(pkgdatadir)/html/style
dist_pagestyle_DATA = html/style/base.css html/style/call.css html/style/join.css html/style/panel.css
pagestringsdir = $(pkgdatadir)/html/strings
dist_pagestrings_DATA = html/strings/ar.js html/strings/en.js
gallerydir = $(pkgdatadir)/html/gallery
dist_gallery_DATA = \
	html/gallery/card.js html/gallery/controls.js html/gallery/details.js html/gallery/dialog.js html/gallery/dom.js html/gallery/filters.js \
	html/gallery/gallery.css html/gallery/gallery.js html/gallery/icons.js html/gallery/keys.js html/gallery/library.js html/gallery/menu.js \
	html/gallery/outputs.js html/gallery/player.js html/gallery/removal.js html/gallery/seekbar.js html/gallery/share.js html/gallery/sources.js \
	html/gallery/storyboard.js html/gallery/thumbnail.js html/gallery/versions.js html/gallery/vtt.js html/gallery/watch.js html/gallery/words.js
gallerystringsdir = $(pkgdatadir)/html/gallery/strings
dist_gallerystrings_DATA = html/gallery/strings/ar.js html/gallery/strings/en.js
