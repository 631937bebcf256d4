export class Repair {
    /**
     * @param {import('./room.js').RoomLink} room
     * @param {() => Promise<unknown>} run
     */
    constructor(room: import("./room.js").RoomLink, run: () => Promise<unknown>);
    /** Never rejects. */
    now(): Promise<void>;
    /** After a while, which grows. @param {number} [atLeastMs] */
    later(atLeastMs?: number): void;
    /** All is well. */
    done(): void;
    close(): void;
    #private;
}
