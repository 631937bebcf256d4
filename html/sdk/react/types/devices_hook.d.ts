export function useDevices(): {
    cameras: import("janus-recroom/types/devices.js").DeviceInfo[];
    microphones: import("janus-recroom/types/devices.js").DeviceInfo[];
    speakers: import("janus-recroom/types/devices.js").DeviceInfo[];
    camera: string | null;
    microphone: string | null;
    pending: boolean;
    refresh: () => Promise<void>;
    setCamera: (deviceId: string) => Promise<void>;
    setMicrophone: (deviceId: string) => Promise<void>;
};
export type DeviceInfo = import("janus-recroom").DeviceInfo;
