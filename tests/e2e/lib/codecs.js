// SPDX-License-Identifier: GPL-3.0-or-later
// Runs in the page before anything else: a browser that knows but one video codec to send, or one less to receive. Its connections can be asked what
// they carry.
({ send, refuse }) => {
	const Native = globalThis.RTCPeerConnection;
	const connections = [];
	const named = (codec, name) => codec.mimeType.toLowerCase() === `video/${name}`.toLowerCase();
	/** Without H.264 in forms that this server has no use for. */
	const known = () => RTCRtpReceiver.getCapabilities('video').codecs
		.filter((codec) => !named(codec, 'H264') || /packetization-mode=1;profile-level-id=42e01f/.test(codec.sdpFmtpLine));
	const only = (name) => known().filter((codec) => named(codec, name) || named(codec, 'rtx'));
	const but = (name) => known().filter((codec) => !named(codec, name));
	const videos = (connection) => connection.getTransceivers().filter(({ receiver }) => receiver.track.kind === 'video');

	globalThis.RTCPeerConnection = class extends Native {
		constructor(...args) {
			super(...args);
			connections.push(this);
		}

		createOffer(...args) {
			for (const transceiver of send ? videos(this) : [])
				transceiver.setCodecPreferences(only(send));
			return super.createOffer(...args);
		}

		createAnswer(...args) {
			for (const transceiver of refuse ? videos(this) : [])
				transceiver.setCodecPreferences(but(refuse));
			return super.createAnswer(...args);
		}
	};

	globalThis.rrTraffic = async () => {
		const found = [];

		for (const connection of connections) {
			const stats = [...(await connection.getStats()).values()];

			for (const s of stats.filter(({ type }) => type === 'inbound-rtp' || type === 'outbound-rtp'))
				found.push({
					direction: s.type.slice(0, -4), kind: s.kind, codec: stats.find(({ id }) => id === s.codecId)?.mimeType.split('/')[1],
					frames: s.framesDecoded ?? s.framesEncoded ?? 0, packets: s.packetsReceived ?? s.packetsSent, bytes: s.bytesReceived ?? s.bytesSent,
				});
		}
		return found;
	};
}
