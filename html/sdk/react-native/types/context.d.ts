/** What the phone adds to the call, and what can be done about it. */
export function usePhone(): {
    isBackground: boolean;
    isOffline: boolean;
    ask: (names: import("./platform.js").PermissionName[] | undefined) => Promise<import("./permissions.js").PermissionStates>;
    openSettings: () => Promise<unknown>;
    activity: import("./platform.js").ActivityState;
    /**
     * by a call: the microphone is the phone's
     */
    isInterrupted: boolean;
    network: import("./network.js").NetworkState;
    permissions: import("./permissions.js").PermissionStates;
    /**
     * what we have silenced for as long as that lasts: audio, video
     */
    resting: string[];
};
/** @returns {import('./labels.js').Labels} */
export function useLabels(): import("./labels.js").Labels;
/** @typedef {import('./phone.js').Phone} Phone */
/** @type {import('react').Context<Phone | null>} */
export const PhoneContext: import("react").Context<Phone | null>;
export type Phone = import("./phone.js").Phone;
