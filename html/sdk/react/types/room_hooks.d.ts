/** The call, and how we are in it. */
export function useRoom(): {
    room: import("janus-recroom").Room;
    state: import("janus-recroom/types/membership.js").RoomState;
    isConnected: boolean;
    isReconnecting: boolean;
    isWaiting: boolean;
    role: "host" | "guest";
    isHost: boolean;
    permissions: import("janus-recroom/types/token.js").Permissions;
    locked: boolean;
    error: import("janus-recroom").RecroomError | null;
    waiting: import("janus-recroom/types/entrance.js").Waiting | null;
    closed: {
        code: string;
        reason: string;
    } | null;
    join: () => Promise<void>;
    leave: () => Promise<void>;
};
/** Everybody, we first. @returns {import('janus-recroom').Participant[]} */
export function useParticipants(): import("janus-recroom").Participant[];
/** @returns {import('janus-recroom').Participant | null} */
export function useLocalParticipant(): import("janus-recroom").Participant | null;
/** @returns {import('janus-recroom').Participant[]} */
export function useRemoteParticipants(): import("janus-recroom").Participant[];
/**
 * Something that is asked of the server: `pending` while it is, what went wrong in the provider's `error`.
 * @template {any[]} Args
 * @param {(...args: Args) => Promise<unknown>} act
 * @returns {[(...args: Args) => Promise<void>, boolean]}
 */
export function useAsked<Args extends any[]>(act: (...args: Args) => Promise<unknown>): [(...args: Args) => Promise<void>, boolean];
/**
 * A switch for microphone, camera or screen: `buttonProps` for a button of yours.
 * @param {{source: 'audio' | 'video' | 'screen'}} options
 */
export function useTrackToggle({ source }: {
    source: "audio" | "video" | "screen";
}): {
    enabled: boolean;
    track: any;
    pending: boolean;
    isModerated: boolean;
    toggle: () => Promise<void>;
    buttonProps: {
        type: "button";
        'aria-pressed': boolean;
        'data-rr-source': "screen" | "audio" | "video";
        'data-rr-enabled': string;
        disabled: boolean;
        onClick: () => void;
    };
};
/** Who waits to come in (for hosts), and whether we do. */
export function useLobby(): {
    isWaiting: boolean;
    reason: "host" | "lobby" | null;
    waiters: import("janus-recroom/types/host.js").Waiter[];
    pending: boolean;
    admit: (id: string) => Promise<void>;
    deny: (id: string) => Promise<void>;
    admitAll: () => Promise<void>;
};
