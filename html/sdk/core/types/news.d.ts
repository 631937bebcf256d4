/** @param {Desk} desk @param {Message} message */
export function tell(desk: Desk, message: Message): void;
export type Message = Record<string, any>;
export type Room = import("./room.js").Room;
/**
 * what news may lead to
 */
export type Desk = {
    room: Room;
    end: (code: string, sentence: string) => void;
    changeRole: (role: "host" | "guest", token?: string) => void;
    setLocked: (locked: boolean, by?: string) => void;
};
