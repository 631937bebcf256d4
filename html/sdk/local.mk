# SPDX-License-Identifier: MIT
# The clients' packages, as they are published; `make install` puts them beside the page.
sdkcoredir = $(pkgdatadir)/html/sdk/core
sdkcoresrcdir = $(sdkcoredir)/src
sdkcoretypesdir = $(sdkcoredir)/types
dist_sdkcore_DATA = html/sdk/core/package.json html/sdk/core/README.md html/sdk/core/LICENSE
dist_sdkcoresrc_DATA = \
	html/sdk/core/src/devices.js html/sdk/core/src/entrance.js html/sdk/core/src/errors.js html/sdk/core/src/events.js \
	html/sdk/core/src/handle.js html/sdk/core/src/host.js html/sdk/core/src/index.js html/sdk/core/src/lines.js \
	html/sdk/core/src/membership.js html/sdk/core/src/memory.js html/sdk/core/src/news.js html/sdk/core/src/participants.js \
	html/sdk/core/src/peer.js html/sdk/core/src/platform.js html/sdk/core/src/polling.js html/sdk/core/src/publisher.js \
	html/sdk/core/src/queue.js html/sdk/core/src/repair.js \
	html/sdk/core/src/recording.js html/sdk/core/src/recording_state.js html/sdk/core/src/recordings.js html/sdk/core/src/rest.js \
	html/sdk/core/src/room.js html/sdk/core/src/session.js html/sdk/core/src/subscriber.js html/sdk/core/src/token.js \
	html/sdk/core/src/transport.js
dist_sdkcoretypes_DATA = \
	html/sdk/core/types/devices.d.ts html/sdk/core/types/entrance.d.ts html/sdk/core/types/errors.d.ts html/sdk/core/types/events.d.ts \
	html/sdk/core/types/handle.d.ts html/sdk/core/types/host.d.ts html/sdk/core/types/index.d.ts html/sdk/core/types/lines.d.ts \
	html/sdk/core/types/membership.d.ts html/sdk/core/types/memory.d.ts html/sdk/core/types/news.d.ts html/sdk/core/types/participants.d.ts \
	html/sdk/core/types/peer.d.ts html/sdk/core/types/platform.d.ts html/sdk/core/types/polling.d.ts html/sdk/core/types/publisher.d.ts \
	html/sdk/core/types/queue.d.ts html/sdk/core/types/repair.d.ts \
	html/sdk/core/types/recording.d.ts html/sdk/core/types/recording_state.d.ts html/sdk/core/types/recordings.d.ts html/sdk/core/types/rest.d.ts \
	html/sdk/core/types/room.d.ts html/sdk/core/types/session.d.ts html/sdk/core/types/subscriber.d.ts html/sdk/core/types/token.d.ts \
	html/sdk/core/types/transport.d.ts
sdkreactdir = $(pkgdatadir)/html/sdk/react
sdkreactsrcdir = $(sdkreactdir)/src
sdkreacttypesdir = $(sdkreactdir)/types
dist_sdkreact_DATA = html/sdk/react/package.json html/sdk/react/README.md html/sdk/react/LICENSE html/sdk/react/styles.css
dist_sdkreactsrc_DATA = \
	html/sdk/react/src/announcement_hook.js html/sdk/react/src/hooks.js html/sdk/react/src/consent_dialog.js html/sdk/react/src/context.js html/sdk/react/src/devices_hook.js html/sdk/react/src/index.js \
	html/sdk/react/src/labels.js html/sdk/react/src/lobby.js html/sdk/react/src/participant_grid.js html/sdk/react/src/parts.js \
	html/sdk/react/src/provider.js html/sdk/react/src/recording_controls.js html/sdk/react/src/recording_hooks.js html/sdk/react/src/recording_indicator.js \
	html/sdk/react/src/recording_status.js html/sdk/react/src/recordings_hook.js html/sdk/react/src/recordings_list.js html/sdk/react/src/room_hooks.js
dist_sdkreacttypes_DATA = \
	html/sdk/react/types/announcement_hook.d.ts html/sdk/react/types/hooks.d.ts html/sdk/react/types/consent_dialog.d.ts html/sdk/react/types/context.d.ts html/sdk/react/types/devices_hook.d.ts html/sdk/react/types/index.d.ts \
	html/sdk/react/types/labels.d.ts html/sdk/react/types/lobby.d.ts html/sdk/react/types/participant_grid.d.ts html/sdk/react/types/parts.d.ts \
	html/sdk/react/types/provider.d.ts html/sdk/react/types/recording_controls.d.ts html/sdk/react/types/recording_hooks.d.ts html/sdk/react/types/recording_indicator.d.ts \
	html/sdk/react/types/recording_status.d.ts html/sdk/react/types/recordings_hook.d.ts html/sdk/react/types/recordings_list.d.ts html/sdk/react/types/room_hooks.d.ts
