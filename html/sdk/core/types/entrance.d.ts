/**
 * Gives what `joined` says, now or after a while in the lobby.
 * @param {Handle} handle
 * @param {Wish} wish
 * @param {string | undefined} resume whom we were; where nobody knows that any more we come as anybody
 * @param {(waiting: Waiting) => void} onWaiting
 * @returns {Promise<Message>}
 */
export function enter(handle: Handle, wish: Wish, resume: string | undefined, onWaiting: (waiting: Waiting) => void): Promise<Message>;
export type Message = Record<string, any>;
export type Handle = import("./handle.js").Handle;
export type Waiting = {
    id: string;
    reason: "lobby" | "host";
    description: string;
    waitMs: number;
};
export type Wish = {
    room: string | number;
    /**
     * the name that the others see
     */
    display?: string | undefined;
    /**
     * of the host
     */
    secret?: string | undefined;
    pin?: string | undefined;
    /**
     * of yours (docs/api.md, Tokens)
     */
    token?: string | undefined;
    /**
     * to come back as the participant who has it; what was kept over a reload is used without being asked for
     */
    resume?: string | undefined;
    /**
     * false: rather be refused than wait in the lobby
     */
    wait?: boolean | undefined;
};
