export class Service {
    /**
     * @param {import('./platform.js').CallService} service
     * @param {import('janus-recroom').Room} room
     * @param {import('./background.js').Background} background
     */
    constructor(service: import("./platform.js").CallService, room: import("janus-recroom").Room, background: import("./background.js").Background);
    close(): void;
    #private;
}