sdknativedir = $(pkgdatadir)/html/sdk/react-native
sdknativesrcdir = $(sdknativedir)/src
sdknativetypesdir = $(sdknativedir)/types
dist_sdknative_DATA = html/sdk/react-native/package.json html/sdk/react-native/README.md html/sdk/react-native/LICENSE
dist_sdknativesrc_DATA = \
	html/sdk/react-native/src/background.js html/sdk/react-native/src/consent_dialog.js html/sdk/react-native/src/context.js html/sdk/react-native/src/index.js \
	html/sdk/react-native/src/interruption.js html/sdk/react-native/src/labels.js html/sdk/react-native/src/lobby.js html/sdk/react-native/src/network.js \
	html/sdk/react-native/src/participant_grid.js html/sdk/react-native/src/parts.js html/sdk/react-native/src/permissions.js html/sdk/react-native/src/phone.js \
	html/sdk/react-native/src/phone_notice.js html/sdk/react-native/src/platform.js html/sdk/react-native/src/provider.js html/sdk/react-native/src/recording_controls.js \
	html/sdk/react-native/src/recording_indicator.js html/sdk/react-native/src/recording_status.js html/sdk/react-native/src/rests.js html/sdk/react-native/src/service.js \
	html/sdk/react-native/src/sources.js html/sdk/react-native/src/storage.js html/sdk/react-native/src/theme.js html/sdk/react-native/src/track_toggle.js
dist_sdknativetypes_DATA = \
	html/sdk/react-native/types/background.d.ts html/sdk/react-native/types/consent_dialog.d.ts html/sdk/react-native/types/context.d.ts html/sdk/react-native/types/index.d.ts \
	html/sdk/react-native/types/interruption.d.ts html/sdk/react-native/types/labels.d.ts html/sdk/react-native/types/lobby.d.ts html/sdk/react-native/types/network.d.ts \
	html/sdk/react-native/types/participant_grid.d.ts html/sdk/react-native/types/parts.d.ts html/sdk/react-native/types/permissions.d.ts html/sdk/react-native/types/phone.d.ts \
	html/sdk/react-native/types/phone_notice.d.ts html/sdk/react-native/types/platform.d.ts html/sdk/react-native/types/provider.d.ts html/sdk/react-native/types/recording_controls.d.ts \
	html/sdk/react-native/types/recording_indicator.d.ts html/sdk/react-native/types/recording_status.d.ts html/sdk/react-native/types/rests.d.ts html/sdk/react-native/types/service.d.ts \
	html/sdk/react-native/types/sources.d.ts html/sdk/react-native/types/storage.d.ts html/sdk/react-native/types/theme.d.ts html/sdk/react-native/types/track_toggle.d.ts
EXTRA_DIST += tests/sdk.sh tests/e2e/suites/sdk.mjs tests/e2e/lib/sdk_page.js tests/e2e/lib/visits_page.js tests/e2e/lib/counting_page.js tests/e2e/suites/leaks.mjs tests/e2e/lib/blackhole.mjs tests/e2e/lib/rooms_page.js tests/e2e/suites/cuts.mjs tests/e2e/suites/react.mjs tests/e2e/suites/native.mjs tests/e2e/lib/bundle.mjs html/sdk/package.json html/sdk/package-lock.json html/sdk/.npmrc html/sdk/README.md \
	html/sdk/core/tsconfig.json html/sdk/core/test/bare.test.js html/sdk/core/test/blank.html html/sdk/core/test/documents.test.js \
	html/sdk/core/test/lib/clock.js html/sdk/core/test/lib/harness.js html/sdk/core/test/lib/http.js html/sdk/core/test/lib/janus.js html/sdk/core/test/lib/room.js \
	html/sdk/core/test/lib/tracks.js html/sdk/core/test/lib/truth.js html/sdk/core/test/lib/webrtc.js html/sdk/core/test/devices.test.js html/sdk/core/test/media.test.js html/sdk/core/test/polling.test.js html/sdk/core/test/races.test.js html/sdk/core/test/recovery.test.js \
	html/sdk/core/test/rest.test.js html/sdk/core/test/room.test.js html/sdk/core/test/session.test.js html/sdk/core/test/state.test.js \
	html/sdk/core/test/types/example.ts html/sdk/core/test/types/tsconfig.json html/sdk/react/tsconfig.json html/sdk/core/typedoc.json html/sdk/react/typedoc.json html/sdk/react/example/README.md html/sdk/react/example/index.html html/sdk/react/example/package.json \
	html/sdk/react/example/src/App.jsx html/sdk/react/example/src/Call.jsx html/sdk/react/example/src/main.jsx html/sdk/react/example/vite.config.js html/sdk/react/test/components.test.js \
	html/sdk/react/test/hooks.test.js html/sdk/react/test/lib/screen.js html/sdk/react/test/types/example.tsx html/sdk/react/test/types/tsconfig.json \
	html/sdk/react-native/tsconfig.json html/sdk/react-native/typedoc.json html/sdk/react-native/example/.npmrc html/sdk/react-native/example/App.js html/sdk/react-native/test/platform.test.js html/sdk/react-native/example/babel.config.js \
	html/sdk/react-native/example/index.js html/sdk/react-native/example/metro.config.js html/sdk/react-native/example/package-lock.json html/sdk/react-native/example/package.json \
	html/sdk/react-native/test/components.test.js html/sdk/react-native/test/lib/adapter.js html/sdk/react-native/test/lib/screen.js html/sdk/react-native/test/lib/world.js \
	html/sdk/react-native/test/native/index.js html/sdk/react-native/test/native/package.json html/sdk/react-native/test/phone.test.js html/sdk/react-native/test/storage.test.js \
	html/sdk/react-native/test/types/example.tsx html/sdk/react-native/test/types/tsconfig.json html/sdk/react-native/test/webrtc/index.js html/sdk/react-native/test/webrtc/package.json
