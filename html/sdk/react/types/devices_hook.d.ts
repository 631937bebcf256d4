export function useDevices(): {
    cameras: import("janus-recroom/types/devices.js").DeviceInfo[];
    microphones: import("janus-recroom/types/devices.js").DeviceInfo[];
    speakers: import("janus-recroom/types/devices.js").DeviceInfo[];
    camera: string | null;
    microphone: string | null;
    speaker: string;
    pending: boolean;
    refresh: () => Promise<void>;
    setCamera: (deviceId: string) => Promise<void>;
    setMicrophone: (deviceId: string) => Promise<void>;
    setSpeaker: (deviceId: string) => Promise<void>;
};
/** Browsers play no sound before a click: is something kept from it, and what a click does. */
export function usePlayback(): {
    isBlocked: boolean;
    start: () => Promise<boolean>;
    buttonProps: {
        type: "button";
        onClick: () => void;
    };
};
export type DeviceInfo = import("janus-recroom").DeviceInfo;
