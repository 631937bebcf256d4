/** @param {import('janus-recroom').Room} room @param {unknown} thrown */
export function complain(room: import("janus-recroom").Room, thrown: unknown): void;
/** Camera or microphone, if we are in and it is not sent. @param {import('janus-recroom').Room} room @param {string} source */
export function publish(room: import("janus-recroom").Room, source: string): void;
