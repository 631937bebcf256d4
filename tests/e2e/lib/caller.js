// SPDX-License-Identifier: GPL-3.0-or-later
// In a page: one who publishes simulcast, or subscribes, with nothing but WebSocket and RTCPeerConnection. Evaluated as a function of the WebSocket's address.

async (address) => {
	const waiting = new Map(), handles = new Map();
	const socket = new WebSocket(address, 'janus-protocol');
	let count = 0, session;

	socket.onmessage = ({ data }) => {
		const message = JSON.parse(data);

		if (message.transaction && message.janus !== 'ack')
			waiting.get(message.transaction)?.(message);
		else if (message.plugindata)
			handles.get(message.sender)?.(message);
	};
	await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: reject }));
	const send = (message) => new Promise((resolve, reject) => {
		const transaction = `t${++count}`;

		waiting.set(transaction, resolve);
		setTimeout(() => reject(new Error(`no answer to ${JSON.stringify(message).slice(0, 200)}`)), 15_000);
		socket.send(JSON.stringify({ ...message, transaction, session_id: session }));
	});

	session = (await send({ janus: 'create' })).data.id;
	setInterval(() => send({ janus: 'keepalive' }).catch(() => {}), 20_000);

	/** A handle: ask(body, jsep) gives the whole answer; events: what came unasked. */
	const attach = async () => {
		const id = (await send({ janus: 'attach', plugin: 'janus.plugin.recroom' })).data.id;
		const events = [];

		handles.set(id, ({ plugindata }) => events.push({ at: Date.now(), ...plugindata.data }));
		return { events, ask: (body, jsep) => send({ janus: 'message', handle_id: id, body, ...(jsep ? { jsep } : {}) }) };
	};
	/** Asks until there is an offer: the feed may not be connected yet. */
	const until = async (ask) => {
		let answer = await ask();

		for (let i = 0; i < 100 && !answer.jsep; i++) {
			await new Promise((resolve) => setTimeout(resolve, 100));
			answer = await ask();
		}
		return answer;
	};
	const gathered = (pc) => new Promise((resolve) => {
		if (pc.iceGatheringState === 'complete')
			resolve();
		pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve();
	});

	globalThis.rrCaller = {
		/** Joins and sends the camera in `encodings`, with one codec if named. */
		async publish(join, width, height, encodings, codec) {
			const handle = await attach();
			const joined = (await handle.ask({ recroom: 'join', ...join })).plugindata.data;
			const media = await navigator.mediaDevices.getUserMedia({ video: { width, height, frameRate: 15 } });
			const pc = new RTCPeerConnection();

			const sender = pc.addTransceiver(media.getVideoTracks()[0], { direction: 'sendonly', sendEncodings: encodings });

			if (codec)
				sender.setCodecPreferences(RTCRtpSender.getCapabilities('video').codecs.filter(({ mimeType }) => mimeType === `video/${codec}`));
			await pc.setLocalDescription(await pc.createOffer());
			await gathered(pc);
			const answer = await handle.ask({ recroom: 'publish', descriptions: [{ mid: '0', source: 'video' }] }, pc.localDescription.toJSON());

			await pc.setRemoteDescription(answer.jsep);
			Object.assign(this, { handle, pc });
			return joined;
		},

		/** Joins and receives all that `feed` sends. */
		async subscribe(join, feed) {
			const host = await attach();
			const joined = (await host.ask({ recroom: 'join', ...join })).plugindata.data;
			const handle = await attach();
			const attached = await until(() => handle.ask({ recroom: 'join', room: join.room, ptype: 'subscriber', resume: joined.resume, streams: [{ feed }] }));
			const pc = new RTCPeerConnection();
			const video = document.body.appendChild(document.createElement('video'));

			pc.ontrack = ({ track }) => Object.assign(video, { muted: true, autoplay: true, srcObject: new MediaStream([track]) });
			await pc.setRemoteDescription(attached.jsep);
			await pc.setLocalDescription(await pc.createAnswer());
			await gathered(pc);
			await handle.ask({ recroom: 'start' }, pc.localDescription.toJSON());
			Object.assign(this, { handle, pc, video });
			return joined;
		},

		async stats(type) {
			return [...(await this.pc.getStats()).values()].filter((s) => s.type === type);
		},

		/** UDP port on which this page receives. */
		async port() {
			const pairs = await this.stats('candidate-pair'), locals = await this.stats('local-candidate');

			return locals.find(({ id }) => id === pairs.find(({ nominated, state }) => nominated && state === 'succeeded')?.localCandidateId)?.port;
		},
	};
}
